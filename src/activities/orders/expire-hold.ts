// A hold that nobody decided by its deadline: the order is rejected and says so.

import { sql } from 'kysely';
import { writeAudit } from '../../database/queries/audit.ts';
import { closeTasks } from '../../database/queries/open-task.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { runStep, type StepInput, type StepOutput } from './step.ts';

export async function expireHold(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  return runStep(deps, input, 'expireHold', async (tx, { order }, now) => {
    const reason = { code: 'hold_expired', text: 'Nobody decided the hold before its deadline.' };
    await sql`update sales_order set credit_state = 'rejected', hold_until = null, changed_at = clock_timestamp(),
      credit_reasons = credit_reasons || ${JSON.stringify([reason])}::jsonb where id = ${order.id}`.execute(tx);
    await closeTasks(tx, {
      legalEntityId: order.legalEntityId,
      keys: [`credit_hold/${order.id}`],
      doneBy: 'hold_expired',
    });
    await writeAudit(tx, {
      legalEntityId: order.legalEntityId,
      actor: engineActor(),
      action: 'credit.rejected',
      orderId: order.id,
      because: reason.text,
      details: { reasons: [reason] },
      businessAt: now,
    });
  });
}
