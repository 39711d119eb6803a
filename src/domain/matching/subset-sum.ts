// Exact sums over a payer's open items when no reference says which are meant: fewest items, then oldest, bounded in steps.

import { SUBSET_ITEMS_MAX, SUBSET_SIZE_MAX, SUBSET_STEPS_MAX } from './limits.ts';

/** An item by its place, with what it brings into the sum: negative for a credit. */
export interface SubsetItem {
  readonly place: number;
  readonly minor: number;
}

export interface SubsetSums {
  /** Sets of places with the wanted sum, fewest items first, then oldest; at most `SUBSETS_MAX`. */
  readonly subsets: readonly (readonly number[])[];
  /** Whether every set up to the largest size was looked at. */
  readonly isComplete: boolean;
}

/** Sets that are kept: more than one is a doubt already. */
const SUBSETS_MAX = 4;

/**
 * Seeks sets with exactly the wanted sum.
 * @param items - the oldest first; only the first `SUBSET_ITEMS_MAX` are looked at
 * @param wantedMinor - more than 0
 * @param sizeMin - fewest items of a set
 * @param sizeMax - most items of a set
 */
export function seekSubsets(
  items: readonly SubsetItem[],
  wantedMinor: number,
  sizeMin: number,
  sizeMax = SUBSET_SIZE_MAX,
): SubsetSums {
  const all = items.slice(0, SUBSET_ITEMS_MAX);
  const subsets: number[][] = [];
  const chosen: number[] = [];
  const byMinor = new Map<number, number[]>();
  for (const [at, item] of all.entries()) byMinor.set(item.minor, [...(byMinor.get(item.minor) ?? []), at]);
  const hasCredit = all.some((item) => item.minor < 0);
  const reach = new Array<number>(all.length + 1).fill(0);
  for (let at = all.length - 1; at >= 0; at--) reach[at] = (reach[at + 1] ?? 0) + (all[at]?.minor ?? 0);
  let steps = 0;
  // The last item of a set is looked up by what is missing, so that a size costs as much as the size below it.
  const visit = (from: number, missing: number, left: number): void => {
    if (subsets.length >= SUBSETS_MAX || ++steps > SUBSET_STEPS_MAX) return;
    if (left === 1) {
      for (const at of byMinor.get(missing) ?? []) {
        if (at >= from && subsets.length < SUBSETS_MAX)
          subsets.push([...chosen, at].map((place) => all[place]?.place ?? -1));
      }
      return;
    }
    for (let at = from; at + left <= all.length; at++) {
      if (!hasCredit && missing > (reach[at] ?? 0)) return;
      if (!hasCredit && (all[at]?.minor ?? 0) >= missing) continue;
      chosen.push(at);
      visit(at + 1, missing - (all[at]?.minor ?? 0), left - 1);
      chosen.pop();
    }
  };
  for (let size = sizeMin; size <= sizeMax && subsets.length === 0; size++) visit(0, wantedMinor, size);
  return { subsets, isComplete: items.length <= SUBSET_ITEMS_MAX && steps <= SUBSET_STEPS_MAX };
}

/** @returns bits to take off for sets of a size that were tried among so many items: log2 of n over k. */
export function triedSetsBits(items: number, size: number): number {
  let bits = 0;
  for (let at = 0; at < size; at++) bits += Math.log2(Math.max(1, items - at) / (at + 1));
  return Math.max(0, bits);
}
