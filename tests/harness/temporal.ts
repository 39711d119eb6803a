// The run's shared Temporal server.

import { fromRunner } from './from-runner.ts';

/** Where the shared development server listens. Its namespace is `default`. */
export function testTemporalAddress(): string {
  return fromRunner('QUITTANCE_TEST_TEMPORAL_ADDRESS');
}
