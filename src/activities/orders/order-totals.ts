// What an order comes to: written to it, with the proforma that asks for another amount from then on.

import { sql } from 'kysely';
import type { Tx } from '../../database/client.ts';
import type { OrderHead } from '../../database/queries/order-context.ts';

/** Writes the totals of an order whose lines changed. A proforma that the customer has is out of date: another one goes. */
export async function writeTotals(
  tx: Tx,
  order: OrderHead,
  { netMinor, grossMinor }: { netMinor: number; grossMinor: number },
): Promise<void> {
  const isProformaStale = order.isPrepaid && grossMinor !== order.grossMinor;
  await tx
    .updateTable('sales_order')
    .set({
      ...{ net_minor: netMinor, gross_minor: grossMinor, changed_at: new Date() },
      ...(isProformaStale ? { proforma: 'pending', proforma_attempts: 0, proforma_retry_at: null } : {}),
    })
    .where('id', '=', order.id)
    .execute();
  if (!isProformaStale) return;
  await sql`update task set state = 'done', done_by = 'order_changed', done_at = clock_timestamp()
    where order_id = ${order.id} and kind in ('proforma_undeliverable', 'proforma_unknown') and state = 'open'`.execute(
    tx,
  );
}
