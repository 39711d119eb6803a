// A Postgres of a test's own, with our schema in it, which the test may stop as it likes: all files share the other one.

import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrate } from '../../src/database/migrate.ts';
import { removePostgresData, startPostgres, type RunningPostgres } from '../../src/local/postgres.ts';

const APP_ROLE = 'quittance_fault_app';
const DATABASE = 'quittance';

export interface OwnPostgres {
  readonly ownerUrl: string;
  /** As API and worker connect; the same after each restart. */
  readonly appUrl: string;
  /** Ends it at once, as `pg_ctl stop -m immediate` does by this signal: no connection is told, nothing is written back. */
  stopImmediately(): Promise<void>;
  /** Starts it again on its folder and port; it recovers from its log. */
  startAgain(): Promise<void>;
  /** Stops it and deletes its data. */
  remove(): Promise<void>;
}

export async function startOwnPostgres(): Promise<OwnPostgres> {
  const folder = await mkdtemp(join(tmpdir(), 'quittance-own-postgres-'));
  // As root, Postgres runs as another user, who must get through to its data.
  await chmod(folder, 0o711);
  const data = join(folder, 'postgres');
  let server: RunningPostgres = await startPostgres({ folder: data, durable: false });
  const { port } = server;
  await server.createDatabase(DATABASE);
  const ownerUrl = server.ownerUrlOf(DATABASE);
  const appPassword = randomBytes(18).toString('base64url');
  await migrate({ ownerUrl, appRole: APP_ROLE, appPassword });
  const appUrl = new URL(ownerUrl);
  [appUrl.username, appUrl.password] = [APP_ROLE, appPassword];
  return {
    ownerUrl,
    appUrl: appUrl.href,
    async stopImmediately() {
      process.kill(server.pid, 'SIGQUIT');
      await server.stop();
    },
    async startAgain() {
      server = await startPostgres({ folder: data, port, durable: false });
    },
    async remove() {
      await server.stop();
      await removePostgresData(data);
    },
  };
}
