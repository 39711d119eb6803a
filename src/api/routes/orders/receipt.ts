// What an order, or an opening item, is answered with.

import type { z } from 'zod';
import type { OrderRow } from '../../../database/queries/orders.ts';
import { orderWorkflowId } from '../../../workflows/messages.ts';
import { showInstant, showMoney, type MoneyText } from '../../schemas/common.ts';
import type { OrderReceipt, orderSummary } from '../../schemas/orders.ts';

/** The order as every answer begins. */
export function receiptOf(order: OrderRow): OrderReceipt {
  const { currency } = order;
  return {
    id: order.id,
    kind: order.kind,
    legalEntity: order.legalEntityId,
    number: order.number,
    customer: order.customerNumber,
    currency,
    net: showMoney(order.netMinor, currency),
    tax: showMoney(order.grossMinor - order.netMinor, currency),
    gross: showMoney(order.grossMinor, currency),
    credit: creditOf(order),
    links: {
      self: `/v1/orders/${order.id}`,
      agenda: `/v1/orders/${order.id}/agenda`,
      timeline: `/v1/orders/${order.id}/timeline`,
      workflowId: orderWorkflowId(order),
    },
  };
}

/** The credit decision as answers show it. */
export function creditOf(order: OrderRow): OrderReceipt['credit'] {
  const show = (minor: number | null | undefined, currency = order.currency): MoneyText | null =>
    typeof minor === 'number' ? showMoney(minor, currency) : null;
  return {
    state: order.creditState,
    reasons: order.creditReasons.map(({ code, text, exposureMinor, orderMinor, limitMinor, currency }) => ({
      code,
      text: text ?? null,
      exposure: show(exposureMinor, currency),
      order: show(orderMinor, currency),
      limit: show(limitMinor, currency),
    })),
    holdUntil: showInstant(order.holdUntil),
  };
}

/** The order in a list. */
export function summaryOf(order: OrderRow): z.infer<typeof orderSummary> {
  return { ...receiptOf(order), stage: order.stage, createdAt: showInstant(order.createdAt) };
}
