// What an invoice says: the part of each order line that a shipment carried, with its tax, summed.

import { minorUnits, parseMillionths, portionMinor } from './money.ts';

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
 * Cuts an invoice out of an order's lines. Amounts are portions of the line's own net and tax by cumulated quantity, so that
 * the invoices of an order sum to the order to the cent, however it was shipped.
 */
export function invoiceAmounts(ordered: readonly OrderedLine[], carried: readonly CarriedLine[]): InvoiceAmounts {
  const lines = carried.map((part, index): InvoicedLine => {
    const line = ordered.find((candidate) => candidate.lineNo === part.lineNo);
    if (line === undefined) throw new Error(`defect: line ${String(part.lineNo)} is not of this order`);
    const share = {
      whole: millionths(line.quantity),
      before: millionths(part.beforeQuantity),
      portion: millionths(part.quantity),
    };
    return {
      ...line,
      position: index + 1,
      quantity: part.quantity,
      netMinor: portionMinor({ totalMinor: line.netMinor, ...share }),
      taxMinor: portionMinor({ totalMinor: line.taxMinor, ...share }),
    };
  });
  const netMinor = minorUnits(lines.reduce((sum, line) => sum + line.netMinor, 0));
  const taxMinor = minorUnits(lines.reduce((sum, line) => sum + line.taxMinor, 0));
  return { lines, netMinor, taxMinor, grossMinor: minorUnits(netMinor + taxMinor) };
}

/** The number of an invoice in its series: `INV-000042`. */
export function invoiceNumber(prefix: string, sequence: number): string {
  return `${prefix}${String(sequence).padStart(6, '0')}`;
}

function millionths(quantity: string): bigint {
  const value = parseMillionths(quantity);
  if (value === null) throw new Error(`defect: "${quantity}" is not a quantity`);
  return value;
}
