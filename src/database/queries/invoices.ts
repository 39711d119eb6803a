// An invoice or a credit note with its lines, as it was posted.

import { sql } from 'kysely';
import type { Db } from '../client.ts';

export interface InvoiceRow {
  readonly id: string;
  readonly legalEntityId: string;
  readonly series: string;
  readonly kind: 'invoice' | 'credit_note';
  readonly number: string;
  /** The invoice that a credit note corrects. */
  readonly corrects: { readonly id: string; readonly number: string } | null;
  readonly orderId: string;
  readonly orderNumber: string;
  readonly customerNumber: string;
  readonly shipmentId: string | null;
  readonly invoicedOn: string;
  readonly dueOn: string;
  readonly currency: string;
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly grossMinor: number;
  readonly delivery: 'pending' | 'sent' | 'unknown' | 'undeliverable';
  readonly openMinor: number | null;
  readonly lines: readonly {
    line: number;
    orderLine: number;
    item: string;
    description: string;
    quantity: string;
    unitPrice: string;
    taxCode: string;
    taxRateBp: number;
    netMinor: number;
    taxMinor: number;
  }[];
}

/** The invoice with this ID, whatever its legal entity: the caller authorises. */
export async function invoiceById(db: Db, id: string): Promise<InvoiceRow | null> {
  const { rows } =
    await sql<InvoiceRow>`select i.id, i.legal_entity_id as "legalEntityId", i.series, i.kind, i.number, i.order_id as "orderId",
    o.number as "orderNumber", c.number as "customerNumber", i.shipment_id as "shipmentId", i.invoiced_on as "invoicedOn",
    i.due_on as "dueOn", i.currency, i.net_minor as "netMinor", i.tax_minor as "taxMinor", i.gross_minor as "grossMinor", i.delivery,
    (select json_build_object('id', r.id, 'number', r.number) from invoice r where r.id = i.corrects_invoice_id) as corrects,
    (select t.open_minor from open_item t where t.invoice_id = i.id) as "openMinor",
    coalesce((select json_agg(json_build_object('line', l.line_no, 'orderLine', l.order_line_no, 'item', l.item_number,
      'description', l.description, 'quantity', trim_scale(l.quantity)::text, 'unitPrice', trim_scale(l.unit_price)::text,
      'taxCode', l.tax_code, 'taxRateBp', l.tax_rate_bp, 'netMinor', l.net_minor, 'taxMinor', l.tax_minor) order by l.line_no)
      from invoice_line l where l.invoice_id = i.id), '[]') as lines
    from invoice i join sales_order o on o.id = i.order_id join customer c on c.id = i.customer_id where i.id = ${id}`.execute(
      db,
    );
  return rows[0] ?? null;
}
