// One payment that was taken back: posted as soon as the payment itself is, then the orders are told that are open again.

import { ActivityFailure, continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { PaymentActivities } from '../activities/payments/index.ts';
import type { ReturnInput, ReturnReport } from './messages.ts';
import { tellOrders } from './telling.ts';

// A return may be told before its payment is posted: it is refused until then. The time it is asked for goes with each round.
const database = proxyActivities<PaymentActivities>({
  startToCloseTimeout: '1 minute',
  scheduleToCloseTimeout: '15 minutes',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

export async function returnPayment({ returnId }: ReturnInput): Promise<ReturnReport> {
  const { orderIds, ...report } = await posted(returnId);
  if (orderIds.length > 0) {
    const poke = { reason: 'payment returned', subject: returnId };
    await tellOrders('tells the orders that are open again', orderIds, poke);
  }
  return report;
}

async function posted(returnId: string): ReturnType<PaymentActivities['postReturn']> {
  for (;;) {
    try {
      return await database.postReturn.executeWithOptions({ summary: 'takes the money back from where it went' }, [
        { returnId, now: Date.now() },
      ]);
    } catch (error) {
      if (!(error instanceof ActivityFailure && error.retryState === 'TIMEOUT')) throw error;
      if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof returnPayment>({ returnId });
    }
  }
}
