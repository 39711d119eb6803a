// How every run tells orders that something changed.

import { proxyLocalActivities } from '@temporalio/workflow';
import type { PokeActivities } from '../activities/poke-orders.ts';

/** A poke is one signal and may be repeated: it needs no task of its own. */
export const telling = proxyLocalActivities<PokeActivities>({
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '30 seconds' },
});
