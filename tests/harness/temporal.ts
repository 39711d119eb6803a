// The run's shared Temporal server, and names by which test files keep out of each other's way on it.

import { randomBytes } from 'node:crypto';
import { fromRunner } from './from-runner.ts';

/** Where the shared development server listens. Its namespace is `default`. */
export function testTemporalAddress(): string {
  return fromRunner('QUITTANCE_TEST_TEMPORAL_ADDRESS');
}

/** A prefix for task queues and workflow IDs that no other test uses. */
export function uniquePrefix(purpose: string): string {
  return `${purpose}-${randomBytes(5).toString('hex')}`;
}
