// Meanings of a line that no reference names: items of the payer by their amount, then as sums.

import { discountOf, isTrifle } from './amount-fit.ts';
import { moneyIn, signedOpen, type Hypothesis, type Meaning, type Weighing } from './hypothesis.ts';
import { ITEMS_ALIGNED_MAX, POSTINGS_MAX, SUBSET_ITEMS_MAX } from './limits.ts';
import { amountKey } from './match-index.ts';
import type { NamedItem } from './named-items.ts';
import { KNOWN_PAYER_BITS, payerBits } from './payer-evidence.ts';
import { postingsOf } from './postings.ts';
import { isStillOpen } from './statement-state.ts';
import { seekSubsets, triedSetsBits } from './subset-sum.ts';

/** Enough evidence that sums without references need not be sought. */
const ENOUGH_BITS = 24;
/** Up to this part of what is open, a difference that no policy allows leaves the item worth a proposal. */
const NEAR_SHARE = 0.002;
/** Where more items have the same amount, it tells nothing. */
const HIT_BY_AMOUNT_MAX = 3;
/** Payers seldom pay several items without naming any. */
const SUM_BITS = 3;

interface Found {
  readonly named: readonly NamedItem[];
  readonly found: ReadonlyMap<string, Hypothesis>;
}

/** Items of the payer that nothing names: by amount, then as sums. */
export function weighUnnamed(weighing: Weighing, { named, found }: Found, note: (meaning: Meaning) => void): void {
  const { payer } = weighing;
  const namedItems = new Set(named.map((each) => each.item));
  for (const customer of payer.ranked) {
    for (const item of fittingItems(weighing, customer)) {
      if (!namedItems.has(item)) note({ customer, items: [item], named: [], triedBits: 0 });
    }
  }
  if (payer.ranked.length === 0 && found.size === 0) for (const meaning of hitByAmount(weighing)) note(meaning);
  const best = [...found.values()].reduce((most, each) => Math.max(most, each.bits), -Infinity);
  const payers = payer.ranked.filter((customer) => payerBits(payer, customer) >= KNOWN_PAYER_BITS);
  if (best >= ENOUGH_BITS || payers.length !== 1 || weighing.numbers.length > 0) return;
  for (const customer of payers) weighSums(weighing, customer, note);
}

/** The few items of anybody that have exactly the amount open: worth a proposal, whoever paid. */
function hitByAmount({ state, line }: Weighing): Meaning[] {
  const hits = postingsOf(state.index.byAmount, amountKey(line.currency, line.amountMinor));
  if (hits.length > HIT_BY_AMOUNT_MAX) return [];
  return [...hits]
    .filter((item) => signedOpen(state, item) === line.amountMinor && isStillOpen(state, item))
    .map((item) => {
      const customer = state.index.customerOf[item] ?? -1;
      return { customer, items: [item], named: [], triedBits: Math.log2(state.index.items.length) };
    });
}

/** Items of a customer that one amount settles: looked up by amount where there are many. */
function fittingItems(weighing: Weighing, customer: number): number[] {
  const { state, line } = weighing;
  const items = state.index.customers[customer]?.items ?? [];
  if (items.length > ITEMS_ALIGNED_MAX) {
    const hits = postingsOf(state.index.byAmount, amountKey(line.currency, line.amountMinor)).slice(0, POSTINGS_MAX);
    return hits.filter((item) => state.index.customerOf[item] === customer && (state.openMinor[item] ?? 0) > 0);
  }
  if (line.instructed !== null || state.index.customers[customer]?.hasTerms === true) {
    return items.filter((item) => isFitting(weighing, item));
  }
  const most = line.amountMinor + Math.max(state.slackMinor, line.chargesMinor);
  const isNear = (open: number): boolean =>
    open >= line.amountMinor && (open <= most || open - line.amountMinor <= open * NEAR_SHARE);
  return items.filter((item) => isNear(state.openMinor[item] ?? 0) && isFitting(weighing, item));
}

function isFitting({ state, line }: Weighing, at: number): boolean {
  const item = state.index.items[at];
  const open = state.openMinor[at] ?? 0;
  if (item === undefined || item.side === 'credit' || open <= 0) return false;
  const money = item.currency === line.currency ? line : moneyIn(line, item.currency);
  if (money === null || money.amountMinor > open) return false;
  const missing = open - money.amountMinor;
  if (missing === 0) return true;
  if (missing === money.chargesMinor || isTrifle(missing, open, item.currency, state.policy))
    return isStillOpen(state, at);
  if (missing <= open * NEAR_SHARE) return isStillOpen(state, at);
  if (missing === item.disputedMinor) return true;
  if (item.discounts.length === 0) return false;
  const discount = discountOf(item, line.valueOn, state.policy.discountGraceDays).minor;
  return missing === discount || missing === discount + money.chargesMinor;
}

function weighSums(weighing: Weighing, customer: number, note: (meaning: Meaning) => void): void {
  const { state, line } = weighing;
  const items = (state.index.customers[customer]?.items ?? []).slice(0, ITEMS_ALIGNED_MAX);
  const open = items.filter((item) => isStillOpen(state, item) && state.index.items[item]?.currency === line.currency);
  const among = open.map((place) => ({ place, minor: signedOpen(state, place) }));
  const { subsets } = seekSubsets(among, line.amountMinor, 2);
  for (const subset of subsets) {
    const rising = [...subset].sort((a, b) => a - b);
    const triedBits = SUM_BITS + triedSetsBits(Math.min(open.length, SUBSET_ITEMS_MAX), subset.length);
    note({ customer, items: rising, named: [], triedBits });
  }
}
