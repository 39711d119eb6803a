// The replay gate: every saved history replays on the workflow code as it is now, or a change would break running orders.

import {
  bundleWorkflowCode,
  DefaultLogger,
  makeTelemetryFilterString,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { describe, it } from 'node:test';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { historyFromText } from './history-file.ts';

// The core tells each history that does not replay as well; the test says it shorter.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
});

const root = resolve(import.meta.dirname, '../..');
const files = globSync('tests/histories/*/*.json', { cwd: root }).sort();

type Bundle = NonNullable<WorkerOptions['workflowBundle']>;

/** Replays files on a bundle. @returns what went wrong, by file */
async function replay(bundle: Bundle, names: readonly string[]): Promise<Map<string, string>> {
  const histories = names.map((name) => ({
    workflowId: name,
    history: historyFromText(readFileSync(join(root, name), 'utf8')),
  }));
  const wrong = new Map<string, string>();
  for await (const { workflowId, error } of Worker.runReplayHistories({ workflowBundle: bundle }, histories)) {
    if (error) wrong.set(workflowId, `${error.name}: ${error.message}`);
  }
  return wrong;
}

describe('saved histories', () => {
  it('exist for every workflow', () => {
    const index = readFileSync(join(root, 'src/workflows/index.ts'), 'utf8');
    const exported = [...index.matchAll(/export \{ ([\w, ]+) \}/g)].flatMap((match) => (match[1] ?? '').split(', '));
    assert.ok(exported.includes('orderToCash'));
    const folders = new Set(files.map((file) => relative('tests/histories', join(file, '..'))));
    const missing = exported.filter(
      (name) => !folders.has(name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)),
    );
    assert.deepEqual(missing, [], 'record them: npm run histories');
  });

  it('are named by version and scenario', () => {
    assert.deepEqual(
      files.filter((file) => !/^\d+\.\d+\.\d+-[a-z0-9-]+\.json$/.test(basename(file))),
      [],
    );
  });

  it('hold no personal data', () => {
    for (const file of files) {
      const payloads = [...readFileSync(join(root, file), 'utf8').matchAll(/"data":\s*"([^"]*)"/g)];
      assert.ok(payloads.length > 0, file);
      for (const [, data = ''] of payloads) {
        assert.doesNotMatch(Buffer.from(data, 'base64').toString(), /example\.org|Customer C-/, file);
      }
    }
  });

  it('replay on the code as it is', async () => {
    assert.ok(files.length > 0);
    assert.deepEqual(await replay(await workflowBundle(), files), new Map());
  });
});

describe('the gate', () => {
  it('does not let a changed workflow pass', async () => {
    // Inside the project, where the bundler finds its packages, and outside of what git and the linters look at.
    await mkdir(join(root, '.quittance'), { recursive: true });
    const folder = await mkdtemp(join(root, '.quittance/replay-gate-'));
    try {
      await cp(join(root, 'src/workflows'), folder, { recursive: true });
      const changed = join(folder, 'order-to-cash.ts');
      const text = await readFile(changed, 'utf8');
      const begins = '  let next: Next = firstGuess(kind);\n';
      assert.ok(text.includes(begins));
      await writeFile(changed, text.replace(begins, `  await sleep(1);\n${begins}`));
      const bundle = await bundleWorkflowCode({
        workflowsPath: join(folder, 'index.ts'),
        logger: new DefaultLogger('ERROR'),
      });
      const orders = files.filter((file) => file.includes('/order-to-cash/'));
      const wrong = await replay(bundle, orders);
      assert.deepEqual([...wrong.keys()].sort(), orders);
      assert.match([...wrong.values()][0] ?? '', /DeterminismViolationError/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
