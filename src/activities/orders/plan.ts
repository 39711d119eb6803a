// Asks what is next for an order, without acting.

import type { Dependencies } from '../dependencies.ts';
import { contextOf, keepStage, type StepOutput } from './step.ts';

/** Reads the order and decides. Safe to repeat; the stage it writes is what the same facts give again. */
export async function plan(deps: Dependencies, input: { orderId: string; now: number }): Promise<StepOutput> {
  return keepStage(deps.db, await contextOf(deps.db, input.orderId, input.now), input.now);
}
