// The lines of an invoice as a return finds them: what was charged, what came back, what credit notes gave.

import { sql } from 'kysely';
import type { ReturnableLine } from '../../domain/credit-note.ts';
import type { Tx } from '../client.ts';

export interface ReturnedInvoice {
  readonly number: string;
  /** The receivable that it opened; `null`: it charged nothing. */
  readonly itemId: string | null;
  readonly lines: readonly ReturnableLine[];
}

/**
 * Reads an invoice of the order; `null` when there is none. What came back under a request that was turned down counts as
 * not come back, so that it can be reported again; what is asked for and not decided counts as given.
 */
export async function returnedInvoice(tx: Tx, orderId: string, invoiceId: string): Promise<ReturnedInvoice | null> {
  const { rows } = await sql<ReturnedInvoice>`
    with asked as (
      select a.state, a.details from approval a join open_item t on t.id = a.item_id
        where t.invoice_id = ${invoiceId} and a.kind = 'credit_note'
    ), given as (
      select n.line_no, n.net_minor, n.tax_minor from invoice c join invoice_line n on n.invoice_id = c.id
        where c.corrects_invoice_id = ${invoiceId}
      union all
      select p."invoiceLineNo", p."netMinor", p."taxMinor" from asked,
        jsonb_to_recordset(case jsonb_typeof(details -> 'lines') when 'array' then details -> 'lines' else '[]' end)
          as p("invoiceLineNo" integer, "netMinor" bigint, "taxMinor" bigint) where state = 'requested'
    ), back as (
      select b.invoice_line_no, sum(b.quantity) as quantity from goods_return r join goods_return_line b on b.goods_return_id = r.id
      where r.invoice_id = ${invoiceId} and not exists (select from asked
        where details ->> 'goodsReturnId' = r.id::text and state in ('rejected', 'withdrawn', 'lapsed'))
      group by b.invoice_line_no
    )
    select i.number, (select t.id from open_item t where t.invoice_id = i.id) as "itemId",
      (select json_agg(json_build_object('invoiceLineNo', l.line_no, 'quantity', trim_scale(l.quantity)::text,
        'netMinor', l.net_minor, 'taxMinor', l.tax_minor,
        'returnedQuantity', trim_scale(coalesce((select quantity from back where invoice_line_no = l.line_no), 0))::text,
        'creditedNetMinor', coalesce((select sum(net_minor) from given where line_no = l.line_no), 0),
        'creditedTaxMinor', coalesce((select sum(tax_minor) from given where line_no = l.line_no), 0)) order by l.line_no)
        from invoice_line l where l.invoice_id = i.id) as lines
    from invoice i where i.id = ${invoiceId} and i.order_id = ${orderId} and i.kind = 'invoice'`.execute(tx);
  return rows[0] ?? null;
}
