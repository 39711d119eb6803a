// An API and a worker in this process, on a database and a Temporal server that the test may break under them.

import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { createLogger } from '../../src/api/log.ts';
import { startApi } from '../../src/api/server.ts';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { POLICY_V1, type Policy } from '../../src/domain/policy.ts';
import { startWorker, type RunningWorker } from '../../src/worker/start-worker.ts';
import { ORDERS_QUEUE } from '../../src/workflows/messages.ts';
import { eventually } from '../harness/world.ts';
import { Shop } from './shop.ts';

/** Letters may go at any minute of any day. */
export const ALWAYS: Policy = {
  ...POLICY_V1,
  sendWindow: { days: 'every', opens: '00:00', closes: '24:00', spreadMinutes: 0 },
};

export interface InstallationOptions {
  /** As API and worker connect. */
  readonly appUrl: string;
  /** As the test looks, past whatever it does to `appUrl`. */
  readonly lookUrl?: string;
  readonly ownerUrl: string;
  readonly temporalAddress: string;
  readonly customers: number;
  readonly limit?: string;
  /** Runs that the worker keeps in memory. */
  readonly cachedWorkflowsMax?: number;
}

export interface Installation {
  /** For looking. */
  readonly db: Db;
  readonly client: Client;
  readonly shop: Shop;
  readonly apiUrl: string;
  /** Starts the worker when none runs. */
  startWorker(): Promise<void>;
  stopWorker(): Promise<void>;
  /** As if everything had been stored an hour ago. */
  sweepNow(): Promise<void>;
  /** As if a minute had passed for every request that nobody is answering any more. */
  passTakeOverTime(): Promise<void>;
  close(): Promise<void>;
}

export async function openInstallation(options: InstallationOptions): Promise<Installation> {
  const { appUrl, ownerUrl, temporalAddress } = options;
  const look = openDatabase(options.lookUrl ?? appUrl, { connectionsMax: 5 });
  const [ofApi, ofWorker] = [openDatabase(appUrl), openDatabase(appUrl)];
  const lazy = Connection.lazy({ address: temporalAddress });
  const connection = await Connection.connect({ address: temporalAddress });
  const client = new Client({ connection });
  const logger = createLogger({ level: 'silent' });
  const api = await startApi({
    db: ofApi,
    temporal: new Client({ connection: lazy }),
    logger,
    port: 0,
    host: '127.0.0.1',
  });
  let worker: RunningWorker | null = null;
  const { customers, limit, cachedWorkflowsMax } = options;
  const urls = [api.url];
  const shop = await Shop.open({
    db: look,
    urls,
    customers,
    policy: ALWAYS,
    ...(limit === undefined ? {} : { limit }),
  });
  const installation: Installation = {
    ...{ db: look, client, shop, apiUrl: api.url },
    async startWorker() {
      const delivery = { kind: 'record' } as const;
      worker ??= await startWorker({
        temporalAddress,
        namespace: 'default',
        db: ofWorker,
        delivery,
        businessOffsetMs: 0,
        ...(cachedWorkflowsMax === undefined ? {} : { cachedWorkflowsMax }),
      });
    },
    async stopWorker() {
      await worker?.stop();
      worker = null;
    },
    async sweepNow() {
      const aged = ['sales_order', 'payment'].map(
        (table) => `update ${table} set created_at = created_at - interval '1 hour'`,
      );
      await asOwner(ownerUrl, aged);
      const workflowId = `sweep/test-${String(Date.now())}`;
      // The server may have come back this moment.
      await eventually(() => client.workflow.execute('sweep', { workflowId, taskQueue: ORDERS_QUEUE, args: [] }));
    },
    passTakeOverTime: () =>
      asOwner(ownerUrl, [
        `update idempotency_key set created_at = created_at - interval '1 minute' where status is null`,
      ]),
    async close() {
      shop.close();
      await installation.stopWorker();
      await api.close();
      await Promise.all([lazy.close(), connection.close()]);
      await Promise.all([look.destroy(), ofApi.destroy(), ofWorker.destroy()]);
    },
  };
  await installation.startWorker();
  return installation;
}

async function asOwner(ownerUrl: string, statements: readonly string[]): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  try {
    for (const statement of statements) await owner.query(statement);
  } finally {
    await owner.end();
  }
}
