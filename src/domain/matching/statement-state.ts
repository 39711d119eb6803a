// What the solver knows in the middle of a statement: what is still open, and which payers have shown themselves.

import { ACCOUNT_CHARS_MAX } from './limits.ts';
import type { MatchIndex } from './match-index.ts';
import { accountKey } from './normalise.ts';
import { foldName, matchName } from './names.ts';
import { readPayer, type LearnedPayers, type PayerEvidence, type ReadName } from './payer-evidence.ts';
import type { MatchingPolicy, MatchLine } from './types.ts';

export interface StatementState {
  readonly index: MatchIndex;
  readonly policy: MatchingPolicy;
  /** The most that a difference may be in any currency to be written off or booked as charges. */
  readonly slackMinor: number;
  /** What is open of each item after what was decided so far. */
  readonly openMinor: Float64Array;
  readonly learned: LearnedPayers;
  /** Readings of payers, kept until something new is learned. */
  readonly payers: Map<string, PayerEvidence>;
  /** Names that were read. */
  readonly names: Map<string, ReadName>;
}

/** @returns the state before the first line. */
export function startState(index: MatchIndex, policy: MatchingPolicy): StatementState {
  return {
    index,
    policy,
    slackMinor: slackOf(policy),
    openMinor: index.openMinor,
    learned: { accounts: new Map(), names: new Map() },
    payers: new Map(),
    names: new Map(),
  };
}

function slackOf(policy: MatchingPolicy): number {
  const { toleranceMinor, toleranceMinorByCurrency, chargesMinor, chargesMinorByCurrency } = policy;
  const all = [...Object.values(toleranceMinorByCurrency), ...Object.values(chargesMinorByCurrency)];
  return Math.max(toleranceMinor, chargesMinor, ...all);
}

/** Puts back what the statement took, so that the index may be used again. @param items - all that anything was taken of */
export function endState(state: StatementState, items: Iterable<number>): void {
  for (const at of items) state.openMinor[at] = state.index.items[at]?.openMinor ?? 0;
}

/** A remainder of at most this part of what was open when the statement began is a difference, no longer something to be paid. */
const RESIDUE_SHARE = 0.05;

/** @returns whether more than a remainder of an item is open. */
export function isStillOpen(state: StatementState, at: number): boolean {
  return (state.openMinor[at] ?? 0) > (state.index.items[at]?.openMinor ?? 0) * RESIDUE_SHARE;
}

/** @returns whether an item is still to be paid: a remainder of this statement counts only when it is met to the minor unit. */
export function isPayable(state: StatementState, at: number, amounts: ReadonlyMap<string, number>): boolean {
  if (isStillOpen(state, at)) return true;
  const open = state.openMinor[at] ?? 0;
  return open > 0 && amounts.get(state.index.items[at]?.currency ?? '') === open;
}

/** @returns what the payer of a line tells; lines of one payer share the reading. */
export function payerOf(state: StatementState, line: MatchLine): PayerEvidence {
  const key = `${line.payerAccount ?? ''}\n${line.payerName ?? ''}`;
  const known = state.payers.get(key);
  if (known !== undefined) return known;
  const { payerAccount } = line;
  const payer = readPayer(state.index, state.learned, { payerAccount, name: readName(state, line.payerName) });
  state.payers.set(key, payer);
  return payer;
}

/** Reads a name; the same one is read once in a statement. */
function readName(state: StatementState, name: string | null): ReadName | null {
  if (name === null || name.trim() === '') return null;
  const known = state.names.get(name);
  if (known !== undefined) return known;
  const read = { full: foldName(name).full, matches: matchName(state.index.names, name) };
  state.names.set(name, read);
  return read;
}

/** Takes down that a line was certainly paid by, or for, a customer. @returns whether that is news of its account, and of its name */
export function learnPayer(
  state: StatementState,
  line: MatchLine,
  customer: number,
): { readonly isAccountNew: boolean; readonly isNameNew: boolean } {
  const { accounts, names } = state.learned;
  const account = line.payerAccount === null ? '' : accountKey(line.payerAccount.slice(0, ACCOUNT_CHARS_MAX));
  const name = readName(state, line.payerName)?.full ?? '';
  return { isAccountNew: learn(accounts, account, customer), isNameNew: learn(names, name, customer) };
}

function learn(known: Map<string, number | null>, key: string, customer: number): boolean {
  if (key === '') return false;
  const before = known.get(key);
  const now = before === undefined || before === customer ? customer : null;
  if (now === before) return false;
  known.set(key, now);
  return true;
}

/** Lets the next readings see what was learned. */
export function forgetReadings(state: StatementState): void {
  state.payers.clear();
}
