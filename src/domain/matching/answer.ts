// What is told about a line in the end: posted, proposed, or unidentified with what a person would have to find out.

import { allocationOf, tellingShares } from './claims.ts';
import type { Hypothesis } from './hypothesis.ts';
import { pointsOf } from './judge.ts';
import type { MatchIndex } from './match-index.ts';
import { KNOWN_PAYER_BITS, payerBits } from './payer-evidence.ts';
import { reasonsOf } from './reasons.ts';
import type { SolvedLine } from './solved-line.ts';
import { payerOf, type StatementState } from './statement-state.ts';
import { PROPOSALS_MAX, type Answer, type Proposal } from './types.ts';

/** @returns the answer for a line that is solved. */
export function answerOf(state: StatementState, solved: SolvedLine): Answer {
  const { line } = solved.prepared;
  const { judgement, taken } = solved;
  if (judgement !== null && taken !== null) {
    const customerId = state.index.customers[judgement.best.customer]?.id ?? '';
    const allocation = {
      customerId,
      shares: tellingShares(taken.claims),
      onAccountMinor: taken.onAccountMinor,
    };
    const proposal = { ...proposalOf(state, solved, judgement.best), allocation };
    return { kind: 'post', lineId: line.id, proposal, margin: judgement.margin };
  }
  const proposals = solved.hypotheses
    .slice(0, PROPOSALS_MAX)
    .map((each) => proposalOf(state, solved, each))
    .filter(({ allocation }) => allocation.shares.length > 0 || allocation.onAccountMinor > 0);
  if (judgement === null || proposals.length === 0) return unidentified(state, solved);
  return { kind: 'propose', lineId: line.id, doubt: judgement.doubt ?? 'tie', proposals, margin: judgement.margin };
}

function proposalOf(state: StatementState, { prepared }: SolvedLine, hypothesis: Hypothesis): Proposal {
  return {
    pass: hypothesis.pass,
    allocation: allocationOf(state, prepared.line, hypothesis),
    score: pointsOf(hypothesis.bits),
    reasons: reasonsOf(state, prepared, hypothesis),
  };
}

function unidentified(state: StatementState, solved: SolvedLine): Answer {
  const { line } = solved.prepared;
  const payer = payerOf(state, line);
  const known = payer.ranked.filter((customer) => payerBits(payer, customer) >= KNOWN_PAYER_BITS);
  const customerId = known.length === 1 ? (state.index.customers[known[0] ?? -1]?.id ?? null) : null;
  const foreign = otherCurrency(state.index, solved);
  if (foreign !== null) {
    return {
      kind: 'unidentified',
      lineId: line.id,
      doubt: 'other_currency',
      missing: [foreign.text],
      customerId: foreign.customerId,
    };
  }
  const missing: string[] = [];
  if (customerId === null) missing.push(`Who paid: ${whoIsUnknown(solved)}`);
  missing.push(`What is paid: ${whatIsUnknown(state, solved)}`);
  return {
    kind: 'unidentified',
    lineId: line.id,
    doubt: customerId === null ? 'unknown_payer' : 'no_candidate',
    missing,
    customerId,
  };
}

/** An item that the text names in a currency of which the bank tells no amount. */
function otherCurrency(index: MatchIndex, { prepared }: SolvedLine): { text: string; customerId: string } | null {
  const { line } = prepared;
  for (const mention of prepared.whole) {
    const item = index.items[mention.item];
    if (item === undefined || item.currency === line.currency || item.currency === line.instructed?.currency) continue;
    const printed = index.references.references[mention.reference]?.printed ?? item.id;
    const text = `The text names ${printed}, which is open in ${item.currency}; the money is in ${line.currency} and the bank names no amount in ${item.currency}.`;
    return { text, customerId: item.customerId };
  }
  return null;
}

function whoIsUnknown({ prepared: { line } }: SolvedLine): string {
  const name =
    line.payerName === null || line.payerName.trim() === ''
      ? 'the bank gives no name'
      : `"${line.payerName}" is no name we know`;
  const account = line.payerAccount === null ? 'it gives no account' : `account ${line.payerAccount} is not known`;
  return `${name}, and ${account}.`;
}

function whatIsUnknown(state: StatementState, { prepared }: SolvedLine): string {
  const settled = prepared.whole.find((mention) => (state.openMinor[mention.item] ?? 0) <= 0);
  if (settled !== undefined) {
    const printed = state.index.references.references[settled.reference]?.printed ?? '';
    return `the text names ${printed}, which another line of the statement pays.`;
  }
  if (prepared.text.runs.length === 0)
    return 'the text has no reference, and the amount fits no open items of a known payer.';
  return 'no number in the text is that of an open item, and the amount fits no open items of a known payer.';
}
