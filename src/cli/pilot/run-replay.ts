// Runs a replay from nothing to its result: servers of its own in a temporary folder, the company, the days, the figures.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@temporalio/client';
import { pino } from 'pino';
import { startApi } from '../../api/server.ts';
import { openDatabase, type Db } from '../../database/client.ts';
import { migrate } from '../../database/migrate.ts';
import { createApiKey } from '../../database/queries/api-keys.ts';
import { receivableItemsOf } from '../../database/queries/receivables.ts';
import { localInstant } from '../../domain/calendar.ts';
import { DAY_BEGINS_AT, type PilotLetter } from '../../domain/pilot/dry-run.ts';
import type { PilotResult } from '../../domain/pilot/pilot-result.ts';
import { figuresAsOf } from '../../domain/pilot/receivables-figures.ts';
import { ROLES } from '../../domain/roles.ts';
import { startPostgres } from '../../local/postgres.ts';
import { startWorker } from '../../worker/start-worker.ts';
import { ENTITY, makeCompany } from './company.ts';
import { openDoors } from './doors.ts';
import { compareWithFile, humanWork, sentLetters } from './outcome.ts';
import type { PilotPlan } from './plan.ts';
import { replay } from './replay.ts';
import { startSimulatedTime } from './simulated-time.ts';
import { Stopwatch } from './stopwatch.ts';

const DATABASE = 'pilot';
const APP_ROLE = 'quittance_pilot';
/** The replay is the API's only client, and an eager one. */
const REQUESTS_PER_MINUTE = 1_000_000;

export interface ReplayHooks {
  readonly tellProgress: (date: string, share: number) => void;
  /** Called when the last day is over and before the books are read: for tests that alter them. */
  readonly beforeFigures?: (books: { ownerUrl: string; db: Db }) => Promise<void>;
}

export type ReplayOutcome = Pick<PilotResult, 'asOf' | 'tasks' | 'touchless' | 'differences' | 'timings'> & {
  readonly letters: readonly PilotLetter[];
};

/** @throws StartProblem when a server cannot be started. Whatever was started is stopped again, and the folder deleted. */
export async function runReplay(plan: PilotPlan, hooks: ReplayHooks): Promise<ReplayOutcome> {
  const endings: (() => Promise<unknown>)[] = [];
  const watch = new Stopwatch();
  try {
    const folder = await mkdtemp(join(tmpdir(), 'quittance-pilot-'));
    endings.push(() => rm(folder, { recursive: true, force: true }));
    return await withServers({ plan, folder, endings, watch, hooks });
  } finally {
    for (const end of endings.reverse()) await end();
  }
}

async function withServers(options: {
  plan: PilotPlan;
  folder: string;
  endings: (() => Promise<unknown>)[];
  watch: Stopwatch;
  hooks: ReplayHooks;
}): Promise<ReplayOutcome> {
  const { plan, folder, endings, watch, hooks } = options;
  const servers = await watch.measure('starting servers', async () => {
    const postgres = await startPostgres({ folder, durable: false });
    endings.push(() => postgres.stop());
    await postgres.createDatabase(DATABASE);
    const ownerUrl = postgres.ownerUrlOf(DATABASE);
    await migrate({ ownerUrl, appRole: APP_ROLE, appPassword: postgres.adminPassword });
    const url = new URL(ownerUrl);
    url.username = APP_ROLE;
    const db = openDatabase(url.href);
    endings.push(() => db.destroy());

    const first = plan.history.invoices[0]?.invoicedOn ?? plan.end;
    const time = await startSimulatedTime(localInstant(plan.zone, first, DAY_BEGINS_AT));
    endings.push(() => time.stop());
    const temporal = new Client({ connection: time.connection });
    const { businessOffsetMs } = time;
    const worker = await startWorker({
      temporalAddress: time.address,
      namespace: temporal.options.namespace,
      db,
      delivery: { kind: 'record' },
      businessOffsetMs,
    });
    endings.push(() => worker.stop());
    const logger = pino({ level: 'error' }, pino.destination(2));
    const api = await startApi({
      db,
      temporal,
      logger,
      businessOffsetMs,
      requestsPerMinute: REQUESTS_PER_MINUTE,
      port: 0,
      host: '127.0.0.1',
    });
    endings.push(() => api.close());
    const { key } = await createApiKey(db, {
      name: 'pilot',
      roles: ROLES.map((role) => ({ legalEntityId: '*', role })),
    });
    return { ownerUrl, db, time, worker, doors: openDoors(api.url, key) };
  });

  const { db, doors, time, worker } = servers;
  await watch.measure('making the company', () => makeCompany(doors, plan));
  await Promise.race([
    replay({ plan, doors, time, db, watch, tellProgress: hooks.tellProgress }),
    worker.ended.then(() => Promise.reject(new Error('The worker ended before the replay did.'))),
  ]);
  await hooks.beforeFigures?.(servers);
  return watch
    .measure('figures', async () => {
      const items = await receivableItemsOf(db, ENTITY);
      return {
        asOf: plan.asOf.map((asOf) => figuresAsOf({ asOf, items })),
        differences: await compareWithFile(db, plan),
        letters: await sentLetters(db),
        ...(await humanWork(db)),
        timings: [],
      };
    })
    .then((outcome) => ({ ...outcome, timings: watch.timings() }));
}
