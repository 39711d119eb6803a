// POST /v1/orders/{orderId}/credit-notes: asks that a part of an invoice be credited; a second person approves it.

import { z } from 'zod';
import { defineRoute } from '../../route.ts';
import { approvalSchema } from './present.ts';
import { askOfOrder, itemAmount } from './ask-of-order.ts';
import { findOrder, orderParams } from '../orders/find-order.ts';

export const askCreditNote = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/credit-notes',
  summary: 'Ask for a credit note over a part of an invoice, or all of it',
  tag: 'Approvals',
  action: 'credit_note.ask',
  params: orderParams,
  body: z.strictObject(itemAmount).meta({ id: 'NewCreditNote' }),
  answers: { 201: approvalSchema },
  about: findOrder,
  handle: (asked, order) => askOfOrder(asked, order, 'credit_note'),
});
