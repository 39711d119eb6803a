// POST /v1/orders/{orderId}/cancellation: ends an order of which nothing shipped.

import { cancelOrder } from '../../../workflows/messages.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { keepNote } from '../keep-note.ts';
import { orderEnd, orderEndAnswer, showEnd } from './end-schema.ts';
import { findOrder, orderParams } from './find-order.ts';

export const cancelOrderRoute = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/cancellation',
  summary: 'Cancel an order of which nothing shipped and nothing was invoiced',
  tag: 'Orders',
  action: 'order.cancel',
  params: orderParams,
  body: orderEnd,
  answers: { 200: orderEndAnswer },
  about: findOrder,
  async handle(asked, order) {
    const { body, engine } = asked;
    const noteId = await keepNote(asked, order, body.note);
    const request = { ...requestOf(asked, order), reason: body.reason, noteId };
    const { grossMinor } = await updateOrder(engine, { order, update: cancelOrder, request });
    return { status: 200, body: showEnd(order, grossMinor) };
  },
});
