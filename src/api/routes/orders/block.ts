// POST /v1/orders/{orderId}/blocks: keeps one open item out of dunning for some days, or until somebody ends it.

import { z } from 'zod';
import { writeNote } from '../../../database/queries/notes.ts';
import { itemOfOrder } from '../../../database/queries/orders.ts';
import { blockItem } from '../../../workflows/messages.ts';
import { CODE_CHARS_MAX } from '../../limits.ts';
import { Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { isoDate, noteText, shortText } from '../../schemas/common.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { blockSchema, showBlock } from './block-schema.ts';
import { findOrder, orderParams } from './find-order.ts';
import { requestOf } from './request-of.ts';

const newBlock = z
  .strictObject({
    item: shortText.meta({ description: "The open item's ID, or its invoice's number." }),
    from: isoDate.optional().meta({ description: 'First day, today at the customer when not given.' }),
    until: isoDate.optional().meta({ description: 'Last day; until somebody ends it when not given.' }),
    reason: z
      .string()
      .max(CODE_CHARS_MAX)
      .regex(/^[a-z][a-z0-9_]*$/, 'a code such as disputed is expected')
      .meta({ examples: ['disputed'] }),
    note: noteText.optional(),
  })
  .refine((block) => block.from === undefined || block.until === undefined || block.from <= block.until, {
    message: 'an end on or after the start is expected',
    path: ['until'],
  })
  .meta({ id: 'NewBlock' });

export const blockOrderItem = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/blocks',
  summary: 'Keep an open item out of dunning',
  tag: 'Orders',
  action: 'order.block',
  params: orderParams,
  body: newBlock,
  answers: { 201: blockSchema },
  about: findOrder,
  async handle(asked, order) {
    const { db, engine, body, requestKey, caller } = asked;
    const itemId = await itemOfOrder(db, order.id, body.item);
    if (itemId === null) throw itemUnknown(order.number, body.item);
    const { legalEntityId } = order;
    const noteId =
      body.note === undefined
        ? null
        : await writeNote(db, { requestKey, legalEntityId, body: body.note, actor: caller.actor });
    const request = {
      ...requestOf(asked),
      itemId,
      from: body.from ?? null,
      until: body.until ?? null,
      reason: body.reason,
      noteId,
    };
    const report = await updateOrder(engine, { order, update: blockItem, request });
    return { status: 201, body: showBlock(order.id, report), location: `/v1/orders/${order.id}` };
  },
});

function itemUnknown(orderNumber: string, item: string): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'item_unknown',
    text: `Order ${orderNumber} has no open item "${item}".`,
    hint: 'Name one by its ID or its invoice number; the order lists them under openItems.',
  });
}
