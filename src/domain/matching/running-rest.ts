// Several lines on one item: what each leaves open, told in the order of the money, whatever order they were decided in.

import type { Claim } from './claims.ts';
import { compareContents, type SolvedLine } from './solved-line.ts';
import { isTrifle } from './amount-fit.ts';
import type { StatementState } from './statement-state.ts';
import type { MatchItem } from './types.ts';

/** Tells for each item that several lines take from what is left after each of them; the last one carries the written-off trifle. */
export function tellRunningRests(state: StatementState, lines: readonly SolvedLine[]): void {
  const byItem = new Map<number, SolvedLine[]>();
  for (const line of lines) {
    for (const { item } of line.taken?.claims ?? []) {
      const known = byItem.get(item);
      if (known === undefined) byItem.set(item, [line]);
      else known.push(line);
    }
  }
  for (const [item, takers] of byItem) {
    if (takers.length > 1) tellRests(state, item, takers.sort(compareContents));
  }
}

function tellRests(state: StatementState, at: number, takers: readonly SolvedLine[]): void {
  const item = state.index.items[at];
  if (item === undefined) return;
  const claims = takers.map((line) => line.taken?.claims.find((claim) => claim.item === at));
  const trifle = trifleOf(state, item, claims);
  let left = item.openMinor;
  for (const [place, line] of takers.entries()) {
    const claim = claims[place];
    if (claim === undefined || line.taken === null) continue;
    const toleranceMinor = place === takers.length - 1 ? trifle : 0;
    left -= goneBy(claim) + toleranceMinor;
    const told: Claim = { item: at, share: { ...claim.share, toleranceMinor, leftMinor: left } };
    line.taken = { ...line.taken, claims: line.taken.claims.map((each) => (each === claim ? told : each)) };
  }
  state.openMinor[at] = left;
}

function goneBy({ share }: Claim): number {
  return Math.abs(share.paidMinor) + share.discountMinor + share.chargesMinor;
}

/** What all lines together leave open, if it is small enough to be written off and nobody has said why it is not paid. */
function trifleOf(state: StatementState, item: MatchItem, claims: readonly (Claim | undefined)[]): number {
  let left = item.openMinor;
  let isExplained = item.disputedMinor > 0;
  for (const claim of claims) {
    if (claim === undefined) continue;
    left -= goneBy(claim);
    isExplained ||= claim.share.deductionMinor > 0;
  }
  return left > 0 && !isExplained && isTrifle(left, item.openMinor, item.currency, state.policy) ? left : 0;
}
