// A person settles an open item with an open credit of the same customer, or takes that back: done once, then the orders are told.

import { proxyActivities } from '@temporalio/workflow';
import type { PaymentActivities } from '../activities/payments/index.ts';
import type { ClearingInput, ClearingReport } from './messages.ts';
import { tellOrders } from './telling.ts';

const database = proxyActivities<PaymentActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

/** @returns what was settled, or is open again, in minor units */
export async function clearCredit(input: ClearingInput): Promise<ClearingReport> {
  const { orderIds, ...report } = await database.answerClearing.executeWithOptions(
    { summary: input.isUndo === true ? 'takes a clearing back' : 'settles an item with a credit' },
    [{ ...input, now: Date.now() }],
  );
  const reason = input.isUndo === true ? 'clearing undone' : 'credit cleared';
  await tellOrders('tells the orders it concerns', orderIds, { reason, subject: input.creditItemId });
  return report;
}
