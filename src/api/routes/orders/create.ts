// POST /v1/orders: a sales system tells an order; it is stored once, its run is started, its credit decision answered.

import { insertOrder, orderByNumber, orderGround, type OrderRow } from '../../../database/queries/orders.ts';
import { contentHash, requireSameContent } from '../../content-hash.ts';
import { defineRoute, type Asked } from '../../route.ts';
import { newOrder, orderReceipt, type NewOrder } from '../../schemas/orders.ts';
import { foreignCurrency, groundOf, inBase } from './ground.ts';
import { answerOrder } from './answer-order.ts';
import { priceLines } from './price-lines.ts';
import { formatMillionths } from '../../../domain/money.ts';
import { millionths } from '../../schemas/common.ts';

export const createOrder = defineRoute({
  method: 'post',
  path: '/v1/orders',
  summary: 'Post an order; the answer carries the credit decision',
  tag: 'Orders',
  action: 'order.create',
  body: newOrder,
  answers: { 200: orderReceipt, 201: orderReceipt, 202: orderReceipt },
  about: ({ body }) => Promise.resolve({ legalEntityId: body.legalEntity }),
  async handle(asked) {
    const { db, body } = asked;
    const hash = contentHash(canonical(body));
    const key = { legalEntityId: body.legalEntity, kind: 'order', number: body.number } as const;
    const made = await store(asked, hash);
    if (made !== null) return answerOrder(asked, made, true);

    const found = await orderByNumber(db, key);
    if (found === null) throw new Error('defect: an order that exists cannot be read');
    requireSameContent('order', { contentHash: found.contentHash, location: `/v1/orders/${found.id}` }, hash);
    return answerOrder(asked, found, false);
  },
});

/** Stores the order. @returns null when its number is taken. */
async function store(asked: Asked<undefined, undefined, NewOrder>, hash: string): Promise<OrderRow | null> {
  const { db, body, caller, requestId, now } = asked;
  const ground = groundOf(
    await orderGround(db, {
      legalEntityId: body.legalEntity,
      customerNumber: body.customer,
      itemNumbers: [...new Set(body.lines.map((line) => line.item))],
    }),
    body,
  );
  const priced = priceLines(body, ground);
  const foreign = await foreignCurrency(db, {
    ...{ legalEntityId: body.legalEntity, currency: body.currency, entityCurrency: ground.entityCurrency },
    ...{ rate: body.exchangeRate ?? null, now },
  });
  if (foreign !== null) inBase(priced.grossMinor, body.currency, foreign);
  const order = {
    legalEntityId: body.legalEntity,
    kind: 'order' as const,
    number: body.number,
    customerId: ground.customerId,
    currency: body.currency,
    termsDays: body.termsDays ?? ground.customerTermsDays,
    purchaseOrder: body.purchaseOrder ?? null,
    requestedOn: body.requestedOn ?? null,
    netMinor: priced.netMinor,
    grossMinor: priced.grossMinor,
    contentHash: hash,
  };
  const isPrepaid = body.prepayment ?? false;
  const id = await insertOrder(db, {
    ...order,
    isPrepaid,
    foreign,
    lines: priced.lines,
    opening: null,
    actor: caller.actor,
    requestId,
    now,
  });
  if (id === null) return null;
  return {
    ...order,
    id,
    customerNumber: body.customer,
    creditState: 'unassessed',
    creditReasons: [],
    holdUntil: null,
    stage: 'credit_check',
    createdAt: Date.now(),
    exchangeRate: foreign?.rate ?? null,
  };
}

/** What the caller said, spelled one way: a price that was left to the catalogue stays so, whatever the catalogue says later. */
function canonical(order: NewOrder): unknown {
  return [
    order.customer,
    order.currency,
    order.termsDays ?? null,
    order.purchaseOrder ?? null,
    order.requestedOn ?? null,
    order.lines.map((line) => [
      line.item,
      spelled(line.quantity),
      line.unitPrice === undefined ? null : spelled(line.unitPrice),
      line.taxCode ?? null,
      line.description ?? null,
    ]),
    // Left out where it is not asked for, so that orders of before this field keep their hash.
    ...(order.prepayment === true ? ['prepayment'] : []),
    ...(order.exchangeRate === undefined ? [] : [['exchangeRate', order.exchangeRate]]),
  ];
}

function spelled(decimal: string): string {
  return formatMillionths(millionths(decimal));
}
