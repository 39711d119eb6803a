// GET /v1/orders: orders by stage, customer, number, newest first.

import { z } from 'zod';
import { listOrders } from '../../../database/queries/orders.ts';
import { pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { businessNumber, legalEntityId } from '../../schemas/common.ts';
import { orderSummary, stage } from '../../schemas/orders.ts';
import { summaryOf } from './receipt.ts';

export const listOrdersRoute = defineRoute({
  method: 'get',
  path: '/v1/orders',
  summary: 'Orders and opening items, newest first',
  tag: 'Orders',
  action: 'order.read',
  query: z.strictObject({
    stage: stage.optional(),
    customer: businessNumber.optional().meta({ description: "The customer's number." }),
    legalEntity: legalEntityId.optional(),
    number: businessNumber.optional(),
    kind: z.enum(['order', 'opening']).optional(),
    ...pageQuery,
  }),
  answers: { 200: pageOf(orderSummary) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [UUID_FORM]);
    const filter = {
      scope,
      stage: query.stage,
      customerNumber: query.customer,
      legalEntityId: query.legalEntity,
      number: query.number,
      kind: query.kind,
    };
    const rows = await listOrders(db, filter, { after: after?.[0] ?? null, fetch });
    return { status: 200, body: paged(rows, { fetch }, { show: summaryOf, keyOf: (row) => [row.id] }) };
  },
});
