// The open item that a request names, by its ID or its invoice's number.

import type { Db } from '../../../database/client.ts';
import { itemOfOrder } from '../../../database/queries/orders.ts';
import { Problem } from '../../problem.ts';

/** @returns the item's ID. @throws Problem 422 when the order has no such item */
export async function requireItem(db: Db, order: { id: string; number: string }, item: string): Promise<string> {
  const itemId = await itemOfOrder(db, order.id, item);
  if (itemId !== null) return itemId;
  throw new Problem({
    kind: 'unprocessable',
    code: 'item_unknown',
    text: `Order ${order.number} has no open item "${item}".`,
    hint: 'Name one by its ID or its invoice number; the order lists them under openItems.',
  });
}
