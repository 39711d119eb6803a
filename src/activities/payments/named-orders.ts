// Orders to which the unused money of a payment matters, because its reference names them.

import { sql } from 'kysely';
import { FINAL_STAGES } from '../../domain/agenda.ts';
import type { Db, Tx } from '../../database/client.ts';

/** Orders told of one payment; its reference names few. */
const ORDERS_TOLD_MAX = 100;

/**
 * The payer's unclosed orders that the payment's reference names, by their numbers or those of their open items. What is
 * unused of the payment pays for them or counts as their prepayment, so they are told whenever it becomes more or less.
 */
export async function namedOrders(db: Db | Tx, paymentId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select o.id from payment p join sales_order o on o.customer_id = p.customer_id
    where p.id = ${paymentId} and o.stage <> all(${FINAL_STAGES}::text[])
      and (o.kind = 'order' and strpos(p.reference, o.number) > 0 or exists (select from open_item t where t.order_id = o.id
        and t.open_minor > 0 and strpos(p.reference, t.number) > 0))
    order by o.id limit ${ORDERS_TOLD_MAX}`.execute(db);
  return rows.map((row) => row.id);
}
