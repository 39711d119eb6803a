// A second person decides what somebody asked of the order: a credit note or a write-off, done in the same moment or not at all.

import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { approvalById, type ApprovalRow } from '../../database/queries/approvals.ts';
import { lockCredit } from '../../database/queries/credit.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import type { ApprovalDecisionRequest, ApprovalReport } from '../../workflows/messages.ts';
import { approvalUnknown, endApproval, endingOf, mayDecide, type Ending } from '../approvals/decide.ts';
import { issueCreditNote } from '../approvals/issue-credit-note.ts';
import { postWriteOff } from '../approvals/post-write-off.ts';
import { grantQueue, withGranted } from '../credit-queue.ts';
import type { Dependencies } from '../dependencies.ts';
import { answerRequest, type RequestInput } from './request.ts';
import { settleDispute } from './settle-dispute.ts';

export async function decideApproval(
  deps: Dependencies,
  input: RequestInput<ApprovalDecisionRequest>,
): Promise<ApprovalReport> {
  const report = await answerRequest(deps, input, {
    action: 'approval',
    effect: async (tx, context, { request, now }): Promise<Result<{ answer: ApprovalReport }>> => {
      const approval = await approvalById(tx, request.approvalId);
      if (approval === null || approval.orderId !== context.order.id) return approvalUnknown();
      const allowed = await mayDecide(tx, approval, { request, rules: context.policy.approvals });
      if (!allowed.ok) return allowed;
      const ending = endingOf(request, now);
      return ending.state === 'approved'
        ? approve(tx, context, { approval, ending })
        : refuseCase(tx, approval, ending);
    },
  });
  return withGranted(deps.db, input.orderId, report);
}

/** Does what was asked for, with the amounts as they are now. What does not fit any more stays requested. */
async function approve(
  tx: Tx,
  { order, entityCalendar }: OrderContext,
  { approval, ending }: { approval: ApprovalRow; ending: Ending },
): Promise<Result<{ answer: ApprovalReport }>> {
  const { now } = ending;
  // Locked before the series of numbers, because what is credited or written off frees room.
  await lockCredit(tx, order.customerId);
  const done = await effectOf(tx, approval, { calendar: entityCalendar, now });
  if (!done.ok) return done;
  await endApproval(tx, approval, ending);
  await settleDisputeOf(tx, approval, { ending, creditedMinor: approval.amountMinor });
  await grantQueue(tx, order.customerId, now);
  return { ok: true, answer: { approvalId: approval.id, state: 'approved', creditNote: done.creditNote } };
}

async function effectOf(
  tx: Tx,
  approval: ApprovalRow,
  at: Parameters<typeof postWriteOff>[2],
): Promise<Result<{ creditNote: string | null }>> {
  switch (approval.kind) {
    case 'credit_note': {
      const issued = await issueCreditNote(tx, approval, at);
      return issued.ok ? { ok: true, creditNote: issued.number } : issued;
    }
    case 'write_off': {
      const posted = await postWriteOff(tx, approval, at);
      return posted.ok ? { ok: true, creditNote: null } : posted;
    }
    case 'refund':
    case 'credit_limit':
      return refuse(approvalUnknown().refusal);
  }
}

async function refuseCase(tx: Tx, approval: ApprovalRow, ending: Ending): Promise<Result<{ answer: ApprovalReport }>> {
  await endApproval(tx, approval, ending);
  await settleDisputeOf(tx, approval, { ending, creditedMinor: 0 });
  return { ok: true, answer: { approvalId: approval.id, state: ending.state, creditNote: null } };
}

/** A dispute that waited for the case ends with it, or is open again. */
export async function settleDisputeOf(
  tx: Tx,
  approval: ApprovalRow,
  { ending, creditedMinor }: { ending: Ending; creditedMinor: number },
): Promise<void> {
  const disputeId =
    approval.kind === 'credit_note' || approval.kind === 'write_off' ? approval.details.disputeId : null;
  if (disputeId === null) return;
  const { actor, now } = ending;
  await settleDispute(tx, { disputeId, approved: ending.state === 'approved', creditedMinor, actor, now });
}
