// Allocates and posts one payment, exactly once.

import { sql } from 'kysely';
import { localDate } from '../domain/calendar.ts';
import { allocateByReference, numbersIn, type Allocation, type NamedItem } from '../domain/payment-allocation.ts';
import type { Tx } from '../database/client.ts';
import { writeAudit } from '../database/queries/audit.ts';
import { cause, engineActor } from './cause.ts';
import type { Dependencies } from './dependencies.ts';
import { post } from './ledger.ts';

export interface PostedPayment {
  readonly allocations: readonly { readonly itemId: string; readonly number: string; readonly amountMinor: number }[];
  readonly unappliedMinor: number;
  /** Orders to be told. */
  readonly orderIds: readonly string[];
}

export interface PaymentActivities {
  /** Posts the payment, or gives what was posted when it was posted before. */
  postPayment(input: { paymentId: string; now: number }): Promise<PostedPayment>;
}

interface Payment {
  id: string;
  legalEntityId: string;
  zone: string;
  customerId: string;
  source: string;
  sourceId: string;
  amountMinor: number;
  currency: string;
  reference: string;
  state: 'received' | 'posted';
}

type Candidate = NamedItem & { readonly orderId: string };

export function createPaymentActivities({ db }: Dependencies): PaymentActivities {
  return {
    postPayment: async ({ paymentId, now }) =>
      db.transaction().execute(async (tx) => {
        const payment = await lockPayment(tx, paymentId);
        if (payment.state === 'received') await allocateAndPost(tx, payment, now);
        return postedPayment(tx, paymentId);
      }),
  };
}

async function lockPayment(tx: Tx, paymentId: string): Promise<Payment> {
  const { rows } = await sql<Payment>`
    select p.id, p.legal_entity_id as "legalEntityId", e.zone, p.customer_id as "customerId", p.source, p.source_id as "sourceId",
      p.amount_minor as "amountMinor", p.currency, p.reference, p.state
    from payment p join legal_entity e on e.id = p.legal_entity_id where p.id = ${paymentId} for no key update of p`.execute(
    tx,
  );
  if (rows[0] === undefined) throw new Error(`defect: no payment ${paymentId}`);
  return rows[0];
}

async function allocateAndPost(tx: Tx, payment: Payment, now: number): Promise<void> {
  const items = await lockNamedItems(tx, payment);
  const { amountMinor, reference } = payment;
  const { allocations, unappliedMinor } = allocateByReference({ amountMinor, reference, items });
  const effectiveOn = localDate(payment.zone, now);
  const entryId = await post(tx, {
    legalEntityId: payment.legalEntityId,
    kind: 'payment',
    key: `payment/${payment.source}/${payment.sourceId}`,
    effectiveOn,
    businessAt: now,
    currency: payment.currency,
    lines: [
      // Never the bank's account: the bank line that brings this money clears the source's account later.
      { account: `clearing:${payment.source}`, amountMinor, paymentId: payment.id },
      ...allocations.map((one) => ({
        account: 'receivable',
        amountMinor: -one.amountMinor,
        itemId: one.itemId,
        paymentId: payment.id,
      })),
      { account: 'unapplied_cash', amountMinor: -unappliedMinor, paymentId: payment.id },
    ],
    cause: cause(),
  });
  await writeDown(tx, payment, { allocations, items, entryId, effectiveOn, now });
}

/** The payer's open items that the reference names; their orders locked in the order of their IDs, like everywhere. */
async function lockNamedItems(tx: Tx, payment: Payment): Promise<Candidate[]> {
  const numbers = numbersIn(payment.reference);
  const named = sql`i.customer_id = ${payment.customerId} and i.currency = ${payment.currency} and i.open_minor > 0 and i.side = 'debit'
    and (i.number = any(${numbers}::text[]) or (o.kind = 'order' and o.number = any(${numbers}::text[])))`;
  await sql`select 1 from sales_order where id in (
    select o.id from open_item i join sales_order o on o.id = i.order_id where ${named}) order by id for no key update`.execute(
    tx,
  );
  const { rows } = await sql<Candidate>`
    select i.id as "itemId", i.number, case when o.kind = 'order' then o.number end as "orderNumber", i.due_on as "dueOn",
      i.open_minor as "openMinor", o.id as "orderId"
    from open_item i join sales_order o on o.id = i.order_id where ${named}`.execute(tx);
  return rows;
}

async function writeDown(
  tx: Tx,
  payment: Payment,
  posted: {
    allocations: readonly Allocation[];
    items: readonly Candidate[];
    entryId: number;
    effectiveOn: string;
    now: number;
  },
): Promise<void> {
  const { allocations, items, entryId, effectiveOn, now } = posted;
  if (allocations.length > 0) {
    await tx
      .insertInto('allocation')
      .values(
        allocations.map((one) => ({
          entry_id: entryId,
          payment_id: payment.id,
          item_id: one.itemId,
          amount_minor: one.amountMinor,
          effective_on: effectiveOn,
        })),
      )
      .execute();
    // An item that is paid needs no collector any more.
    await sql`update task set state = 'done', done_by = 'payment', done_at = clock_timestamp() where state = 'open' and kind = 'collect'
      and item_id in (select id from open_item where id = any(${allocations.map((one) => one.itemId)}::uuid[]) and open_minor = 0)`.execute(
      tx,
    );
  }
  await tx.updateTable('payment').set({ state: 'posted' }).where('id', '=', payment.id).execute();
  const base = {
    legalEntityId: payment.legalEntityId,
    actor: engineActor(),
    action: 'payment.applied',
    businessAt: now,
  };
  const byItem = new Map(items.map((item) => [item.itemId, item]));
  const entries = allocations.map((one) => ({
    ...base,
    orderId: byItem.get(one.itemId)?.orderId ?? null,
    subject: byItem.get(one.itemId)?.number ?? null,
    because: 'The reference names the item or its order.',
    details: { paymentId: payment.id, amountMinor: one.amountMinor, currency: payment.currency },
  }));
  const nothing = {
    ...base,
    action: 'payment.unapplied',
    because: 'The reference names no open item of the payer.',
    details: { paymentId: payment.id },
  };
  await writeAudit(tx, ...(entries.length > 0 ? entries : [nothing]));
}

async function postedPayment(tx: Tx, paymentId: string): Promise<PostedPayment> {
  type Allocated = PostedPayment['allocations'][number] & { orderId: string };
  const { rows } = await sql<{ unappliedMinor: number; allocated: readonly Allocated[] | null }>`
    select p.unapplied_minor as "unappliedMinor", (
      select json_agg(json_build_object('itemId', i.id, 'number', i.number, 'amountMinor', a.amount_minor, 'orderId', i.order_id)
        order by i.due_on, i.number)
      from allocation a join open_item i on i.id = a.item_id where a.payment_id = p.id) as allocated
    from payment p where p.id = ${paymentId}`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no payment ${paymentId}`);
  const allocated = row.allocated ?? [];
  return {
    allocations: allocated.map(({ itemId, number, amountMinor }) => ({ itemId, number, amountMinor })),
    unappliedMinor: row.unappliedMinor,
    orderIds: [...new Set(allocated.map(({ orderId }) => orderId))],
  };
}
