// All that is true of an order, read in one query, with the policy and the calendars by which it is planned.

import { sql } from 'kysely';
import type { InvoiceFacts, ItemFacts, OrderFacts, Stage } from '../../domain/agenda.ts';
import type { Calendar } from '../../domain/calendar.ts';
import type { Policy } from '../../domain/policy.ts';
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
  readonly termsDays: number;
  readonly netMinor: number;
  readonly grossMinor: number;
  readonly stage: Stage;
  readonly opening: OpeningFacts | null;
}

/** What an opening item brings along. */
export interface OpeningFacts {
  readonly amountMinor: number;
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
  terms_days: number;
  net_minor: number;
  gross_minor: number;
  stage: Stage;
  opening: OpeningFacts | null;
  credit_state: OrderFacts['credit']['state'];
  credit_reasons: { code: string }[];
  hold_until: number | null;
  policy: Policy | null;
  awaits_shipment: boolean;
  to_invoice: string[] | null;
  invoices: InvoiceFacts[] | null;
  items: ItemFacts[] | null;
}

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

function contextQuery(orderId: string): ReturnType<typeof sql<Row>> {
  return sql<Row>`
    select o.id, o.legal_entity_id, o.kind, o.number, o.customer_id, c.number as customer_number, c.country as customer_country,
      c.zone as customer_zone, e.country as entity_country, e.zone as entity_zone, o.currency, o.terms_days, o.net_minor,
      o.gross_minor, o.stage, o.opening, o.credit_state, o.credit_reasons, o.hold_until,
      (select p.body from policy p where p.legal_entity_id = o.legal_entity_id order by p.version desc limit 1) as policy,
      exists (select from order_line l where l.order_id = o.id and not l.is_service and l.shipped_quantity < l.quantity) as awaits_shipment,
      (select json_agg(subject order by at, subject) from (
        select s.id::text as subject, s.created_at as at from shipment s
          where s.order_id = o.id and not exists (select from invoice i where i.shipment_id = s.id)
        union all
        select 'services', o.created_at where exists (select from order_line l where l.order_id = o.id and l.is_service)
          and not exists (select from invoice i where i.order_id = o.id and i.shipment_id is null)
      ) waiting) as to_invoice,
      (select json_agg(json_build_object('invoiceId', i.id, 'number', i.number, 'delivery', i.delivery,
        'retryAt', (extract(epoch from i.delivery_retry_at) * 1000)::bigint) order by i.created_at, i.id)
        from invoice i where i.order_id = o.id) as invoices,
      (select json_agg(json_build_object('itemId', t.id, 'number', t.number, 'dueOn', t.due_on, 'openMinor', t.open_minor,
        'steps', coalesce((select json_agg(json_build_object('level', d.level, 'on', d.step_on, 'state', d.state))
          from dunning_step d where d.item_id = t.id and d.state <> 'dropped'), '[]'),
        'blocks', coalesce((select json_agg(json_build_object('from', b.from_on, 'until', b.until_on, 'endedOn', b.ended_on))
          from dunning_block b where b.item_id = t.id), '[]')) order by t.due_on, t.id)
        from open_item t where t.order_id = o.id) as items
    from sales_order o
    join customer c on c.id = o.customer_id
    join legal_entity e on e.id = o.legal_entity_id
    where o.id = ${orderId}`;
}

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
      termsDays: row.terms_days,
      netMinor: row.net_minor,
      grossMinor: row.gross_minor,
      stage: row.stage,
      opening: row.opening,
    },
    facts: {
      kind: row.kind,
      credit: {
        state: row.credit_state,
        holdUntil: row.hold_until,
        reasons: row.credit_reasons.map((reason) => reason.code),
      },
      toInvoice: row.to_invoice ?? [],
      awaitsShipment: row.awaits_shipment,
      invoices: row.invoices ?? [],
      items,
    },
    policy: row.policy,
    calendar,
    entityCalendar,
  };
}
