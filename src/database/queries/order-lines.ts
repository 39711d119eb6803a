// The lines of an order as a change finds them: what shipped of each, and what invoices charged for it.

import { sql } from 'kysely';
import type { ChangeableLine, ChangedLine } from '../../domain/order-change.ts';
import type { Tx } from '../client.ts';

/** Reads the lines of an order, by number. What credit notes gave back stays charged: they are documents of their own. */
export async function changeableLines(tx: Tx, orderId: string): Promise<ChangeableLine[]> {
  const { rows } = await sql<ChangeableLine>`
    select l.line_no as "lineNo", trim_scale(l.quantity)::text as quantity, trim_scale(l.unit_price)::text as "unitPrice",
      l.tax_rate_bp as "taxRateBp", l.net_minor as "netMinor", l.tax_minor as "taxMinor",
      trim_scale(l.shipped_quantity)::text as "shippedQuantity", l.is_service as "isService",
      coalesce(b.net, 0)::bigint as "billedNetMinor", coalesce(b.tax, 0)::bigint as "billedTaxMinor",
      l.is_service and b.order_line_no is not null as "isInvoicedService"
    from order_line l left join (
      select p.order_line_no, sum(p.net_minor) as net, sum(p.tax_minor) as tax
      from invoice i join invoice_line p on p.invoice_id = i.id
      where i.order_id = ${orderId} and i.kind = 'invoice' group by p.order_line_no
    ) b on b.order_line_no = l.line_no
    where l.order_id = ${orderId} order by l.line_no`.execute(tx);
  return rows;
}

/** Writes lines after their change. */
export async function writeChangedLines(tx: Tx, orderId: string, lines: readonly ChangedLine[]): Promise<void> {
  if (lines.length === 0) return;
  await sql`update order_line l set quantity = c.quantity, unit_price = c."unitPrice", net_minor = c."netMinor",
      tax_minor = c."taxMinor", base_quantity = c."baseQuantity", base_net_minor = c."baseNetMinor", base_tax_minor = c."baseTaxMinor"
    from json_to_recordset(${JSON.stringify(lines)}::json) as c ("lineNo" integer, quantity numeric, "unitPrice" numeric,
      "netMinor" bigint, "taxMinor" bigint, "baseQuantity" numeric, "baseNetMinor" bigint, "baseTaxMinor" bigint)
    where l.order_id = ${orderId} and l.line_no = c."lineNo"`.execute(tx);
}
