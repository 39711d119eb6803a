// POST /v1/orders/{orderId}/returns: goods came back; a credit note for them waits for a second person.

import { z } from 'zod';
import { invoiceOfOrder } from '../../../database/queries/orders.ts';
import { returnGoods } from '../../../workflows/messages.ts';
import { LINES_PER_ORDER_MAX } from '../../limits.ts';
import { Problem } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { isoDate, money, quantity, shortText, showMoney, uuid } from '../../schemas/common.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { keepNote } from '../keep-note.ts';
import { findOrder, orderParams } from '../orders/find-order.ts';
import { reasonFields } from '../orders/reason-fields.ts';

const goodsReturn = z
  .strictObject({
    invoice: shortText.meta({ description: 'The ID or number of the invoice that charged the goods.' }),
    lines: z
      .array(
        z.strictObject({
          invoiceLine: z.int().min(1).meta({ description: "The invoice line's number, from 1." }),
          quantity,
        }),
      )
      .min(1)
      .max(LINES_PER_ORDER_MAX),
    returnedOn: isoDate.optional().meta({ description: 'Today at the legal entity when not given.' }),
    ...reasonFields,
  })
  .meta({ id: 'GoodsReturn' });

const goodsReturnAnswer = z
  .strictObject({
    id: uuid,
    order: uuid,
    approval: uuid.nullable().meta({ description: 'Of the credit note; `null`: there was nothing to credit.' }),
    gross: money.meta({ description: 'What is asked to be credited.' }),
  })
  .meta({ id: 'GoodsReturnAnswer' });

export const returnGoodsRoute = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/returns',
  summary: 'Report goods that came back; their credit note asks for approval',
  tag: 'Orders',
  action: 'order.return_goods',
  params: orderParams,
  body: goodsReturn,
  answers: { 201: goodsReturnAnswer },
  about: findOrder,
  async handle(asked, order) {
    const { db, body, engine } = asked;
    const invoiceId = await invoiceOfOrder(db, order.id, body.invoice);
    if (invoiceId === null) throw invoiceUnknown(order.number, body.invoice);
    const request = {
      ...requestOf(asked, order),
      invoiceId,
      lines: body.lines.map((line) => ({ invoiceLineNo: line.invoiceLine, quantity: line.quantity })),
      returnedOn: body.returnedOn ?? null,
      reason: body.reason,
      noteId: await keepNote(asked, order, body.note),
    };
    const report = await updateOrder(engine, { order, update: returnGoods, request });
    const { goodsReturnId: id, approvalId: approval, grossMinor } = report;
    const answer: z.infer<typeof goodsReturnAnswer> = {
      ...{ id, order: order.id, approval, gross: showMoney(grossMinor, order.currency) },
    };
    return { status: 201, body: answer, location: `/v1/orders/${order.id}` };
  },
});

function invoiceUnknown(orderNumber: string, invoice: string): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'invoice_unknown',
    text: `Order ${orderNumber} has no invoice "${invoice}".`,
    hint: 'Name one by its ID or number; the order lists them under invoices.',
  });
}
