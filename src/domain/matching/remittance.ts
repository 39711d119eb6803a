// What a remittance advice says is paid: each of its lines found among the open items, with its reductions.

import { discountOf, exactBits } from './amount-fit.ts';
import { moneyIn, type Hypothesis, type ToldShare, type Weighing } from './hypothesis.ts';
import { ITEMS_ALIGNED_MAX, POSTINGS_MAX, REMITTANCE_LINES_MAX } from './limits.ts';
import { findNear, findWhole, type Mention } from './mentions.ts';
import type { NamedItem } from './named-items.ts';
import { compactTexts } from './normalise.ts';
import { payerBits, payerShown } from './payer-evidence.ts';
import type { RemittanceLine } from './types.ts';

/** Code of a reduction for which the payer gives no reason. */
const UNEXPLAINED_CODE = 'unexplained';
/** Code of the deduction that a discount taken too late leaves open. */
export const LATE_DISCOUNT_CODE = 'late_discount';

/** A damaged reference is taken when it tells this much, and this much more than the next. */
const NEAR_BITS = 4;
const NEAR_AHEAD_BITS = 6;
/** All lines of one advice together tell no more than this. */
const TEXT_BITS_MAX = 50;
/** Evidence of an advice that is not understood in all its lines. */
const PARTLY_BITS = -12;

/**
 * Weighs what the line's remittance lines say.
 * @returns null when there are none, or none of them is one of our items
 */
export function weighRemittance(weighing: Weighing): Hypothesis | null {
  const told = weighing.line.remittance.slice(0, REMITTANCE_LINES_MAX);
  if (told.length === 0) return null;
  const options = told.map((line) => optionsOf(weighing, line));
  const customer = customerOf(weighing, options);
  if (customer === null) return null;
  const found = told.map((line, at) => ({ line, mention: bestOf(weighing, customer, line, options[at] ?? []) }));
  const shares = sharesOf(weighing, found);
  if (shares.length === 0) return null;
  return hypothesisOf(weighing, { customer, shares, isWhole: shares.length === told.length, found });
}

function optionsOf(weighing: Weighing, line: RemittanceLine): Mention[] {
  const { index, openMinor } = weighing.state;
  const whole = findWhole(index.references, compactTexts([line.reference]));
  return whole.filter((mention) => (openMinor[mention.item] ?? 0) > 0).slice(0, POSTINGS_MAX);
}

/** The customer whom most of the advice names; the payer decides between equals. */
function customerOf(weighing: Weighing, options: readonly (readonly Mention[])[]): number | null {
  const { state, payer } = weighing;
  const scores = new Map<number, number>();
  for (const mentions of options) {
    const best = new Map<number, number>();
    for (const { item, bits } of mentions) {
      const customer = state.index.customerOf[item] ?? -1;
      best.set(customer, Math.max(best.get(customer) ?? 0, bits));
    }
    for (const [customer, bits] of best)
      scores.set(customer, (scores.get(customer) ?? payerBits(payer, customer)) + bits);
  }
  const ranked = [...scores].sort((a, b) => b[1] - a[1] || a[0] - b[0]);
  return ranked[0]?.[0] ?? payer.ranked[0] ?? null;
}

function bestOf(
  weighing: Weighing,
  customer: number,
  line: RemittanceLine,
  options: readonly Mention[],
): Mention | null {
  const { index, openMinor } = weighing.state;
  const own = options.filter((mention) => index.customerOf[mention.item] === customer);
  if (own.length > 0) return own.reduce((best, next) => (next.bits > best.bits ? next : best));
  const items = index.customers[customer]?.items ?? [];
  if (items.length > ITEMS_ALIGNED_MAX) return null;
  const text = compactTexts([line.reference]);
  const near: Mention[] = [];
  for (const item of items) {
    if ((openMinor[item] ?? 0) <= 0) continue;
    for (const at of index.references.ofItem[item] ?? []) {
      const mention = findNear(index.references, text, at);
      if (mention !== null && mention.bits >= NEAR_BITS) near.push(mention);
    }
  }
  near.sort((a, b) => b.bits - a.bits);
  const [first, second] = near;
  if (first === undefined) return null;
  return second === undefined || second.item === first.item || first.bits - second.bits >= NEAR_AHEAD_BITS
    ? first
    : null;
}

type Found = readonly { readonly line: RemittanceLine; readonly mention: Mention | null }[];

function sharesOf(weighing: Weighing, found: Found): ToldShare[] {
  const shares: ToldShare[] = [];
  const taken = new Set<number>();
  for (const { line, mention } of found) {
    if (mention === null || taken.has(mention.item)) continue;
    taken.add(mention.item);
    shares.push(shareOf(weighing, line, mention.item));
  }
  return shares;
}

function shareOf(weighing: Weighing, told: RemittanceLine, at: number): ToldShare {
  const { state, line } = weighing;
  const item = state.index.items[at];
  const open = state.openMinor[at] ?? 0;
  const reduced = Math.max(0, told.reducedMinor ?? 0);
  const sign = item?.side === 'credit' ? -1 : 1;
  const paidMinor = told.paidMinor === null ? sign * Math.max(0, open - reduced) : told.paidMinor;
  const share = {
    item: at,
    paidMinor,
    discountMinor: 0,
    isDiscountLate: false,
    deductionMinor: 0,
    deductionCode: null,
  };
  if (item === undefined || reduced === 0) return share;
  if (!told.isDiscount)
    return { ...share, deductionMinor: reduced, deductionCode: told.reasonCode ?? UNEXPLAINED_CODE };
  const agreed = discountOf(item, line.valueOn, state.policy.discountGraceDays);
  if (!agreed.isLate && reduced <= agreed.minor) return { ...share, discountMinor: reduced };
  if (agreed.minor > 0 && reduced <= agreed.minor && state.policy.isLateDiscountGranted) {
    return { ...share, discountMinor: reduced, isDiscountLate: true };
  }
  return { ...share, deductionMinor: reduced, deductionCode: told.reasonCode ?? LATE_DISCOUNT_CODE };
}

function hypothesisOf(
  weighing: Weighing,
  given: {
    readonly customer: number;
    readonly shares: readonly ToldShare[];
    readonly isWhole: boolean;
    readonly found: Found;
  },
): Hypothesis | null {
  const { state, line, payer } = weighing;
  const { customer, shares } = given;
  const currency = state.index.items[shares[0]?.item ?? -1]?.currency ?? '';
  const money = moneyIn(line, currency);
  if (money === null || shares.some(({ item }) => state.index.items[item]?.currency !== currency)) return null;
  const sum = shares.reduce((total, share) => total + share.paidMinor, 0);
  const isPayable = shares.every((share) => {
    const sign = state.index.items[share.item]?.side === 'credit' ? -1 : 1;
    return (
      sign * share.paidMinor >= 0 && sign * share.paidMinor + share.discountMinor <= (state.openMinor[share.item] ?? 0)
    );
  });
  if (sum > money.amountMinor || !isPayable) return null;
  const isTold = given.isWhole && sum === money.amountMinor;
  const fit = {
    kind: isTold ? ('told' as const) : ('over' as const),
    bits: isTold ? exactBits(money.amountMinor) : PARTLY_BITS,
  };
  const named = given.found.flatMap(({ mention }): NamedItem[] =>
    mention === null ? [] : [{ item: mention.item, bits: mention.bits, mentions: [mention] }],
  );
  const textBits = Math.min(
    TEXT_BITS_MAX,
    named.reduce((total, item) => total + item.bits, 0),
  );
  const ofPayer = payerBits(payer, customer);
  return {
    customer,
    items: shares.map((share) => share.item),
    named,
    pass: 'remittance',
    isExplained: isTold,
    fit,
    textBits,
    payerBits: ofPayer,
    ...payerShown(payer, customer),
    bits: textBits + ofPayer + fit.bits,
    together: [],
    told: shares,
  };
}
