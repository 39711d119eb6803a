// Several payments that together pay one item: found by their sum when each alone would be a part of it.

import { exactBits, isTrifle } from './amount-fit.ts';
import { PART_LINES_MAX, PART_STEPS_MAX, PARTS_MAX } from './limits.ts';
import type { Hypothesis } from './hypothesis.ts';
import type { StatementState } from './statement-state.ts';
import { triedSetsBits } from './subset-sum.ts';

/** A sum may be off by a few minor units either way ... */
const OFF_MINOR = 10;
/** ... or by this part of what is open below it. */
const OFF_SHARE = 0.03;

/** A line that may pay a part of an item. */
export interface PartClaim {
  /** Place of the line. */
  readonly line: number;
  readonly amountMinor: number;
  readonly hypothesis: Hypothesis;
}

/** Lines which together pay an item. */
export interface PartGroup {
  readonly item: number;
  readonly claims: readonly PartClaim[];
  /** What their sum tells for each of them. */
  readonly bits: number;
}

/**
 * Finds the lines that together pay an item, to the minor unit or less a trifle.
 * @param claims - lines that may pay a part of it, at least two
 * @returns null when no sum fits, or more than one does
 */
export function findPartGroup(state: StatementState, item: number, claims: readonly PartClaim[]): PartGroup | null {
  const openMinor = state.openMinor[item] ?? 0;
  const strongest = [...claims].sort(compareClaims).slice(0, PART_LINES_MAX);
  const currency = state.index.items[item]?.currency ?? '';
  for (const [off, over] of rangesOf(openMinor, currency, state)) {
    const found = seekSums(strongest, openMinor - off, openMinor + over);
    const only = found[0];
    if (only === undefined) continue;
    if (found.length > 1) return null;
    const tried = triedSetsBits(strongest.length, only.length);
    return { item, claims: only, bits: exactBits(openMinor) - tried - Math.log2(1 + off + over) };
  }
  return null;
}

/** How far below and above what is open a sum may be, the narrowest first. */
function rangesOf(openMinor: number, currency: string, state: StatementState): [number, number][] {
  let trifle = 0;
  for (let step = openMinor; step >= 1; step = Math.floor(step / 2)) {
    if (isTrifle(trifle + step, openMinor, currency, state.policy)) trifle += step;
  }
  return [
    [0, 0],
    [Math.min(trifle, OFF_MINOR), OFF_MINOR],
    [trifle, OFF_MINOR],
    [Math.floor(openMinor * OFF_SHARE), OFF_MINOR],
  ];
}

function compareClaims(a: PartClaim, b: PartClaim): number {
  return b.hypothesis.bits - a.hypothesis.bits || b.amountMinor - a.amountMinor;
}

function seekSums(claims: readonly PartClaim[], from: number, to: number): PartClaim[][] {
  const found: PartClaim[][] = [];
  const chosen: PartClaim[] = [];
  let steps = 0;
  const visit = (at: number, sum: number): void => {
    if (++steps > PART_STEPS_MAX || found.length > 1) return;
    if (sum >= from && sum <= to && chosen.length > 1) found.push([...chosen]);
    if (chosen.length === PARTS_MAX) return;
    for (let next = at; next < claims.length; next++) {
      const claim = claims[next];
      if (claim === undefined || sum + claim.amountMinor > to) continue;
      chosen.push(claim);
      visit(next + 1, sum + claim.amountMinor);
      chosen.pop();
    }
  };
  visit(0, 0);
  return found;
}
