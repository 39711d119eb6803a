// An invoice as far as it can be credited: its lines with what is left of them, and the amounts of an approved credit note.

import { sql } from 'kysely';
import { checkCreditNote, fitLines } from '../../domain/approval.ts';
import { creditForAmount, type CreditAmounts } from '../../domain/credit-note.ts';
import type { Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import type { CreditNoteApproval } from '../../database/queries/approvals.ts';

/** The invoice that is corrected, with its item. */
export interface Corrected {
  readonly invoiceId: string;
  readonly number: string;
  readonly orderId: string;
  readonly customerId: string;
  readonly itemId: string;
  readonly openMinor: number;
  /** Of the item, in the legal entity's currency. */
  readonly baseMinor: number;
  readonly grossMinor: number;
  readonly creditedMinor: number;
  /** By approved write-offs, and beside payments: discounts, bank charges, small differences. */
  readonly writtenOffMinor: number;
}

export interface CreditableLine {
  readonly invoiceLineNo: number;
  readonly orderLineNo: number;
  readonly itemNumber: string;
  readonly description: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly taxCode: string;
  readonly taxRateBp: number;
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly creditedNetMinor: number;
  readonly creditedTaxMinor: number;
}

/** @throws a defect when the approval is about no invoice. */
export async function correctedInvoice(tx: Tx, approval: CreditNoteApproval): Promise<Corrected> {
  const { rows } =
    await sql<Corrected>`select i.id as "invoiceId", i.number, i.order_id as "orderId", i.customer_id as "customerId",
      t.id as "itemId", t.open_minor as "openMinor", t.base_minor as "baseMinor", i.gross_minor as "grossMinor",
      coalesce((select sum(n.gross_minor) from invoice n where n.corrects_invoice_id = i.id), 0)::bigint as "creditedMinor",
      coalesce((select sum(a.amount_minor) from allocation a
        where a.item_id = t.id and (a.approval_id is not null or a.follows_entry_id is not null and a.counter_item_id is null)), 0)::bigint as "writtenOffMinor"
    from open_item t join invoice i on i.id = t.invoice_id where t.id = ${approval.itemId}::uuid`.execute(tx);
  if (rows[0] === undefined) throw new Error(`defect: approval ${approval.id} credits no invoice`);
  return rows[0];
}

/** The invoice's lines with what other credit notes took of them, those that wait for approval with lines of their own as well. */
export async function creditableLines(tx: Tx, invoiceId: string, exceptId: string): Promise<CreditableLine[]> {
  const { rows } = await sql<CreditableLine>`
    with taken as (
      select n.line_no, n.net_minor, n.tax_minor from invoice v join invoice_line n on n.invoice_id = v.id
        where v.corrects_invoice_id = ${invoiceId}
      union all
      select p."invoiceLineNo", p."netMinor", p."taxMinor" from approval a join open_item t on t.id = a.item_id,
        jsonb_to_recordset(case jsonb_typeof(a.details -> 'lines') when 'array' then a.details -> 'lines' else '[]' end)
          as p("invoiceLineNo" integer, "netMinor" bigint, "taxMinor" bigint)
        where t.invoice_id = ${invoiceId} and a.kind = 'credit_note' and a.state = 'requested' and a.id <> ${exceptId}
    )
    select l.line_no as "invoiceLineNo", l.order_line_no as "orderLineNo", l.item_number as "itemNumber", l.description,
      trim_scale(l.quantity)::text as quantity, trim_scale(l.unit_price)::text as "unitPrice", l.tax_code as "taxCode",
      l.tax_rate_bp as "taxRateBp", l.net_minor as "netMinor", l.tax_minor as "taxMinor",
      coalesce((select sum(net_minor) from taken where line_no = l.line_no), 0)::bigint as "creditedNetMinor",
      coalesce((select sum(tax_minor) from taken where line_no = l.line_no), 0)::bigint as "creditedTaxMinor"
    from invoice_line l where l.invoice_id = ${invoiceId} order by l.line_no`.execute(tx);
  return rows;
}

/** What the credit note comes to now. Refuses `credit_exceeds_invoice` when too much was credited since it was asked for. */
export function amountsOf(
  approval: CreditNoteApproval,
  corrected: Corrected,
  lines: readonly CreditableLine[],
): Result<CreditAmounts> {
  const { amountMinor, currency, details } = approval;
  const { grossMinor: originalMinor, creditedMinor, writtenOffMinor } = corrected;
  const whole = { originalMinor, creditedMinor, writtenOffMinor, pendingMinor: 0 };
  const fits = checkCreditNote({ ...whole, amountMinor, currency, name: corrected.number });
  if (!fits.ok) return fits;
  if (details.lines === null) return creditForAmount({ grossMinor: amountMinor, invoice: lines, currency });
  const amounts = fitLines({ lines: details.lines, left: lines, number: corrected.number, currency });
  if (amounts.ok && amounts.grossMinor !== amountMinor) {
    throw new Error(`defect: approval ${approval.id} is over ${String(amountMinor)}, its lines are not`);
  }
  return amounts;
}
