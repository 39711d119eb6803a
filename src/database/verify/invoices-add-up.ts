// Invoices are the sum of their lines, orders of their invoices; a shipment is invoiced once, and no invoice is credited twice.

import { sql } from 'kysely';
import { BOOKS_WERE_CHANGED, type BooksProof } from './proof.ts';

export const invoiceTotals: BooksProof = {
  name: 'invoice_totals',
  claim: 'Each invoice’s and credit note’s net and tax = Σ its lines, and gross = net + tax.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from invoice`,
  offenders: sql`
    select 'invoice ' || i.number as id,
      'net ' || i.net_minor || ', tax ' || i.tax_minor || ', gross ' || i.gross_minor
        || '; lines: net ' || coalesce(l.net, 0) || ', tax ' || coalesce(l.tax, 0) as text
    from invoice i
    left join (select invoice_id, sum(net_minor) as net, sum(tax_minor) as tax from invoice_line group by invoice_id) l on l.invoice_id = i.id
    where i.net_minor <> coalesce(l.net, 0) or i.tax_minor <> coalesce(l.tax, 0) or i.gross_minor <> i.net_minor + i.tax_minor
    order by i.number`,
};

export const oneInvoicePerShipment: BooksProof = {
  name: 'one_invoice_a_shipment',
  claim: 'A shipment has at most one invoice, of its own order; an order’s services have at most one.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from shipment`,
  offenders: sql`
    select coalesce('shipment ' || i.shipment_id, 'services of order ' || i.order_id) as id,
      'invoices ' || string_agg(i.number, ', ' order by i.number) as text
    from invoice i left join shipment s on s.id = i.shipment_id where i.kind = 'invoice'
    group by i.shipment_id, case when i.shipment_id is null then i.order_id end, i.order_id
    having count(*) > 1 or bool_or(s.order_id <> i.order_id)
    order by 1`,
};

export const ordersBilled: BooksProof = {
  name: 'orders_billed',
  claim:
    'What an order says was billed = Σ its invoices (an opening item: its amount), and more than the order only where more was delivered.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from sales_order`,
  offenders: sql`
    select o.kind || ' ' || o.number || ' (' || o.id || ')' as id,
      'gross ' || o.gross_minor || ', billed ' || o.billed_minor || ', invoices ' || coalesce(b.amount, 0) as text
    from sales_order o left join (
      select order_id, sum(amount) as amount from (
        select order_id, gross_minor as amount from invoice where kind = 'invoice'
        union all select order_id, original_minor from open_item where kind = 'opening'
      ) billed group by order_id
    ) b on b.order_id = o.id
    where o.billed_minor <> coalesce(b.amount, 0) or (o.billed_minor > o.gross_minor
      and not exists (select from order_line l where l.order_id = o.id and l.shipped_quantity > l.quantity))
    order by o.id`,
};

export const creditNotesWithinInvoices: BooksProof = {
  name: 'credit_notes_within_invoices',
  claim:
    'The credit notes of an invoice are of its order and customer, and give back of each line at most what it charged.',
  remedy: BOOKS_WERE_CHANGED,
  looked: sql`select count(*) from invoice where kind = 'credit_note'`,
  offenders: sql`
    select 'invoice ' || i.number || ', line ' || n.line_no as id,
      'charged net ' || coalesce(l.net_minor::text, 'nothing') || ', tax ' || coalesce(l.tax_minor::text, 'nothing')
        || '; credited net ' || sum(n.net_minor) || ', tax ' || sum(n.tax_minor) as text
    from invoice v join invoice i on i.id = v.corrects_invoice_id join invoice_line n on n.invoice_id = v.id
    left join invoice_line l on l.invoice_id = i.id and l.line_no = n.line_no
    group by i.id, i.number, n.line_no, l.net_minor, l.tax_minor
    having l.net_minor is null or sum(n.net_minor) > l.net_minor or sum(n.tax_minor) > l.tax_minor
    union all
    select 'credit note ' || v.number, 'corrects ' || i.kind || ' ' || i.number || ' of another order, customer or currency, or no invoice'
    from invoice v join invoice i on i.id = v.corrects_invoice_id
    where i.kind <> 'invoice' or i.order_id <> v.order_id or i.customer_id <> v.customer_id or i.currency <> v.currency
    order by 1`,
};
