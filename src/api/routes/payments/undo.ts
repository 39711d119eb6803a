// POST /v1/payments/{paymentId}/undo: takes an allocation back, exactly; the money is unapplied again.

import { z } from 'zod';
import { changeWorkflowId, type UndoInput, type UndoReport } from '../../../workflows/messages.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { runShort } from '../../temporal/run-short.ts';
import { answerChanged, findPayment, payersItem, paymentParams, requireItem } from './find-payment.ts';
import { paymentSchema } from './present.ts';

export const undoAllocationRoute = defineRoute({
  method: 'post',
  path: '/v1/payments/{paymentId}/undo',
  summary: 'Take back what a payment was applied to',
  tag: 'Payments',
  action: 'payment.undo',
  params: paymentParams,
  body: z.strictObject({ item: payersItem }).meta({ id: 'AllocationUndo' }),
  answers: { 200: paymentSchema, 202: paymentSchema },
  about: findPayment,
  async handle(asked, payment) {
    const { db, engine, body, requestKey } = asked;
    const itemId = await requireItem(db, payment, body.item);
    const outcome = await runShort<UndoInput, UndoReport>(engine, {
      workflowType: 'undoAllocation',
      workflowId: changeWorkflowId({ kind: 'undo', requestKey }),
      isStored: false,
      summary: `Undo an allocation of payment ${payment.source}/${payment.sourceId}, ${payment.legalEntityId}`,
      input: { ...requestOf(asked, payment), paymentId: payment.id, itemId },
    });
    return answerChanged(db, payment.id, outcome.isLate);
  },
});
