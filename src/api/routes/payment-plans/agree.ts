// POST /v1/orders/{orderId}/payment-plans: an open item is paid in instalments, and stays out of dunning as long as each comes on time.

import { z } from 'zod';
import { planOfOrder } from '../../../database/queries/promises.ts';
import { INSTALMENTS_PER_PLAN_MAX } from '../../../domain/payment-plan.ts';
import { agreePlan } from '../../../workflows/messages.ts';
import { notFound } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { isoDate, money, noteText, readPositive, shortText } from '../../schemas/common.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { keepNote } from '../keep-note.ts';
import { findOrder, orderParams } from '../orders/find-order.ts';
import { requireCurrency } from '../orders/ground.ts';
import { planSchema, showPlan } from './present.ts';
import { requireItem } from '../orders/require-item.ts';

const newPlan = z
  .strictObject({
    item: shortText.meta({ description: "The open item's ID, or its invoice's number." }),
    instalments: z
      .array(z.strictObject({ dueOn: isoDate, amount: money }))
      .min(1)
      .max(INSTALMENTS_PER_PLAN_MAX)
      .meta({ description: 'By rising days from today on; they sum to what is open.' }),
    note: noteText.optional(),
  })
  .meta({ id: 'NewPaymentPlan' });

export const agreePlanRoute = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/payment-plans',
  summary: 'Agree on paying an open item in instalments',
  tag: 'Orders',
  action: 'plan.agree',
  params: orderParams,
  body: newPlan,
  answers: { 201: planSchema },
  about: findOrder,
  async handle(asked, order) {
    const { db, engine, body } = asked;
    const instalments = body.instalments.map(({ dueOn, amount }) => {
      const { minor, currency } = readPositive(amount);
      requireCurrency({ legalEntity: order.legalEntityId, currency }, order.currency);
      return { dueOn, amountMinor: minor };
    });
    const itemId = await requireItem(db, order, body.item);
    const noteId = await keepNote(asked, order, body.note);
    const request = { ...requestOf(asked, order), itemId, instalments, noteId };
    const { planId } = await updateOrder(engine, { order, update: agreePlan, request });
    const plan = await planOfOrder(db, order.id, planId);
    if (plan === null) throw notFound('payment plan');
    return { status: 201, body: showPlan(order.currency)(plan), location: `/v1/orders/${order.id}/payment-plans` };
  },
});
