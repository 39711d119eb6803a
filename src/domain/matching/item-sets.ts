// Which of the items that a text names make up the amount together.

import { SET_STEPS_MAX } from './limits.ts';
import { overlap, type NamedItem } from './named-items.ts';

/** A named item with what it brings into the sum: negative for a credit. */
export interface Summand {
  readonly named: NamedItem;
  readonly minor: number;
}

/** A set of named items. */
export interface FoundSet {
  readonly summands: readonly Summand[];
  readonly bits: number;
}

const SETS_MAX = 6;
const SUMMANDS_MAX = 28;

/** @returns whether two items may be meant at once: not by the same stretch, unless it is a number which both carry. */
export function areCompatible(one: NamedItem, other: NamedItem, keyOf: (reference: number) => string): boolean {
  const a = one.mentions[0];
  const b = other.mentions[0];
  if (a === undefined || b === undefined || !overlap(a, b)) return true;
  return keyOf(a.reference) === keyOf(b.reference);
}

/** @returns the items that the text tells most for and that do not stand in each other's way. */
export function strongestSet(
  summands: readonly Summand[],
  bitsMin: number,
  keyOf: (reference: number) => string,
): Summand[] {
  const chosen: Summand[] = [];
  for (const summand of summands) {
    if (summand.named.bits < bitsMin) break;
    if (chosen.every((other) => areCompatible(other.named, summand.named, keyOf))) chosen.push(summand);
  }
  return chosen;
}

/**
 * Seeks sets of two and more whose sum is wanted, those with the most evidence first.
 * @param summands - by falling evidence
 * @param range - the sums that are welcome, both ends included
 */
export function seekSets(
  summands: readonly Summand[],
  range: { readonly from: number; readonly to: number },
  keyOf: (reference: number) => string,
  sizeMin = 2,
): FoundSet[] {
  const all = summands.slice(0, SUMMANDS_MAX);
  const hasCredit = all.some((summand) => summand.minor < 0);
  const reach = reachesOf(all);
  const found: FoundSet[] = [];
  const chosen: Summand[] = [];
  let steps = 0;
  const visit = (at: number, sum: number, bits: number): void => {
    if (++steps > SET_STEPS_MAX) return;
    if (sum >= range.from && sum <= range.to && chosen.length >= sizeMin) found.push({ summands: [...chosen], bits });
    const summand = all[at];
    if (summand === undefined || found.length >= SETS_MAX) return;
    if (sum + (reach[at] ?? 0) < range.from || (!hasCredit && sum > range.to)) return;
    if (chosen.every((other) => areCompatible(other.named, summand.named, keyOf))) {
      chosen.push(summand);
      visit(at + 1, sum + summand.minor, bits + summand.named.bits);
      chosen.pop();
    }
    visit(at + 1, sum, bits);
  };
  visit(0, 0, 0);
  return found.sort((a, b) => b.bits - a.bits);
}

/** The most that can still be added from each place on. */
function reachesOf(summands: readonly Summand[]): number[] {
  const reach = new Array<number>(summands.length + 1).fill(0);
  for (let at = summands.length - 1; at >= 0; at--) {
    reach[at] = (reach[at + 1] ?? 0) + Math.max(0, summands[at]?.minor ?? 0);
  }
  return reach;
}
