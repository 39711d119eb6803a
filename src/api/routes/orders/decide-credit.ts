// POST /v1/orders/{orderId}/credit-decision: a person releases or rejects a held order.

import { z } from 'zod';
import { writeNote } from '../../../database/queries/notes.ts';
import { orderById } from '../../../database/queries/orders.ts';
import { decideCredit } from '../../../workflows/messages.ts';
import { defineRoute } from '../../route.ts';
import { noteText, uuid } from '../../schemas/common.ts';
import { creditSchema } from '../../schemas/orders.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { findOrder, orderParams } from './find-order.ts';
import { creditOf } from './receipt.ts';
import { requestOf } from '../../request-of.ts';

const GRACE_WORKING_DAYS_MAX = 60;

const answer = z.strictObject({ order: uuid, credit: creditSchema }).meta({ id: 'CreditDecisionAnswer' });

export const decideCreditRoute = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/credit-decision',
  summary: 'Release or reject a held order',
  tag: 'Orders',
  action: 'credit.decide',
  params: orderParams,
  body: z
    .strictObject({
      decision: z.enum(['release', 'reject']),
      reason: noteText,
      graceWorkingDays: z.int().min(1).max(GRACE_WORKING_DAYS_MAX).optional().meta({
        description:
          'For how long a release above the limit is good: what did not ship by then is checked again. As the policy says when not given.',
      }),
    })
    .meta({ id: 'CreditDecisionRequest' }),
  answers: { 200: answer },
  about: findOrder,
  async handle(asked, order) {
    const { db, engine, body, requestKey, caller } = asked;
    const { legalEntityId } = order;
    const noteId = await writeNote(db, { requestKey, legalEntityId, body: body.reason, actor: caller.actor });
    const request = {
      ...requestOf(asked, order),
      decision: body.decision,
      noteId,
      graceWorkingDays: body.graceWorkingDays ?? null,
    };
    await updateOrder(engine, { order, update: decideCredit, request });
    const decided = (await orderById(db, order.id)) ?? order;
    return { status: 200, body: { order: order.id, credit: creditOf(decided) } };
  },
});
