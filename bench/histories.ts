// What the runs of an order cost in history: on the happy path, and with a notice and two reminders.

import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, type Client, type TestService } from '@temporalio/client';
import { msToTs } from '@temporalio/common/lib/time.js';
import pg from 'pg';
import { letterWorkflowId, paymentWorkflowId } from '../src/workflows/messages.ts';
import { countActions, type Actions } from './actions.ts';
import { LEGAL_ENTITY } from './lives/company.ts';
import { workflowIdOf } from './lives/order-life.ts';
import type { Stand } from './stand.ts';

export interface CostOfRuns extends Actions {
  readonly run: string;
  /** How many histories were counted: the figures are their largest. */
  readonly histories: number;
}

/** Histories looked at on the happy path. */
const SAMPLE = 20;
const LETTERS = 3;
const DAYS_MAX = 120;
const DAY_MS = 86_400_000;

/** The last orders that were lived, with their payments. */
export async function happyCosts(stand: Stand, orders: number): Promise<CostOfRuns[]> {
  const numbers = Array.from({ length: Math.min(SAMPLE, orders) }, (_, index) => orders - index);
  return [
    await costOf(stand.temporal, 'order', numbers.map(workflowIdOf)),
    await costOf(stand.temporal, 'payment', numbers.map(paymentIdOf)),
  ];
}

/** One order that is paid only after a notice and two reminders, under policy v1, in simulated time. */
export async function lettersCosts(stand: Stand): Promise<CostOfRuns[]> {
  const { driver, temporal } = stand;
  await driver.ask('company', null);
  const delivered = await driver.ask<{ orderId: string; customer: string; gross: unknown }>('untilDelivered', {
    number: 1,
  });
  const client = new pg.Client({ connectionString: stand.databaseUrl });
  await client.connect();
  try {
    await untilLetters(temporal, client, delivered.orderId);
    await driver.ask('pay', { number: 1, ...delivered });
    await driver.ask('settled', { orderId: delivered.orderId });
    const { rows } = await client.query<{ letterOn: string }>(
      `select to_char(letter_on, 'YYYY-MM-DD') as "letterOn" from letter order by letter_on`,
    );
    const letters = rows.map(({ letterOn }) =>
      letterWorkflowId({ legalEntityId: LEGAL_ENTITY, customerNumber: delivered.customer, letterOn }),
    );
    return [
      await costOf(temporal, 'order', [workflowIdOf(1)]),
      await costOf(temporal, 'payment', [paymentIdOf(1)]),
      await costOf(temporal, 'letter', letters),
    ];
  } finally {
    await client.end();
  }
}

/** Lets time pass day by day until the letters are sent. */
async function untilLetters(temporal: Client, client: pg.Client, orderId: string): Promise<void> {
  for (let day = 0; day < DAYS_MAX; day += 1) {
    const { rows } = await client.query<{ level: string }>(
      `select level from dunning_step where order_id = $1 and state = 'sent' order by step_on`,
      [orderId],
    );
    if (rows.length === LETTERS) return;
    await testServiceOf(temporal).unlockTimeSkippingWithSleep({ duration: msToTs(DAY_MS) });
    // What became due has to be done before the next day comes.
    await sleep(50);
  }
  throw new Error(`No ${LETTERS} letters within ${DAYS_MAX} days.`);
}

function testServiceOf({ connection }: Client): TestService {
  if (connection instanceof Connection && connection.testService !== undefined) return connection.testService;
  throw new Error('defect: time can be moved on the time-skipping server alone');
}

function paymentIdOf(number: number): string {
  return paymentWorkflowId({ legalEntityId: LEGAL_ENTITY, source: 'psp', sourceId: `ch_${number}` });
}

async function costOf(temporal: Client, run: string, workflowIds: readonly string[]): Promise<CostOfRuns> {
  const costs: Actions[] = [];
  for (const workflowId of workflowIds) {
    costs.push(countActions(await temporal.workflow.getHandle(workflowId).fetchHistory()));
  }
  const largest = (key: keyof Actions): number => Math.max(0, ...costs.map((cost) => cost[key]));
  return {
    run,
    histories: costs.length,
    events: largest('events'),
    actions: largest('actions'),
    bytes: largest('bytes'),
  };
}
