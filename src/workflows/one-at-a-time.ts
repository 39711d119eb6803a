// Local activities one after the other: only then does a replay resolve them in the order in which they ran.

import { patched } from '@temporalio/workflow';

/**
 * Two local activities of a run at once are brought back by a replay in other groups than they came in, what follows them gets
 * other numbers, and the run fails for good (sdk-typescript 1744, sdk-python 1881). Runs of 0.1.0 that have such a pair keep it:
 * the mark is written only where a second one has to wait.
 */
const PATCH = 'local activities one at a time';

/** @returns runs what it is given when all that came before has ended; what is given must not ask for a turn itself */
export function oneAtATime(): <T>(act: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  const running = { count: 0 };
  return async (act) => {
    if (running.count > 0 && patched(PATCH)) await new Promise<void>((resolve) => waiting.push(resolve));
    else running.count += 1;
    try {
      return await act();
    } finally {
      // The turn goes from hand to hand: nobody who asks in between overtakes those who wait.
      const next = running.count === 1 ? waiting.shift() : undefined;
      if (next === undefined) running.count -= 1;
      else next();
    }
  };
}
