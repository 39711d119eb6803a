// How an amount fits what is open: exactly, less a discount, charges or a trifle, as a part, or not; and how much that tells.

import type { MatchingPolicy, MatchItem } from './types.ts';

/** Ways in which money meets items. */
export type FitKind =
  | 'exact'
  | 'discount'
  | 'late_discount'
  | 'disputed'
  | 'charges'
  | 'tolerance'
  | 'short'
  | 'part'
  | 'over'
  | 'parts'
  | 'told'
  | 'none';

export interface Fit {
  readonly kind: FitKind;
  /** Evidence: how much likelier the amount is when these items are meant. */
  readonly bits: number;
}

/** An item with what is still open of it in this statement. Credit items count negative in sums. */
export interface OpenItem {
  readonly item: MatchItem;
  readonly openMinor: number;
}

/** The money of a line in the items' currency. */
export interface Money {
  readonly amountMinor: number;
  /** What banks kept, told by the bank; 0 if not. */
  readonly chargesMinor: number;
  readonly currency: string;
  readonly valueOn: string;
}

/** Amounts of everyday payments spread over some four powers of ten: the density against which a hit is rare. */
const SPREAD_BITS = Math.log2(Math.LN10 * 4);
const EXACT_MAX = 22;
const EXACT_MIN = 4;
const EXACT_OFTEN = -0.7;
const DISCOUNT_OFTEN = -2;
const LATE_OFTEN = -3;
const DISPUTED_OFTEN = -3;
const CHARGES_OFTEN = -1;
const SHORT_OFTEN = -1;
const OVER_OFTEN = -5;
const PART_BITS = 1.2;
const PART_BITS_MIN = -6;
const PARTS_MANY_BITS = -8;
const OVER_BITS = -6;
const TRIFLE_MINOR = 10;
/** Up to this part of what is open a short payment is called a deduction, beyond it a part payment. */
const SHORT_SHARE = 0.05;

/** @returns bits of an amount that is hit to the minor unit: round amounts are common and tell less. */
export function exactBits(amountMinor: number): number {
  let zeros = 1;
  while (amountMinor % (zeros * 10) === 0 && zeros < amountMinor) zeros *= 10;
  const bits = Math.log2(amountMinor / zeros) + SPREAD_BITS + EXACT_OFTEN;
  return Math.min(EXACT_MAX, Math.max(EXACT_MIN, bits));
}

/** @returns whether a difference is small enough to be written off, by amount and by share of what was open. */
export function isTrifle(
  differenceMinor: number,
  openMinor: number,
  currency: string,
  policy: MatchingPolicy,
): boolean {
  const most = policy.toleranceMinorByCurrency[currency] ?? policy.toleranceMinor;
  return differenceMinor <= most && differenceMinor * 10_000 <= openMinor * policy.toleranceBasisPoints;
}

/** @returns the most that banks may have kept without telling, in minor units of the currency. */
function hiddenChargesMax(currency: string, policy: MatchingPolicy): number {
  return policy.chargesMinorByCurrency[currency] ?? policy.chargesMinor;
}

/** A discount of an item that a value date is in time for, or the largest if it is late for all. */
export function discountOf(item: MatchItem, valueOn: string, graceDays: number): { minor: number; isLate: boolean } {
  let late = 0;
  for (const tier of item.discounts) {
    if (valueOn <= plusDays(tier.until, graceDays)) return { minor: tier.amountMinor, isLate: false };
    late = Math.max(late, tier.amountMinor);
  }
  return { minor: late, isLate: true };
}

function plusDays(date: string, days: number): string {
  if (days === 0) return date;
  const day = new Date(`${date}T00:00:00Z`);
  day.setUTCDate(day.getUTCDate() + days);
  return day.toISOString().slice(0, 10);
}

/** @returns what is open of all items, credits taken off. */
function sumOpen(items: readonly OpenItem[]): number {
  let sum = 0;
  for (const { item, openMinor } of items) sum += item.side === 'debit' ? openMinor : -openMinor;
  return sum;
}

/**
 * Fits money on a set of items.
 * @param items - at least one; what they have open adds up to more than 0, else nothing fits
 */
export function fitAmount(items: readonly OpenItem[], money: Money, policy: MatchingPolicy): Fit {
  const open = sumOpen(items);
  if (open <= 0) return { kind: 'over', bits: OVER_BITS * 3 };
  const amount = money.amountMinor;
  const bits = exactBits(amount);
  if (amount === open) return { kind: 'exact', bits };
  if (money.chargesMinor > 0 && amount + money.chargesMinor === open) {
    return { kind: 'charges', bits: bits + CHARGES_OFTEN };
  }
  const agreed = agreedFit(items, open - amount, money, policy);
  if (agreed !== null) return { kind: agreed.kind, bits: bits + agreed.often };
  return unevenFit(items, { open, money }, policy);
}

function agreedFit(
  items: readonly OpenItem[],
  missing: number,
  money: Money,
  policy: MatchingPolicy,
): { kind: FitKind; often: number } | null {
  let discount = 0;
  let isLate = false;
  let disputed = 0;
  for (const { item, openMinor } of items) {
    if (openMinor !== item.openMinor) continue;
    disputed += item.disputedMinor;
    const taken = discountOf(item, money.valueOn, policy.discountGraceDays);
    discount += taken.minor;
    isLate ||= taken.minor > 0 && taken.isLate;
  }
  const missed = missing - money.chargesMinor;
  if (discount > 0 && (missing === discount || missed === discount)) {
    return isLate ? { kind: 'late_discount', often: LATE_OFTEN } : { kind: 'discount', often: DISCOUNT_OFTEN };
  }
  if (disputed > 0 && missing === disputed) return { kind: 'disputed', often: DISPUTED_OFTEN };
  return null;
}

function unevenFit(items: readonly OpenItem[], sum: { open: number; money: Money }, policy: MatchingPolicy): Fit {
  const { open, money } = sum;
  const amount = money.amountMinor;
  const near = Math.log2(amount / Math.max(TRIFLE_MINOR, 2 * Math.abs(open - amount)));
  if (amount > open) {
    return { kind: 'over', bits: Math.max(OVER_BITS, Math.min(EXACT_MAX, near) + OVER_OFTEN) };
  }
  const missing = open - amount;
  const bits = Math.min(EXACT_MAX, near + SHORT_OFTEN);
  if (isTrifle(missing, open, money.currency, policy)) return { kind: 'tolerance', bits };
  if (missing <= hiddenChargesMax(money.currency, policy)) return { kind: 'charges', bits };
  if (missing <= open * SHORT_SHARE) return { kind: 'short', bits };
  if (items.length > 1) return { kind: 'part', bits: PARTS_MANY_BITS };
  return { kind: 'part', bits: Math.max(PART_BITS_MIN, PART_BITS + Math.log2(amount / open)) };
}
