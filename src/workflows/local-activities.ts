// How a run uses local activities: one after the other, and again when one was given up though nobody cancelled the run.

import { CancellationScope, isCancellation, patched } from '@temporalio/workflow';

/**
 * Two local activities of a run at once are brought back by a replay in other groups than they came in, what follows them gets
 * other numbers, and the run fails for good (sdk-typescript 1744, sdk-python 1881). Runs of 0.1.0 that have such a pair keep it:
 * the mark is written only where a second one has to wait.
 */
const ONE_AT_A_TIME = 'local activities one at a time';
/** A run that the worker puts out of its memory has its local activity cancelled, and would tell the caller so, or end. */
const UNTIL_DONE = 'local activities until done';
/** A run is put out of memory once in its life or never, not so often. */
const TIMES_MAX = 50;

/** @returns runs what it is given when all that came before has ended; what is given must not ask for a turn itself */
export function oneAtATime(): <T>(act: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = [];
  const running = { count: 0 };
  return async (act) => {
    if (running.count > 0 && patched(ONE_AT_A_TIME)) await new Promise<void>((resolve) => waiting.push(resolve));
    else running.count += 1;
    try {
      return await untilDone(act);
    } finally {
      // The turn goes from hand to hand: nobody who asks in between overtakes those who wait.
      const next = running.count === 1 ? waiting.shift() : undefined;
      if (next === undefined) running.count -= 1;
      else next();
    }
  };
}

/** Asks again when a local activity was given up although nobody cancelled the run. Every one may be repeated. */
export async function untilDone<T>(act: () => Promise<T>): Promise<T> {
  for (let time = 1; ; time += 1) {
    try {
      return await act();
    } catch (error) {
      const isWanted = !isCancellation(error) || CancellationScope.current().consideredCancelled;
      if (isWanted || time >= TIMES_MAX || !patched(UNTIL_DONE)) throw error;
    }
  }
}
