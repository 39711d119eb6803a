// What was approved and never shipped loses its reservation, and somebody has to say what becomes of it.

import { localDate } from '../../domain/calendar.ts';
import { lockCredit } from '../../database/queries/credit.ts';
import { grantQueue, withGranted } from '../credit-queue.ts';
import type { Dependencies } from '../dependencies.ts';
import { hold } from './credit-outcome.ts';
import { runStep, type StepInput, type StepOutput } from './step.ts';

export async function expireReservation(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  const output = await runStep(deps, input, 'expireReservation', async (tx, context, now) => {
    const { order, facts, policy, entityCalendar } = context;
    const { accountId } = await lockCredit(tx, order.customerId);
    const until = localDate(entityCalendar.zone, facts.credit.reservedUntil ?? now);
    const because = `The order was reserved until ${until}, and not all of it has shipped.`;
    const path = `POST /v1/orders/${order.id}`;
    await hold(tx, context, {
      ...{ accountId, isAdding: true, because, now },
      reasons: [{ code: 'reservation_expired', text: because }],
      // A person decides it: it keeps nobody else waiting.
      isQueued: false,
      task: {
        kind: 'reservation_expired',
        ownerRole: 'sales',
        tiers: policy.credit.approvers,
        endsWith: `${path}/changes, ${path}/cancellation, ${path}/closing or ${path}/credit-decision`,
      },
    });
    await grantQueue(tx, order.customerId, now);
    return undefined;
  });
  return withGranted(deps.db, input.orderId, output);
}
