// Brings up everything on this machine, one step after another, each with the way it is stopped again.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { createLogger } from '../../api/log.ts';
import { startApi } from '../../api/server.ts';
import { openDatabase, type Db } from '../../database/client.ts';
import { migrate } from '../../database/migrate.ts';
import { acquireInstanceLock } from '../../local/instance-lock.ts';
import { stopLeftover } from '../../local/leftover.ts';
import { startMailCatcher, type RunningMailCatcher } from '../../local/mail-catcher.ts';
import { startPostgres, type RunningPostgres } from '../../local/postgres.ts';
import type { Supervisor } from '../../local/supervisor.ts';
import { startTemporalDevServer, type RunningTemporalDevServer } from '../../local/temporal.ts';
import { installRuntime } from '../../worker/install-runtime.ts';
import { setUpNamespace } from '../../worker/set-up-namespace.ts';
import { openSmtpDelivery } from '../../worker/smtp-delivery.ts';
import { startWorker, type RunningWorker } from '../../worker/start-worker.ts';
import { DEMO_ENTITY } from '../demo/company.ts';
import { ensureAppLogin } from './app-login.ts';
import { openInstanceLog, type InstanceLog } from './instance-log.ts';
import { ensureKeys, type DemoKeys } from './keys.ts';
import { requireFreePorts, type Ports } from './ports.ts';

export interface InstanceOptions {
  /** Absolute path of the data folder. */
  readonly dataFolder: string;
  readonly ports: Ports;
}

export interface Instance {
  readonly log: InstanceLog;
  readonly postgres: RunningPostgres;
  readonly temporal: RunningTemporalDevServer;
  readonly mail: RunningMailCatcher;
  readonly databaseUrl: string;
  readonly ownerUrl: string;
  readonly worker: RunningWorker;
  readonly apiUrl: string;
  readonly keys: DemoKeys;
}

const DATABASE = 'quittance';
export const MAIL_FROM = 'billing@acme.example';

/**
 * Starts all parts. Worker and API run in this process: one process to watch and to end, and a third of the memory; the
 * servers are children. In production each is a process of its own (docker-compose.yml).
 */
export async function bringUp(supervisor: Supervisor, options: InstanceOptions): Promise<Instance> {
  const log = await openFolder(supervisor, options);
  await supervisor.step('Ports', async () => {
    // A start that was killed leaves its servers behind, on the ports that we are about to ask for.
    await stopLeftover(join(options.dataFolder, 'postgres', 'server.json'), 'SIGINT');
    await stopLeftover(join(options.dataFolder, 'temporal', 'server.json'), 'SIGTERM');
    await requireFreePorts(options.ports);
    return { value: undefined, told: `Ports ${Object.values(options.ports).join(', ')} are free` };
  });
  const postgres = await openPostgres(supervisor, options);
  const { databaseUrl, ownerUrl } = await openSchema(supervisor, options, postgres);
  const temporal = await openTemporal(supervisor, options);
  const mail = await openMail(supervisor, options);
  const worker = await openWorker(supervisor, { temporal, mail, databaseUrl, log });
  const { url: apiUrl, keys } = await openApi(supervisor, { ...options, temporal, databaseUrl, log });
  return { log, postgres, temporal, mail, databaseUrl, ownerUrl, worker, apiUrl, keys };
}

function openFolder(supervisor: Supervisor, { dataFolder }: InstanceOptions): Promise<InstanceLog> {
  return supervisor.step('Data folder', async () => {
    // Others may enter, or Postgres' own user could not when we are root; what is secret inside has mode 600.
    await mkdir(dataFolder, { recursive: true, mode: 0o755 });
    const lock = await acquireInstanceLock(dataFolder);
    const value = await openInstanceLog(dataFolder);
    const stop = async (): Promise<void> => {
      await value.close();
      await lock.release();
    };
    return { value, told: `Data folder ${dataFolder}`, stop };
  });
}

function openPostgres(supervisor: Supervisor, { dataFolder, ports }: InstanceOptions): Promise<RunningPostgres> {
  return supervisor.step('Postgres', async () => {
    const value = await startPostgres({ folder: join(dataFolder, 'postgres'), port: ports.postgres });
    return {
      value,
      told: `Postgres ${value.version} on ${value.host}:${String(value.port)}`,
      stop: () => value.stop(),
    };
  });
}

function openSchema(
  supervisor: Supervisor,
  { dataFolder }: InstanceOptions,
  postgres: RunningPostgres,
): Promise<{ databaseUrl: string; ownerUrl: string }> {
  return supervisor.step('Schema', async () => {
    if (!(await postgres.databaseExists(DATABASE))) await postgres.createDatabase(DATABASE);
    const login = await ensureAppLogin(dataFolder);
    const ownerUrl = postgres.ownerUrlOf(DATABASE);
    const ran = await migrate({ ownerUrl, appRole: login.role, appPassword: login.password });
    const url = new URL(ownerUrl);
    [url.username, url.password] = [login.role, login.password];
    const told = ran.length === 0 ? 'Schema is up to date' : `Schema: ${ran.join(', ')}`;
    return { value: { databaseUrl: url.href, ownerUrl }, told };
  });
}

function openTemporal(supervisor: Supervisor, options: InstanceOptions): Promise<RunningTemporalDevServer> {
  const { temporal: port, temporalUi: uiPort } = options.ports;
  return supervisor.step('Temporal', async () => {
    const value = await startTemporalDevServer({ folder: join(options.dataFolder, 'temporal'), port, uiPort });
    try {
      const connection = await Connection.connect({ address: value.address });
      await setUpNamespace(new Client({ connection, namespace: value.namespace })).finally(() => connection.close());
    } catch (error) {
      await value.stop();
      throw error;
    }
    return { value, told: `Temporal ${value.version} on ${value.address}, with its UI`, stop: () => value.stop() };
  });
}

function openMail(supervisor: Supervisor, { dataFolder, ports }: InstanceOptions): Promise<RunningMailCatcher> {
  return supervisor.step('Mail catcher', async () => {
    const folder = join(dataFolder, 'mail');
    const value = await startMailCatcher({ folder, smtpPort: ports.smtp, httpPort: ports.mail });
    return { value, told: `Mail catcher on ${value.url}`, stop: () => value.stop() };
  });
}

interface Surroundings {
  readonly temporal: RunningTemporalDevServer;
  readonly databaseUrl: string;
  readonly log: InstanceLog;
}

function openWorker(
  supervisor: Supervisor,
  { temporal, mail, databaseUrl, log }: Surroundings & { mail: RunningMailCatcher },
): Promise<RunningWorker> {
  return supervisor.step('Worker', async () => {
    installRuntime({
      level: 'WARN',
      write: (line) => {
        log.write(`${line}\n`);
      },
    });
    const db = openDatabase(databaseUrl);
    const smtp = openSmtpDelivery({ url: mail.smtpUrl, from: MAIL_FROM });
    const closeAll = async (): Promise<void> => {
      await smtp.close();
      await db.destroy();
    };
    const settings = { temporalAddress: temporal.address, namespace: temporal.namespace, businessOffsetMs: 0 };
    const value = await startWorker({ ...settings, db, delivery: smtp.delivery }).catch(async (error: unknown) => {
      await closeAll();
      throw error;
    });
    const stop = async (): Promise<void> => {
      await value.stop();
      await closeAll();
    };
    return { value, told: 'Worker polls the queues "orders" and "mail"', stop };
  });
}

function openApi(
  supervisor: Supervisor,
  { dataFolder, ports, temporal, databaseUrl, log }: Surroundings & InstanceOptions,
): Promise<{ url: string; keys: DemoKeys }> {
  return supervisor.step('API', async () => {
    const db: Db = openDatabase(databaseUrl);
    const connection = Connection.lazy({ address: temporal.address });
    const closeAll = async (): Promise<void> => {
      await connection.close();
      await db.destroy();
    };
    try {
      const keys = await ensureKeys(db, { dataFolder, legalEntityId: DEMO_ENTITY });
      const client = new Client({ connection, namespace: temporal.namespace });
      const logger = createLogger({ level: 'warn', stream: log });
      const api = await startApi({ db, temporal: client, logger, port: ports.api, host: '127.0.0.1' });
      const stop = async (): Promise<void> => {
        await api.close();
        await closeAll();
      };
      return { value: { url: api.url, keys }, told: `API on ${api.url}`, stop };
    } catch (error) {
      await closeAll();
      throw error;
    }
  });
}
