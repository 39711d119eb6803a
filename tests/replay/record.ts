// Records the histories of the scenarios for the replay gate: `npm run histories`, on servers of its own.
// Histories of a released version are never recorded anew: raise the version in package.json first.

import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../../src/local/postgres.ts';
import { inWorld, type World } from '../harness/world.ts';
import { historyToText } from './history-file.ts';
import { scenarios, type Recorded } from './scenarios.ts';

const { version } = createRequire(import.meta.url)('../../package.json') as { version: string };

/** Stack traces name it. */
const projectFolder = fileURLToPath(new URL('../../', import.meta.url));

async function record({ client }: World, { workflow, scenario, workflowId }: Recorded): Promise<string> {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  // Who recorded it, on which machine and in which process, is nobody's business.
  const text = historyToText(history)
    .replaceAll(projectFolder, '/quittance/')
    .replaceAll(hostname(), 'recorder')
    .replaceAll(`${String(process.pid)}@`, '1@');
  const folder = join(import.meta.dirname, '../histories', workflow);
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${version}-${scenario}.json`);
  await writeFile(file, text);
  return file;
}

const folder = await mkdtemp(join(tmpdir(), 'quittance-histories-'));
const postgres = await startPostgres({ folder: join(folder, 'postgres'), durable: false });
process.env.QUITTANCE_TEST_POSTGRES_URL = postgres.ownerUrl;
process.env.QUITTANCE_TEST_APP_PASSWORD = 'only-for-this-moment';
try {
  for (const scenario of Object.values(scenarios)) {
    await inWorld({}, async (world) => {
      for (const run of await scenario(world)) process.stdout.write(`${await record(world, run)}\n`);
    });
  }
} finally {
  await postgres.stop();
  await rm(folder, { recursive: true, force: true });
}
