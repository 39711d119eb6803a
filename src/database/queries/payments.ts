// Payments at the door: stored once under their source's own ID, and read with what they were applied to.

import { sql } from 'kysely';
import type { Db } from '../client.ts';
import { RETURN_FIELDS, type PaymentReturnRow } from './payment-returns.ts';
import { allOf, inScope, type Scope } from './scope.ts';

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export interface PaymentRow {
  readonly id: string;
  readonly legalEntityId: string;
  readonly customerNumber: string;
  readonly source: string;
  readonly sourceId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly valueOn: string;
  readonly reference: string;
  readonly state: 'received' | 'posted';
  readonly unappliedMinor: number;
  readonly contentHash: string;
  readonly returnedMinor: number;
  readonly refundedMinor: number;
  readonly allocations: readonly AllocationRow[];
  readonly returns: readonly PaymentReturnRow[];
  readonly refunds: readonly { readonly refundedOn: string; readonly amountMinor: number }[];
}

/** What a payment settled, also where it was taken back. */
export interface AllocationRow {
  readonly itemId: string;
  readonly number: string;
  readonly amountMinor: number;
  /** What went beside it: a small difference written off, a discount taken, charges that banks kept. */
  readonly differenceMinor: number;
  readonly discountMinor: number;
  readonly chargeMinor: number;
  readonly allocatedOn: string;
  readonly takenBackOn: string | null;
}

const ALLOCATIONS = `(select json_agg(json_build_object('itemId', a.item_id, 'number', i.number, 'amountMinor', a.amount_minor,
    'differenceMinor', coalesce(d.difference, 0), 'discountMinor', coalesce(d.discount, 0), 'chargeMinor', coalesce(d.charge, 0), 'allocatedOn', a.effective_on, 'takenBackOn', r.effective_on)
    order by a.entry_id, i.due_on, i.number)
    from allocation a join open_item i on i.id = a.item_id
    left join allocation r on r.reverses_entry_id = a.entry_id and r.item_id = a.item_id
    left join lateral (select sum(f.amount_minor) filter (where e.kind = 'small_difference') as difference,
        sum(f.amount_minor) filter (where e.kind = 'discount') as discount, sum(f.amount_minor) filter (where e.kind = 'bank_charge') as charge
      from allocation f join journal_entry e on e.id = f.entry_id
      where f.follows_entry_id = a.entry_id and f.item_id = a.item_id and f.counter_item_id is null and f.amount_minor > 0) d on true
    where a.payment_id = p.id and a.amount_minor > 0)`;
const REFUNDS = `(select json_agg(json_build_object('refundedOn', e.effective_on, 'amountMinor', -l.amount_minor) order by e.id)
    from journal_line l join journal_entry e on e.id = l.entry_id
    where l.payment_id = p.id and e.kind = 'refund' and l.account like 'clearing:%')`;

const COLUMNS =
  sql.raw(`p.id, p.legal_entity_id as "legalEntityId", c.number as "customerNumber", p.source, p.source_id as "sourceId",
  p.amount_minor as "amountMinor", p.currency, p.value_on as "valueOn", p.reference, p.state, p.unapplied_minor as "unappliedMinor",
  p.returned_minor as "returnedMinor", p.refunded_minor as "refundedMinor", p.content_hash as "contentHash",
  coalesce(${ALLOCATIONS}, '[]') as allocations, coalesce(${REFUNDS}, '[]') as refunds,
  coalesce((select json_agg(json_build_object(${RETURN_FIELDS}) order by r.id) from payment_return r where r.payment_id = p.id), '[]') as returns`);

/** The payment with this ID, whatever its legal entity: the caller authorises. */
export async function paymentById(db: Db, id: string): Promise<PaymentRow | null> {
  const { rows } =
    await sql<PaymentRow>`select ${COLUMNS} from payment p join customer c on c.id = p.customer_id where p.id = ${id}`.execute(
      db,
    );
  return rows[0] ?? null;
}

/** The payment under its source's ID. */
export async function paymentBySource(
  db: Db,
  payment: { legalEntityId: string; source: string; sourceId: string },
): Promise<PaymentRow | null> {
  const { rows } = await sql<PaymentRow>`select ${COLUMNS} from payment p join customer c on c.id = p.customer_id
    where p.legal_entity_id = ${payment.legalEntityId} and p.source = ${payment.source} and p.source_id = ${payment.sourceId}`.execute(
    db,
  );
  return rows[0] ?? null;
}

/** A page of payments, newest first. */
export async function listPayments(
  db: Db,
  filter: {
    scope: Scope;
    legalEntityId?: string | undefined;
    customerNumber?: string | undefined;
    state?: string | undefined;
  },
  page: { after: string | null; fetch: number },
): Promise<PaymentRow[]> {
  const where = allOf([
    inScope(filter.scope, 'p.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`p.legal_entity_id = ${filter.legalEntityId}`,
    filter.customerNumber === undefined ? null : sql`c.number = ${filter.customerNumber}`,
    filter.state === undefined ? null : sql`p.state = ${filter.state}`,
    page.after === null ? null : sql`p.id < ${page.after}`,
  ]);
  const { rows } = await sql<PaymentRow>`select ${COLUMNS} from payment p join customer c on c.id = p.customer_id
    where ${where} order by p.id desc limit ${page.fetch}`.execute(db);
  return rows;
}

export interface NewPayment {
  readonly legalEntityId: string;
  readonly customerNumber: string;
  readonly source: string;
  readonly sourceId: string;
  readonly amountMinor: number;
  readonly currency: string;
  /** What it is in the legal entity's currency; needed in another one alone. */
  readonly baseMinor?: number;
  readonly valueOn: string;
  readonly reference: string;
  readonly contentHash: string;
  readonly actor: string;
  readonly requestId: string;
  readonly now: number;
}

/** What became of storing a payment. `entityCurrency` is null without the legal entity, `hasCustomer` false without the payer. */
export interface StoredPayment {
  readonly id: string | null;
  readonly entityCurrency: string | null;
  readonly hasCustomer: boolean;
}

/**
 * Stores a payment with its audit entry, in one statement, if its legal entity and payer exist, the currency is theirs or the base
 * amount is told, and the ID is free.
 */
export async function insertPayment(db: Db, payment: NewPayment): Promise<StoredPayment> {
  const { rows } = await sql<StoredPayment>`
    with ground as (
      select e.id as entity, e.currency, c.id as customer from legal_entity e
        left join customer c on c.legal_entity_id = e.id and c.number = ${payment.customerNumber} where e.id = ${payment.legalEntityId}
    ), made as (
      insert into payment (legal_entity_id, customer_id, source, source_id, amount_minor, currency, base_minor,
        value_on, reference, content_hash, created_by)
      select entity, customer, ${payment.source}, ${payment.sourceId}, ${payment.amountMinor}::bigint, ${payment.currency},
        coalesce(${payment.baseMinor ?? null}::bigint, ${payment.amountMinor}::bigint), ${payment.valueOn}::date, ${payment.reference}, ${payment.contentHash}, ${payment.actor}
      from ground where customer is not null and (currency = ${payment.currency}) = (${payment.baseMinor ?? null}::bigint is null)
      on conflict (legal_entity_id, source, source_id) do nothing
      returning id
    ), audited as (
      insert into audit_entry (legal_entity_id, actor, action, subject, business_at, request_id, details)
      select ${payment.legalEntityId}, ${payment.actor}, 'payment.received', made.id::text, ${new Date(payment.now)}, ${payment.requestId},
        jsonb_build_object('amountMinor', ${payment.amountMinor}::bigint, 'currency', ${payment.currency}::text, 'source', ${payment.source}::text)
      from made
    )
    select (select id from made) as id, (select currency from ground) as "entityCurrency",
      coalesce((select customer is not null from ground), false) as "hasCustomer"`.execute(db);
  const [stored] = rows;
  if (stored === undefined) throw new Error('defect: a select without a table gave no row');
  return stored;
}

/** The item with this ID or number, of the payer or of a customer that it pays for: those of others do not exist for the payment. */
export async function itemOfPayer(db: Db, paymentId: string, item: string): Promise<string | null> {
  const id = UUID.test(item) ? item : null;
  const { rows } = await sql<{ id: string }>`select i.id from payment p
    join open_item i on i.legal_entity_id = p.legal_entity_id and (i.id = ${id}::uuid or i.number = ${item})
    join customer c on c.id = i.customer_id
    where p.id = ${paymentId} and (i.customer_id = p.customer_id or c.parent_id = p.customer_id)
    order by i.id = ${id}::uuid desc nulls last limit 1`.execute(db);
  return rows[0]?.id ?? null;
}
