// POST /v1/orders/{orderId}/blocks/{blockId}/end: lets the item, or the order, back into dunning.

import { z } from 'zod';
import { orderById } from '../../../database/queries/orders.ts';
import { endBlock } from '../../../workflows/messages.ts';
import { defineRoute } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { blockSchema, showBlock } from './order-block-schema.ts';
import { requestOf } from '../../request-of.ts';

export const endBlockRoute = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/blocks/{blockId}/end',
  summary: 'End a block',
  tag: 'Orders',
  action: 'order.block',
  params: z.strictObject({ orderId: uuid, blockId: uuid }),
  body: z.strictObject({}).meta({ id: 'EndBlock' }),
  answers: { 200: blockSchema },
  about: ({ db, params }) => orderById(db, params.orderId),
  async handle(asked, order) {
    const request = { ...requestOf(asked, order), blockId: asked.params.blockId };
    const report = await updateOrder(asked.engine, { order, update: endBlock, request });
    return { status: 200, body: showBlock(order.id, report) };
  },
});
