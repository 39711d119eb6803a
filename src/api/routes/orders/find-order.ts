// The order that a request is about.

import { z } from 'zod';
import { orderById, type OrderRow } from '../../../database/queries/orders.ts';
import type { Asked, Subject } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';

export const orderParams = z.strictObject({ orderId: uuid });

/** The order of the address, if there is one. */
export async function findOrder(
  asked: Asked<{ orderId: string }, unknown, unknown>,
): Promise<(OrderRow & Subject) | null> {
  return orderById(asked.db, asked.params.orderId);
}
