// Proves that nothing waits which should have happened: late steps, letters of past days, messages that nobody settled.

import { sql } from 'kysely';
import { FINAL_STAGES, nextStep, type Next } from '../../domain/agenda.ts';
import type { Db } from '../client.ts';
import { unclosedOrders, type StartableOrder } from '../queries/leftovers.ts';
import { orderContext } from '../queries/order-context.ts';
import { approvalsHaveTasks } from './approvals.ts';
import { OFFENDERS_SHOWN_MAX, prove, resultOf, type BooksProof, type Offender, type ProofResult } from './proof.ts';

/** A step that is due for longer than this is late. */
const STEP_LATE_AFTER_MS = 3_600_000;
const ORDERS_PER_PAGE = 500;
/** Orders read at once, below the connections of a command. */
const ORDERS_AT_ONCE_MAX = 3;

const START_WHAT_IS_MISSING =
  'Run "quittance repair"; if it stays, look at the run in Temporal’s UI for an activity that fails.';

const ordersAssessed: BooksProof = {
  name: 'orders_assessed',
  claim: 'No order waits for its credit check for more than a minute.',
  remedy: START_WHAT_IS_MISSING,
  looked: sql`select count(*) from sales_order where credit_state = 'unassessed'`,
  offenders: sql`select o.kind || '/' || o.legal_entity_id || '/' || o.number || ' (' || o.id || ')' as id,
      'stored ' || o.created_at as text
    from sales_order o where o.credit_state = 'unassessed' and o.created_at < clock_timestamp() - interval '1 minute'
    order by o.created_at`,
};

const closedOrdersAreDone: BooksProof = {
  name: 'closed_orders_are_done',
  claim:
    'A closed order has nothing open, disputed or waiting for approval, and no shipment that should be invoiced and is not.',
  remedy: 'Poke the order by any request to it; its run finds what is left. Then ask how its stage could be written.',
  looked: sql`select count(*) from sales_order where stage = any(${FINAL_STAGES}::text[])`,
  offenders: sql`select o.kind || '/' || o.legal_entity_id || '/' || o.number || ' (' || o.id || ')' as id,
      o.stage || ', open ' || coalesce((select sum(open_minor) from open_item i where i.order_id = o.id), 0) as text
    from sales_order o where o.stage = any(${FINAL_STAGES}::text[]) and (
      exists (select from open_item i where i.order_id = o.id and i.open_minor > 0)
      or exists (select from dispute d where d.order_id = o.id and d.state in ('open', 'awaiting_approval'))
      or exists (select from approval a where a.order_id = o.id and a.state = 'requested')
      or exists (select from shipment s where s.order_id = o.id and s.invoicing <> 'waived'
        and not exists (select from invoice i where i.shipment_id = s.id)))
    order by o.id`,
};

const lettersSent: BooksProof = {
  name: 'letters_of_past_days',
  claim: 'No letter of a day that is over is unsent.',
  remedy: START_WHAT_IS_MISSING,
  looked: sql`select count(*) from letter where state in ('open', 'sending')`,
  offenders: sql`select 'letter/' || l.legal_entity_id || '/' || c.number || '/' || l.letter_on || ' (' || l.id || ')' as id,
      l.state || ' after ' || l.attempts || ' attempts' as text
    from letter l join customer c on c.id = l.customer_id
    -- An hour after midnight: the run closes the letter when its window ends, which may be midnight itself.
    where l.state in ('open', 'sending') and l.letter_on < ((clock_timestamp() - interval '1 hour') at time zone c.zone)::date
    order by l.letter_on, l.id`,
};

const bankFilesApplied: BooksProof = {
  name: 'bank_files_applied',
  claim: 'No bank file stands still for an hour before each of its lines has its answer.',
  remedy: START_WHAT_IS_MISSING,
  looked: sql`select count(*) from bank_file where state in ('received', 'read')`,
  offenders: sql`select 'statement/' || legal_entity_id || '/' || id as id,
      state || ', ' || lines_done || ' of ' || lines_new || ' lines done, since ' || changed_at as text
    from bank_file where state in ('received', 'read') and changed_at < clock_timestamp() - interval '1 hour' order by changed_at`,
};

const messagesSettled: BooksProof = {
  name: 'messages_settled',
  claim: 'No message is being sent for more than ten minutes.',
  remedy:
    'Its sender died. The next try of its step calls it unknown and opens a task; "quittance repair" starts a run that is missing.',
  looked: sql`select count(*) from mail_message where state = 'sending'`,
  offenders: sql`select key as id, 'sending since ' || changed_at || ', attempt ' || attempts as text
    from mail_message where state = 'sending' and changed_at < clock_timestamp() - interval '10 minutes' order by changed_at`,
};

const stepsOnTime = {
  name: 'next_steps_on_time',
  claim: 'No next step of an unclosed order is more than an hour late.',
  remedy: START_WHAT_IS_MISSING,
};

/**
 * Proves that work goes on, by the database alone.
 *
 * @param now business time, epoch milliseconds
 */
export async function verifyWork(db: Db, now: number): Promise<ProofResult[]> {
  return [
    await prove(db, ordersAssessed),
    await prove(db, closedOrdersAreDone),
    await prove(db, approvalsHaveTasks),
    await proveStepsOnTime(db, now),
    await prove(db, bankFilesApplied),
    await prove(db, lettersSent),
    await prove(db, messagesSettled),
  ];
}

async function proveStepsOnTime(db: Db, now: number): Promise<ProofResult> {
  const found = { looked: 0, failures: 0, offenders: [] as Offender[] };
  let after: string | null = null;
  for (;;) {
    const page: StartableOrder[] = await unclosedOrders(db, { after, limit: ORDERS_PER_PAGE });
    if (page.length === 0) return resultOf(stepsOnTime, found);
    const changes = await lastChanges(db, page);
    for (let index = 0; index < page.length; index += ORDERS_AT_ONCE_MAX) {
      const some = page.slice(index, index + ORDERS_AT_ONCE_MAX);
      const late = await Promise.all(
        some.map((order) => lateStep(db, order, { now, changedAt: changes.get(order.id) ?? now })),
      );
      found.looked += some.length;
      for (const offender of late.filter((one) => one !== null)) {
        found.failures += 1;
        if (found.offenders.length < OFFENDERS_SHOWN_MAX) found.offenders.push(offender);
      }
    }
    after = page.at(-1)?.id ?? after;
  }
}

/** When each order last had news: a step is due from then at the earliest, whatever its own time says. Epoch milliseconds. */
async function lastChanges(db: Db, orders: readonly StartableOrder[]): Promise<Map<string, number>> {
  const { rows } = await sql<{ id: string; changedAt: number }>`
    select o.id, greatest(o.changed_at, (select max(at) from audit_entry a where a.order_id = o.id),
      (select max(p.created_at) from policy p where p.legal_entity_id = o.legal_entity_id)) as "changedAt"
    from sales_order o where o.id = any(${orders.map((order) => order.id)}::uuid[])`.execute(db);
  return new Map(rows.map((row) => [row.id, row.changedAt]));
}

async function lateStep(
  db: Db,
  order: StartableOrder,
  { now, changedAt }: { now: number; changedAt: number },
): Promise<Offender | null> {
  const context = await orderContext(db, order.id, now);
  if (context === null) return null;
  const next = nextStep(context.facts, context.policy, context.calendar, now);
  const dueAt = dueSince(next, { now, changedAt });
  if (dueAt === null || dueAt >= now - STEP_LATE_AFTER_MS) return null;
  const id = `${order.kind}/${order.legalEntityId}/${order.number} (${order.id})`;
  return { id, text: `${next.step} due since ${new Date(dueAt).toISOString()}: ${next.because}` };
}

/** Since when the step waits to be done; `null`: it waits for somebody. "Now" as a step's time means: since the last news. */
function dueSince(next: Next, { now, changedAt }: { now: number; changedAt: number }): number | null {
  if (next.step === 'closed') return changedAt;
  if (next.step === 'wait' || next.at === null) return null;
  return next.at >= now ? (next.at === now ? changedAt : null) : Math.max(next.at, changedAt);
}
