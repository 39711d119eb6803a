// Starts what was stored but never started, because a process died between the two.

import { proxyActivities } from '@temporalio/workflow';
import type { SweepActivities } from '../activities/sweep.ts';

const database = proxyActivities<SweepActivities>({ startToCloseTimeout: '1 minute', retry: { maximumAttempts: 3 } });

export async function sweep(): Promise<{ orders: number; payments: number; letters: number }> {
  return database.startLeftovers({ now: Date.now() });
}
