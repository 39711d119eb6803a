// POST /v1/refunds: asks that money nobody used, or an open credit note, be paid back; a second person approves it.

import { z } from 'zod';
import { refundSource } from '../../../database/queries/approvals.ts';
import { approvalWorkflowId, askCase, type CaseRequest } from '../../../workflows/messages.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { money, readPositive, uuid } from '../../schemas/common.ts';
import { updateCase } from '../../temporal/case-update.ts';
import { answerApproval, approvalSchema } from '../approvals/present.ts';
import { keepNote } from '../keep-note.ts';
import { requireCurrency } from '../orders/ground.ts';
import { reasonFields } from '../orders/reason-fields.ts';

const newRefund = z
  .strictObject({
    payment: uuid.optional().meta({ description: 'A payment with money that was not used.' }),
    item: uuid.optional().meta({ description: 'The open item of a credit note.' }),
    amount: money,
    bankAccount: uuid.meta({ description: "The customer's bank account that is good now." }),
    ...reasonFields,
  })
  .refine((refund) => (refund.payment === undefined) !== (refund.item === undefined), {
    message: 'either a payment or an item is expected',
    path: ['payment'],
  })
  .meta({ id: 'NewRefund' });

export const askRefund = defineRoute({
  method: 'post',
  path: '/v1/refunds',
  summary: 'Ask for a refund of unused money or of an open credit note',
  tag: 'Approvals',
  action: 'refund.ask',
  body: newRefund,
  answers: { 201: approvalSchema },
  about: ({ db, body }) => refundSource(db, { paymentId: body.payment ?? null, itemId: body.item ?? null }),
  async handle(asked, source) {
    const { db, engine, body, requestKey } = asked;
    const { legalEntityId } = source;
    requireCurrency({ legalEntity: legalEntityId, currency: body.amount.currency }, source.currency);
    const request: CaseRequest = {
      ...requestOf(asked, source),
      kind: 'refund',
      legalEntityId,
      paymentId: body.payment ?? null,
      itemId: body.item ?? null,
      amountMinor: readPositive(body.amount).minor,
      bankAccountId: body.bankAccount,
      reason: body.reason,
      noteId: await keepNote(asked, source, body.note),
    };
    const workflowId = approvalWorkflowId({ legalEntityId, kind: 'refund', requestKey });
    const { approvalId } = await updateCase(engine, {
      of: { workflowId, legalEntityId, kind: 'refund', id: null },
      update: askCase,
      request,
    });
    return answerApproval(db, approvalId, 201);
  },
});
