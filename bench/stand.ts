// Everything that one measurement runs on, brought up in a temporary folder and taken down again.

import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { InternalConnectionOptionsSymbol, type InternalConnectionOptions } from '@temporalio/client/lib/connection.js';
import { encodeSearchAttributeIndexedValueType } from '@temporalio/common/lib/search-attributes.js';
import { z } from 'zod';
import { openDatabase } from '../src/database/client.ts';
import { migrate } from '../src/database/migrate.ts';
import { createApiKey } from '../src/database/queries/api-keys.ts';
import { removePostgresData, startPostgres, type RunningPostgres } from '../src/local/postgres.ts';
import type { Supervisor } from '../src/local/supervisor.ts';
import { startTemporalDevServer, startTimeSkippingServer } from '../src/local/temporal.ts';
import { setUpNamespace } from '../src/worker/set-up-namespace.ts';
import { searchAttributes } from '../src/workflows/messages.ts';
import { Child, type ChildOptions } from './child.ts';
import type { DriverSettings } from './processes/driver.ts';

const DATABASE = 'quittance';
const APP_ROLE = 'quittance_bench_app';
const NAMESPACE = 'default';
const ROLES = ['administrator', 'sales', 'cash_applier'];

/** Whose CPU time is told apart. */
export type Part = 'worker' | 'api' | 'temporal' | 'postgres' | 'driver' | 'mail' | 'twinWorker';

export interface StandOptions {
  /** `engine`: documents and mail off. `whole`: PDF and SMTP to a sink. */
  readonly configuration: 'engine' | 'whole';
  readonly server: 'dev' | 'time-skipping';
  readonly hasTwin: boolean;
  readonly seed: number;
  readonly concurrency: number;
  /** Orders that will be lived at most: the sink keeps a mail of each. */
  readonly ordersMax: number;
  readonly profileFolder: string | null;
}

export interface Stand {
  readonly pids: ReadonlyMap<Part, number>;
  readonly driver: Child;
  /** Null where no mail leaves. */
  readonly mail: Child | null;
  readonly temporal: Client;
  readonly databaseUrl: string;
  readonly versions: { readonly postgres: string; readonly temporal: string };
}

/** What children tell when they are ready. */
const mailTold = z.object({ smtpUrl: z.string() });
const apiTold = z.object({ url: z.string() });

interface Started {
  readonly child: Child;
  readonly told: unknown;
}

/** Brings everything up under the supervisor, which takes it down. */
export async function startStand(supervisor: Supervisor, options: StandOptions): Promise<Stand> {
  const folder = await startFolder(supervisor);
  const postgres = await startDatabaseServer(supervisor, join(folder, 'postgres'));
  const { server, temporal } = await startTemporal(supervisor, { ...options, folder: join(folder, 'temporal') });
  const { databaseUrl, key } = await makeDatabase(postgres);
  const where = { databaseUrl, temporalAddress: server.address, namespace: NAMESPACE };
  const pids = new Map<Part, number>([
    ['postgres', postgres.pid],
    ['temporal', server.pid],
  ]);
  const startChild = async (part: Part, file: ChildOptions['file'], settings: unknown): Promise<Started> =>
    supervisor.step(part, async () => {
      const { child, told } = await Child.start({ file, settings, profileFolder: options.profileFolder });
      pids.set(part, child.pid);
      return { value: { child, told }, told: `${part}, process ${child.pid}`, stop: () => child.stop() };
    });

  const isWhole = options.configuration === 'whole';
  const mail = isWhole ? await startChild('mail', 'mail', { messagesMax: options.ordersMax }) : null;
  const smtpUrl = mail === null ? null : mailTold.parse(mail.told).smtpUrl;
  await startChild('worker', 'worker', { ...where, smtpUrl });
  const { url } = apiTold.parse((await startChild('api', 'api', where)).told);
  if (options.hasTwin) await startChild('twinWorker', 'twin-worker', where);
  const { seed, concurrency } = options;
  const settings: DriverSettings = { ...where, api: { url, key }, seed, concurrency };
  const { child: driver } = await startChild('driver', 'driver', settings);
  const versions = { postgres: postgres.version, temporal: server.version };
  return { pids, driver, mail: mail?.child ?? null, temporal, databaseUrl, versions };
}

async function startFolder(supervisor: Supervisor): Promise<string> {
  return supervisor.step('Folder', async () => {
    const value = await mkdtemp(join(tmpdir(), 'quittance-bench-'));
    // As root, Postgres runs as another user, who must get through to its data. What is inside stays closed.
    await chmod(value, 0o711);
    return { value, told: `Folder ${value}`, stop: () => rm(value, { recursive: true, force: true }) };
  });
}

async function startDatabaseServer(supervisor: Supervisor, folder: string): Promise<RunningPostgres> {
  return supervisor.step('Postgres', async () => {
    const value = await startPostgres({ folder });
    const stop = async (): Promise<void> => {
      await value.stop();
      await removePostgresData(folder);
    };
    return { value, told: `Postgres ${value.version}, durable`, stop };
  });
}

async function startTemporal(
  supervisor: Supervisor,
  options: { server: StandOptions['server']; folder: string },
): Promise<{ server: { address: string; pid: number; version: string }; temporal: Client }> {
  return supervisor.step('Temporal', async () => {
    const isReal = options.server === 'dev';
    const server = isReal
      ? await startTemporalDevServer({ folder: options.folder, searchAttributes: Object.values(searchAttributes) })
      : await startTimeSkippingServer();
    // Time is moved by a service that only the time-skipping server has.
    const internal: InternalConnectionOptions = {
      [InternalConnectionOptionsSymbol]: { supportsTestService: !isReal },
    };
    const connection = await Connection.connect({ address: server.address, ...internal });
    const temporal = new Client({ connection, namespace: NAMESPACE });
    // The time-skipping server has no schedules and cannot list its attributes.
    if (isReal) await setUpNamespace(temporal);
    else await addAttributes(connection);
    const stop = async (): Promise<void> => {
      await connection.close();
      await server.stop();
    };
    const told = `Temporal ${server.version}, ${isReal ? 'SQLite on disk, write-ahead' : 'time-skipping'}`;
    return { value: { server, temporal }, told, stop };
  });
}

async function addAttributes(connection: Connection): Promise<void> {
  const types = Object.values(searchAttributes).map(({ name, type }) => [
    name,
    encodeSearchAttributeIndexedValueType(type),
  ]);
  const wanted = Object.fromEntries(types) as Record<string, number>;
  await connection.operatorService.addSearchAttributes({ namespace: NAMESPACE, searchAttributes: wanted });
}

async function makeDatabase(postgres: RunningPostgres): Promise<{ databaseUrl: string; key: string }> {
  await postgres.createDatabase(DATABASE);
  const appPassword = randomBytes(18).toString('base64url');
  const ownerUrl = postgres.ownerUrlOf(DATABASE);
  await migrate({ ownerUrl, appRole: APP_ROLE, appPassword });
  const url = new URL(ownerUrl);
  url.username = APP_ROLE;
  url.password = appPassword;
  const db = openDatabase(url.href, { connectionsMax: 1 });
  try {
    const roles = ROLES.map((role) => ({ legalEntityId: '*', role }));
    const { key } = await createApiKey(db, { name: 'bench', roles });
    return { databaseUrl: url.href, key };
  } finally {
    await db.destroy();
  }
}
