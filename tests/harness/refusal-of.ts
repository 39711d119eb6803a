// The code with which a request was refused, dug out of what Temporal's client throws.

import { ApplicationFailure } from '@temporalio/common';

/** Causes looked through: update failed ← activity failed ← application failure. */
const CAUSES_MAX = 6;

/** @returns the refusal's code, or `accepted`. Throws what is no refusal. */
export async function refusalOf(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return 'accepted';
  } catch (error) {
    let cause: unknown = error;
    for (let depth = 0; depth < CAUSES_MAX && cause instanceof Error; depth += 1) {
      if (cause instanceof ApplicationFailure) return cause.type ?? 'untyped';
      cause = cause.cause;
    }
    throw error;
  }
}
