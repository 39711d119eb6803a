// Reads an invoice with everything its document shows.

import { sql } from 'kysely';
import type { InvoiceDocument, InvoiceLine, InvoiceTax } from '../../domain/invoice-document.ts';
import type { Db, Tx } from '../client.ts';

export interface InvoicePapers {
  readonly invoiceId: string;
  readonly legalEntityId: string;
  /** Where the document goes; null when the customer has no address. */
  readonly email: string | null;
  readonly language: string;
  readonly document: InvoiceDocument;
}

interface Row {
  id: string;
  legal_entity_id: string;
  number: string;
  invoiced_on: string;
  due_on: string;
  currency: string;
  net_minor: number;
  gross_minor: number;
  order_number: string;
  terms_days: number;
  purchase_order: string | null;
  shipment_id: string | null;
  shipped_on: string | null;
  tracking: string | null;
  entity: InvoiceDocument['legalEntity'] & { iban: string | null; bic: string | null };
  customer: InvoiceDocument['customer'] & { email: string | null; language: string };
  lines: InvoiceLine[];
}

/** @throws a defect when there is no such invoice. */
export async function invoiceDocument(db: Db | Tx, invoiceId: string): Promise<InvoicePapers> {
  const { rows } = await sql<Row>`
    select i.id, i.legal_entity_id, i.number, i.invoiced_on, i.due_on, i.currency, i.net_minor, i.gross_minor,
      o.number as order_number, o.terms_days, o.purchase_order, i.shipment_id, s.shipped_on, s.tracking,
      json_build_object('name', e.name, 'addressLines', e.address, 'taxNumber', e.tax_number, 'email', e.email, 'iban', e.iban, 'bic', e.bic) as entity,
      json_build_object('number', c.number, 'name', c.name, 'addressLines', c.address, 'taxNumber', c.tax_number,
        'email', c.email, 'language', c.language) as customer,
      (select json_agg(json_build_object('position', l.line_no, 'itemNumber', l.item_number, 'description', l.description,
        'quantity', trim_scale(l.quantity)::text, 'unitPrice', trim_scale(l.unit_price)::text, 'taxCode', l.tax_code,
        'taxRateBp', l.tax_rate_bp, 'netMinor', l.net_minor, 'taxMinor', l.tax_minor) order by l.line_no)
        from invoice_line l where l.invoice_id = i.id) as lines
    from invoice i
    join sales_order o on o.id = i.order_id
    join legal_entity e on e.id = i.legal_entity_id
    join customer c on c.id = i.customer_id
    left join shipment s on s.id = i.shipment_id
    where i.id = ${invoiceId}`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no invoice ${invoiceId}`);
  const { iban, bic, ...legalEntity } = row.entity;
  const { email, language, ...customer } = row.customer;
  return {
    invoiceId: row.id,
    legalEntityId: row.legal_entity_id,
    email,
    language,
    document: {
      legalEntity: { ...legalEntity, bank: iban === null ? null : { iban, bic } },
      customer,
      invoiceNumber: row.number,
      invoicedOn: row.invoiced_on,
      dueOn: row.due_on,
      termsDays: row.terms_days,
      orderNumber: row.order_number,
      purchaseOrder: row.purchase_order,
      shipment:
        row.shipped_on === null
          ? null
          : { reference: row.tracking ?? row.shipment_id ?? '', shippedOn: row.shipped_on },
      currency: row.currency,
      lines: row.lines,
      totals: { netMinor: row.net_minor, taxes: taxesOf(row.lines), grossMinor: row.gross_minor },
    },
  };
}

/** One row for each pair of tax code and rate, in the order of their first line. */
function taxesOf(lines: readonly InvoiceLine[]): InvoiceTax[] {
  const taxes = new Map<string, InvoiceTax>();
  for (const { taxCode, taxRateBp, netMinor, taxMinor } of lines) {
    const key = `${taxCode}|${String(taxRateBp)}`;
    const sum = taxes.get(key) ?? { taxCode, taxRateBp, netMinor: 0, taxMinor: 0 };
    taxes.set(key, { ...sum, netMinor: sum.netMinor + netMinor, taxMinor: sum.taxMinor + taxMinor });
  }
  return [...taxes.values()];
}
