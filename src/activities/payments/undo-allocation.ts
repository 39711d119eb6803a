// Takes one allocation of a payment back, by hand: the exact inverse of what allocated it.

import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { UndoInput, UndoReport } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { reopenPromise } from '../orders/promises.ts';
import { answerChange, type ItemOfPayer } from './answer-change.ts';
import { lockPayment, type LockedPayment } from './locked-payment.ts';
import { namedOrders } from './named-orders.ts';
import { reopen, standingAllocations, takeBack } from './take-back.ts';

export interface Undone extends UndoReport {
  /** Orders to be told. */
  readonly orderIds: readonly string[];
}

/**
 * Undoes the newest allocation of the payment to the item. Its money does not find its way there again by itself: from then on
 * a person allocates it.
 */
export async function undoAllocation(deps: Dependencies, input: UndoInput & { now: number }): Promise<Undone> {
  const { orderId, ...report } = await answerChange<UndoInput, UndoReport>(deps, input, {
    action: 'undo',
    effect: undo,
  });
  // The money that is free again may pay for what else its reference names.
  const named = await namedOrders(deps.db, input.paymentId);
  return { ...report, orderIds: [...new Set([orderId, ...named])] };
}

async function undo(
  tx: Tx,
  { payment, item, asked, now }: { payment: LockedPayment; item: ItemOfPayer; asked: UndoInput; now: number },
): Promise<Result<{ answer: UndoReport }>> {
  const one = (await standingAllocations(tx, payment.id)).find(({ itemId }) => itemId === item.itemId);
  if (one === undefined) {
    return refuse({
      kind: 'unprocessable',
      code: 'nothing_to_undo',
      text: `Nothing of the payment is allocated to ${item.number}.`,
      hint: 'The payment lists its allocations, and which of them were taken back.',
    });
  }
  await takeBack(tx, payment, { one, now });
  await reopenPromise(tx, item.itemId, now);
  await reopen(tx, [item.orderId], now);
  await writeAudit(tx, {
    legalEntityId: payment.legalEntityId,
    actor: asked.actor,
    action: 'allocation.undone',
    orderId: item.orderId,
    subject: item.number,
    because: 'A person took the allocation back.',
    details: { paymentId: payment.id, amountMinor: one.amountMinor, currency: payment.currency },
    businessAt: now,
    requestId: asked.requestId,
  });
  const { unappliedMinor } = await lockPayment(tx, payment.id);
  const { amountMinor } = one;
  return { ok: true, answer: { paymentId: payment.id, itemId: item.itemId, amountMinor, unappliedMinor } };
}
