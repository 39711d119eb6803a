// GET /v1/orders/{orderId}/promises: newest first.

import { z } from 'zod';
import { listPromises, type PromiseRow } from '../../../database/queries/promises.ts';
import { pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { findOrder, orderParams } from '../orders/find-order.ts';
import { promiseSchema, showPromise } from './present.ts';

export const listPromisesRoute = defineRoute({
  method: 'get',
  path: '/v1/orders/{orderId}/promises',
  summary: 'Promises to pay of an order, newest first',
  tag: 'Orders',
  action: 'order.read',
  params: orderParams,
  query: z.strictObject(pageQuery),
  answers: { 200: pageOf(promiseSchema) },
  about: findOrder,
  async handle({ db, query }, order) {
    const { after, fetch } = pageAsked(query, [UUID_FORM]);
    const rows = await listPromises(db, order.id, { after: after?.[0] ?? null, fetch });
    const keyOf = (row: PromiseRow): string[] => [row.id];
    return { status: 200, body: paged(rows, { fetch }, { show: showPromise(order.currency), keyOf }) };
  },
});
