// What an invoice says: the part of each order line that a shipment carried, with its tax, summed.

import { lineNetMinor, minorUnits, parseMillionths, portionMinor, taxMinor } from './money.ts';

export interface OrderedLine {
  readonly lineNo: number;
  readonly itemNumber: string;
  readonly description: string;
  /** Decimals with at most six places. */
  readonly quantity: string;
  readonly unitPrice: string;
  readonly taxCode: string;
  readonly taxRateBp: number;
  readonly netMinor: number;
  readonly taxMinor: number;
  /** What had shipped of the line when it was last changed, and what of its amounts that was billed; a line that never changed has no base. */
  readonly baseQuantity?: string;
  readonly baseNetMinor?: number;
  readonly baseTaxMinor?: number;
}

export interface CarriedLine {
  readonly lineNo: number;
  readonly quantity: string;
  /** What was carried of the order line before. */
  readonly beforeQuantity: string;
}

export interface InvoicedLine extends OrderedLine {
  readonly position: number;
}

export interface InvoiceAmounts {
  readonly lines: readonly InvoicedLine[];
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly grossMinor: number;
}

/**
 * Cuts an invoice out of an order's lines. Amounts are portions of what lies above the line's base, by cumulated quantity, so
 * that the invoices of an order sum to the order to the cent, however it was shipped and whenever it was changed. What a
 * shipment carried beyond the ordered quantity comes on top, at the line's price and tax rate.
 */
export function invoiceAmounts(
  ordered: readonly OrderedLine[],
  carried: readonly CarriedLine[],
  currency: string,
): InvoiceAmounts {
  const lines = carried.map((part, index): InvoicedLine => {
    const line = ordered.find((candidate) => candidate.lineNo === part.lineNo);
    if (line === undefined) throw new Error(`defect: line ${String(part.lineNo)} is not of this order`);
    const cut = cutLine(line, part);
    const beyond = priceBeyond(line, cut.beyond, currency);
    return {
      ...line,
      position: index + 1,
      quantity: part.quantity,
      netMinor: minorUnits(cut.netMinor + beyond.netMinor),
      taxMinor: minorUnits(cut.taxMinor + beyond.taxMinor),
    };
  });
  const netMinor = minorUnits(lines.reduce((sum, line) => sum + line.netMinor, 0));
  const tax = minorUnits(lines.reduce((sum, line) => sum + line.taxMinor, 0));
  return { lines, netMinor, taxMinor: tax, grossMinor: minorUnits(netMinor + tax) };
}

/** The amounts of the part that lies within the ordered quantity, and how many millionths lie beyond it. */
function cutLine(line: OrderedLine, part: CarriedLine): { netMinor: number; taxMinor: number; beyond: bigint } {
  const whole = millionths(line.quantity);
  const base = millionths(line.baseQuantity ?? '0');
  const before = millionths(part.beforeQuantity);
  const after = before + millionths(part.quantity);
  if (before < base)
    throw new Error(`defect: a part of line ${String(line.lineNo)} was carried before its last change`);
  const from = before < whole ? before : whole;
  const to = after < whole ? after : whole;
  const beyond = after - before - (to - from);
  // A line may end at its base, with nothing above it to cut from.
  if (to === from) return { netMinor: 0, taxMinor: 0, beyond };
  const share = { whole: whole - base, before: from - base, portion: to - from };
  return {
    netMinor: portionMinor({ totalMinor: line.netMinor - (line.baseNetMinor ?? 0), ...share }),
    taxMinor: portionMinor({ totalMinor: line.taxMinor - (line.baseTaxMinor ?? 0), ...share }),
    beyond,
  };
}

function priceBeyond(line: OrderedLine, beyond: bigint, currency: string): { netMinor: number; taxMinor: number } {
  const netMinor = lineNetMinor({ quantity: beyond, unitPrice: millionths(line.unitPrice), currency });
  return { netMinor, taxMinor: taxMinor(netMinor, line.taxRateBp) };
}

/** The number of an invoice in its series: `INV-000042`. */
export function invoiceNumber(prefix: string, sequence: number): string {
  return `${prefix}${String(sequence).padStart(6, '0')}`;
}

function millionths(quantity: string): bigint {
  const value = parseMillionths(quantity);
  if (value === null) throw new Error(`defect: "${quantity}" is not a quantity or price`);
  return value;
}
