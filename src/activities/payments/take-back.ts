// Takes allocations back, each whole and once: the same rows with the other sign.

import { sql } from 'kysely';
import { localDate } from '../../domain/calendar.ts';
import type { StandingAllocation } from '../../domain/payment-return.ts';
import type { Tx } from '../../database/client.ts';
import { cause } from '../cause.ts';
import { post } from '../ledger.ts';
import { keepStage, contextOf } from '../orders/step.ts';
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

/** Undoes one allocation: the money is unapplied again, the item as open as before, with the small difference beside it. */
export async function takeBack(tx: Tx, payment: LockedPayment, options: { one: Standing; now: number }): Promise<void> {
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
  await writeReversals(tx, payment, { entryId, reversed: [one], now });
}

/** Writes the rows of an entry that takes allocations back, then takes back the small differences that went with them. */
export async function writeReversals(
  tx: Tx,
  payment: LockedPayment,
  options: { entryId: number; reversed: readonly Standing[]; now: number },
): Promise<void> {
  const { entryId, reversed, now } = options;
  if (reversed.length === 0) return;
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
  for (const one of reversed) await takeBackDifference(tx, payment, { one, now });
}

async function takeBackDifference(
  tx: Tx,
  payment: LockedPayment,
  { one, now }: { one: Standing; now: number },
): Promise<void> {
  const { itemId } = one;
  const { rows } = await sql<{ entryId: number; amountMinor: number }>`
    select entry_id as "entryId", amount_minor as "amountMinor" from allocation a
    where follows_entry_id = ${one.entryId} and item_id = ${itemId} and amount_minor > 0
      and not exists (select from allocation r where r.reverses_entry_id = a.entry_id and r.item_id = a.item_id)`.execute(
    tx,
  );
  const [difference] = rows;
  if (difference === undefined) return;
  const { amountMinor } = difference;
  const effectiveOn = localDate(payment.zone, now);
  const entryId = await post(tx, {
    legalEntityId: payment.legalEntityId,
    kind: 'undo',
    key: `undo/${String(difference.entryId)}/${itemId}`,
    effectiveOn,
    businessAt: now,
    currency: payment.currency,
    lines: [
      { account: 'receivable', amountMinor, itemId, moves: true },
      { account: 'small_differences', amountMinor: -amountMinor },
    ],
    cause: cause(),
  });
  await tx
    .insertInto('allocation')
    .values({
      entry_id: entryId,
      follows_entry_id: one.entryId,
      item_id: itemId,
      amount_minor: -amountMinor,
      reverses_entry_id: difference.entryId,
      effective_on: effectiveOn,
    })
    .execute();
}

/** Writes down the stage of orders that were closed and are open again, in the transaction that opened them. */
export async function reopen(tx: Tx, orderIds: readonly string[], now: number): Promise<void> {
  for (const orderId of orderIds) await keepStage(tx, await contextOf(tx, orderId, now), now);
}
