// POST /v1/orders/{orderId}/promises: what a customer promises to pay of an open item, and by when.

import { z } from 'zod';
import { promiseOfOrder } from '../../../database/queries/promises.ts';
import { givePromise } from '../../../workflows/messages.ts';
import { notFound } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { isoDate, money, noteText, readPositive, shortText } from '../../schemas/common.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { keepNote } from '../keep-note.ts';
import { findOrder, orderParams } from '../orders/find-order.ts';
import { requireCurrency } from '../orders/ground.ts';
import { promiseSchema, showPromise } from './present.ts';
import { requireItem } from '../orders/require-item.ts';

const newPromise = z
  .strictObject({
    item: shortText.meta({ description: "The open item's ID, or its invoice's number." }),
    amount: money,
    promisedOn: isoDate.meta({ description: 'The day by which it is paid.' }),
    givenOn: isoDate
      .optional()
      .meta({ description: 'The day on which it was given; today at the customer when not given.' }),
    note: noteText.optional(),
  })
  .meta({ id: 'NewPromise' });

export const givePromiseRoute = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/promises',
  summary: 'Write down a promise to pay; it replaces an open one',
  tag: 'Orders',
  action: 'promise.give',
  params: orderParams,
  body: newPromise,
  answers: { 201: promiseSchema },
  about: findOrder,
  async handle(asked, order) {
    const { db, engine, body } = asked;
    const amount = readPositive(body.amount);
    requireCurrency({ legalEntity: order.legalEntityId, currency: amount.currency }, order.currency);
    const itemId = await requireItem(db, order, body.item);
    const request = {
      ...requestOf(asked, order),
      itemId,
      amountMinor: amount.minor,
      promisedOn: body.promisedOn,
      givenOn: body.givenOn ?? null,
      noteId: await keepNote(asked, order, body.note),
    };
    const { promiseId } = await updateOrder(engine, { order, update: givePromise, request });
    const promise = await promiseOfOrder(db, order.id, promiseId);
    if (promise === null) throw notFound('promise');
    return { status: 201, body: showPromise(order.currency)(promise), location: `/v1/orders/${order.id}/promises` };
  },
});
