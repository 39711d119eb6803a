// GET /v1/orders/{orderId}: the order with all that belongs to it.

import { isPrepaidFor, prepaidMinor } from '../../../domain/agenda.ts';
import { orderContext, type OrderContext } from '../../../database/queries/order-context.ts';
import { orderParts, type OrderParts, type OrderRow } from '../../../database/queries/orders.ts';
import type { z } from 'zod';
import { defineRoute } from '../../route.ts';
import { showDecimal, showInstant, showMoney } from '../../schemas/common.ts';
import { orderDetail } from '../../schemas/orders.ts';
import { showRate } from '../../schemas/master-data.ts';
import { findOrder, orderParams } from './find-order.ts';
import { summaryOf } from './receipt.ts';

type Detail = z.infer<typeof orderDetail>;

export const getOrder = defineRoute({
  method: 'get',
  path: '/v1/orders/{orderId}',
  summary: 'An order with its lines, shipments, invoices, returns, open items and tasks',
  tag: 'Orders',
  action: 'order.read',
  params: orderParams,
  answers: { 200: orderDetail },
  about: findOrder,
  async handle({ db, now }, order) {
    const parts = await orderParts(db, order.id);
    const body: Detail = {
      ...summaryOf(order),
      termsDays: order.termsDays,
      purchaseOrder: order.purchaseOrder,
      requestedOn: order.requestedOn,
      cancelledOn: parts.head.cancelledOn,
      reservedUntil: showInstant(parts.head.reservedMs),
      releasedUntil: showInstant(parts.head.releasedMs),
      prepayment: parts.head.isPrepaid ? prepaymentOf(order, await orderContext(db, order.id, now)) : null,
      lines: linesOf(order, parts),
      shipments: parts.shipments.map(({ invoiceAtMs, lines, ...shipment }) => ({
        ...shipment,
        invoiceAt: showInstant(invoiceAtMs),
        lines: lines.map((line) => ({ ...line, quantity: showDecimal(line.quantity) })),
      })),
      invoices: invoicesOf(order, parts),
      returns: parts.returns.map(({ lines, ...one }) => ({
        ...one,
        lines: lines.map((line) => ({ ...line, quantity: showDecimal(line.quantity) })),
      })),
      openItems: itemsOf(order, parts),
      tasks: parts.tasks.map(({ deadlineMs, ...task }) => ({ ...task, deadlineAt: showInstant(deadlineMs) })),
    };
    return { status: 200, body };
  },
});

function prepaymentOf(order: OrderRow, context: OrderContext | null): Detail['prepayment'] {
  if (context === null) throw new Error('defect: an order that was read is gone');
  const { facts } = context;
  return {
    needed: showMoney(facts.prepayment.neededMinor, order.currency),
    received: showMoney(prepaidMinor(facts), order.currency),
    isPaid: isPrepaidFor(facts),
    proforma: facts.prepayment.proforma,
  };
}

function linesOf({ currency }: OrderRow, { lines }: OrderParts): Detail['lines'] {
  return lines.map((line) => ({
    line: line.lineNo,
    item: line.itemNumber,
    description: line.description,
    kind: line.isService ? 'service' : 'goods',
    quantity: showDecimal(line.quantity),
    shipped: showDecimal(line.shipped),
    billed: showDecimal(line.billed),
    unitPrice: showDecimal(line.unitPrice),
    taxCode: line.taxCode,
    taxRate: showRate(line.taxRateBp),
    net: showMoney(line.netMinor, currency),
    tax: showMoney(line.taxMinor, currency),
  }));
}

function invoicesOf({ currency }: OrderRow, { invoices }: OrderParts): Detail['invoices'] {
  return invoices.map(({ netMinor, taxMinor, grossMinor, ...invoice }) => ({
    ...invoice,
    net: showMoney(netMinor, currency),
    tax: showMoney(taxMinor, currency),
    gross: showMoney(grossMinor, currency),
  }));
}

function itemsOf({ currency }: OrderRow, { items }: OrderParts): Detail['openItems'] {
  return items.map(({ originalMinor, openMinor, ...item }) => ({
    ...item,
    original: showMoney(originalMinor, currency),
    open: showMoney(openMinor, currency),
  }));
}
