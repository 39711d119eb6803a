// What an invoice says, as plain data, and the proof that its figures agree before a page of it is drawn.

import { isIsoDate, type IsoDate } from './dates.ts';
import type { DiscountTerm } from './discount-terms.ts';
import { formatDecimal, isCurrency } from './money.ts';
import { refuse, type Result } from './refusal.ts';

/** Lines on one invoice, well above what an order may hold. */
const INVOICE_LINES_MAX = 10_000;

/** Differences named in one refusal; the first ones tell what is wrong. */
const DIFFERENCES_NAMED_MAX = 10;

export interface InvoiceSender {
  readonly name: string;
  readonly addressLines: readonly string[];
  readonly taxNumber?: string | null;
  readonly email?: string | null;
  readonly bank?: { readonly iban: string; readonly bic?: string | null } | null;
}

export interface InvoiceRecipient {
  readonly number: string;
  readonly name: string;
  readonly addressLines: readonly string[];
  readonly taxNumber?: string | null;
}

export interface InvoiceLine {
  readonly position: number;
  readonly itemNumber: string;
  readonly description: string;
  /** Plain decimal, such as `1.5`. */
  readonly quantity: string;
  /** Plain decimal in the invoice's currency, up to six places. */
  readonly unitPrice: string;
  readonly taxCode: string;
  /** Basis points: 1900 is 19 %. */
  readonly taxRateBp: number;
  readonly netMinor: number;
  readonly taxMinor: number;
}

export interface InvoiceTax {
  readonly taxCode: string;
  readonly taxRateBp: number;
  readonly netMinor: number;
  readonly taxMinor: number;
}

export interface InvoiceTotals {
  readonly netMinor: number;
  /** One row for each pair of tax code and rate. */
  readonly taxes: readonly InvoiceTax[];
  readonly grossMinor: number;
}

/** What the document is to its reader: each has its own title, labels and closing words. */
export type DocumentKind = 'invoice' | 'proforma' | 'credit_note';

/** Everything an invoice shows, or a document like it. Plain JSON; amounts are positive minor units of `currency`. */
export interface InvoiceDocument {
  readonly kind: DocumentKind;
  readonly legalEntity: InvoiceSender;
  readonly customer: InvoiceRecipient;
  /** The document's own number; of a proforma the order's, which is to be quoted. */
  readonly invoiceNumber: string;
  /** Of a credit note: the number of the invoice that it corrects. */
  readonly correctsNumber?: string | null;
  readonly invoicedOn: IsoDate;
  /** Shown on invoices alone, as are the terms. */
  readonly dueOn: IsoDate;
  readonly termsDays: number;
  readonly discountTerms?: readonly DiscountTerm[];
  readonly orderNumber: string;
  readonly purchaseOrder?: string | null;
  readonly shipment?: { readonly reference: string; readonly shippedOn: IsoDate } | null;
  readonly currency: string;
  readonly lines: readonly InvoiceLine[];
  readonly totals: InvoiceTotals;
}

/** One figure that is not what it must be; amounts in minor units as text, because a sum may leave the safe integers. */
interface Difference {
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

interface TaxSum {
  net: bigint;
  tax: bigint;
}

/**
 * Proves that the figures of an invoice agree: safe integers, Σ lines = totals, tax per code and rate, gross = net + tax.
 * Refuses with `invoice_malformed` (not an invoice at all) or `invoice_figures_differ` (`details.differences` names them).
 */
export function checkInvoiceDocument(doc: InvoiceDocument): Result<{ document: InvoiceDocument }> {
  const fault = findFault(doc);
  if (fault !== null) {
    return refuse({
      kind: 'unprocessable',
      code: 'invoice_malformed',
      text: `Invoice ${doc.invoiceNumber}: ${fault}.`,
      hint: 'Build the document anew from the posted invoice.',
    });
  }
  const differences = findDifferences(doc);
  if (differences.length === 0) return { ok: true, document: doc };
  const named = differences.slice(0, DIFFERENCES_NAMED_MAX);
  return refuse({
    kind: 'unprocessable',
    code: 'invoice_figures_differ',
    text: `Invoice ${doc.invoiceNumber}: ${named.map((each) => describe(each, doc.currency)).join('; ')}.`,
    hint: 'Nothing was rendered. Compare the lines with the posted totals; a rendered invoice never changes a figure.',
    details: { differences: named, differencesCount: differences.length },
  });
}

function describe(difference: Difference, currency: string): string {
  const show = (minor: string): string => `${formatDecimal(BigInt(minor), currency)} ${currency}`;
  return `${difference.what} is ${show(difference.found)}, expected ${show(difference.expected)}`;
}

function findFault(doc: InvoiceDocument): string | null {
  if (!isCurrency(doc.currency)) return `"${doc.currency}" is not a currency of ISO 4217`;
  if (!isIsoDate(doc.invoicedOn) || !isIsoDate(doc.dueOn)) return 'the invoice date or the due date is not a date';
  if (doc.dueOn < doc.invoicedOn) return `it is due on ${doc.dueOn}, before its date ${doc.invoicedOn}`;
  if (doc.lines.length === 0) return 'it has no lines';
  if (doc.lines.length > INVOICE_LINES_MAX) return `it has more than ${String(INVOICE_LINES_MAX)} lines`;
  if (new Set(doc.lines.map((line) => line.position)).size !== doc.lines.length) return 'two lines share one position';
  const keys = new Set(doc.totals.taxes.map(taxKey));
  if (keys.size !== doc.totals.taxes.length) return 'one tax code and rate stands in the totals twice';
  const rates = [...doc.lines, ...doc.totals.taxes].map((each) => each.taxRateBp);
  if (rates.some((rate) => !Number.isSafeInteger(rate) || rate < 0)) return 'a tax rate is not in whole basis points';
  const rows = [...doc.lines, ...doc.totals.taxes].flatMap((each) => [each.netMinor, each.taxMinor]);
  const amounts = [...rows, doc.totals.netMinor, doc.totals.grossMinor];
  const broken = amounts.find((amount) => !Number.isSafeInteger(amount));
  return broken === undefined ? null : `${String(broken)} is not a safe integer of minor units`;
}

function findDifferences(doc: InvoiceDocument): Difference[] {
  const sums = sumByTax(doc.lines);
  const { totals } = doc;
  const net = sumOf([...sums.values()].map((sum) => sum.net));
  const tax = sumOf(totals.taxes.map((each) => BigInt(each.taxMinor)));
  const differences = [
    compare('net total', net, BigInt(totals.netMinor)),
    compare('gross total', BigInt(totals.netMinor) + tax, BigInt(totals.grossMinor)),
  ];
  for (const row of totals.taxes) {
    const sum = sums.get(taxKey(row)) ?? { net: 0n, tax: 0n };
    sums.delete(taxKey(row));
    differences.push(
      compare(`net at ${taxLabel(row)}`, sum.net, BigInt(row.netMinor)),
      compare(`tax at ${taxLabel(row)}`, sum.tax, BigInt(row.taxMinor)),
    );
  }
  for (const line of doc.lines) {
    const missing = sums.get(taxKey(line));
    if (missing === undefined) continue;
    sums.delete(taxKey(line));
    differences.push(
      compare(`net at ${taxLabel(line)}, which the totals lack,`, missing.net, 0n),
      compare(`tax at ${taxLabel(line)}`, missing.tax, 0n),
    );
  }
  return differences.filter((difference) => difference !== null);
}

function compare(what: string, expected: bigint, found: bigint): Difference | null {
  return expected === found ? null : { what, expected: String(expected), found: String(found) };
}

function sumByTax(lines: readonly InvoiceLine[]): Map<string, TaxSum> {
  const sums = new Map<string, TaxSum>();
  for (const line of lines) {
    const sum = sums.get(taxKey(line)) ?? { net: 0n, tax: 0n };
    sum.net += BigInt(line.netMinor);
    sum.tax += BigInt(line.taxMinor);
    sums.set(taxKey(line), sum);
  }
  return sums;
}

function sumOf(amounts: readonly bigint[]): bigint {
  return amounts.reduce((total, amount) => total + amount, 0n);
}

function taxKey(tax: { readonly taxCode: string; readonly taxRateBp: number }): string {
  return `${String(tax.taxRateBp)} ${tax.taxCode}`;
}

/** Shows a tax code with its rate: `('S', 1900)` → `S 19 %`, `('R', 550)` → `R 5.5 %`. */
export function taxLabel(tax: { readonly taxCode: string; readonly taxRateBp: number }): string {
  const whole = Math.trunc(tax.taxRateBp / 100);
  const decimals = String(tax.taxRateBp % 100)
    .padStart(2, '0')
    .replace(/0+$/, '');
  return `${tax.taxCode} ${String(whole)}${decimals === '' ? '' : `.${decimals}`} %`;
}
