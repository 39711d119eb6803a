// What remains of known payers' money: oldest items first or on account, where the company's policy allows it.

import type { Hypothesis, ToldShare } from './hypothesis.ts';
import { compareContents, type SolvedLine } from './solved-line.ts';
import { claimsOf } from './claims.ts';
import { judge, REFERENCE_BITS } from './judge.ts';
import { KNOWN_PAYER_BITS, payerBits, payerShown } from './payer-evidence.ts';
import { isStillOpen, payerOf, type StatementState } from './statement-state.ts';

/** Most items that one payment without a reference pays, the oldest first. */
const OLDEST_ITEMS_MAX = 500;

/** Gives lines of known payers that fit nothing their last answer, in the order of their dates. */
export function settleByPolicy(state: StatementState, lines: readonly SolvedLine[]): void {
  const left = lines.filter((line) => line.taken === null).sort(compareContents);
  for (const line of left) {
    const customer = knownPayer(state, line);
    if (customer === null) continue;
    const oldest = state.policy.isOldestFirst ? oldestFirst(state, line, customer) : null;
    const last = oldest ?? onAccount(state, line, customer);
    const isAllowed = oldest !== null || state.policy.isOnAccountAutomatic;
    line.hypotheses = [...line.hypotheses, last];
    if (line.judgement !== null && !isSilent(line)) continue;
    line.judgement = judge(line.hypotheses, state.policy);
    if (!isAllowed || !isSilent(line)) continue;
    line.hypotheses = [last, ...line.hypotheses.filter((other) => other !== last)];
    line.judgement = { best: last, margin: state.policy.marginMin, doubt: null };
    line.taken = claimsOf(state, line.prepared.line, last);
    for (const { item, share } of line.taken.claims) state.openMinor[item] = share.leftMinor;
  }
}

/** Whether nothing in the line says what is paid, and no other line is as good for it. */
function isSilent(line: SolvedLine): boolean {
  return !line.isTied && line.hypotheses.every((hypothesis) => hypothesis.textBits < REFERENCE_BITS);
}

function knownPayer(state: StatementState, line: SolvedLine): number | null {
  const payer = payerOf(state, line.prepared.line);
  const known = payer.ranked.filter((customer) => payerBits(payer, customer) >= KNOWN_PAYER_BITS);
  return known.length === 1 ? (known[0] ?? null) : null;
}

function onAccount(state: StatementState, line: SolvedLine, customer: number): Hypothesis {
  const payer = payerOf(state, line.prepared.line);
  const ofPayer = payerBits(payer, customer);
  return {
    customer,
    items: [],
    named: [],
    pass: 'on_account',
    isExplained: false,
    fit: { kind: 'none', bits: 0 },
    textBits: 0,
    payerBits: ofPayer,
    ...payerShown(payer, customer),
    bits: ofPayer,
    together: [],
    told: null,
  };
}

function oldestFirst(state: StatementState, line: SolvedLine, customer: number): Hypothesis | null {
  let left = line.prepared.line.amountMinor;
  const told: ToldShare[] = [];
  for (const item of state.index.customers[customer]?.items ?? []) {
    if (left <= 0 || told.length >= OLDEST_ITEMS_MAX) break;
    const indexed = state.index.items[item];
    if (indexed?.side !== 'debit' || indexed.currency !== line.prepared.line.currency || !isStillOpen(state, item))
      continue;
    const paidMinor = Math.min(left, state.openMinor[item] ?? 0);
    told.push({ item, paidMinor, discountMinor: 0, isDiscountLate: false, deductionMinor: 0, deductionCode: null });
    left -= paidMinor;
  }
  if (told.length === 0) return null;
  return { ...onAccount(state, line, customer), items: told.map((share) => share.item), pass: 'oldest_first', told };
}
