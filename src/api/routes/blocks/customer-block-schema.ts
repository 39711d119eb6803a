// How a block over everything of a customer is answered.

import { z } from 'zod';
import type { CustomerBlockRow } from '../../../database/queries/customer-blocks.ts';
import { blockOfCustomer } from '../../../database/queries/customer-blocks.ts';
import type { BlockReport } from '../../../workflows/messages.ts';
import { notFound } from '../../problem.ts';
import type { Answer, Surroundings } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';
import type { InTime } from '../../temporal/engine.ts';
import { blockDays } from './order-block-schema.ts';

export const customerBlockSchema = z
  .strictObject({ id: uuid, customer: uuid, ...blockDays, reason: z.string() })
  .meta({ id: 'CustomerBlock' });

/** The change takes longer than a caller waits; the same request, repeated, is answered with its outcome. */
export const pendingBlockSchema = z.strictObject({ customer: uuid }).meta({
  id: 'PendingCustomerBlock',
  description: 'Being written: repeat the request, or look at the address in Location.',
});

export function showCustomerBlock(customerId: string): (row: CustomerBlockRow) => z.infer<typeof customerBlockSchema> {
  return (row) => ({ ...row, customer: customerId });
}

/** What a change of a customer's blocks answers. */
export async function answerBlock(
  { db }: Surroundings,
  customerId: string,
  written: { outcome: InTime<BlockReport>; status: 200 | 201 },
): Promise<Answer> {
  const location = `/v1/customers/${customerId}/blocks`;
  const { outcome, status } = written;
  if (outcome.isLate) return { status: 202, body: { customer: customerId }, location };
  const block = await blockOfCustomer(db, customerId, outcome.value.blockId);
  if (block === null) throw notFound('block');
  return { status, body: showCustomerBlock(customerId)(block), location };
}
