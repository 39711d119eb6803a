// An order that gets five hundred messages: its run goes on in new ones before its history grows too long, and no message is lost.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { type History } from '@temporalio/common/lib/proto-utils.js';
import { openDatabase } from '../../src/database/client.ts';
import { startTemporalDevServer } from '../../src/local/temporal.ts';
import { startWorker } from '../../src/worker/start-worker.ts';
import { searchAttributes, type ShipmentReport } from '../../src/workflows/messages.ts';
import { Company } from '../harness/acme.ts';
import { testDatabase } from '../harness/database.ts';
import { assertReplay } from '../harness/replay.ts';
import { eventually } from '../harness/world.ts';
import { ALWAYS } from './installation.ts';
import { assertAllHolds } from './oracle.ts';

const POKES = 460;
const SHIPMENTS = 40;
/** Far below the server's own 4,096 events, so that five hundred messages meet it several times. */
const SUGGESTED_AT_EVENTS = 300;
/** A run ends at its next safe point, with what came until then. */
const EVENTS_MAX = 3 * SUGGESTED_AT_EVENTS;
/** How the pokes come: all at once before the shipments are through, or so that requests and pokes meet all the time. */
const FIRES = [
  { name: 'in a burst', atOnce: 20, pauseMs: 0 },
  { name: 'without a pause', atOnce: 4, pauseMs: 30 },
] as const;
/** Temporal takes ten Updates of a run at once. */
const SHIPMENTS_AT_ONCE = 4;
const WITHIN_MS = 60_000;

/** Does something for each of 0 … count − 1, some at a time. */
async function times(count: number, atOnce: number, act: (index: number) => Promise<unknown>): Promise<void> {
  const waiting = Array.from({ length: count }, (_, index) => index);
  const runner = async (): Promise<void> => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) await act(index);
  };
  await Promise.all(Array.from({ length: atOnce }, runner));
}

interface Run {
  readonly history: History;
  readonly events: number;
  readonly signals: number;
  /** The run that went on in this one; empty: a request started it. */
  readonly before: string;
}

async function runOf(client: Client, workflowId: string, runId: string): Promise<Run> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const { events } = history;
  const signals = (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
  const started = events?.[0]?.workflowExecutionStartedEventAttributes;
  return { history, events: events?.length ?? 0, signals, before: started?.continuedExecutionRunId ?? '' };
}

/** The latest run of a workflow ID and those that it continues, latest first. */
async function runsOf(client: Client, workflowId: string): Promise<Run[]> {
  const runs: Run[] = [];
  let { runId } = await client.workflow.getHandle(workflowId).describe();
  while (runId !== '') {
    const run = await runOf(client, workflowId, runId);
    runs.push(run);
    runId = run.before;
  }
  return runs;
}

describe('R27: an order whose history comes to its limit', () => {
  for (const fire of FIRES)
    it(`R27: goes on in new runs, with every poke and every shipment taken once, ${fire.name}`, () => underFire(fire));
});

async function underFire(fire: (typeof FIRES)[number]): Promise<void> {
  const database = await testDatabase();
  const db = openDatabase(database.appUrl);
  const temporal = await startTemporalDevServer({
    ...{ searchAttributes: Object.values(searchAttributes), logLevel: 'error' },
    dynamicConfig: { 'limit.historyCount.suggestContinueAsNew': SUGGESTED_AT_EVENTS },
  });
  const connection = await Connection.connect({ address: temporal.address });
  const client = new Client({ connection });
  const delivery = { kind: 'record' } as const;
  const worker = await startWorker({
    ...{ temporalAddress: temporal.address, namespace: 'default', db, delivery, businessOffsetMs: 0 },
  });
  const now = (): Promise<number> => Promise.resolve(Date.now());
  const company = await Company.found({ db, client, now, age: () => Promise.resolve() }, ALWAYS);
  try {
    const customer = await company.customer('C-1');
    const order = await company.order(customer, 'SO-1');
    const shipmentIds = new Map<number, string>();
    // While a run goes over to the next one under fire, Temporal may refuse an Update: the API tries again, as this does.
    const ship = (quantity: string, requestKey: string): Promise<ShipmentReport> =>
      eventually(() => company.ship(order, quantity, requestKey), WITHIN_MS);
    const shipped = times(SHIPMENTS, SHIPMENTS_AT_ONCE, async (index) => {
      const { shipmentId } = await ship('0.2', `part-${String(index)}`);
      shipmentIds.set(index, shipmentId);
    });
    const pokes = times(POKES, fire.atOnce, async () => {
      await pause(Math.random() * fire.pauseMs);
      await company.poke(order);
    });
    await Promise.all([shipped, pokes]);
    await ship('2', 'rest');
    await eventually(async () => {
      assert.equal((await company.items(order)).length, SHIPMENTS + 1);
    }, WITHIN_MS);
    // Temporal has forgotten the Updates of earlier runs; the request's key is remembered by Postgres.
    for (const index of [0, SHIPMENTS - 1]) {
      const { shipmentId } = await ship('0.2', `part-${String(index)}`);
      assert.equal(shipmentId, shipmentIds.get(index));
    }
    await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
    await client.workflow.getHandle(order.workflowId).result();
    assert.equal(await company.stage(order), 'settled');

    const runs = await runsOf(client, order.workflowId);
    assert.ok(runs.length >= 3, `${String(runs.length)} runs`);
    for (const { events } of runs) assert.ok(events <= EVENTS_MAX, `${String(events)} events`);
    // The last one is the payment's.
    assert.equal(
      runs.reduce((sum, { signals }) => sum + signals, 0),
      POKES + 1,
    );
    await assertReplay(runs.map(({ history }, index) => ({ name: `run ${String(index)} from the last`, history })));
    const audit = await company.audit(order);
    assert.equal(audit.filter((action) => action === 'shipment.recorded').length, SHIPMENTS + 1);
    await assertAllHolds(db, client);
  } finally {
    await worker.stop();
    await connection.close();
    await temporal.stop();
    await db.destroy();
    await database.drop();
  }
}
