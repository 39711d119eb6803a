// One payment told by a system: allocate and post it, then tell the orders whose items it paid.

import { proxyActivities } from '@temporalio/workflow';
import type { PaymentActivities } from '../activities/payments/index.ts';
import type { PaymentInput, PaymentReport } from './messages.ts';
import { tellOrders } from './telling.ts';

const database = proxyActivities<PaymentActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

export async function applyPayment({ paymentId }: PaymentInput): Promise<PaymentReport> {
  const posted = await database.postPayment.executeWithOptions({ summary: 'allocates by reference and posts' }, [
    { paymentId, now: Date.now() },
  ]);
  if (posted.orderIds.length > 0) {
    const poke = { reason: 'payment applied', subject: paymentId };
    await tellOrders('tells the orders it paid', posted.orderIds, poke);
  }
  return { allocations: posted.allocations, unappliedMinor: posted.unappliedMinor };
}
