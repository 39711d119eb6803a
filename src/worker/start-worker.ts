// Runs the workers of one process: orders with the database, and mail at its own pace.

import { Client } from '@temporalio/client';
import { NativeConnection, Worker, type NativeConnectionOptions, type WorkerOptions } from '@temporalio/worker';
import { createBankActivities } from '../activities/bank/index.ts';
import { createCaseActivities } from '../activities/cases.ts';
import { createChangeActivities } from '../activities/changes.ts';
import { createCustomerBlockActivities } from '../activities/customer-blocks.ts';
import type { Dependencies } from '../activities/dependencies.ts';
import { createLetterActivities } from '../activities/letters/index.ts';
import { createOrderActivities } from '../activities/orders/index.ts';
import { createPaymentActivities } from '../activities/payments/index.ts';
import { createPokeActivities } from '../activities/poke-orders.ts';
import { createSealerActivities } from '../activities/sealer.ts';
import { createSweepActivities } from '../activities/sweep.ts';
import type { Db } from '../database/client.ts';
import { MAIL_QUEUE, ORDERS_QUEUE } from '../workflows/messages.ts';
import { inBusinessTime } from './business-time.ts';
import { workflowBundle } from './bundle.ts';

/** Workflows kept in memory; each takes about 0.3 MB. A waiting order needs no place here, it is replayed when it wakes. */
const CACHED_WORKFLOWS_MAX = 1_000;
const WORKFLOW_TASKS_AT_ONCE_MAX = 40;
/** Below the pool's connections, so that no activity waits for one while it holds another. */
const DATABASE_ACTIVITIES_AT_ONCE_MAX = 16;
const MAILS_AT_ONCE_MAX = 8;
/** A stopping worker lets running activities end for this long. */
const SHUTDOWN_GRACE = '20 seconds';

export interface WorkerSettings {
  readonly temporalAddress: string;
  /** TLS and API key, where the server wants them. */
  readonly temporalAccess?: Pick<NativeConnectionOptions, 'tls' | 'apiKey'>;
  readonly namespace: string;
  readonly db: Db;
  readonly delivery: Dependencies['delivery'];
  /** Business time = server time + this; zero in real life. */
  readonly businessOffsetMs: number;
  /** How many runs it keeps in memory; default `CACHED_WORKFLOWS_MAX`. */
  readonly cachedWorkflowsMax?: number;
}

export interface RunningWorker {
  /** Resolves when the worker ends; rejects when it fails. */
  readonly ended: Promise<void>;
  /** Takes no more work, lets running activities end, closes the connection. */
  stop(): Promise<void>;
}

/** Starts the workers. They poll as soon as this resolves. @throws when Temporal cannot be reached. */
export async function startWorker(settings: WorkerSettings): Promise<RunningWorker> {
  const connection = await NativeConnection.connect({ address: settings.temporalAddress, ...settings.temporalAccess });
  const temporal = new Client({ connection, namespace: settings.namespace });
  const deps: Dependencies = { db: settings.db, temporal, delivery: settings.delivery };
  const activities = inBusinessTime(
    {
      ...createOrderActivities(deps),
      ...createLetterActivities(deps),
      ...createPaymentActivities(deps),
      ...createBankActivities(deps),
      ...createPokeActivities(deps),
      ...createChangeActivities(deps),
      ...createCaseActivities(deps),
      ...createCustomerBlockActivities(deps),
      ...createSweepActivities(deps),
      ...createSealerActivities(deps),
    },
    settings.businessOffsetMs,
  );
  const shared: Pick<WorkerOptions, 'connection' | 'namespace' | 'shutdownGraceTime' | 'activities'> = {
    connection,
    namespace: settings.namespace,
    shutdownGraceTime: SHUTDOWN_GRACE,
    activities,
  };
  const workers = [
    await Worker.create({
      ...shared,
      taskQueue: ORDERS_QUEUE,
      workflowBundle: await workflowBundle(),
      maxCachedWorkflows: settings.cachedWorkflowsMax ?? CACHED_WORKFLOWS_MAX,
      maxConcurrentWorkflowTaskExecutions: WORKFLOW_TASKS_AT_ONCE_MAX,
      maxConcurrentActivityTaskExecutions: DATABASE_ACTIVITIES_AT_ONCE_MAX,
    }),
    await Worker.create({ ...shared, taskQueue: MAIL_QUEUE, maxConcurrentActivityTaskExecutions: MAILS_AT_ONCE_MAX }),
  ];
  const runs = workers.map((worker) => worker.run());
  const ended = Promise.all(runs).then(() => undefined);
  // Whoever started the worker watches `ended`; a failure before they look must not end the process unheard.
  ended.catch(() => undefined);
  return {
    ended,
    async stop() {
      for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
      await Promise.allSettled(runs);
      await connection.close();
    },
  };
}
