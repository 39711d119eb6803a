// A hold that nobody decided by its deadline: the order is rejected, and sales is told.

import { endHold, lockCredit, openHold } from '../../database/queries/credit.ts';
import { grantQueue, withGranted } from '../credit-queue.ts';
import type { Dependencies } from '../dependencies.ts';
import { auditCredit, keepCredit, tellRejected } from './credit-outcome.ts';
import { runStep, type StepInput, type StepOutput } from './step.ts';

export async function expireHold(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  const output = await runStep(deps, input, 'expireHold', async (tx, context, now) => {
    const { order } = context;
    await lockCredit(tx, order.customerId);
    const hold = await openHold(tx, order.id);
    if (hold === null) throw new Error(`defect: order ${order.id} is held without a hold`);
    // Room was found in the last moment: the order takes it instead.
    if (hold.state === 'granted') return undefined;
    await endHold(tx, hold, { state: 'expired', doneBy: 'hold_expired', now });
    const because = 'Nobody decided the hold before its deadline.';
    const reasons = [{ code: 'hold_expired', text: because }];
    await keepCredit(tx, order.id, { state: 'rejected', reasons, isAdding: true });
    await auditCredit(tx, context, { state: 'rejected', because, details: { reasons }, now });
    await tellRejected(tx, context, { because, now });
    await grantQueue(tx, order.customerId, now);
    return undefined;
  });
  return withGranted(deps.db, input.orderId, output);
}
