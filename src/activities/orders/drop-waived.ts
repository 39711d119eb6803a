// What shipped and is never invoiced leaves the order's total, so that it uses no credit and asks for no prepayment.

import { sql } from 'kysely';
import { withoutWaived } from '../../domain/waived-lines.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { changeableLines, writeChangedLines } from '../../database/queries/order-lines.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import { engineActor } from '../cause.ts';
import { writeTotals } from './order-totals.ts';

/**
 * Brings the order down by its waived shipments, as soon as nothing else that shipped waits for its invoice: invoices are cut
 * by what shipped before, so a line is not touched while one is still to come.
 *
 * @param settled.shipmentId the shipment that was waived or invoiced just now
 */
export async function dropWaived(
  tx: Tx,
  { order, facts }: OrderContext,
  settled: { shipmentId: string | null; now: number },
): Promise<void> {
  const isWaiting = facts.toInvoice.some(({ subject }) => subject !== 'services' && subject !== settled.shipmentId);
  if (isWaiting) return;
  const { rows } = await sql<{ lineNo: number }>`select distinct l.line_no as "lineNo"
    from shipment s join shipment_line l on l.shipment_id = s.id where s.order_id = ${order.id} and s.invoicing = 'waived'`.execute(
    tx,
  );
  const waived = new Set(rows.map((row) => row.lineNo));
  const lines = await changeableLines(tx, order.id);
  const changed = withoutWaived(
    lines.filter((line) => waived.has(line.lineNo)),
    order.currency,
  );
  if (changed.length === 0) return;
  const after = lines.map((line) => changed.find(({ lineNo }) => lineNo === line.lineNo) ?? line);
  const netMinor = after.reduce((sum, line) => sum + line.netMinor, 0);
  const grossMinor = after.reduce((sum, line) => sum + line.taxMinor, netMinor);
  await writeChangedLines(tx, order.id, changed);
  await writeTotals(tx, order, { netMinor, grossMinor });
  await writeAudit(tx, {
    legalEntityId: order.legalEntityId,
    actor: engineActor(),
    action: 'order.reduced',
    orderId: order.id,
    because: 'Goods that shipped and are not invoiced are no part of the order any more.',
    details: {
      grossMinor: { before: order.grossMinor, after: grossMinor },
      lines: changed.map(({ lineNo }) => lineNo),
    },
    businessAt: settled.now,
  });
}
