// What an order comes to when its lines change: quantities, prices and amounts, around what already shipped and was billed.

import { LINE_VALUE_MAX, formatMillionths, lineNetMinor, minorUnits, parseMillionths, taxMinor } from './money.ts';
import { refuse, type Refusal, type Result } from './refusal.ts';

/** A line of an order as it stands. Quantities and prices are decimals with at most six places, amounts minor units. */
export interface ChangeableLine {
  readonly lineNo: number;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly taxRateBp: number;
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly shippedQuantity: string;
  readonly isService: boolean;
  /** What the invoices of the order charged for this line. */
  readonly billedNetMinor: number;
  readonly billedTaxMinor: number;
  /** Whether it is a service that an invoice charged. */
  readonly isInvoicedService: boolean;
}

/** What is asked of one line; what is left out stays as it is. */
export interface LineChange {
  readonly lineNo: number;
  readonly quantity?: string;
  readonly unitPrice?: string;
}

/** A line after its change. Later invoices are cut from what lies above the base: what had shipped and been billed by then. */
export interface ChangedLine {
  readonly lineNo: number;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly baseQuantity: string;
  readonly baseNetMinor: number;
  readonly baseTaxMinor: number;
}

export interface OrderChange {
  /** Only the lines that differ afterwards. */
  readonly lines: readonly ChangedLine[];
  /** Of the whole order, after the change. */
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly grossMinor: number;
}

/**
 * Changes lines of an order. What shipped keeps its terms and what was billed for it; the rest is priced anew, with tax on
 * the rest. No shipment of the order may wait for its invoice, else the base would miss it: the caller sees to that.
 * Refuses `line_unknown`, `line_twice`, `service_invoiced`, `quantity_below_shipped`, `price_changes_nothing` (all of it has
 * shipped), `amount_too_large`, `order_would_be_empty` and `order_without_value`.
 */
export function changeLines(options: {
  readonly lines: readonly ChangeableLine[];
  readonly changes: readonly LineChange[];
  readonly currency: string;
}): Result<OrderChange> {
  const { lines, changes, currency } = options;
  const changed = new Map<number, ChangedLine>();
  const seen = new Set<number>();
  for (const change of changes) {
    const line = lines.find((candidate) => candidate.lineNo === change.lineNo);
    if (line === undefined) return refuseLine(change.lineNo, 'line_unknown', 'does not exist');
    if (seen.has(line.lineNo)) return refuseLine(line.lineNo, 'line_twice', 'is changed twice in one request');
    seen.add(line.lineNo);
    const result = changeLine(line, change, currency);
    if (!result.ok) return result;
    if (result.line !== null) changed.set(line.lineNo, result.line);
  }
  return sumUp(lines, changed);
}

/**
 * The change that closes an order short: every line of goods ends at what shipped of it. Services stay, and so does a line
 * that shipped in full or beyond. Refuses `nothing_shipped` and `nothing_to_close`.
 */
export function closeShort(lines: readonly ChangeableLine[]): Result<{ changes: readonly LineChange[] }> {
  const goods = lines.filter((line) => !line.isService);
  const short = goods.filter((line) => millionths(line.shippedQuantity) < millionths(line.quantity));
  if (short.length === 0) {
    return refuse({
      kind: 'unprocessable',
      code: 'nothing_to_close',
      text: `All ${String(goods.length)} lines of goods have shipped in full: nothing is left to close.`,
      hint: 'Leave the order as it is: what shipped is invoiced and collected.',
    });
  }
  if (goods.every((line) => millionths(line.shippedQuantity) === 0n)) {
    return refuse({
      kind: 'unprocessable',
      code: 'nothing_shipped',
      text: `Nothing of the ${String(goods.length)} lines of goods has shipped.`,
      hint: 'Cancel the order instead, or change the lines that are not wanted to 0.',
    });
  }
  return { ok: true, changes: short.map((line) => ({ lineNo: line.lineNo, quantity: line.shippedQuantity })) };
}

/** One line after its change; `null` when that leaves it as it is, so that its amounts are not rounded anew. */
function changeLine(line: ChangeableLine, change: LineChange, currency: string): Result<{ line: ChangedLine | null }> {
  const quantity = millionths(change.quantity ?? line.quantity);
  const unitPrice = millionths(change.unitPrice ?? line.unitPrice);
  const shipped = millionths(line.shippedQuantity);
  const isRepriced = unitPrice !== millionths(line.unitPrice);
  if (quantity === millionths(line.quantity) && !isRepriced) return { ok: true, line: null };
  const refusal = refusalOf(line, { quantity, unitPrice, shipped, isRepriced });
  if (refusal !== null) return { ok: false, refusal };
  const restNetMinor = lineNetMinor({ quantity: quantity - shipped, unitPrice, currency });
  return {
    ok: true,
    line: {
      lineNo: line.lineNo,
      quantity: formatMillionths(quantity),
      unitPrice: formatMillionths(unitPrice),
      netMinor: minorUnits(line.billedNetMinor + restNetMinor),
      taxMinor: minorUnits(line.billedTaxMinor + taxMinor(restNetMinor, line.taxRateBp)),
      baseQuantity: formatMillionths(shipped),
      baseNetMinor: line.billedNetMinor,
      baseTaxMinor: line.billedTaxMinor,
    },
  };
}

function refusalOf(
  line: ChangeableLine,
  asked: { quantity: bigint; unitPrice: bigint; shipped: bigint; isRepriced: boolean },
): Refusal | null {
  const { quantity, unitPrice, shipped, isRepriced } = asked;
  if (line.isInvoicedService) {
    return refuseLine(line.lineNo, 'service_invoiced', 'is a service that has been invoiced').refusal;
  }
  if (quantity < shipped) {
    const what = `cannot come down to ${formatMillionths(quantity)}: ${formatMillionths(shipped)} has shipped`;
    return refuseLine(line.lineNo, 'quantity_below_shipped', what).refusal;
  }
  if (isRepriced && shipped > 0n && quantity === shipped) {
    const what = `has nothing left to price: all ${formatMillionths(shipped)} has shipped`;
    return refuseLine(line.lineNo, 'price_changes_nothing', what).refusal;
  }
  if (quantity * unitPrice > LINE_VALUE_MAX) {
    const what = `would be worth more than can be kept: ${formatMillionths(quantity)} at ${formatMillionths(unitPrice)}`;
    return refuseLine(line.lineNo, 'amount_too_large', what).refusal;
  }
  return null;
}

function sumUp(lines: readonly ChangeableLine[], changed: ReadonlyMap<number, ChangedLine>): Result<OrderChange> {
  const after = lines.map((line) => changed.get(line.lineNo) ?? line);
  // What shipped, even of a line that was dropped, can be cancelled no more, and may be worth nothing when its invoice was waived.
  const isUnshipped = lines.every((line) => millionths(line.shippedQuantity) === 0n);
  if (isUnshipped && after.every((line) => millionths(line.quantity) === 0n)) {
    return refuse({
      kind: 'unprocessable',
      code: 'order_would_be_empty',
      text: `All ${String(after.length)} lines would be 0: nothing would be left of the order.`,
      hint: 'Cancel the order instead.',
    });
  }
  const netMinor = after.reduce((sum, line) => sum + line.netMinor, 0);
  const tax = after.reduce((sum, line) => sum + line.taxMinor, 0);
  if (!Number.isSafeInteger(netMinor + tax)) {
    const text = 'The order would be worth more than can be kept.';
    return refuse({ kind: 'unprocessable', code: 'amount_too_large', text, hint: HINTS.amount_too_large });
  }
  if (isUnshipped && netMinor + tax === 0) {
    return refuse({
      kind: 'unprocessable',
      code: 'order_without_value',
      text: 'The order would be worth 0: there would be nothing to invoice and nothing to collect.',
      hint: 'Leave at least one line a price, or cancel the order.',
    });
  }
  return { ok: true, lines: [...changed.values()], netMinor, taxMinor: tax, grossMinor: netMinor + tax };
}

const HINTS = {
  line_unknown: "Look at the order's lines and send the change again.",
  line_twice: 'Name each line once, with its quantity and its price.',
  service_invoiced: 'Correct what was invoiced by a credit note.',
  quantity_below_shipped: 'Ask for at least what shipped, or report what came back as a return.',
  price_changes_nothing: 'Correct what was invoiced by a credit note.',
  amount_too_large: 'Check quantity and unit price.',
} as const;

function refuseLine(lineNo: number, code: keyof typeof HINTS, what: string): ReturnType<typeof refuse> {
  const text = `Line ${String(lineNo)} ${what}.`;
  return refuse({ kind: 'unprocessable', code, text, hint: HINTS[code], details: { line: lineNo } });
}

function millionths(decimal: string): bigint {
  const value = parseMillionths(decimal);
  if (value === null) throw new Error(`defect: "${decimal}" is not a quantity or price`);
  return value;
}
