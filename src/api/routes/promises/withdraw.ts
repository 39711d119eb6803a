// POST /v1/orders/{orderId}/promises/{promiseId}/withdrawal: the promise counts no more.

import { z } from 'zod';
import { orderById } from '../../../database/queries/orders.ts';
import { promiseOfOrder } from '../../../database/queries/promises.ts';
import { withdrawPromise } from '../../../workflows/messages.ts';
import { notFound } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { promiseSchema, showPromise } from './present.ts';

export const withdrawPromiseRoute = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/promises/{promiseId}/withdrawal',
  summary: 'Withdraw a promise',
  tag: 'Orders',
  action: 'promise.give',
  params: z.strictObject({ orderId: uuid, promiseId: uuid }),
  body: z.strictObject({}).meta({ id: 'PromiseWithdrawal' }),
  answers: { 200: promiseSchema },
  about: ({ db, params }) => orderById(db, params.orderId),
  async handle(asked, order) {
    const { db, engine, params } = asked;
    const request = { ...requestOf(asked, order), promiseId: params.promiseId };
    await updateOrder(engine, { order, update: withdrawPromise, request });
    const promise = await promiseOfOrder(db, order.id, params.promiseId);
    if (promise === null) throw notFound('promise');
    return { status: 200, body: showPromise(order.currency)(promise) };
  },
});
