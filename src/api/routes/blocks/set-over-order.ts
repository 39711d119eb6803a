// POST /v1/orders/{orderId}/blocks: keeps one open item, or all of the order, out of dunning for some days.

import { z } from 'zod';
import { blockItem } from '../../../workflows/messages.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { shortText } from '../../schemas/common.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { keepNote } from '../keep-note.ts';
import { blockFields, blockSchema, isInOrder, notInOrder, showBlock } from './order-block-schema.ts';
import { findOrder, orderParams } from '../orders/find-order.ts';
import { requireItem } from '../orders/require-item.ts';

const newBlock = z
  .strictObject({
    item: shortText
      .optional()
      .meta({ description: "The open item's ID, or its invoice's number; the whole order when not given." }),
    ...blockFields,
  })
  .refine(isInOrder, notInOrder)
  .meta({ id: 'NewBlock' });

export const blockOrderItem = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/blocks',
  summary: 'Keep an open item, or the whole order, out of dunning',
  tag: 'Orders',
  action: 'order.block',
  params: orderParams,
  body: newBlock,
  answers: { 201: blockSchema },
  about: findOrder,
  async handle(asked, order) {
    const { db, engine, body } = asked;
    const itemId = body.item === undefined ? null : await requireItem(db, order, body.item);
    const request = {
      ...requestOf(asked, order),
      itemId,
      from: body.from ?? null,
      until: body.until ?? null,
      reason: body.reason,
      noteId: await keepNote(asked, order, body.note),
    };
    const report = await updateOrder(engine, { order, update: blockItem, request });
    return { status: 201, body: showBlock(order.id, report), location: `/v1/orders/${order.id}` };
  },
});
