// POST /v1/orders/{orderId}/changes: other quantities, prices, or another date for what has not shipped.

import { z } from 'zod';
import { changeOrder } from '../../../workflows/messages.ts';
import { LINES_PER_ORDER_MAX } from '../../limits.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { decimal, isoDate, money, showMoney, uuid } from '../../schemas/common.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { keepNote } from '../keep-note.ts';
import { findOrder, orderParams } from './find-order.ts';
import { reasonFields } from './reason-fields.ts';

const orderChange = z
  .strictObject({
    lines: z
      .array(
        z
          .strictObject({
            line: z.int().min(1).meta({ description: "The order line's number, from 1." }),
            quantity: decimal
              .optional()
              .meta({ description: 'Of all of the line; 0 drops it. Unchanged when not given.' }),
            unitPrice: decimal.optional().meta({ description: 'Of what has not shipped; unchanged when not given.' }),
          })
          .refine(
            (line) => line.quantity !== undefined || line.unitPrice !== undefined,
            'a quantity or a price is expected',
          ),
      )
      .max(LINES_PER_ORDER_MAX)
      .refine((lines) => new Set(lines.map((line) => line.line)).size === lines.length, 'each line once is expected')
      .default([]),
    requestedOn: isoDate
      .nullable()
      .optional()
      .meta({ description: '`null` takes the date away; unchanged when not given.' }),
    ...reasonFields,
  })
  .refine((change) => change.lines.length > 0 || change.requestedOn !== undefined, 'a line or a date is expected')
  .meta({ id: 'OrderChange' });

const orderChangeAnswer = z
  .strictObject({ order: uuid, net: money, tax: money, gross: money })
  .meta({ id: 'OrderChangeAnswer' });

export const changeOrderRoute = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/changes',
  summary: 'Change quantities, prices or the requested date of an order',
  tag: 'Orders',
  action: 'order.change',
  params: orderParams,
  body: orderChange,
  answers: { 200: orderChangeAnswer },
  about: findOrder,
  async handle(asked, order) {
    const { body, engine } = asked;
    const request = {
      ...requestOf(asked, order),
      lines: body.lines.map(({ line, quantity, unitPrice }) => ({
        lineNo: line,
        ...(quantity === undefined ? {} : { quantity }),
        ...(unitPrice === undefined ? {} : { unitPrice }),
      })),
      ...(body.requestedOn === undefined ? {} : { requestedOn: body.requestedOn }),
      reason: body.reason,
      noteId: await keepNote(asked, order, body.note),
    };
    const { netMinor, grossMinor } = await updateOrder(engine, { order, update: changeOrder, request });
    const show = (minor: number): z.infer<typeof money> => showMoney(minor, order.currency);
    const answer: z.infer<typeof orderChangeAnswer> = {
      ...{ order: order.id, net: show(netMinor), tax: show(grossMinor - netMinor), gross: show(grossMinor) },
    };
    return { status: 200, body: answer };
  },
});
