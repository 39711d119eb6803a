// POST /v1/orders/{orderId}/shipments: what left the house; the invoice follows by itself.

import { z } from 'zod';
import { recordShipment } from '../../../workflows/messages.ts';
import { LINES_PER_ORDER_MAX, LOTS_PER_LINE_MAX } from '../../limits.ts';
import { defineRoute } from '../../route.ts';
import { isoDate, quantity, shortText, uuid } from '../../schemas/common.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { findOrder, orderParams } from '../orders/find-order.ts';
import { requestOf } from '../../request-of.ts';

const newShipment = z
  .strictObject({
    lines: z
      .array(
        z.strictObject({
          line: z.int().min(1).meta({ description: "The order line's number, from 1." }),
          quantity,
          lots: z.array(shortText).max(LOTS_PER_LINE_MAX).optional(),
        }),
      )
      .min(1)
      .max(LINES_PER_ORDER_MAX)
      .refine((lines) => new Set(lines.map((line) => line.line)).size === lines.length, 'each line once is expected'),
    carrier: shortText.optional(),
    tracking: shortText.optional(),
    shippedOn: isoDate.optional().meta({ description: 'Today at the legal entity when not given.' }),
    qualityCheck: z
      .enum(['passed', 'failed'])
      .optional()
      .meta({ description: 'What failed is not invoiced before somebody decides.' }),
  })
  .meta({ id: 'NewShipment' });

const shipmentAnswer = z
  .strictObject({
    id: uuid,
    order: uuid,
    shippedOn: z.string(),
    invoicing: z.enum(['due', 'quality_failed', 'contested']).meta({
      description:
        '`contested`: the goods should not have left, and are invoiced after some days unless somebody decides otherwise.',
    }),
  })
  .meta({ id: 'ShipmentAnswer' });

export const shipOrder = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/shipments',
  summary: 'Record a shipment; it is invoiced by itself',
  tag: 'Orders',
  action: 'order.ship',
  params: orderParams,
  body: newShipment,
  answers: { 201: shipmentAnswer },
  about: findOrder,
  async handle(asked, order) {
    const { body, engine } = asked;
    const request = {
      ...requestOf(asked, order),
      lines: body.lines.map(({ line, quantity: shipped, lots }) => ({
        lineNo: line,
        quantity: shipped,
        lots: lots ?? [],
      })),
      carrier: body.carrier ?? null,
      tracking: body.tracking ?? null,
      shippedOn: body.shippedOn ?? null,
      qualityCheck: body.qualityCheck ?? null,
    };
    const report = await updateOrder(engine, { order, update: recordShipment, request });
    const answer: z.infer<typeof shipmentAnswer> = {
      ...{ id: report.shipmentId, order: order.id, shippedOn: report.shippedOn },
      invoicing: report.invoicing ?? 'due',
    };
    return {
      status: 201,
      body: answer,
      location: `/v1/orders/${order.id}`,
    };
  },
});
