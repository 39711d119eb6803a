// POST /v1/approvals/{approvalId}/decision: a second person approves or rejects, or who asked withdraws.

import { z } from 'zod';
import type { ApprovalRow } from '../../../database/queries/approvals.ts';
import { orderById } from '../../../database/queries/orders.ts';
import { decideApproval } from '../../../workflows/messages.ts';
import { notFound } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute, type Surroundings } from '../../route.ts';
import { noteText } from '../../schemas/common.ts';
import { updateCase } from '../../temporal/case-update.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { keepNote } from '../keep-note.ts';
import { approvalParams, findApproval } from './find-approval.ts';
import { answerApproval, approvalSchema } from './present.ts';

const decision = z
  .strictObject({
    decision: z.enum(['approve', 'reject', 'withdraw']).meta({
      description: 'Who asked may withdraw; anybody else whose role and amount allow it approves or rejects.',
    }),
    note: noteText.optional(),
  })
  .meta({ id: 'ApprovalDecision' });

export const decideApprovalRoute = defineRoute({
  method: 'post',
  path: '/v1/approvals/{approvalId}/decision',
  summary: 'Approve, reject or withdraw what was asked for; an approval takes effect at once',
  tag: 'Approvals',
  action: 'approval.decide',
  params: approvalParams,
  body: decision,
  answers: { 200: approvalSchema },
  about: findApproval,
  async handle(asked, approval) {
    const { db, body } = asked;
    const noteId = await keepNote(asked, approval, body.note);
    await send(asked, approval, { decision: body.decision, noteId });
    return answerApproval(db, approval.id, 200);
  },
});

/** To the order whose run waits for it, or to the run of its own. */
async function send(
  asked: Surroundings,
  approval: ApprovalRow,
  decided: { decision: z.infer<typeof decision>['decision']; noteId: string | null },
): Promise<void> {
  const { db, engine } = asked;
  const request = { ...requestOf(asked, approval), approvalId: approval.id, ...decided };
  if (approval.kind === 'refund' || approval.kind === 'credit_limit') {
    await updateCase(engine, { of: approval, update: decideApproval, request });
    return;
  }
  const order = approval.orderId === null ? null : await orderById(db, approval.orderId);
  if (order === null) throw notFound('order');
  await updateOrder(engine, { order, update: decideApproval, request });
}
