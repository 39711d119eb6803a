// One payment told by a system: allocate and post it, then tell the orders whose items it paid.

import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { PaymentActivities } from '../activities/payments/index.ts';
import type { PokeActivities } from '../activities/poke-orders.ts';
import type { PaymentInput, PaymentReport } from './messages.ts';

const database = proxyActivities<PaymentActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});
// A poke is one signal and may be repeated: it needs no task of its own.
const telling = proxyLocalActivities<PokeActivities>({
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
});

export async function applyPayment({ paymentId }: PaymentInput): Promise<PaymentReport> {
  const posted = await database.postPayment.executeWithOptions({ summary: 'allocates by reference and posts' }, [
    { paymentId, now: Date.now() },
  ]);
  if (posted.orderIds.length > 0) {
    await telling.pokeOrders.executeWithOptions({ summary: 'tells the orders it paid' }, [
      { orderIds: posted.orderIds, poke: { reason: 'payment applied', subject: paymentId } },
    ]);
  }
  return { allocations: posted.allocations, unappliedMinor: posted.unappliedMinor };
}
