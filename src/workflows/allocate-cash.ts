// A person uses money that was left of a payment: allocated once, then the orders are told.

import { proxyActivities } from '@temporalio/workflow';
import type { PaymentActivities } from '../activities/payments/index.ts';
import type { AllocationInput, UndoReport } from './messages.ts';
import { tellOrders } from './telling.ts';

const database = proxyActivities<PaymentActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

/** @returns what was allocated, in the same words as an undo tells what it took back */
export async function allocateCash(input: AllocationInput): Promise<UndoReport> {
  const { orderIds, ...report } = await database.allocateCash.executeWithOptions(
    { summary: 'allocates what a person says' },
    [{ ...input, now: Date.now() }],
  );
  await tellOrders('tells the order it paid', orderIds, { reason: 'payment allocated', subject: input.paymentId });
  return report;
}
