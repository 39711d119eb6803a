// Money as safe integers of minor units: parsing, showing, splitting and multiplying without a float or a lost cent.

import { CURRENCY_EXPONENTS } from './currencies.ts';
import { refuse, type Result } from './refusal.ts';

/** An amount: `minor` is a safe integer of the currency's minor unit, `currency` an ISO 4217 code. Plain JSON. */
export interface Money {
  readonly minor: number;
  readonly currency: string;
}

/** Decimal places kept for quantities and unit prices. */
const FACTOR_DECIMALS_MAX = 6;

/** The most that quantity × unit price of a line may be, in millionths squared: a hundred thousand million main units, with tax still a safe integer of any minor unit. */
export const LINE_VALUE_MAX = 100_000_000_000n * 1_000_000_000_000n;

/** @returns whether `code` is an ISO 4217 currency we keep books in. */
export function isCurrency(code: string): boolean {
  return CURRENCY_EXPONENTS.has(code);
}

/** @returns decimal places of the currency's minor unit (JPY 0, EUR 2, KWD 3). @throws a defect on an unknown code. */
export function exponentOf(currency: string): number {
  const exponent = CURRENCY_EXPONENTS.get(currency);
  if (exponent === undefined) throw new Error(`defect: unknown currency ${currency}`);
  return exponent;
}

/** @returns the value itself. @throws a defect when it is not a safe integer, so that a broken amount never travels on. */
export function minorUnits(value: number | bigint): number {
  const minor = Number(value);
  if (!Number.isSafeInteger(minor)) throw new Error(`defect: ${String(value)} is not a safe integer of minor units`);
  return minor === 0 ? 0 : minor;
}

/**
 * Reads a plain decimal with a point, such as `1234.56` or `-3`, into minor units, exactly.
 * Refuses other spellings, more decimals than the currency has, and amounts beyond the safe integers.
 */
export function parseDecimal(text: string, currency: string): Result<{ minor: number }> {
  const exponent = CURRENCY_EXPONENTS.get(currency);
  if (exponent === undefined)
    return refuseAmount(`"${currency}" is not a currency of ISO 4217`, 'Use a code such as EUR.');
  const match = /^(-?)(\d{1,18})(?:\.(\d{1,10}))?$/.exec(text);
  if (match === null) return refuseAmount(`"${text}" is not a decimal amount`, 'Write it as "1234.56".');
  const decimals = match[3] ?? '';
  if (decimals.replace(/0+$/, '').length > exponent) {
    return refuseAmount(
      `"${text}" has more decimals than ${currency} has (${String(exponent)})`,
      'Round it to the currency before sending it.',
    );
  }
  const digits = BigInt((match[2] ?? '') + decimals.slice(0, exponent).padEnd(exponent, '0'));
  const minor = Number(match[1] === '-' ? -digits : digits);
  if (!Number.isSafeInteger(minor)) return refuseAmount(`"${text}" is too large`, 'Amounts end at 2^53 minor units.');
  return { ok: true, minor: minor === 0 ? 0 : minor };
}

function refuseAmount(text: string, hint: string): ReturnType<typeof refuse> {
  return refuse({ kind: 'invalid_input', code: 'amount_invalid', text: `${text}.`, hint });
}

/** @returns minor units (a safe integer, or a total as bigint) as a plain decimal string: `(-5, 'EUR')` → `-0.05`. */
export function formatDecimal(minor: number | bigint, currency: string): string {
  const exponent = exponentOf(currency);
  const value = BigInt(minor);
  const digits = (value < 0n ? -value : value).toString().padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent);
  const text = exponent === 0 ? whole : `${whole}.${digits.slice(digits.length - exponent)}`;
  return value < 0n ? `-${text}` : text;
}

/** Divides with halves away from zero ("commercial" rounding, the rule of invoices). */
export function divideHalfUp(numerator: bigint, denominator: bigint): bigint {
  if (denominator <= 0n) throw new Error('defect: divideHalfUp needs a positive denominator');
  const isNegative = numerator < 0n;
  const magnitude = isNegative ? -numerator : numerator;
  const rounded = (2n * magnitude + denominator) / (2n * denominator);
  return isNegative ? -rounded : rounded;
}

/** Reads a decimal with at most six places into millionths. @returns null when it is none. */
export function parseMillionths(text: string): bigint | null {
  const match = /^(\d{1,12})(?:\.(\d{1,6}))?$/.exec(text);
  if (match === null) return null;
  return BigInt(match[1] ?? '0') * 1_000_000n + BigInt((match[2] ?? '').padEnd(FACTOR_DECIMALS_MAX, '0'));
}

/** Shows millionths as the shortest plain decimal: `1500000n` → `1.5`. */
export function formatMillionths(millionths: bigint): string {
  const digits = millionths.toString().padStart(FACTOR_DECIMALS_MAX + 1, '0');
  const decimals = digits.slice(-FACTOR_DECIMALS_MAX).replace(/0+$/, '');
  const whole = digits.slice(0, -FACTOR_DECIMALS_MAX);
  return decimals === '' ? whole : `${whole}.${decimals}`;
}

/** Quantity × unit price, both in millionths, rounded half up to minor units of the currency. */
export function lineNetMinor(options: { quantity: bigint; unitPrice: bigint; currency: string }): number {
  const scale = 10n ** BigInt(2 * FACTOR_DECIMALS_MAX - exponentOf(options.currency));
  return minorUnits(divideHalfUp(options.quantity * options.unitPrice, scale));
}

/** Tax on a net amount at a rate in basis points (1900 = 19 %), rounded half up. */
export function taxMinor(netMinor: number, rateBp: number): number {
  return minorUnits(divideHalfUp(BigInt(netMinor) * BigInt(rateBp), 10_000n));
}

/**
 * The part of `totalMinor` that falls to the next portion of a whole delivered in pieces, so that all portions sum to the
 * total to the cent: what the cumulated quantity is worth, less what earlier portions took.
 */
export function portionMinor(options: { totalMinor: number; whole: bigint; before: bigint; portion: bigint }): number {
  const { totalMinor, whole, before, portion } = options;
  if (whole <= 0n || before < 0n || portion < 0n || before + portion > whole) {
    throw new Error('defect: a portion must lie inside the whole');
  }
  const total = BigInt(totalMinor);
  return minorUnits(divideHalfUp(total * (before + portion), whole) - divideHalfUp(total * before, whole));
}

/** Splits an amount by weights (largest remainder), losing nothing: the shares always sum to the whole. */
export function splitByWeights(totalMinor: number, weights: readonly number[]): number[] {
  const sum = weights.reduce((total, weight) => total + BigInt(weight), 0n);
  if (sum <= 0n || weights.some((weight) => weight < 0))
    throw new Error('defect: weights must be ≥ 0 and not all zero');
  const sign = totalMinor < 0 ? -1n : 1n;
  const total = BigInt(totalMinor) * sign;
  const shares = weights.map((weight, index) => ({
    index,
    floor: (total * BigInt(weight)) / sum,
    rest: (total * BigInt(weight)) % sum,
  }));
  let left = total - shares.reduce((taken, share) => taken + share.floor, 0n);
  for (const share of [...shares].sort((a, b) => (a.rest === b.rest ? a.index - b.index : a.rest > b.rest ? -1 : 1))) {
    if (left === 0n) break;
    share.floor += 1n;
    left -= 1n;
  }
  return shares.map((share) => minorUnits(share.floor * sign));
}
