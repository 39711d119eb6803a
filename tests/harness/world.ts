// A world of its own for a test: database, Temporal server, worker and a clock that starts on a date the test chooses.

import { Client, Connection } from '@temporalio/client';
import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { POLICY_V1, type Policy } from '../../src/domain/policy.ts';
import { createMailer } from '../../src/activities/mail/smtp.ts';
import { startMailCatcher, type RunningMailCatcher } from '../../src/local/mail-catcher.ts';
import { startSimulatedTime } from '../../src/cli/pilot/simulated-time.ts';
import { startTemporalDevServer, type RunningTemporal } from '../../src/local/temporal.ts';
import { startWorker, type RunningWorker } from '../../src/worker/start-worker.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import { testDatabase } from './database.ts';
import { Company } from './acme.ts';

// The time-skipping server calls itself old, and every worker would warn of it.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }), forward: {} } },
});

/** Longest real time that anything in a world may take to become true. */
const WITHIN_MS = 20_000;
const POLL_MS = 25;
export interface WorldOptions {
  /** Business time at the start, an ISO instant. Default: a Monday morning in Berlin. Ignored in real time. */
  readonly startsAt?: string;
  readonly policy?: Policy;
  /** `smtp`: real SMTP to a catcher. Default: documents and letters are recorded only. */
  readonly delivery?: 'record' | 'smtp';
  /** `real`: a development server of its own, where time passes as it does. Default: `skipping`. */
  readonly time?: 'skipping' | 'real';
  /** The test brings its own. */
  readonly isWorkerAway?: boolean;
}

export interface World {
  readonly db: Db;
  /** As API and worker connect. */
  readonly databaseUrl: string;
  readonly ownerUrl: string;
  readonly client: Client;
  readonly temporalAddress: string;
  readonly company: Company;
  readonly mail: RunningMailCatcher | null;
  /** Business time less the server's. */
  businessOffsetMs(): number;
  /** Business time now, epoch milliseconds. */
  now(): Promise<number>;
  /** Lets time go on to an instant, with everything that is due until then. */
  goTo(instant: string): Promise<void>;
  /** Lets time skip although one task waits for a worker, which otherwise holds the server's clock. */
  letClockGo(): Promise<void>;
  /** Lets business time jump, as for workers that were away: the server's clock stands while a task waits for one. */
  passUnseen(ms: number): void;
  startWorker(): Promise<void>;
  stopWorker(): Promise<void>;
  close(): Promise<void>;
}

/** Runs a test in a world of its own and closes it afterwards, whatever happened. */
export async function inWorld(options: WorldOptions, act: (world: World) => Promise<void>): Promise<void> {
  const world = await openWorld(options);
  try {
    await act(world);
  } finally {
    await world.close();
  }
}

/** Repeats until it throws no more, and gives its answer. Throws its last error when that takes too long. */
export async function eventually<T>(check: () => Promise<T>, withinMs = WITHIN_MS): Promise<T> {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await pause(POLL_MS);
    }
  }
}

/** Opens a world; whoever opens it closes it. `inWorld` does both. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const closers: (() => Promise<void>)[] = [];
  const opened = <T>(value: T, close: (value: T) => Promise<void>): T => {
    closers.push(() => close(value));
    return value;
  };
  const isReal = options.time === 'real';
  const database = opened(await testDatabase(), (one) => one.drop());
  const db = opened(openDatabase(database.appUrl, { connectionsMax: 18 }), (one) => one.destroy());
  const startsAt = Date.parse(options.startsAt ?? '2026-01-12T08:00:00Z');
  const time = isReal ? null : opened(await startSimulatedTime(startsAt), (one) => one.stop());
  const server = isReal ? opened(await startDevServer(), (one) => one.stop()) : null;
  const address = time?.address ?? server?.address ?? '';
  const startOffsetMs = time?.businessOffsetMs ?? 0;
  const connection = time?.connection ?? opened(await Connection.connect({ address }), (one) => one.close());
  const mail = options.delivery === 'smtp' ? opened(await startMailCatcher(), (one) => one.stop()) : null;
  const mailer =
    mail === null
      ? null
      : opened(createMailer({ url: mail.smtpUrl, from: 'billing@acme.example' }), (one) => one.close());

  let passedMs = 0;
  const now = async (): Promise<number> =>
    Math.floor(optionalTsToMs((await connection.testService?.getCurrentTime({}))?.time) ?? Date.now()) + startOffsetMs;
  let worker: RunningWorker | null = null;
  const settings = {
    ...{ temporalAddress: address, namespace: 'default', db },
    delivery: mailer === null ? ({ kind: 'record' } as const) : ({ kind: 'smtp', mailer } as const),
  };
  const client = new Client({ connection });
  const world: World = {
    ...{ db, client, mail, now, temporalAddress: address, businessOffsetMs: () => startOffsetMs + passedMs },
    databaseUrl: database.appUrl,
    ownerUrl: database.ownerUrl,
    company: await Company.found(
      { db, client, now, age: () => ageIntake(database.ownerUrl) },
      options.policy ?? POLICY_V1,
    ),
    async goTo(instant) {
      if (time === null) throw new Error('Real time goes on by itself');
      if (Date.parse(instant) < (await now())) throw new Error(`It is already past ${instant} in this world`);
      await time.runTo(Date.parse(instant) - passedMs);
    },
    async letClockGo() {
      await connection.testService?.unlockTimeSkipping({});
    },
    passUnseen(ms) {
      passedMs += ms;
    },
    async startWorker() {
      worker ??= await startWorker({ ...settings, businessOffsetMs: world.businessOffsetMs() });
    },
    async stopWorker() {
      await worker?.stop();
      worker = null;
    },
    async close() {
      await world.stopWorker();
      for (const close of closers.reverse()) await close();
      // The runtime ends with its last connection; where there never was one, it would keep the process alive.
      if (isReal && options.isWorkerAway === true) await Runtime.instance().shutdown();
    },
  };
  if (options.isWorkerAway !== true) await world.startWorker();
  return world;
}

/** Queues have fixed names, so worlds cannot share a server. */
function startDevServer(): Promise<RunningTemporal> {
  return startTemporalDevServer({ searchAttributes: Object.values(searchAttributes), logLevel: 'error' });
}

/** The database's clock says when a row was stored, and only its owner may say otherwise. */
async function ageIntake(ownerUrl: string): Promise<void> {
  const owner = new pg.Client({ connectionString: ownerUrl });
  await owner.connect();
  await owner.query(`update sales_order set created_at = created_at - interval '1 hour'`);
  await owner.query(`update payment set created_at = created_at - interval '1 hour'`);
  await owner.query(`update payment_return set created_at = created_at - interval '1 hour'`);
  await owner.query(`update provider_payout set created_at = created_at - interval '1 hour'`);
  await owner.end();
}
