// Issues an approved credit note: amounts, number, document, its own open item, and what it settles of the invoice, in one transaction.

import { sql } from 'kysely';
import { localDate, type Calendar } from '../../domain/calendar.ts';
import type { CreditAmounts } from '../../domain/credit-note.ts';
import { shareOf } from '../../domain/exchange.ts';
import { invoiceNumber } from '../../domain/invoice.ts';
import { formatDecimal } from '../../domain/money.ts';
import type { Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import type { CreditNoteApproval } from '../../database/queries/approvals.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { askToUseCredit } from './open-credit.ts';
import { cause, engineActor } from '../cause.ts';
import { post } from '../ledger.ts';
import {
  amountsOf,
  correctedInvoice,
  creditableLines,
  type Corrected,
  type CreditableLine,
} from './creditable-invoice.ts';
import { endCollecting } from './end-collecting.ts';

const CREDIT_NOTE_SERIES = 'credit_note';
/** How the numbers of credit notes begin; the second where the first is in use for something else. */
const PREFIX = 'CN-';
const OTHER_PREFIX = 'CREDIT-';
/** Time in which somebody should use or refund what a credit note left over. */

export interface IssuedCreditNote {
  readonly number: string;
  /** What it settled of its invoice, and what is left of it, in minor units. */
  readonly clearedMinor: number;
  readonly restMinor: number;
}

/** A credit note on its way into the books. */
interface Issue {
  readonly approval: CreditNoteApproval;
  readonly corrected: Corrected;
  readonly amounts: CreditAmounts;
  readonly number: string;
  readonly issuedOn: string;
  readonly now: number;
}

/**
 * Issues the credit note, under the locks of its order and of the customer's credit. It bears the ID of its approval, so
 * that it cannot be issued twice. Refuses `credit_exceeds_invoice` when too much was credited since it was asked for.
 */
export async function issueCreditNote(
  tx: Tx,
  approval: CreditNoteApproval,
  { calendar, now }: { calendar: Calendar; now: number },
): Promise<Result<IssuedCreditNote>> {
  const corrected = await correctedInvoice(tx, approval);
  const lines = await creditableLines(tx, corrected.invoiceId, approval.id);
  const amounts = amountsOf(approval, corrected, lines);
  if (!amounts.ok) return amounts;
  // The series stays locked until the commit, so the number is taken last: whatever can be refused has been before.
  const taken = await takeNumber(tx, approval.legalEntityId, localDate(calendar.zone, now));
  const issue = { approval, corrected, amounts, ...taken, now };
  await writeDocument(tx, issue, lines);
  const creditItemId = await openAndPost(tx, issue);
  const clearedMinor = Math.min(corrected.openMinor, amounts.grossMinor);
  if (clearedMinor > 0) await clear(tx, issue, { creditItemId, clearedMinor });
  const restMinor = amounts.grossMinor - clearedMinor;
  if (restMinor > 0) await askToUse(tx, issue, { creditItemId, restMinor });
  await writeAudit(tx, {
    legalEntityId: approval.legalEntityId,
    actor: engineActor(),
    action: 'credit_note.issued',
    orderId: corrected.orderId,
    subject: taken.number,
    because: `Corrects ${corrected.number}: ${approval.reason}.`,
    details: {
      ...{ approvalId: approval.id, grossMinor: amounts.grossMinor, clearedMinor, restMinor },
      currency: approval.currency,
    },
    businessAt: now,
  });
  return { ok: true, number: taken.number, clearedMinor, restMinor };
}

/** Takes the next number; the first credit note of a legal entity begins the series. Numbers and dates run together. */
async function takeNumber(tx: Tx, legalEntityId: string, today: string): Promise<Pick<Issue, 'number' | 'issuedOn'>> {
  const known = await nextNumber(tx, legalEntityId, today);
  if (known !== null) return known;
  await sql`insert into number_series (legal_entity_id, series, prefix)
    select ${legalEntityId}, ${CREDIT_NOTE_SERIES}, case when
      exists (select from number_series where legal_entity_id = ${legalEntityId} and prefix = ${PREFIX})
      or exists (select from sales_order where legal_entity_id = ${legalEntityId} and kind = 'opening' and starts_with(number, ${PREFIX}))
      then ${OTHER_PREFIX} else ${PREFIX} end
    on conflict do nothing`.execute(tx);
  const first = await nextNumber(tx, legalEntityId, today);
  if (first === null) throw new Error(`defect: legal entity ${legalEntityId} has no series of credit notes`);
  return first;
}

async function nextNumber(
  tx: Tx,
  legalEntityId: string,
  today: string,
): Promise<Pick<Issue, 'number' | 'issuedOn'> | null> {
  const { rows } = await sql<{ prefix: string; sequence: number; issuedOn: string }>`
    update number_series set next_number = next_number + 1, last_on = greatest(last_on, ${today}::date)
    where legal_entity_id = ${legalEntityId} and series = ${CREDIT_NOTE_SERIES}
    returning prefix, next_number - 1 as sequence, last_on as "issuedOn"`.execute(tx);
  const [row] = rows;
  return row === undefined ? null : { number: invoiceNumber(row.prefix, row.sequence), issuedOn: row.issuedOn };
}

/** The document: a line keeps the number of the invoice's line that it corrects. */
async function writeDocument(tx: Tx, issue: Issue, invoiceLines: readonly CreditableLine[]): Promise<void> {
  const { approval, corrected, amounts, number, issuedOn } = issue;
  await tx
    .insertInto('invoice')
    .values({
      id: approval.id,
      kind: 'credit_note',
      corrects_invoice_id: corrected.invoiceId,
      legal_entity_id: approval.legalEntityId,
      series: CREDIT_NOTE_SERIES,
      number,
      order_id: corrected.orderId,
      customer_id: corrected.customerId,
      invoiced_on: issuedOn,
      due_on: issuedOn,
      currency: approval.currency,
      net_minor: amounts.netMinor,
      tax_minor: amounts.taxMinor,
      gross_minor: amounts.grossMinor,
    })
    .execute();
  const isLump = approval.details.lines === null;
  const rows = amounts.lines.map((credited) => {
    const line = invoiceLines.find((one) => one.invoiceLineNo === credited.invoiceLineNo);
    if (line === undefined)
      throw new Error(`defect: ${corrected.number} has no line ${String(credited.invoiceLineNo)}`);
    return {
      invoice_id: approval.id,
      line_no: line.invoiceLineNo,
      order_line_no: line.orderLineNo,
      item_number: line.itemNumber,
      description: line.description,
      quantity: credited.quantity,
      // An amount is no number of goods: one of it, at that amount.
      unit_price: isLump ? formatDecimal(credited.netMinor, approval.currency) : line.unitPrice,
      tax_code: line.taxCode,
      tax_rate_bp: line.taxRateBp,
      net_minor: credited.netMinor,
      tax_minor: credited.taxMinor,
    };
  });
  await tx.insertInto('invoice_line').values(rows).execute();
}

async function openAndPost(tx: Tx, issue: Issue): Promise<string> {
  const { approval, corrected, amounts, number, issuedOn, now } = issue;
  const { baseMinor } = corrected;
  const item = await tx
    .insertInto('open_item')
    .values({
      legal_entity_id: approval.legalEntityId,
      customer_id: corrected.customerId,
      order_id: corrected.orderId,
      invoice_id: approval.id,
      kind: 'credit_note',
      side: 'credit',
      number,
      currency: approval.currency,
      original_minor: amounts.grossMinor,
      // At the rate of what it corrects: a credit note of the whole leaves no difference.
      base_minor: Math.max(1, shareOf({ amountMinor: corrected.grossMinor, baseMinor }, amounts.grossMinor)),
      issued_on: issuedOn,
      due_on: issuedOn,
      posted_on: issuedOn,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await post(tx, {
    legalEntityId: approval.legalEntityId,
    kind: 'credit_note',
    key: `credit_note/${number}`,
    effectiveOn: issuedOn,
    businessAt: now,
    currency: approval.currency,
    lines: [
      { account: 'revenue', amountMinor: amounts.netMinor },
      { account: 'tax_payable', amountMinor: amounts.taxMinor },
      { account: 'receivable', amountMinor: -amounts.grossMinor, itemId: item.id },
    ],
    cause: cause(),
  });
  return item.id;
}

/** Settles the invoice's item with the credit note's, as far as it is open. */
async function clear(
  tx: Tx,
  { approval, corrected, number, issuedOn, now }: Issue,
  { creditItemId, clearedMinor }: { creditItemId: string; clearedMinor: number },
): Promise<void> {
  const entryId = await post(tx, {
    legalEntityId: approval.legalEntityId,
    kind: 'clearing',
    key: `clearing/${number}/${corrected.number}`,
    effectiveOn: issuedOn,
    businessAt: now,
    currency: approval.currency,
    lines: [
      { account: 'receivable', amountMinor: clearedMinor, itemId: creditItemId, moves: true },
      { account: 'receivable', amountMinor: -clearedMinor, itemId: corrected.itemId, moves: true },
    ],
    cause: cause(),
  });
  const allocation = { entry_id: entryId, amount_minor: clearedMinor, effective_on: issuedOn };
  await tx
    .insertInto('allocation')
    .values([
      { ...allocation, item_id: corrected.itemId, counter_item_id: creditItemId },
      { ...allocation, item_id: creditItemId, counter_item_id: corrected.itemId },
    ])
    .execute();
  await endCollecting(tx, corrected.itemId, 'credit_note');
}

/** What is left of the credit is the customer's money: somebody pays it back. */
async function askToUse(
  tx: Tx,
  { approval, corrected, number, now }: Issue,
  { creditItemId, restMinor }: { creditItemId: string; restMinor: number },
): Promise<void> {
  const { legalEntityId, currency } = approval;
  const { orderId, customerId } = corrected;
  const reason = `${formatDecimal(restMinor, currency)} ${currency} of credit note ${number} is left over: ${corrected.number} was paid.`;
  await askToUseCredit(tx, { legalEntityId, creditItemId, orderId, customerId, reason, again: null, now });
}
