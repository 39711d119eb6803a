// Calls activities as a worker would, on a real database, without a workflow around them.

import { Client, Connection } from '@temporalio/client';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createCaseActivities, type CaseActivities } from '../../src/activities/cases.ts';
import { createChangeActivities, type ChangeActivities } from '../../src/activities/changes.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { createOrderActivities } from '../../src/activities/orders/index.ts';
import { createPaymentActivities, type PostedPayment } from '../../src/activities/payments/index.ts';
import type { StepOutput } from '../../src/activities/orders/step.ts';
import type { Db } from '../../src/database/client.ts';
import { orderWorkflowId } from '../../src/workflows/messages.ts';
import type { OrderHead } from './order.ts';

/** Monday, 5 January 2026, 11:00 in Berlin: a working day inside the send window. */
export const MONDAY = Date.UTC(2026, 0, 5, 10);

/** A client whose connection is never made: the activities that talk to Temporal are tested with a real server. */
const noTemporal = new Client({ connection: Connection.lazy({ address: '127.0.0.1:1' }) });

/** What activities need: the database, and documents written down as sent. */
export function dependencies(db: Db): Dependencies {
  return { db, temporal: noTemporal, delivery: { kind: 'record' } };
}

/** Runs a function inside an activity of the given workflow and step. */
export async function asActivity<T>(cause: { workflowId: string; step: string }, act: () => Promise<T>): Promise<T> {
  const environment = new MockActivityEnvironment({
    workflowExecution: { workflowId: cause.workflowId, runId: 'test' },
    activityType: cause.step,
  });
  return environment.run(act);
}

type OrderActivities = ReturnType<typeof createOrderActivities>;

/** Calls one activity of an order's run. */
export async function callOrder<Name extends keyof OrderActivities>(
  db: Db,
  order: OrderHead,
  call: { step: Name; input: Omit<Parameters<OrderActivities[Name]>[0], 'orderId'> },
): Promise<Awaited<ReturnType<OrderActivities[Name]>>> {
  const act = createOrderActivities(dependencies(db))[call.step] as (input: unknown) => Promise<unknown>;
  const answer = await asActivity({ workflowId: orderWorkflowId(order), step: call.step }, () =>
    act({ ...call.input, orderId: order.id }),
  );
  return answer as Awaited<ReturnType<OrderActivities[Name]>>;
}

/** Rounds of one order that a test may need before it waits. */
const STEPS_MAX = 50;

/** Does every step that is due now, as the order's loop would. @returns what is next then */
export async function runDueSteps(db: Db, order: OrderHead, now = MONDAY): Promise<StepOutput['next']> {
  let { next } = await callOrder(db, order, { step: 'plan', input: { now } });
  for (let taken = 0; taken < STEPS_MAX; taken += 1) {
    const isDue = next.step !== 'wait' && next.step !== 'closed' && next.at !== null && next.at <= now;
    if (!isDue || next.step === 'remind') return next;
    const input = { subject: next.subject, level: next.level, now };
    const done = await callOrder(db, order, { step: next.step as 'assessCredit', input });
    next = done.next;
  }
  throw new Error('the order does not come to rest');
}

/** Posts a payment as its workflow would. */
export async function postPayment(db: Db, paymentId: string, now = MONDAY): Promise<PostedPayment> {
  const activities = createPaymentActivities(dependencies(db));
  return asActivity({ workflowId: `payment/${paymentId}`, step: 'postPayment' }, () =>
    activities.postPayment({ paymentId, now }),
  );
}

/** Changes what orders are decided by, as its workflow would. */
export async function callChange<Name extends 'setCredit' | 'setGroup'>(
  db: Db,
  step: Name,
  input: Parameters<ChangeActivities[Name]>[0],
): Promise<Awaited<ReturnType<ChangeActivities[Name]>>> {
  const act = createChangeActivities(dependencies(db))[step] as (input: unknown) => Promise<unknown>;
  const answer = await asActivity({ workflowId: `change/${input.requestKey}`, step }, () => act(input));
  return answer as Awaited<ReturnType<ChangeActivities[Name]>>;
}

/** Calls one activity of the run of a refund or a credit limit. */
export async function callCase<Name extends keyof CaseActivities>(
  db: Db,
  workflowId: string,
  call: { step: Name; input: Parameters<CaseActivities[Name]>[0] },
): Promise<Awaited<ReturnType<CaseActivities[Name]>>> {
  const act = createCaseActivities(dependencies(db))[call.step] as (input: unknown) => Promise<unknown>;
  const answer = await asActivity({ workflowId, step: call.step }, () => act(call.input));
  return answer as Awaited<ReturnType<CaseActivities[Name]>>;
}

/** A request to an order under its key, as an executive called `key:test` sends it unless told otherwise. */
export function requestOf(
  key: string,
  by: { actor?: string; roles?: readonly string[] } = {},
): { requestKey: string; actor: string; requestId: string; roles: readonly string[] } {
  return { requestKey: key, actor: by.actor ?? 'key:test', requestId: key, roles: by.roles ?? ['executive'] };
}

/** Reports a shipment of the given quantities by line number. */
export async function ship(db: Db, order: OrderHead, quantities: Record<number, string>, key: string, now = MONDAY) {
  const lines = Object.entries(quantities).map(([lineNo, quantity]) => ({
    lineNo: Number(lineNo),
    quantity,
    lots: [],
  }));
  const request = { ...requestOf(key), lines, carrier: null, tracking: null, shippedOn: null };
  return callOrder(db, order, { step: 'recordShipment', input: { now, request } });
}
