// Reads an invoice, a credit note or an order's proforma with everything its document shows.

import { sql } from 'kysely';
import type { DiscountTerm } from '../../domain/discount-terms.ts';
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

interface Parties {
  entity: InvoiceDocument['legalEntity'] & { iban: string | null; bic: string | null };
  customer: InvoiceDocument['customer'] & { email: string | null; language: string };
}

interface Row extends Parties {
  id: string;
  legal_entity_id: string;
  kind: 'invoice' | 'credit_note';
  corrects_number: string | null;
  number: string;
  invoiced_on: string;
  due_on: string;
  currency: string;
  net_minor: number;
  gross_minor: number;
  order_number: string;
  terms_days: number;
  discount_terms: DiscountTerm[];
  purchase_order: string | null;
  shipment_id: string | null;
  shipped_on: string | null;
  tracking: string | null;
  lines: InvoiceLine[];
}

/** Who writes and who is written to, of legal entity `e` and customer `c`. */
const PARTIES = sql.raw(`
      json_build_object('name', e.name, 'addressLines', e.address, 'taxNumber', e.tax_number, 'email', e.email, 'iban', e.iban, 'bic', e.bic) as entity,
      json_build_object('number', c.number, 'name', c.name, 'addressLines', c.address, 'taxNumber', c.tax_number,
        'email', c.email, 'language', c.language) as customer`);

/** @throws a defect when there is no such invoice. */
export async function invoiceDocument(db: Db | Tx, invoiceId: string): Promise<InvoicePapers> {
  const { rows } = await sql<Row>`
    select i.id, i.legal_entity_id, i.kind, r.number as corrects_number, i.number, i.invoiced_on, i.due_on, i.currency, i.net_minor, i.gross_minor,
      o.number as order_number, o.terms_days, o.discount_terms, o.purchase_order, i.shipment_id, s.shipped_on, s.tracking,
      ${PARTIES},
      (select json_agg(json_build_object('position', l.line_no, 'itemNumber', l.item_number, 'description', l.description,
        'quantity', trim_scale(l.quantity)::text, 'unitPrice', trim_scale(l.unit_price)::text, 'taxCode', l.tax_code,
        'taxRateBp', l.tax_rate_bp, 'netMinor', l.net_minor, 'taxMinor', l.tax_minor) order by l.line_no)
        from invoice_line l where l.invoice_id = i.id) as lines
    from invoice i
    join sales_order o on o.id = i.order_id
    join legal_entity e on e.id = i.legal_entity_id
    join customer c on c.id = i.customer_id
    left join shipment s on s.id = i.shipment_id
    left join invoice r on r.id = i.corrects_invoice_id
    where i.id = ${invoiceId}`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no invoice ${invoiceId}`);
  const { email, language, ...parties } = partiesOf(row);
  return {
    invoiceId: row.id,
    legalEntityId: row.legal_entity_id,
    email,
    language,
    document: {
      kind: row.kind,
      ...parties,
      correctsNumber: row.corrects_number,
      invoiceNumber: row.number,
      invoicedOn: row.invoiced_on,
      dueOn: row.due_on,
      termsDays: row.terms_days,
      discountTerms: row.discount_terms,
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

export interface ProformaPapers extends Omit<InvoicePapers, 'invoiceId'> {
  /** Under which this proforma is sent: one for an amount that was asked for before has another. */
  readonly key: string;
}

/** One message for each amount that order `o` came to: the audit knows how often it changed. */
const PROFORMA_KEY = sql.raw(`(select 'proforma/' || o.id || case when count(*) = 0 then '' else '/' || count(*) + 1 end
  from audit_entry a where a.order_id = o.id and a.action in ('order.changed', 'order.closed_short', 'order.reduced')
    and a.details -> 'grossMinor' -> 'before' <> a.details -> 'grossMinor' -> 'after')`);

/** Under which message the proforma of an order goes, as the order stands. */
export async function proformaKey(tx: Tx, orderId: string): Promise<string> {
  const { rows } = await sql<{
    key: string;
  }>`select ${PROFORMA_KEY} as key from sales_order o where o.id = ${orderId}`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no order ${orderId}`);
  return row.key;
}

interface ProformaRow extends Parties {
  legal_entity_id: string;
  currency: string;
  number: string;
  purchase_order: string | null;
  key: string;
  lines: InvoiceLine[] | null;
}

/**
 * The proforma of an order: what its invoices did not charge yet.
 *
 * @param issuedOn ISO date
 * @throws a defect when there is no such order
 */
export async function proformaDocument(db: Db | Tx, orderId: string, issuedOn: string): Promise<ProformaPapers> {
  const { rows } = await sql<ProformaRow>`
    select o.legal_entity_id, o.currency, o.number, o.purchase_order, ${PARTIES},
      ${PROFORMA_KEY} as key,
      (select json_agg(json_build_object('position', l.line_no, 'itemNumber', l.item_number, 'description', l.description,
        'quantity', trim_scale(l.quantity - b.quantity)::text, 'unitPrice', trim_scale(l.unit_price)::text, 'taxCode', l.tax_code,
        'taxRateBp', l.tax_rate_bp, 'netMinor', l.net_minor - b.net, 'taxMinor', l.tax_minor - b.tax) order by l.line_no)
        from order_line l, lateral (select coalesce(sum(p.quantity), 0) as quantity, coalesce(sum(p.net_minor), 0)::bigint as net,
          coalesce(sum(p.tax_minor), 0)::bigint as tax from invoice i join invoice_line p on p.invoice_id = i.id
          where i.order_id = o.id and i.kind = 'invoice' and p.order_line_no = l.line_no) b
        where l.order_id = o.id and l.quantity > b.quantity) as lines
    from sales_order o
    join legal_entity e on e.id = o.legal_entity_id
    join customer c on c.id = o.customer_id
    where o.id = ${orderId}`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no order ${orderId}`);
  const { email, language, ...parties } = partiesOf(row);
  const lines = row.lines ?? [];
  const taxes = taxesOf(lines);
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0);
  const grossMinor = lines.reduce((sum, line) => sum + line.taxMinor, netMinor);
  return {
    key: row.key,
    legalEntityId: row.legal_entity_id,
    email,
    language,
    document: {
      kind: 'proforma',
      ...parties,
      invoiceNumber: row.number,
      invoicedOn: issuedOn,
      dueOn: issuedOn,
      termsDays: 0,
      orderNumber: row.number,
      purchaseOrder: row.purchase_order,
      shipment: null,
      currency: row.currency,
      lines,
      totals: { netMinor, taxes, grossMinor },
    },
  };
}

function partiesOf({ entity, customer }: Parties): {
  legalEntity: InvoiceDocument['legalEntity'];
  customer: InvoiceDocument['customer'];
  email: string | null;
  language: string;
} {
  const { iban, bic, ...sender } = entity;
  const { email, language, ...recipient } = customer;
  return {
    legalEntity: { ...sender, bank: iban === null ? null : { iban, bic } },
    customer: recipient,
    ...{ email, language },
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
