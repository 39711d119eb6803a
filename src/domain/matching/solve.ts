// The whole statement at once: what can only be one thing takes its items first, and what that leaves is weighed again.

import { claimsOf } from './claims.ts';
import type { Hypothesis } from './hypothesis.ts';
import { judge } from './judge.ts';
import { ROUNDS_MAX } from './limits.ts';
import { weighGroups } from './part-groups.ts';
import { tellRunningRests } from './running-rest.ts';
import { settleByPolicy } from './by-policy.ts';
import type { PreparedLine } from './prepared-line.ts';
import { compareContents, compareRights, type SolvedLine } from './solved-line.ts';
import { forgetReadings, learnPayer, payerOf, type StatementState } from './statement-state.ts';
import { weighLine } from './weigh-line.ts';

/** Fits that leave nothing of the items but what was agreed. */
const WHOLE_FITS: ReadonlySet<string> = new Set([
  'exact',
  'told',
  'discount',
  'late_discount',
  'disputed',
  'charges',
  'tolerance',
]);

/** What the last acceptances changed. */
interface Changes {
  readonly customers: Set<number>;
  readonly payers: Set<string>;
}

/** Decides the lines of a statement. @returns them in the order given */
export function solve(state: StatementState, lines: readonly PreparedLine[]): SolvedLine[] {
  const solved = lines.map((prepared): SolvedLine => ({
    prepared,
    hypotheses: [],
    judgement: null,
    taken: null,
    isTied: false,
    customers: null,
  }));
  const changes: Changes = { customers: new Set(), payers: new Set() };
  const isWhole = (line: SolvedLine): boolean => WHOLE_FITS.has(line.judgement?.best.fit.kind ?? '');
  for (const line of solved) weighOne(state, line, false);
  accept(state, { solved, changes }, isWhole);
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const left = solved.filter((line) => line.taken === null);
    weighChanged(state, left, changes);
    if (accept(state, { solved: left, changes }, isWhole) > 0) continue;
    weighGroups(state, left);
    if (accept(state, { solved: left, changes }, (line) => line.judgement?.best.fit.kind === 'parts') > 0) continue;
    if (accept(state, { solved: left, changes }, () => true) === 0) break;
  }
  settleByPolicy(state, solved);
  tellRunningRests(state, solved);
  return solved;
}

function weighOne(state: StatementState, line: SolvedLine, isThorough: boolean): void {
  line.hypotheses = weighLine(state, line.prepared, isThorough);
  line.judgement = judge(line.hypotheses, state.policy);
  if (!isThorough) return;
  const { ranked } = payerOf(state, line.prepared.line);
  line.customers = new Set([
    ...ranked,
    ...line.prepared.compared.keys(),
    ...line.hypotheses.map((each) => each.customer),
  ]);
}

/** Weighs lines again that what was accepted may concern. */
function weighChanged(state: StatementState, lines: readonly SolvedLine[], changes: Changes): void {
  for (const line of lines) {
    if (line.taken === null && isConcerned(line, changes)) weighOne(state, line, true);
  }
  changes.customers.clear();
  changes.payers.clear();
}

function isConcerned(line: SolvedLine, changes: Changes): boolean {
  if (line.customers === null) return true;
  const { payerAccount, payerName } = line.prepared.line;
  if (changes.payers.has(`a ${payerAccount ?? ''}`) || changes.payers.has(`n ${payerName ?? ''}`)) return true;
  for (const customer of line.customers) if (changes.customers.has(customer)) return true;
  return false;
}

interface Course {
  readonly solved: readonly SolvedLine[];
  readonly changes: Changes;
}

/** Lets lines take their items where all that ask for an item can have it, or the better right is clear. @returns how many did */
function accept(state: StatementState, { solved, changes }: Course, isWelcome: (line: SolvedLine) => boolean): number {
  const asking = solved
    .filter((line) => line.taken === null && !line.isTied && line.judgement?.doubt === null && isWelcome(line))
    .sort((a, b) => compareRights(a, b) || compareContents(a, b));
  markTies(state, asking);
  let count = 0;
  for (const line of asking) {
    const best = line.judgement?.best;
    if (best === undefined || line.isTied) continue;
    const taken = claimsOf(state, line.prepared.line, best);
    if (!isStillMeant(best, taken)) {
      changes.customers.add(best.customer);
      continue;
    }
    take(state, line, { best, taken, changes });
    count++;
  }
  if (changes.payers.size > 0) forgetReadings(state);
  return count;
}

/** Where lines of the same right ask for more than there is, a person decides between them. */
function markTies(state: StatementState, asking: readonly SolvedLine[]): void {
  const byItem = new Map<number, { line: SolvedLine; minor: number }[]>();
  for (const line of asking) {
    const best = line.judgement?.best;
    if (best === undefined) continue;
    for (const { item, share } of claimsOf(state, line.prepared.line, best).claims) {
      const minor = (state.openMinor[item] ?? 0) - share.leftMinor;
      const known = byItem.get(item);
      if (known === undefined) byItem.set(item, [{ line, minor }]);
      else known.push({ line, minor });
    }
  }
  for (const [item, claims] of byItem) if (claims.length > 1) markTiesOf(state.openMinor[item] ?? 0, claims);
}

function markTiesOf(openMinor: number, claims: readonly { line: SolvedLine; minor: number }[]): void {
  let left = openMinor;
  for (let at = 0; at < claims.length;) {
    const first = claims[at]?.line;
    let end = at;
    let minor = 0;
    for (; end < claims.length; end++) {
      const claim = claims[end];
      if (claim === undefined || first === undefined || compareRights(first, claim.line) !== 0) break;
      minor += claim.minor;
    }
    if (minor > left && end - at > 1) for (const claim of claims.slice(at, end)) claim.line.isTied = true;
    else left -= Math.min(left, minor);
    at = Math.max(end, at + 1);
  }
}

/** Whether the items are as open as they were when the line was weighed. */
function isStillMeant(best: Hypothesis, taken: NonNullable<SolvedLine['taken']>): boolean {
  if (taken.claims.some(({ share }) => share.leftMinor < 0)) return false;
  if (best.fit.kind === 'over') return taken.claims.every(({ share }) => share.paidMinor !== 0);
  return taken.onAccountMinor === 0;
}

function take(
  state: StatementState,
  line: SolvedLine,
  given: { readonly best: Hypothesis; readonly taken: NonNullable<SolvedLine['taken']>; readonly changes: Changes },
): void {
  const { best, taken, changes } = given;
  for (const { item, share } of taken.claims) state.openMinor[item] = share.leftMinor;
  line.taken = taken;
  changes.customers.add(best.customer);
  const { payerAccount, payerName } = line.prepared.line;
  const news = learnPayer(state, line.prepared.line, best.customer);
  if (news.isAccountNew) changes.payers.add(`a ${payerAccount ?? ''}`);
  if (news.isNameNew) changes.payers.add(`n ${payerName ?? ''}`);
}
