// How every run tells orders that something changed.

import { proxyLocalActivities } from '@temporalio/workflow';
import type { PokeActivities } from '../activities/poke-orders.ts';
import { untilDone } from './local-activities.ts';
import type { Poke } from './messages.ts';

// A poke is one signal and may be repeated: it needs no task of its own.
const telling = proxyLocalActivities<PokeActivities>({
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
});

/** Pokes orders. @param summary - what Temporal's UI shows of it */
export async function tellOrders(summary: string, orderIds: readonly string[], poke: Poke): Promise<void> {
  await untilDone(() => telling.pokeOrders.executeWithOptions({ summary }, [{ orderIds, poke }]));
}
