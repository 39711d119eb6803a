// POST /v1/orders/{orderId}/payment-plans/{planId}/cancellation: the plan counts no more.

import { z } from 'zod';
import { orderById } from '../../../database/queries/orders.ts';
import { planOfOrder } from '../../../database/queries/promises.ts';
import { cancelPlan } from '../../../workflows/messages.ts';
import { notFound } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { planSchema, showPlan } from './present.ts';

export const cancelPlanRoute = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/payment-plans/{planId}/cancellation',
  summary: 'Cancel a payment plan',
  tag: 'Orders',
  action: 'plan.agree',
  params: z.strictObject({ orderId: uuid, planId: uuid }),
  body: z.strictObject({}).meta({ id: 'PaymentPlanCancellation' }),
  answers: { 200: planSchema },
  about: ({ db, params }) => orderById(db, params.orderId),
  async handle(asked, order) {
    const { db, engine, params } = asked;
    const request = { ...requestOf(asked, order), planId: params.planId };
    await updateOrder(engine, { order, update: cancelPlan, request });
    const plan = await planOfOrder(db, order.id, params.planId);
    if (plan === null) throw notFound('payment plan');
    return { status: 200, body: showPlan(order.currency)(plan) };
  },
});
