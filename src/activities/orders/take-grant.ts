// A held order for which room was found takes what was reserved for it.

import { lockCredit, endHold, openHold } from '../../database/queries/credit.ts';
import type { Dependencies } from '../dependencies.ts';
import { auditCredit, keepCredit, reservedUntil } from './credit-outcome.ts';
import { runStep, type StepInput, type StepOutput } from './step.ts';

export async function takeGrant(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  return runStep(deps, input, 'takeGrant', async (tx, context, now) => {
    const { order } = context;
    await lockCredit(tx, order.customerId);
    const hold = await openHold(tx, order.id);
    if (hold?.state !== 'granted') throw new Error(`defect: order ${order.id} takes a grant that it does not have`);
    await endHold(tx, hold, { state: 'taken', doneBy: 'granted', now });
    const because = 'Room was found in the credit limit.';
    const reasons = [{ code: 'granted', text: because }];
    const reserved = reservedUntil(context, hold.requestedOn, now);
    await keepCredit(tx, order.id, { state: 'approved', reasons, isAdding: true, reservedUntil: reserved });
    await auditCredit(tx, context, { state: 'approved', because, details: { reasons }, now });
    return undefined;
  });
}
