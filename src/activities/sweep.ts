// Finds what was stored and never started, and starts it.

import { sql } from 'kysely';
import { letterStart, orderStart, ORDERS_QUEUE, paymentWorkflowId, poke } from '../workflows/messages.ts';
import type { Dependencies } from './dependencies.ts';

/** Rows started in one sweep; the next minute takes the next ones. */
const LEFTOVERS_MAX = 500;
/** Age from which a row counts as left over: its door has given up long before. */
const LEFTOVER_AGE = '30 seconds';

export interface SweepActivities {
  /** Starts orders never assessed, payments never posted and letters past their day. Counts what it started. */
  startLeftovers(input: { now: number }): Promise<{ orders: number; payments: number; letters: number }>;
}

export function createSweepActivities(deps: Dependencies): SweepActivities {
  return {
    startLeftovers: async ({ now }) => ({
      orders: await startOrders(deps),
      payments: await startPayments(deps),
      letters: await startLetters(deps, now),
    }),
  };
}

async function startOrders({ db, temporal }: Dependencies): Promise<number> {
  const { rows } = await sql<Parameters<typeof orderStart>[0]>`
    select o.id, o.kind, o.legal_entity_id as "legalEntityId", o.number, c.number as "customerNumber"
    from sales_order o join customer c on c.id = o.customer_id
    where o.credit_state = 'unassessed' and o.created_at < clock_timestamp() - ${LEFTOVER_AGE}::interval
    order by o.created_at limit ${LEFTOVERS_MAX}`.execute(db);
  for (const order of rows) {
    const said = { reason: 'sweep: stored and never started', subject: null };
    await temporal.workflow.signalWithStart('orderToCash', { ...orderStart(order), signal: poke, signalArgs: [said] });
  }
  return rows.length;
}

async function startPayments({ db, temporal }: Dependencies): Promise<number> {
  const { rows } = await sql<{ id: string; legalEntityId: string; source: string; sourceId: string }>`
    select id, legal_entity_id as "legalEntityId", source, source_id as "sourceId" from payment
    where state = 'received' and created_at < clock_timestamp() - ${LEFTOVER_AGE}::interval
    order by created_at limit ${LEFTOVERS_MAX}`.execute(db);
  for (const payment of rows) {
    await temporal.workflow.start('applyPayment', {
      workflowId: paymentWorkflowId(payment),
      workflowIdConflictPolicy: 'USE_EXISTING',
      taskQueue: ORDERS_QUEUE,
      args: [{ paymentId: payment.id }],
    });
  }
  return rows.length;
}

async function startLetters({ db, temporal }: Dependencies, now: number): Promise<number> {
  const { rows } = await sql<Parameters<typeof letterStart>[0]>`
    select l.id as "letterId", l.letter_on as "letterOn", l.legal_entity_id as "legalEntityId", c.number as "customerNumber"
    from letter l join customer c on c.id = l.customer_id
    where l.state in ('open', 'sending') and l.letter_on < (${new Date(now)}::timestamptz at time zone c.zone)::date
    order by l.letter_on limit ${LEFTOVERS_MAX}`.execute(db);
  for (const letter of rows) {
    await temporal.workflow.start('letterOfTheDay', {
      ...letterStart(letter),
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
  }
  return rows.length;
}
