// Uses money of a payment that was left for an item, by hand.

import { checkAllocation } from '../../domain/payment-allocation.ts';
import type { Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import type { AllocationInput, UndoReport } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { answerChange, type ItemOfPayer } from './answer-change.ts';
import { applyUnapplied } from './apply.ts';
import { grantedOrdersOf, grantQueues } from './grant-queues.ts';
import { lockPayment, type LockedPayment } from './locked-payment.ts';
import { namedOrders } from './named-orders.ts';

export interface AllocatedCash extends UndoReport {
  /** Orders to be told. */
  readonly orderIds: readonly string[];
}

/** The payer, and whose item it is where that is another's. */
type Answer = UndoReport & { readonly customerId: string; readonly itemCustomerId?: string };

/** Allocates the amount, or as much as fits, to an open item of the payer. */
export async function allocateCash(
  deps: Dependencies,
  input: AllocationInput & { now: number },
): Promise<AllocatedCash> {
  const {
    orderId,
    customerId,
    itemCustomerId = customerId,
    ...report
  } = await answerChange<AllocationInput, Answer>(deps, input, {
    action: 'allocation',
    effect: allocate,
  });
  const granted = await grantedOrdersOf(deps.db, [...new Set([customerId, itemCustomerId])]);
  const named = await namedOrders(deps.db, input.paymentId);
  return { ...report, orderIds: [...new Set([orderId, ...granted, ...named])] };
}

async function allocate(
  tx: Tx,
  { payment, item, asked, now }: { payment: LockedPayment; item: ItemOfPayer; asked: AllocationInput; now: number },
): Promise<Result<{ answer: Answer }>> {
  const { currency, unappliedMinor } = payment;
  const openMinor = item.side === 'debit' ? item.openMinor : 0;
  const fit = checkAllocation({
    ...{ askedMinor: asked.amountMinor, unappliedMinor, openMinor },
    ...{ number: item.number, currency },
  });
  if (!fit.ok) return fit;
  const { amountMinor } = fit;
  await applyUnapplied(tx, payment, {
    key: `allocation/${asked.requestKey}`,
    allocations: [{ itemId: item.itemId, amountMinor }],
    items: [item],
    now,
    audit: {
      action: 'payment.allocated',
      because: 'A person allocated it.',
      actor: asked.actor,
      requestId: asked.requestId,
    },
  });
  const { customerId } = payment;
  await grantQueues(tx, [...new Set([customerId, item.customerId])], now);
  const left = await lockPayment(tx, payment.id);
  const answer = { paymentId: payment.id, itemId: item.itemId, amountMinor, unappliedMinor: left.unappliedMinor };
  return { ok: true, answer: { ...answer, customerId, itemCustomerId: item.customerId } };
}
