// POST /v1/orders/{orderId}/quality-decision: a person decides whether goods that failed their check are invoiced.

import { decideQuality } from '../../../workflows/messages.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { keepNote } from '../keep-note.ts';
import { findOrder, orderParams } from '../orders/find-order.ts';
import { shipmentDecision, shipmentDecisionAnswer, showDecision } from './decision-schema.ts';

export const decideQualityRoute = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/quality-decision',
  summary: 'Decide whether goods that failed their check are invoiced',
  tag: 'Orders',
  action: 'order.decide_quality',
  params: orderParams,
  body: shipmentDecision,
  answers: { 200: shipmentDecisionAnswer },
  about: findOrder,
  async handle(asked, order) {
    const { body, engine } = asked;
    const { shipment: shipmentId, decision } = body;
    const noteId = await keepNote(asked, order, body.note);
    const request = { ...requestOf(asked, order), shipmentId, decision, noteId };
    const report = await updateOrder(engine, { order, update: decideQuality, request });
    return { status: 200, body: showDecision(order.id, report) };
  },
});
