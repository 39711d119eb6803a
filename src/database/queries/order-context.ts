// All that is true of an order, read in one query, with the policy and the calendars by which it is planned.

import { sql } from 'kysely';
import type { Stage } from '../../domain/agenda.ts';
import type { OrderFacts } from '../../domain/order-facts.ts';
import type { Calendar } from '../../domain/calendar.ts';
import { wholePolicy, type Policy, type StoredPolicy } from '../../domain/policy.ts';
import { calendarOf } from '../calendars.ts';
import type { Db, Tx } from '../client.ts';

export interface OrderHead {
  readonly id: string;
  readonly legalEntityId: string;
  readonly kind: 'order' | 'opening';
  readonly number: string;
  readonly customerId: string;
  readonly customerNumber: string;
  readonly customerCountry: string;
  readonly customerZone: string;
  readonly entityCountry: string;
  readonly entityZone: string;
  readonly currency: string;
  readonly entityCurrency: string;
  /** Units of the legal entity's currency for one of the order's; `null`: they are the same. */
  readonly exchangeRate: string | null;
  readonly termsDays: number;
  readonly netMinor: number;
  readonly grossMinor: number;
  /** What was invoiced of it; more than the whole where more was delivered than ordered. */
  readonly billedMinor: number;
  readonly isPrepaid: boolean;
  readonly stage: Stage;
  readonly opening: OpeningFacts | null;
}

/** What an opening item brings along. */
export interface OpeningFacts {
  readonly amountMinor: number;
  /** What it is in the legal entity's currency, where its own is another. */
  readonly baseMinor?: number;
  readonly invoicedOn: string;
  readonly dueOn: string;
  readonly level: 'none' | 'notice' | 'reminder1' | 'reminder2' | 'reminder3' | 'collector';
  readonly lastLetterOn: string | null;
}

export interface OrderContext {
  readonly order: OrderHead;
  readonly facts: OrderFacts;
  readonly policy: Policy;
  /** The customer's working days and zone: for dunning. */
  readonly calendar: Calendar;
  /** The legal entity's: for holds. */
  readonly entityCalendar: Calendar;
}

interface Row {
  id: string;
  legal_entity_id: string;
  kind: 'order' | 'opening';
  number: string;
  customer_id: string;
  customer_number: string;
  customer_country: string;
  customer_zone: string;
  entity_country: string;
  entity_zone: string;
  currency: string;
  entity_currency: string;
  exchange_rate: string | null;
  terms_days: number;
  net_minor: number;
  gross_minor: number;
  stage: Stage;
  opening: OpeningFacts | null;
  billed_minor: number;
  is_prepaid: boolean;
  is_cancelled: boolean;
  credit_state: OrderFacts['credit']['state'];
  credit_reasons: { code: string }[];
  hold_until: number | null;
  is_granted: boolean;
  released_until: number | null;
  reserved_until: number | null;
  proforma: OrderFacts['prepayment']['proforma'];
  proforma_retry_at: number | null;
  policy: StoredPolicy | null;
  awaits_shipment: boolean;
  to_invoice: OrderFacts['toInvoice'] | null;
  invoices: OrderFacts['invoices'] | null;
  items: OrderFacts['items'] | null;
  disputes: OrderFacts['disputes'] | null;
  approvals: OrderFacts['approvals'] | null;
  tasks: OrderFacts['tasks'] | null;
  cash: OrderFacts['cash'] | null;
}

/** Payments with money left that one order looks at, oldest first. */
const CASH_LOOKED_AT_MAX = 100;

/**
 * Reads an order with everything `nextStep` asks for.
 *
 * @param db the pool, or the transaction that holds the order's lock
 * @param now business time, epoch milliseconds; decides how far the calendars reach
 * @returns null when there is no such order
 * @throws a defect when the legal entity has no policy
 */
export async function orderContext(db: Db | Tx, orderId: string, now = Date.now()): Promise<OrderContext | null> {
  const { rows } = await contextQuery(orderId).execute(db);
  const row = rows[0];
  return row === undefined ? null : contextOf(db, row, now);
}

/** Locks the order's row for the rest of the transaction. Every change of an order starts here: orders first, then the rest. */
export async function lockOrder(tx: Tx, orderId: string): Promise<void> {
  await sql`select 1 from sales_order where id = ${orderId} for no key update`.execute(tx);
}

/** Milliseconds of an instant, as the facts have them. */
const ms = (column: string): ReturnType<typeof sql.raw> => sql.raw(`(extract(epoch from ${column}) * 1000)::bigint`);

/** What payments have settled of item `t`, by all its allocations. */
const PAID = sql.raw(
  `(select coalesce(sum(a.amount_minor), 0) from allocation a where a.item_id = t.id and a.payment_id is not null)`,
);

function contextQuery(orderId: string): ReturnType<typeof sql<Row>> {
  return sql<Row>`
    select o.id, o.legal_entity_id, o.kind, o.number, o.customer_id, c.number as customer_number, c.country as customer_country,
      c.zone as customer_zone, e.country as entity_country, e.zone as entity_zone, o.currency, e.currency as entity_currency,
      trim_scale(o.exchange_rate)::text as exchange_rate, o.terms_days, o.net_minor, o.gross_minor, o.billed_minor, o.is_prepaid, o.cancelled_on is not null as is_cancelled, o.stage, o.opening, o.credit_state,
      o.credit_reasons, o.hold_until, o.released_until, o.reserved_until, o.proforma, o.proforma_retry_at,
      (o.credit_state = 'held' and exists (select from credit_hold h where h.order_id = o.id and h.state = 'granted')) as is_granted,
      (select p.body from policy p where p.legal_entity_id = o.legal_entity_id order by p.version desc limit 1) as policy,
      exists (select from order_line l where l.order_id = o.id and not l.is_service and l.shipped_quantity < l.quantity) as awaits_shipment,
      ${uninvoiced} as to_invoice,
      (select json_agg(json_build_object('invoiceId', i.id, 'number', i.number, 'kind', i.kind, 'delivery', i.delivery,
        'retryAt', ${ms('i.delivery_retry_at')}) order by i.created_at, i.id)
        from invoice i where i.order_id = o.id) as invoices,
      ${items} as items,
      (select json_agg(json_build_object('disputeId', d.id, 'number', t.number, 'reason', d.reason) order by d.id)
        from dispute d join open_item t on t.id = d.item_id
        where d.order_id = o.id and d.state in ('open', 'awaiting_approval')) as disputes,
      (select json_agg(json_build_object('approvalId', a.id, 'kind', a.kind, 'deadlineAt', ${ms('a.deadline_at')}) order by a.id)
        from approval a where a.order_id = o.id and a.state = 'requested') as approvals,
      (select json_agg(json_build_object('taskId', k.id, 'kind', k.kind, 'ownerRole', k.owner_role, 'tier', k.tier,
        'isTold', k.told_tier >= k.tier, 'tellAt', ${ms('k.tell_retry_at')}, 'escalation', k.escalations -> k.tier) order by k.id)
        from task k where k.order_id = o.id and k.state = 'open') as tasks,
      (select json_agg(json_build_object('paymentId', p.id, 'reference', p.reference, 'unappliedMinor', p.unapplied_minor,
        'notFor', ${takenBack}) order by p.id)
        from (select p.id, p.reference, p.unapplied_minor from payment p
          where p.customer_id = o.customer_id and p.unapplied_minor > 0 and p.currency = o.currency
            and (strpos(p.reference, o.number) > 0 or exists (select from open_item t where t.order_id = o.id
              and t.open_minor > 0 and strpos(p.reference, t.number) > 0))
          order by p.id limit ${sql.lit(CASH_LOOKED_AT_MAX)}) p) as cash
    from sales_order o
    join customer c on c.id = o.customer_id
    join legal_entity e on e.id = o.legal_entity_id
    where o.id = ${orderId}`;
}

const uninvoiced = sql`
  (select json_agg(json_build_object('subject', subject, 'invoicing', invoicing, 'from', ${ms('invoice_at')}) order by at, subject) from (
    select s.id::text as subject, s.invoicing, s.invoice_at, s.created_at as at from shipment s
      where s.order_id = o.id and s.invoicing <> 'waived' and not exists (select from invoice i where i.shipment_id = s.id)
    union all
    select 'services', 'due', null, o.created_at where exists (select from order_line l where l.order_id = o.id and l.is_service and l.quantity > 0)
      and not exists (select from invoice i where i.order_id = o.id and i.shipment_id is null and i.kind = 'invoice')
  ) waiting)`;

const items = sql`
  (select json_agg(json_build_object('itemId', t.id, 'number', t.number, 'side', t.side, 'dueOn', t.due_on, 'openMinor', t.open_minor,
    'originalMinor', t.original_minor,
    'disputedMinor', (select coalesce(sum(d.amount_minor), 0) from dispute d where d.item_id = t.id and d.state in ('open', 'awaiting_approval')),
    'steps', coalesce((select json_agg(json_build_object('level', d.level, 'on', d.step_on, 'state', d.state))
      from dunning_step d where d.item_id = t.id and d.state <> 'dropped'), '[]'),
    'blocks', coalesce((select json_agg(json_build_object('from', b.from_on, 'until', b.until_on, 'endedOn', b.ended_on)) from (
      select b.* from dunning_block b where b.order_id = o.id and (b.item_id = t.id or b.item_id is null)
      union all select b.* from dunning_block b where b.customer_id = o.customer_id and b.order_id is null) b), '[]'),
    'promise', (select json_build_object('promiseId', p.id, 'amountMinor', p.amount_minor, 'givenOn', p.given_on, 'promisedOn', p.promised_on,
      'paidMinor', greatest(0, ${PAID} - p.paid_before_minor)) from promise p where p.item_id = t.id and p.state = 'open'),
    'plan', (select json_build_object('planId', p.id, 'agreedOn', (p.created_at at time zone c.zone)::date,
      'paidMinor', greatest(0, ${PAID} - p.paid_before_minor),
      'instalments', (select json_agg(json_build_object('dueOn', n.due_on, 'amountMinor', n.amount_minor) order by n.instalment_no)
        from plan_instalment n where n.plan_id = p.id)) from payment_plan p where p.item_id = t.id and p.state = 'active')
    ) order by t.due_on, t.id)
    from open_item t where t.order_id = o.id)`;

/** Items of order `o` whose last word about payment `p` is that a person undid it. */
const takenBack = sql`
  coalesce((select json_agg(t.id) from open_item t where t.order_id = o.id and t.open_minor > 0
    and (select e.kind = 'undo' from allocation a join journal_entry e on e.id = a.entry_id
      where a.payment_id = p.id and a.item_id = t.id order by a.entry_id desc limit 1)), '[]')`;

async function contextOf(db: Db | Tx, row: Row, now: number): Promise<OrderContext> {
  if (row.policy === null) throw new Error(`defect: legal entity ${row.legal_entity_id} has no policy`);
  const items = row.items ?? [];
  const from = items.reduce(
    (min, item) => (item.dueOn < min ? item.dueOn : min),
    new Date(now).toISOString().slice(0, 10),
  );
  const calendar = await calendarOf(db, { country: row.customer_country, zone: row.customer_zone, from, now });
  const entityCalendar = await calendarOf(db, { country: row.entity_country, zone: row.entity_zone, from, now });
  return {
    order: {
      id: row.id,
      legalEntityId: row.legal_entity_id,
      kind: row.kind,
      number: row.number,
      customerId: row.customer_id,
      customerNumber: row.customer_number,
      customerCountry: row.customer_country,
      customerZone: row.customer_zone,
      entityCountry: row.entity_country,
      entityZone: row.entity_zone,
      currency: row.currency,
      entityCurrency: row.entity_currency,
      exchangeRate: row.exchange_rate,
      termsDays: row.terms_days,
      netMinor: row.net_minor,
      grossMinor: row.gross_minor,
      billedMinor: row.billed_minor,
      isPrepaid: row.is_prepaid,
      stage: row.stage,
      opening: row.opening,
    },
    facts: factsOf(row),
    policy: wholePolicy(row.policy),
    calendar,
    entityCalendar,
  };
}

function factsOf(row: Row): OrderFacts {
  return {
    kind: row.kind,
    number: row.number,
    isCancelled: row.is_cancelled,
    credit: {
      state: row.credit_state,
      holdUntil: row.hold_until,
      reasons: row.credit_reasons.map((reason) => reason.code),
      isGranted: row.is_granted,
      releasedUntil: row.released_until,
      reservedUntil: row.reserved_until,
    },
    prepayment: {
      isPrepaid: row.is_prepaid,
      neededMinor: Math.max(0, row.gross_minor - row.billed_minor),
      proforma: row.proforma,
      retryAt: row.proforma_retry_at,
    },
    toInvoice: row.to_invoice ?? [],
    awaitsShipment: row.awaits_shipment,
    invoices: row.invoices ?? [],
    items: row.items ?? [],
    disputes: row.disputes ?? [],
    approvals: row.approvals ?? [],
    tasks: row.tasks ?? [],
    cash: row.cash ?? [],
  };
}
