// POST /v1/orders/{orderId}/write-offs: asks that what will not be paid be written off; a second person approves it.

import { z } from 'zod';
import { defineRoute } from '../../route.ts';
import { approvalSchema } from './present.ts';
import { askOfOrder, itemAmount } from './ask-of-order.ts';
import { findOrder, orderParams } from '../orders/find-order.ts';

export const askWriteOff = defineRoute({
  method: 'post',
  path: '/v1/orders/{orderId}/write-offs',
  summary: 'Ask that a part of an open item be written off, or all of it',
  tag: 'Approvals',
  action: 'write_off.ask',
  params: orderParams,
  body: z.strictObject(itemAmount).meta({ id: 'NewWriteOff' }),
  answers: { 201: approvalSchema },
  about: findOrder,
  handle: (asked, order) => askOfOrder(asked, order, 'write_off'),
});
