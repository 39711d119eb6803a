// What asking for a credit note and asking for a write-off have in common.

import { z } from 'zod';
import type { OrderRow } from '../../../database/queries/orders.ts';
import { askApproval, type ApprovalRequest } from '../../../workflows/messages.ts';
import { requestOf } from '../../request-of.ts';
import type { Answer, Surroundings } from '../../route.ts';
import { money, readPositive, shortText } from '../../schemas/common.ts';
import { updateOrder } from '../../temporal/order-update.ts';
import { answerApproval } from './present.ts';
import { keepNote } from '../keep-note.ts';
import { requireCurrency } from '../orders/ground.ts';
import { reasonFields } from '../orders/reason-fields.ts';
import { requireItem } from '../orders/require-item.ts';

export const itemAmount = {
  item: shortText.meta({ description: "The item's ID, or its invoice's number." }),
  amount: money.meta({ description: 'Tax included.' }),
  ...reasonFields,
};
type ItemAmount = z.infer<z.ZodObject<typeof itemAmount>>;

/** Asks the order's run; the answer is the approval that waits for a second person. */
export async function askOfOrder(
  asked: Surroundings & { readonly body: ItemAmount },
  order: OrderRow,
  kind: ApprovalRequest['kind'],
): Promise<Answer> {
  const { db, engine, body } = asked;
  requireCurrency({ legalEntity: order.legalEntityId, currency: body.amount.currency }, order.currency);
  const request = {
    ...requestOf(asked, order),
    kind,
    itemId: await requireItem(db, order, body.item),
    amountMinor: readPositive(body.amount).minor,
    reason: body.reason,
    noteId: await keepNote(asked, order, body.note),
  };
  const { approvalId } = await updateOrder(engine, { order, update: askApproval, request });
  return answerApproval(db, approvalId, 201);
}
