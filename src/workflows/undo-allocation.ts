// A person takes an allocation back: undone once, then the orders are told.

import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow';
import type { PaymentActivities } from '../activities/payments/index.ts';
import type { PokeActivities } from '../activities/poke-orders.ts';
import type { UndoInput, UndoReport } from './messages.ts';

const database = proxyActivities<PaymentActivities>({
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});
// A poke is one signal and may be repeated: it needs no task of its own.
const telling = proxyLocalActivities<PokeActivities>({
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
});

export async function undoAllocation(input: UndoInput): Promise<UndoReport> {
  const { orderIds, ...report } = await database.undoAllocation.executeWithOptions(
    { summary: 'takes one allocation back' },
    [{ ...input, now: Date.now() }],
  );
  await telling.pokeOrders.executeWithOptions({ summary: 'tells the orders that it touched' }, [
    { orderIds, poke: { reason: 'allocation undone', subject: input.paymentId } },
  ]);
  return report;
}
