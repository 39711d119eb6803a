// The items of an answer as they are now: read to see whether it still holds, and again once their orders are locked.

import { sql } from 'kysely';
import type { PostableItem } from '../../domain/line-plan.ts';
import type { Tx } from '../../database/client.ts';
import { lockOrders } from '../payments/locked-payment.ts';

export interface LineItem extends PostableItem {
  readonly orderId: string;
}

/** Items by their IDs, those of credit too, and the legal entity's currency. */
export async function lineItems(
  tx: Tx,
  { legalEntityId, itemIds }: { legalEntityId: string; itemIds: readonly string[] },
): Promise<{ items: readonly LineItem[]; baseCurrency: string }> {
  const { rows } = await sql<{ items: readonly LineItem[]; baseCurrency: string }>`
    select e.currency as "baseCurrency", coalesce((
      select json_agg(json_build_object('itemId', i.id, 'number', i.number, 'customerId', i.customer_id, 'parentId', c.parent_id,
        'side', i.side, 'currency', i.currency, 'openMinor', i.open_minor, 'orderId', i.order_id) order by i.due_on, i.number)
      from open_item i join customer c on c.id = i.customer_id
      where i.id = any(${itemIds}::uuid[]) and i.legal_entity_id = e.id), '[]') as items
    from legal_entity e where e.id = ${legalEntityId}`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no legal entity ${legalEntityId}`);
  return row;
}

/** The same items once their orders are locked, in the order of the orders' IDs. */
export async function lockedItems(
  tx: Tx,
  legalEntityId: string,
  found: readonly LineItem[],
): Promise<readonly LineItem[]> {
  if (found.length === 0) return [];
  await lockOrders(tx, [...new Set(found.map(({ orderId }) => orderId))]);
  const { items } = await lineItems(tx, { legalEntityId, itemIds: found.map(({ itemId }) => itemId) });
  return items;
}
