// Takes allocations back, each whole and once: the same rows with the other sign.

import { sql } from 'kysely';
import { localDate } from '../../domain/calendar.ts';
import type { StandingAllocation } from '../../domain/payment-return.ts';
import type { Tx } from '../../database/client.ts';
import { cause } from '../cause.ts';
import { post } from '../ledger.ts';
import { keepStage, contextOf } from '../orders/step.ts';
import { takeBackFollowers } from './followers.ts';
import type { LockedPayment } from './locked-payment.ts';

/** An allocation of a payment that nothing has taken back. */
export interface Standing extends StandingAllocation {
  readonly number: string;
  readonly orderId: string;
}

/** The standing allocations of a locked payment, newest first. */
export async function standingAllocations(tx: Tx, paymentId: string): Promise<Standing[]> {
  const { rows } = await sql<Standing>`
    select a.entry_id as "entryId", a.item_id as "itemId", a.amount_minor as "amountMinor", i.number, i.order_id as "orderId"
    from allocation a join open_item i on i.id = a.item_id
    where a.payment_id = ${paymentId} and a.amount_minor > 0
      and not exists (select from allocation r where r.reverses_entry_id = a.entry_id and r.item_id = a.item_id)
    order by a.entry_id desc, a.item_id`.execute(tx);
  return rows;
}

/**
 * Undoes one allocation: the money is unapplied again, the item as open as before, with all that went beside it.
 * @returns the items that are open again, credit items too
 */
export async function takeBack(
  tx: Tx,
  payment: LockedPayment,
  options: { one: Standing; now: number },
): Promise<string[]> {
  const { one, now } = options;
  const { itemId, amountMinor } = one;
  const entryId = await post(tx, {
    legalEntityId: payment.legalEntityId,
    kind: 'undo',
    key: `undo/${String(one.entryId)}/${itemId}`,
    effectiveOn: localDate(payment.zone, now),
    businessAt: now,
    currency: payment.currency,
    lines: [
      { account: 'receivable', amountMinor, itemId, paymentId: payment.id },
      { account: 'unapplied_cash', amountMinor: -amountMinor, paymentId: payment.id },
    ],
    cause: cause(),
  });
  return writeReversals(tx, payment, { entryId, reversed: [one], now });
}

/**
 * Writes the rows of an entry that takes allocations back, then takes back what went with them.
 * @returns the items that are open again, credit items too
 */
export async function writeReversals(
  tx: Tx,
  payment: LockedPayment,
  options: { entryId: number; reversed: readonly Standing[]; now: number },
): Promise<string[]> {
  const { entryId, reversed, now } = options;
  if (reversed.length === 0) return [];
  await tx
    .insertInto('allocation')
    .values(
      reversed.map((one) => ({
        entry_id: entryId,
        payment_id: payment.id,
        item_id: one.itemId,
        amount_minor: -one.amountMinor,
        reverses_entry_id: one.entryId,
        effective_on: localDate(payment.zone, now),
      })),
    )
    .execute();
  const touched = new Set(reversed.map(({ itemId }) => itemId));
  for (const { entryId: followed, itemId } of reversed) {
    const beside = await takeBackFollowers(tx, payment, { entryId: followed, itemId, now });
    for (const one of beside) touched.add(one);
  }
  return [...touched];
}

/** The orders of items. */
export async function ordersOf(tx: Tx, itemIds: readonly string[]): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`select distinct order_id as id from open_item
    where id = any(${itemIds}::uuid[]) order by 1`.execute(tx);
  return rows.map(({ id }) => id);
}

/** Writes down the stage of orders that were closed and are open again, in the transaction that opened them. */
export async function reopen(tx: Tx, orderIds: readonly string[], now: number): Promise<void> {
  for (const orderId of orderIds) await keepStage(tx, await contextOf(tx, orderId, now), now);
}
