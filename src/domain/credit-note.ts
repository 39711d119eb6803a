// What a credit note says: the part of an invoice's lines that came back, or an amount spread over them.

import {
  divideHalfUp,
  formatDecimal,
  formatMillionths,
  minorUnits,
  parseMillionths,
  portionMinor,
  splitByWeights,
} from './money.ts';
import { refuse, type Result } from './refusal.ts';

/** A line of the invoice with what credit notes gave back of it so far. Amounts are minor units. */
interface CreditableLine {
  readonly invoiceLineNo: number;
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly creditedNetMinor: number;
  readonly creditedTaxMinor: number;
}

export interface ReturnableLine extends CreditableLine {
  /** Decimals with at most six places. */
  readonly quantity: string;
  /** What came back of the line before. */
  readonly returnedQuantity: string;
}

export interface RatedLine extends CreditableLine {
  readonly taxRateBp: number;
}

export interface ReturnedLine {
  readonly invoiceLineNo: number;
  readonly quantity: string;
}

export interface CreditedLine {
  readonly invoiceLineNo: number;
  readonly quantity: string;
  readonly netMinor: number;
  readonly taxMinor: number;
}

export interface CreditAmounts {
  readonly lines: readonly CreditedLine[];
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly grossMinor: number;
}

/** An amount that is credited is no number of goods: its line says one of it. */
const LUMP_QUANTITY = '1';

/**
 * The credit for goods that came back: portions of the invoice's lines by cumulated quantity, never more than other credit
 * notes left of a line. The total may be 0, for goods that were free or are credited already: then there is nothing to issue.
 * Refuses `line_unknown`, `line_twice` and `return_exceeds_invoice`.
 */
export function creditForReturn(options: {
  readonly lines: readonly ReturnableLine[];
  readonly returned: readonly ReturnedLine[];
}): Result<CreditAmounts> {
  const credited: CreditedLine[] = [];
  const seen = new Set<number>();
  for (const part of options.returned) {
    const line = options.lines.find((candidate) => candidate.invoiceLineNo === part.invoiceLineNo);
    const name = `Line ${String(part.invoiceLineNo)} of the invoice`;
    const hint = "Look at the invoice's lines and report the return again.";
    const details = { line: part.invoiceLineNo };
    if (line === undefined) {
      return refuse({ kind: 'unprocessable', code: 'line_unknown', text: `${name} does not exist.`, hint, details });
    }
    if (seen.has(line.invoiceLineNo)) {
      const text = `${name} is named twice in one return.`;
      return refuse({ kind: 'unprocessable', code: 'line_twice', text, hint, details });
    }
    seen.add(line.invoiceLineNo);
    const left = millionths(line.quantity) - millionths(line.returnedQuantity);
    if (millionths(part.quantity) > left) {
      const text = `${name}: ${part.quantity} cannot come back, ${formatMillionths(left)} of ${line.quantity} is left.`;
      return refuse({ kind: 'unprocessable', code: 'return_exceeds_invoice', text, hint, details });
    }
    credited.push(creditPart(line, part.quantity));
  }
  return { ok: true, ...total(credited) };
}

/**
 * The credit of a gross amount above 0, spread over the lines in proportion to what is not credited yet, first by tax rate
 * and then by line, so that each rate keeps its share of tax and the lines sum to `grossMinor` exactly. A line that gets
 * nothing is left out. Refuses `credit_exceeds_invoice`.
 */
export function creditForAmount(options: {
  readonly grossMinor: number;
  readonly invoice: readonly RatedLine[];
  readonly currency: string;
}): Result<CreditAmounts> {
  const { grossMinor, invoice, currency } = options;
  if (grossMinor <= 0) throw new Error(`defect: ${String(grossMinor)} is no amount to credit`);
  const lines = invoice.map((line) => ({ ...leftOf(line), invoiceLineNo: line.invoiceLineNo, rateBp: line.taxRateBp }));
  const left = lines.reduce((sum, line) => sum + line.netMinor + line.taxMinor, 0);
  if (grossMinor > left) {
    const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
    return refuse({
      kind: 'unprocessable',
      code: 'credit_exceeds_invoice',
      text: `${show(grossMinor)} cannot be credited: ${show(left)} of the invoice is not credited yet.`,
      hint: 'Credit at most what is left of the invoice.',
      details: { leftMinor: left },
    });
  }
  const rates = [...new Set(lines.map((line) => line.rateBp))];
  const groups = rates.map((rateBp) => lines.filter((line) => line.rateBp === rateBp));
  const weights = groups.map((group) => group.reduce((sum, line) => sum + line.netMinor + line.taxMinor, 0));
  const credited = splitByWeights(grossMinor, weights).flatMap((share, index) => spread(share, groups[index] ?? []));
  return { ok: true, ...total(credited.sort((a, b) => a.invoiceLineNo - b.invoiceLineNo)) };
}

interface LeftLine {
  readonly invoiceLineNo: number;
  readonly netMinor: number;
  readonly taxMinor: number;
}

/** Spreads a gross amount over lines of one tax rate: net and tax each in proportion to what is left of them. */
function spread(grossMinor: number, lines: readonly LeftLine[]): CreditedLine[] {
  if (grossMinor === 0) return [];
  const leftNet = lines.map((line) => line.netMinor);
  const leftTax = lines.map((line) => line.taxMinor);
  const leftTaxSum = sumOf(leftTax);
  const tax = minorUnits(divideHalfUp(BigInt(grossMinor) * BigInt(leftTaxSum), BigInt(leftTaxSum + sumOf(leftNet))));
  const nets = shares(grossMinor - tax, leftNet);
  const taxes = shares(tax, leftTax);
  return lines
    .map((line, index) => ({
      invoiceLineNo: line.invoiceLineNo,
      quantity: LUMP_QUANTITY,
      netMinor: nets[index] ?? 0,
      taxMinor: taxes[index] ?? 0,
    }))
    .filter((line) => line.netMinor !== 0 || line.taxMinor !== 0);
}

function shares(amountMinor: number, weights: readonly number[]): readonly number[] {
  return amountMinor === 0 ? weights.map(() => 0) : splitByWeights(amountMinor, weights);
}

function creditPart(line: ReturnableLine, quantity: string): CreditedLine {
  const cut = {
    whole: millionths(line.quantity),
    before: millionths(line.returnedQuantity),
    portion: millionths(quantity),
  };
  const left = leftOf(line);
  return {
    invoiceLineNo: line.invoiceLineNo,
    quantity: formatMillionths(cut.portion),
    netMinor: Math.min(portionMinor({ totalMinor: line.netMinor, ...cut }), left.netMinor),
    taxMinor: Math.min(portionMinor({ totalMinor: line.taxMinor, ...cut }), left.taxMinor),
  };
}

function leftOf(line: CreditableLine): { netMinor: number; taxMinor: number } {
  const left = {
    netMinor: minorUnits(line.netMinor - line.creditedNetMinor),
    taxMinor: minorUnits(line.taxMinor - line.creditedTaxMinor),
  };
  if (left.netMinor < 0 || left.taxMinor < 0) {
    throw new Error(`defect: line ${String(line.invoiceLineNo)} is credited beyond its amount`);
  }
  return left;
}

function total(lines: readonly CreditedLine[]): CreditAmounts {
  const netMinor = minorUnits(sumOf(lines.map((line) => line.netMinor)));
  const taxMinor = minorUnits(sumOf(lines.map((line) => line.taxMinor)));
  return { lines, netMinor, taxMinor, grossMinor: minorUnits(netMinor + taxMinor) };
}

function sumOf(amounts: readonly number[]): number {
  return amounts.reduce((sum, amount) => sum + amount, 0);
}

function millionths(quantity: string): bigint {
  const value = parseMillionths(quantity);
  if (value === null) throw new Error(`defect: "${quantity}" is not a quantity`);
  return value;
}
