// GET /v1/orders/{orderId}/payment-plans: newest first.

import { z } from 'zod';
import { listPlans, type PlanRow } from '../../../database/queries/promises.ts';
import { pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { findOrder, orderParams } from '../orders/find-order.ts';
import { planSchema, showPlan } from './present.ts';

export const listPlansRoute = defineRoute({
  method: 'get',
  path: '/v1/orders/{orderId}/payment-plans',
  summary: 'Payment plans of an order, newest first',
  tag: 'Orders',
  action: 'order.read',
  params: orderParams,
  query: z.strictObject(pageQuery),
  answers: { 200: pageOf(planSchema) },
  about: findOrder,
  async handle({ db, query }, order) {
    const { after, fetch } = pageAsked(query, [UUID_FORM]);
    const rows = await listPlans(db, order.id, { after: after?.[0] ?? null, fetch });
    const keyOf = (row: PlanRow): string[] => [row.id];
    return { status: 200, body: paged(rows, { fetch }, { show: showPlan(order.currency), keyOf }) };
  },
});
