// POST /v1/orders/{orderId}/closing: what is left of an order never ships.

import { closeShort } from '../../../workflows/messages.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { keepNote } from '../keep-note.ts';
import { orderEnd, orderEndAnswer, showEnd } from './end-schema.ts';
import { findOrder, orderParams } from './find-order.ts';

export const closeShortRoute = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/closing',
  summary: 'End what is left to ship of an order',
  tag: 'Orders',
  action: 'order.close_short',
  params: orderParams,
  body: orderEnd,
  answers: { 200: orderEndAnswer },
  about: findOrder,
  async handle(asked, order) {
    const { body, engine } = asked;
    const noteId = await keepNote(asked, order, body.note);
    const request = { ...requestOf(asked, order), reason: body.reason, noteId };
    const { grossMinor } = await updateOrder(engine, { order, update: closeShort, request });
    return { status: 200, body: showEnd(order, grossMinor) };
  },
});
