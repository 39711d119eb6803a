// Takes one allocation of a payment back, by hand: the exact inverse of what allocated it.

import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { UndoInput, UndoReport } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { reopenPromise } from '../orders/promises.ts';
import { answerChange, type ItemOfPayer } from './answer-change.ts';
import { lockPayment, type LockedPayment } from './locked-payment.ts';
import { takeBackFollowers } from './followers.ts';
import { namedOrders } from './named-orders.ts';
import { clearOwnCredit } from './own-credit.ts';
import { ordersOf, reopen, standingAllocations, takeBack } from './take-back.ts';

export interface Undone extends UndoReport {
  /** Orders to be told. */
  readonly orderIds: readonly string[];
}

/** Orders of other items that are open again: of credit that had been used beside the money. */
type Answer = UndoReport & { readonly openedOrderIds?: readonly string[] };

/**
 * Undoes the newest allocation of the payment to the item. Its money does not find its way there again by itself: from then on
 * a person allocates it.
 */
export async function undoAllocation(deps: Dependencies, input: UndoInput & { now: number }): Promise<Undone> {
  const {
    orderId,
    openedOrderIds = [],
    ...report
  } = await answerChange<UndoInput, Answer>(deps, input, {
    action: 'undo',
    effect: undo,
  });
  // The money that is free again may pay for what else its reference names.
  const named = await namedOrders(deps.db, input.paymentId);
  return { ...report, orderIds: [...new Set([orderId, ...openedOrderIds, ...named])] };
}

async function undo(
  tx: Tx,
  { payment, item, asked, now }: { payment: LockedPayment; item: ItemOfPayer; asked: UndoInput; now: number },
): Promise<Result<{ answer: Answer }>> {
  const { itemId } = item;
  const one = (await standingAllocations(tx, payment.id)).find((candidate) => candidate.itemId === itemId);
  // Where another item's credit paid for all of it, no money of the payment is there to be taken back.
  const opened = await (one === undefined
    ? takeBackFollowers(tx, payment, { entryId: null, itemId, now })
    : takeBack(tx, payment, { one, now }));
  if (opened.length === 0) {
    return refuse({
      kind: 'unprocessable',
      code: 'nothing_to_undo',
      text: `Nothing of the payment is allocated to ${item.number}.`,
      hint: 'The payment lists its allocations, and which of them were taken back.',
    });
  }
  const amountMinor = one?.amountMinor ?? 0;
  await clearOwnCredit(tx, payment, { itemIds: opened, because: asked.requestKey, now });
  await reopenPromise(tx, itemId, now);
  const openedOrderIds = await ordersOf(tx, opened);
  await reopen(tx, openedOrderIds, now);
  await writeAudit(tx, {
    legalEntityId: payment.legalEntityId,
    actor: asked.actor,
    action: 'allocation.undone',
    orderId: item.orderId,
    subject: item.number,
    because: 'A person took the allocation back.',
    details: { paymentId: payment.id, amountMinor, currency: payment.currency },
    businessAt: now,
    requestId: asked.requestId,
  });
  const { unappliedMinor } = await lockPayment(tx, payment.id);
  return { ok: true, answer: { paymentId: payment.id, itemId, amountMinor, unappliedMinor, openedOrderIds } };
}
