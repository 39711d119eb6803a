// Lets the queues of several credit accounts go on, where one payment paid for several customers: locked in one order, as everywhere.

import { sql } from 'kysely';
import type { Db, Tx } from '../../database/client.ts';
import { grantedOn } from '../../database/queries/credit.ts';
import { grantQueue } from '../credit-queue.ts';
import { POKES_MAX } from '../poke-orders.ts';

/** Grants the queue of each customer's account. After all orders are locked: call it last. @param now business time, epoch milliseconds */
export async function grantQueues(tx: Tx, customerIds: readonly string[], now: number): Promise<void> {
  const [only] = customerIds;
  if (customerIds.length === 1 && only !== undefined) return grantQueue(tx, only, now);
  // Everybody's own row before any group's, each in the order of their IDs.
  const { rows } = await sql<{ accountId: string; isGroup: boolean }>`
    select coalesce(group_id, customer_id) as "accountId", group_id is not null as "isGroup" from credit_account
    where customer_id = any(${[...customerIds].sort()}::uuid[]) order by customer_id for update`.execute(tx);
  const accounts = new Map(rows.map(({ accountId, isGroup }) => [accountId, isGroup]));
  for (const isGroup of [false, true]) {
    const ids = [...accounts].filter(([, group]) => group === isGroup).map(([id]) => id);
    for (const id of ids.sort()) await grantQueue(tx, id, now);
  }
  return undefined;
}

/** Orders that were granted on these customers' accounts and are to be told. */
export function grantedOrdersOf(db: Db | Tx, customerIds: readonly string[]): Promise<string[]> {
  return grantedOn(db, customerIds, POKES_MAX);
}
