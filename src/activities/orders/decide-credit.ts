// A person releases or rejects a held order.

import { sql } from 'kysely';
import { refuse } from '../../domain/refusal.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { closeTasks } from '../../database/queries/open-task.ts';
import type { CreditDecisionRequest, CreditReport } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { lockCreditAccount } from './assess-credit.ts';
import { answerRequest, type RequestInput } from './request.ts';

export async function decideCredit(
  deps: Dependencies,
  input: RequestInput<CreditDecisionRequest>,
): Promise<CreditReport> {
  return answerRequest(deps, input, {
    action: 'credit.decision',
    effect: async (tx, { order, facts }, { request, now }) => {
      if (facts.credit.state !== 'held') {
        return refuse({
          kind: 'conflict',
          code: 'credit_not_held',
          text: `Order ${order.number} is not held: its credit is ${facts.credit.state}.`,
          hint: 'Only a held order can be released or rejected; look at its timeline for who decided.',
          details: { state: facts.credit.state },
        });
      }
      // A release adds to the exposure that a check beside it must see.
      await lockCreditAccount(tx, order.customerId);
      const state = request.decision === 'release' ? 'approved' : 'rejected';
      const reason = { code: request.decision === 'release' ? 'released_by_person' : 'rejected_by_person' };
      await sql`update sales_order set credit_state = ${state}, hold_until = null, changed_at = clock_timestamp(),
        credit_reasons = credit_reasons || ${JSON.stringify([reason])}::jsonb where id = ${order.id}`.execute(tx);
      await closeTasks(tx, {
        legalEntityId: order.legalEntityId,
        keys: [`credit_hold/${order.id}`],
        doneBy: request.actor,
      });
      await writeAudit(tx, {
        legalEntityId: order.legalEntityId,
        actor: request.actor,
        action: `credit.${state}`,
        orderId: order.id,
        because: request.decision === 'release' ? 'Released by a person above the limit.' : 'Rejected by a person.',
        details: { before: 'held', after: state, noteId: request.noteId },
        businessAt: now,
        requestId: request.requestId,
      });
      return { ok: true, answer: { state, reasons: [...facts.credit.reasons, reason.code], holdUntil: null } };
    },
  });
}
