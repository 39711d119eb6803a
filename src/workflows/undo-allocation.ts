// A person takes an allocation back: undone once, then the orders are told.

import { proxyActivities } from '@temporalio/workflow';
import type { PaymentActivities } from '../activities/payments/index.ts';
import type { UndoInput, UndoReport } from './messages.ts';
import { tellOrders } from './telling.ts';

const database = proxyActivities<PaymentActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

export async function undoAllocation(input: UndoInput): Promise<UndoReport> {
  const { orderIds, ...report } = await database.undoAllocation.executeWithOptions(
    { summary: 'takes one allocation back' },
    [{ ...input, now: Date.now() }],
  );
  const poke = { reason: 'allocation undone', subject: input.paymentId };
  await tellOrders('tells the orders that it touched', orderIds, poke);
  return report;
}
