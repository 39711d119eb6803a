// Allocates and posts one payment, exactly once.

import { sql } from 'kysely';
import { FINAL_STAGES } from '../../domain/agenda.ts';
import { localDate } from '../../domain/calendar.ts';
import { allocateByReference, numbersIn } from '../../domain/payment-allocation.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { cause, engineActor } from '../cause.ts';
import { grantedOrders, grantQueue } from '../credit-queue.ts';
import type { Dependencies } from '../dependencies.ts';
import { post } from '../ledger.ts';
import { applied, receivableLines, settle, type Candidate } from './apply.ts';
import { lockPayment, type LockedPayment } from './locked-payment.ts';

export interface PostedPayment {
  readonly allocations: readonly { readonly itemId: string; readonly number: string; readonly amountMinor: number }[];
  readonly unappliedMinor: number;
  /** Orders to be told. */
  readonly orderIds: readonly string[];
}

/** Posts the payment, or gives what was posted when it was posted before. */
export async function postPayment(
  { db }: Dependencies,
  { paymentId, now }: { paymentId: string; now: number },
): Promise<PostedPayment> {
  return db.transaction().execute(async (tx) => {
    const payment = await lockPayment(tx, paymentId);
    if (payment.state === 'received') {
      await allocateAndPost(tx, payment, now);
      // Money that came makes room, whether it was applied or not.
      await grantQueue(tx, payment.customerId, now);
    }
    return postedPayment(tx, payment);
  });
}

async function allocateAndPost(tx: Tx, payment: LockedPayment, now: number): Promise<void> {
  const items = await lockNamedItems(tx, payment);
  const { amountMinor, reference } = payment;
  const { allocations, unappliedMinor } = allocateByReference({ amountMinor, reference, items });
  const entryId = await post(tx, {
    legalEntityId: payment.legalEntityId,
    kind: 'payment',
    key: `payment/${payment.source}/${payment.sourceId}`,
    effectiveOn: localDate(payment.zone, now),
    businessAt: now,
    currency: payment.currency,
    lines: [
      // Never the bank's account: the bank line that brings this money clears the source's account later.
      { account: `clearing:${payment.source}`, amountMinor, paymentId: payment.id },
      ...receivableLines(payment, allocations),
      { account: 'unapplied_cash', amountMinor: -unappliedMinor, paymentId: payment.id },
    ],
    cause: cause(),
  });
  const audit = applied('The reference names the item or its order.');
  await settle(tx, payment, { entryId, allocations, items, now, audit });
  await tx.updateTable('payment').set({ state: 'posted' }).where('id', '=', payment.id).execute();
  if (allocations.length > 0) return;
  await writeAudit(tx, {
    legalEntityId: payment.legalEntityId,
    actor: engineActor(),
    action: 'payment.unapplied',
    because: 'The reference names no open item of the payer.',
    details: { paymentId: payment.id },
    businessAt: now,
  });
}

/**
 * The payer's open items that the reference names. All orders that it names are locked, also those of which nothing is open:
 * whoever opens an item of theirs meanwhile finds this money, or is found.
 */
async function lockNamedItems(tx: Tx, payment: LockedPayment): Promise<Candidate[]> {
  const numbers = numbersIn(payment.reference);
  await sql`select 1 from sales_order where legal_entity_id = ${payment.legalEntityId} and customer_id = ${payment.customerId}
    and kind in ('order', 'opening') and (number = any(${numbers}::text[]) or id in (
      select order_id from open_item where legal_entity_id = ${payment.legalEntityId} and number = any(${numbers}::text[])))
    order by id for no key update`.execute(tx);
  const { rows } = await sql<Candidate>`
    select i.id as "itemId", i.number, case when o.kind = 'order' then o.number end as "orderNumber", i.due_on as "dueOn",
      i.open_minor as "openMinor", i.original_minor as "originalMinor", o.id as "orderId",
      exists (select from dispute d where d.item_id = i.id and d.state in ('open', 'awaiting_approval')) as "isDisputed"
    from open_item i join sales_order o on o.id = i.order_id
    where i.customer_id = ${payment.customerId} and i.currency = ${payment.currency} and i.open_minor > 0 and i.side = 'debit'
      and (i.number = any(${numbers}::text[]) or (o.kind = 'order' and o.number = any(${numbers}::text[])))`.execute(
    tx,
  );
  return rows;
}

/** What its own entry did, which later uses of the money do not change; read from rows, so that a retry finds the same. */
async function postedPayment(tx: Tx, payment: LockedPayment): Promise<PostedPayment> {
  type Allocated = PostedPayment['allocations'][number] & { orderId: string };
  const { rows } = await sql<{
    unappliedMinor: number;
    allocated: readonly Allocated[] | null;
    named: string[] | null;
  }>`
    select p.unapplied_minor as "unappliedMinor", (
      select json_agg(json_build_object('itemId', i.id, 'number', i.number, 'amountMinor', a.amount_minor, 'orderId', i.order_id)
        order by i.due_on, i.number)
      from journal_entry e join allocation a on a.entry_id = e.id join open_item i on i.id = a.item_id
      where e.legal_entity_id = p.legal_entity_id and e.key = 'payment/' || p.source || '/' || p.source_id) as allocated, (
      -- Nothing of them is open yet, and they may wait for just this money.
      select json_agg(o.id order by o.id) from sales_order o
      where p.unapplied_minor > 0 and o.customer_id = p.customer_id and o.kind = 'order'
        and o.number = any(${numbersIn(payment.reference)}::text[]) and o.stage <> all(${FINAL_STAGES}::text[])) as named
    from payment p where p.id = ${payment.id}`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no payment ${payment.id}`);
  const allocated = row.allocated ?? [];
  const granted = await grantedOrders(tx, payment.customerId);
  return {
    allocations: allocated.map(({ itemId, number, amountMinor }) => ({ itemId, number, amountMinor })),
    unappliedMinor: row.unappliedMinor,
    orderIds: [...new Set([...allocated.map(({ orderId }) => orderId), ...(row.named ?? []), ...granted])],
  };
}
