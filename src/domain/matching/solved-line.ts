// A line in the course of the solution, and who of two lines comes first.

import type { Claim } from './claims.ts';
import type { Hypothesis } from './hypothesis.ts';
import type { Judgement } from './judge.ts';
import type { PreparedLine } from './prepared-line.ts';

/** A line in the course of the solution. */
export interface SolvedLine {
  readonly prepared: PreparedLine;
  /** The best first. */
  hypotheses: readonly Hypothesis[];
  judgement: Judgement | null;
  /** What it takes when it is posted without a person. */
  taken: { readonly claims: readonly Claim[]; readonly onAccountMinor: number } | null;
  /** Another line has the same right to the same item. */
  isTied: boolean;
  /** Customers whose items it was weighed against; null before the first thorough look. */
  customers: ReadonlySet<number> | null;
}

function datesOf(line: SolvedLine): string {
  return `${line.prepared.line.bookedOn} ${line.prepared.line.valueOn}`;
}

/** The better right first: more evidence, then the earlier money. */
export function compareRights(a: SolvedLine, b: SolvedLine): number {
  const bits = (line: SolvedLine): number => Math.round(line.judgement?.best.bits ?? 0);
  return bits(b) - bits(a) || (datesOf(a) < datesOf(b) ? -1 : datesOf(a) > datesOf(b) ? 1 : 0);
}

/** Settles who comes first where it decides nothing but which line carries a remainder. */
export function compareContents(a: SolvedLine, b: SolvedLine): number {
  const [one, other] = [a.prepared.line, b.prepared.line];
  const amounts = other.amountMinor - one.amountMinor;
  if (datesOf(a) !== datesOf(b)) return datesOf(a) < datesOf(b) ? -1 : 1;
  return amounts || (one.id < other.id ? -1 : 1);
}
