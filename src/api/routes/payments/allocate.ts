// POST /v1/payments/{paymentId}/allocations: uses what is left of a payment for an open item, by hand.

import { z } from 'zod';
import { changeWorkflowId, type AllocationInput, type UndoReport } from '../../../workflows/messages.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { money, readPositive } from '../../schemas/common.ts';
import { runShort } from '../../temporal/run-short.ts';
import { requireCurrency } from '../orders/ground.ts';
import { answerChanged, findPayment, payersItem, paymentParams, requireItem } from './find-payment.ts';
import { paymentSchema } from './present.ts';

export const allocateCashRoute = defineRoute({
  method: 'post',
  path: '/v1/payments/{paymentId}/allocations',
  summary: 'Use what is left of a payment for an open item',
  tag: 'Payments',
  action: 'payment.allocate',
  params: paymentParams,
  body: z
    .strictObject({
      item: payersItem,
      amount: money.optional().meta({ description: 'As much as fits when not given.' }),
    })
    .meta({ id: 'NewAllocation' }),
  answers: { 200: paymentSchema, 202: paymentSchema },
  about: findPayment,
  async handle(asked, payment) {
    const { db, engine, body, requestKey } = asked;
    const { legalEntityId } = payment;
    if (body.amount !== undefined) {
      requireCurrency({ legalEntity: legalEntityId, currency: body.amount.currency }, payment.currency);
    }
    const amountMinor = body.amount === undefined ? null : readPositive(body.amount).minor;
    const itemId = await requireItem(db, payment, body.item);
    const outcome = await runShort<AllocationInput, UndoReport>(engine, {
      workflowType: 'allocateCash',
      workflowId: changeWorkflowId({ kind: 'allocation', requestKey }),
      isStored: false,
      summary: `Allocate from payment ${payment.source}/${payment.sourceId}, ${legalEntityId}`,
      input: { ...requestOf(asked, payment), paymentId: payment.id, itemId, amountMinor },
    });
    return answerChanged(db, payment.id, outcome.isLate);
  },
});
