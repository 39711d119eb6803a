// The bare thing our orders are held against: the same kinds of messages, activities and timers, and nothing in them.
// It changes only with a page in docs/decisions (0007).

import {
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  setHandler,
  sleep,
} from '@temporalio/workflow';
import type { TwinActivities } from './activities.ts';
import { awaitFirst, end, runSecond } from './messages.ts';

const activities = proxyActivities<TwinActivities>({
  startToCloseTimeout: '30 seconds',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

/** One update-with-start, four activities, two timers (one rings, one is cancelled), one update, one signal. */
export async function twinLife(): Promise<void> {
  const seen = { first: false, second: false, end: false };
  setHandler(awaitFirst, () => condition(() => seen.first));
  setHandler(runSecond, async () => {
    await activities.nothing();
    seen.second = true;
  });
  setHandler(end, () => {
    seen.end = true;
  });

  await activities.nothing();
  seen.first = true;
  await condition(() => seen.second);

  const waiting = new CancellationScope();
  const longWait = waiting
    .run(() => sleep('30 days'))
    .catch((error: unknown) => {
      if (!isCancellation(error)) throw error;
    });
  await activities.nothing();
  await sleep(1);
  await activities.nothing();
  await condition(() => seen.end);
  waiting.cancel();
  await longWait;
  await condition(allHandlersFinished);
}

/** The payment's run: two activities. */
export async function twinPayment(): Promise<void> {
  await activities.nothing();
  await activities.nothing();
}
