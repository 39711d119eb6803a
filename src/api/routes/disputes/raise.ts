// POST /v1/orders/{orderId}/disputes: the customer contests a part of an item, which leaves dunning at once.

import { z } from 'zod';
import { disputeById } from '../../../database/queries/disputes.ts';
import { writeNote } from '../../../database/queries/notes.ts';
import { itemOfOrder } from '../../../database/queries/orders.ts';
import { raiseDispute } from '../../../workflows/messages.ts';
import { notFound, Problem } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { isoDate, money, noteText, readPositive, shortText } from '../../schemas/common.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { disputeReason, disputeSchema, disputeSource, showDispute } from './present.ts';
import { findOrder, orderParams } from '../orders/find-order.ts';
import { requireCurrency } from '../orders/ground.ts';

const newDispute = z
  .strictObject({
    item: shortText.meta({ description: "The item's ID, or its invoice's number; a paid one may be disputed too." }),
    amount: money.meta({ description: 'The part that the customer contests, tax included.' }),
    reason: disputeReason,
    source: disputeSource.meta({ description: 'Who told it.' }),
    raisedOn: isoDate.optional().meta({
      description: 'When the customer told it: its clock runs from there. Today at the legal entity when not given.',
    }),
    note: noteText.optional(),
  })
  .meta({ id: 'NewDispute' });

export const disputeOrderItem = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/disputes',
  summary: 'Raise a dispute over a part of an item',
  tag: 'Disputes',
  action: 'dispute.raise',
  params: orderParams,
  body: newDispute,
  answers: { 201: disputeSchema },
  about: findOrder,
  async handle(asked, order) {
    const { db, engine, body, requestKey, caller, now } = asked;
    const { legalEntityId } = order;
    requireCurrency({ legalEntity: legalEntityId, currency: body.amount.currency }, order.currency);
    const itemId = await itemOfOrder(db, order.id, body.item);
    if (itemId === null) throw itemUnknown(order.number, body.item);
    const noteId =
      body.note === undefined
        ? null
        : await writeNote(db, { requestKey, legalEntityId, body: body.note, actor: caller.actor });
    const request = {
      ...requestOf(asked, order),
      itemId,
      amountMinor: readPositive(body.amount).minor,
      reason: body.reason,
      source: body.source,
      raisedOn: body.raisedOn ?? null,
      noteId,
    };
    const { disputeId } = await updateOrder(engine, { order, update: raiseDispute, request });
    const dispute = await disputeById(db, disputeId);
    if (dispute === null) throw notFound('dispute');
    return { status: 201, body: showDispute(dispute, now), location: `/v1/disputes/${disputeId}` };
  },
});

function itemUnknown(orderNumber: string, item: string): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'item_unknown',
    text: `Order ${orderNumber} has no item "${item}".`,
    hint: 'Name one by its ID or its invoice number; the order lists them under openItems.',
  });
}
