// A payment that is short of an item for a reason: what stays open of it is disputed, so that nobody is dunned for it meanwhile.

import { localDate } from '../../domain/calendar.ts';
import { deductionReason } from '../../domain/dispute.ts';
import { minorUnits } from '../../domain/money.ts';
import type { Tx } from '../../database/client.ts';
import { DISPUTES_PER_ITEM_MAX, disputeFigures, storeDispute } from '../orders/disputes.ts';
import { inBase } from '../orders/in-base.ts';
import { contextOf } from '../orders/step.ts';

export interface Deduction {
  readonly orderId: string;
  readonly itemId: string;
  /** What stays open although the payer says that it is not to be paid, in minor units of the item's currency. */
  readonly amountMinor: number;
  /** The payer's code: of X12 element 426, or ours. */
  readonly code: string;
  /** The payment's entry that fell short. */
  readonly entryId: number;
  readonly actor: string;
  readonly requestId: string | null;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/**
 * Opens a dispute over a deduction, under the order's lock, once the payment is posted. What another dispute holds already is left
 * out; below the policy's least case it only stays open. @returns the dispute's ID, or `null`
 */
export async function disputeDeduction(tx: Tx, deduction: Deduction): Promise<string | null> {
  const { orderId, itemId, code, entryId, actor, requestId, now } = deduction;
  const context = await contextOf(tx, orderId, now);
  const item = context.facts.items.find((one) => one.itemId === itemId);
  if (item === undefined) throw new Error(`defect: order ${orderId} has no item ${itemId}`);
  const { count, creditedMinor } = await disputeFigures(tx, itemId);
  const freeMinor = Math.min(
    item.openMinor - item.disputedMinor,
    item.originalMinor - creditedMinor - item.disputedMinor,
  );
  const amountMinor = minorUnits(Math.min(deduction.amountMinor, freeMinor));
  const { shortPaymentCaseMinor } = context.policy.cash;
  if (amountMinor <= 0 || count >= DISPUTES_PER_ITEM_MAX) return null;
  if (inBase(context.order, amountMinor) < shortPaymentCaseMinor) return null;
  return storeDispute(tx, context, {
    item,
    reason: deductionReason(code),
    request: { amountMinor, source: 'short_payment', noteId: null, actor, requestId },
    raisedOn: localDate(context.entityCalendar.zone, now),
    followsEntryId: entryId,
    now,
  });
}
