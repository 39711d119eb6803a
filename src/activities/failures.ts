// How a refusal of the domain leaves an activity: typed, final, and no alarm.

import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import type { Refusal } from '../domain/refusal.ts';

/** Thrown inside a transaction to roll it back with a refusal. */
export class Refused extends Error {
  readonly refusal: Refusal;
  constructor(refusal: Refusal) {
    super(refusal.text);
    this.refusal = refusal;
  }
}

/** The failure that a door turns into a problem: `type` is the refusal's code, `details[0]` the refusal itself. */
export function refusalFailure(refusal: Refusal): ApplicationFailure {
  return ApplicationFailure.create({
    type: refusal.code,
    message: refusal.text,
    details: [refusal],
    nonRetryable: true,
    category: ApplicationFailureCategory.BENIGN,
  });
}
