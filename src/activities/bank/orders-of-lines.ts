// Orders that lines which were acted upon concern: told again when whoever was to tell them may have died.

import { sql } from 'kysely';
import type { Db } from '../../database/client.ts';

/** Orders of one answer; each is told once, and those beyond find their next step by themselves. */
const ORDERS_MAX = 10_000;

/** The orders of all items that the lines' payments, and what they took back, touched, however long ago. */
export async function ordersOfLines(db: Db, lineIds: readonly string[]): Promise<string[]> {
  if (lineIds.length === 0) return [];
  const { rows } = await sql<{ id: string }>`
    with paid as (
      select payment_id from bank_line where id = any(${lineIds}::uuid[]) and payment_id is not null
      union select payment_id from payment_return where cleared_by_line_id = any(${lineIds}::uuid[])
    )
    select distinct i.order_id as id from paid p join allocation a on a.payment_id = p.payment_id
      join open_item i on i.id = a.item_id
    where i.order_id is not null
    order by 1 limit ${ORDERS_MAX}`.execute(db);
  return rows.map((row) => row.id);
}
