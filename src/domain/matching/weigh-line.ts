// All meanings of one line that are worth weighing, by what tells for them.

import { discountOf, exactBits } from './amount-fit.ts';
import {
  moneyIn,
  signedOpen,
  unexplainedNumbers,
  weigh,
  type Hypothesis,
  type Meaning,
  type Weighing,
} from './hypothesis.ts';
import { areCompatible, seekSets, strongestSet, type Summand } from './item-sets.ts';
import { HYPOTHESES_MAX, ITEMS_ALIGNED_MAX, SUBSET_ITEMS_MAX } from './limits.ts';
import { gatherByItem, seekNamed, type NamedItem } from './named-items.ts';
import type { PreparedLine } from './prepared-line.ts';
import { weighRemittance } from './remittance.ts';
import { isStillOpen, payerOf, type StatementState } from './statement-state.ts';
import { seekSubsets, triedSetsBits } from './subset-sum.ts';
import { weighUnnamed } from './weigh-unnamed.ts';

/** Named items of a set have at least this much evidence each, unless the sum tells. */
const STRONG_BITS = 8;
/** A set less than this share off the amount is worth weighing. */
const NEAR_SHARE = 0.05;
const NEAR_OVER_MINOR = 10;
/** Sums that only come near are many. */
const NEAR_TRIED_BITS = 4;
/** An item that nothing names, beside named ones. */
const UNNAMED_BITS = 2;
const NUMBER_CHARS_MIN = 5;
/** Most items that are taken for numbers nobody can read any more. */
const LOST_NUMBERS_MAX = 3;

/**
 * Weighs a line.
 * @param isThorough - whether damaged references, amounts and sums are sought too, or only what stands whole in the text
 * @returns the best first, each set of items once, at most `HYPOTHESES_MAX`
 */
export function weighLine(state: StatementState, prepared: PreparedLine, isThorough: boolean): Hypothesis[] {
  const { line, text, structured } = prepared;
  const payer = payerOf(state, line);
  const amounts = new Map([[line.currency, line.amountMinor]]);
  if (line.instructed !== null) amounts.set(line.instructed.currency, line.instructed.amountMinor);
  const numbers = text.runs.filter((run) => run.end - run.start >= NUMBER_CHARS_MIN);
  const weighing: Weighing = { state, line, payer, numbers, structured };
  const named = isThorough
    ? seekNamed(state, prepared, { payer, amounts })
    : gatherByItem(state, prepared.whole, amounts);
  const found = new Map<string, Hypothesis>();
  const note = (meaning: Meaning): void => {
    const hypothesis = weigh(weighing, meaning);
    if (hypothesis === null) return;
    const key = meaning.items.join();
    const known = found.get(key);
    if (known === undefined || known.bits < hypothesis.bits) found.set(key, hypothesis);
  };
  for (const item of named) note(meaningOf(state, [item], 0));
  const told = weighRemittance(weighing);
  if (told !== null) found.set('told', told);
  weighSets(weighing, { named, isThorough }, note);
  if (isThorough) weighUnnamed(weighing, { named, found }, note);
  return withoutRepeats([...found.values()].sort(compareHypotheses)).slice(0, HYPOTHESES_MAX);
}

/** Two readings that lead to the same items are no doubt: the better one stands. */
function withoutRepeats(hypotheses: readonly Hypothesis[]): Hypothesis[] {
  const seen = new Set<string>();
  return hypotheses.filter((hypothesis) => {
    const key = [...hypothesis.items].sort((a, b) => a - b).join();
    return seen.has(key) ? false : seen.add(key);
  });
}

/** The better first; of equal ones the fewer items, then the older: places rise with age. */
export function compareHypotheses(a: Hypothesis, b: Hypothesis): number {
  return b.bits - a.bits || a.items.length - b.items.length || (a.items[0] ?? 0) - (b.items[0] ?? 0);
}

function meaningOf(state: StatementState, named: readonly NamedItem[], triedBits: number): Meaning {
  const items = named.map((each) => each.item).sort((a, b) => a - b);
  return { customer: state.index.customerOf[items[0] ?? -1] ?? -1, items, named, triedBits };
}

type Note = (meaning: Meaning) => void;

function weighSets(weighing: Weighing, given: { named: readonly NamedItem[]; isThorough: boolean }, note: Note): void {
  const { state, line } = weighing;
  const groups = new Map<string, NamedItem[]>();
  for (const each of given.named) {
    const key = `${state.index.customerOf[each.item] ?? -1} ${state.index.items[each.item]?.currency ?? ''}`;
    groups.set(key, [...(groups.get(key) ?? []), each]);
  }
  for (const group of groups.values()) {
    const money = moneyIn(line, state.index.items[group[0]?.item ?? -1]?.currency ?? '');
    if (money === null) continue;
    if (group.length > 1) weighGroup(weighing, group, { wanted: money.amountMinor + money.chargesMinor, note });
    if (given.isThorough) weighRest(weighing, group, { wanted: money.amountMinor, note });
  }
}

interface Wanted {
  readonly wanted: number;
  readonly note: Note;
}

function weighGroup(weighing: Weighing, group: readonly NamedItem[], { wanted, note }: Wanted): void {
  const { state } = weighing;
  const keyOf = (reference: number): string => state.index.references.references[reference]?.key ?? '';
  const summands = group.map((named) => ({ named, minor: signedOpen(state, named.item) }));
  const strong = strongestSet(summands, STRONG_BITS, keyOf);
  if (strong.length > 1) note(setMeaning(state, strong));
  if (sumOf(strong) === wanted && strong.length > 1) return;
  if (completeStrong({ strong, summands, wanted }, keyOf, (set) => note(setMeaning(state, set)))) return;
  const before = seekSets(summands, { from: wanted, to: wanted }, keyOf);
  for (const set of before) note(setMeaning(state, set.summands));
  const net = netSummands(weighing, summands);
  if (net !== null)
    for (const set of seekSets(net, { from: wanted, to: wanted }, keyOf)) note(setMeaning(state, set.summands));
  if (before.length > 0) return;
  const near = { from: wanted - NEAR_OVER_MINOR, to: Math.floor(wanted * (1 + NEAR_SHARE)) };
  for (const set of seekSets(summands, near, keyOf))
    note({ ...setMeaning(state, set.summands), triedBits: NEAR_TRIED_BITS });
}

/** Seeks what is missing beside the strongest items among the weaker ones that do not stand in their way. @returns whether it was found */
function completeStrong(
  given: { readonly strong: readonly Summand[]; readonly summands: readonly Summand[]; readonly wanted: number },
  keyOf: (reference: number) => string,
  noteSet: (summands: readonly Summand[]) => void,
): boolean {
  const { strong, summands, wanted } = given;
  const rest = wanted - sumOf(strong);
  if (strong.length === 0 || rest <= 0) return false;
  const weak = summands.filter(
    (summand) => !strong.includes(summand) && strong.every((other) => areCompatible(other.named, summand.named, keyOf)),
  );
  const found = seekSets(weak, { from: rest, to: rest }, keyOf, 1);
  for (const set of found) noteSet([...strong, ...set.summands]);
  return found.length > 0;
}

function netSummands(weighing: Weighing, summands: readonly Summand[]): Summand[] | null {
  const { state, line } = weighing;
  if (!summands.some(({ named }) => (state.index.items[named.item]?.discounts.length ?? 0) > 0)) return null;
  return summands.map(({ named, minor }) => {
    const item = state.index.items[named.item];
    const discount = item === undefined ? 0 : discountOf(item, line.valueOn, state.policy.discountGraceDays).minor;
    return { named, minor: minor - discount };
  });
}

function sumOf(summands: readonly Summand[]): number {
  return summands.reduce((sum, summand) => sum + summand.minor, 0);
}

function setMeaning(state: StatementState, summands: readonly Summand[]): Meaning {
  return meaningOf(
    state,
    summands.map((summand) => summand.named),
    0,
  );
}

/** Items of the customer that nothing names and that are just what the named ones leave of the amount. */
function weighRest(weighing: Weighing, group: readonly NamedItem[], { wanted, note }: Wanted): void {
  const { state } = weighing;
  const keyOf = (reference: number): string => state.index.references.references[reference]?.key ?? '';
  const summands = group.map((named) => ({ named, minor: signedOpen(state, named.item) }));
  const strong = strongestSet(summands, STRONG_BITS, keyOf);
  const rest = wanted - sumOf(strong);
  const first = strong[0];
  const customer = state.index.customerOf[first?.named.item ?? -1] ?? -1;
  const isSought = rest > 0 || (rest < 0 && state.index.customers[customer]?.hasCredits === true);
  if (first === undefined || !isSought) return;
  const items = state.index.customers[customer]?.items ?? [];
  if (items.length > ITEMS_ALIGNED_MAX) return;
  const currency = state.index.items[first.named.item]?.currency;
  const chosen = new Set(strong.map((summand) => summand.named.item));
  const others = items.filter((item) => !chosen.has(item) && state.index.items[item]?.currency === currency);
  const named = strong.map((summand) => summand.named);
  const noteWith = (unnamed: readonly number[], triedBits: number): void => {
    const all = [...named, ...unnamed.map((item) => ({ item, bits: 0, mentions: [] }))];
    note({ ...meaningOf(state, all, triedBits), named });
  };
  const single = others.filter((item) => signedOpen(state, item) === rest && isStillOpen(state, item));
  for (const item of single) noteWith([item], UNNAMED_BITS + Math.log2(items.length));
  // Each number that is damaged too much may stand for one more item.
  const lost = unexplainedNumbers(weighing.numbers, named).length;
  if (single.length > 0 || lost < 2 || rest <= 0) return;
  const among = others.filter((item) => isStillOpen(state, item)).slice(0, SUBSET_ITEMS_MAX);
  const sums = among.map((place) => ({ place, minor: signedOpen(state, place) }));
  const { subsets } = seekSubsets(sums, rest, 2, Math.min(lost, LOST_NUMBERS_MAX));
  const lessBits = exactBits(wanted) - exactBits(rest);
  for (const subset of subsets) {
    noteWith(subset, UNNAMED_BITS * subset.length + triedSetsBits(among.length, subset.length) + lessBits);
  }
}
