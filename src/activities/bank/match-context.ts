// Asks the matcher about bank lines with everything the company knows, and looks at its answers before they are acted on.

import { localDate } from '../../domain/calendar.ts';
import { buildIndex, matchLines } from '../../domain/matching/match.ts';
import type { Answer, MatchItem, MatchLine, MatchPayer, Proposal } from '../../domain/matching/types.ts';
import { holdsOf, referenceOf, type AlikePayment } from '../../domain/pre-validation.ts';
import type { LineReason } from '../../domain/bank-line.ts';
import type { CashRules } from '../../domain/policy.ts';
import type { Db, Tx } from '../../database/client.ts';
import { alikePayments } from '../../database/queries/alike-payments.ts';
import { entityRules } from '../../database/queries/credit.ts';
import { bankDetailsChanges, openItems, payersOf } from '../../database/queries/match-ground.ts';
import type { BankLineRow } from './bank-line-row.ts';
import { adviceOfLines, joinParked, type LineAdvice } from './joined-advice.ts';

export interface MatchedLine {
  readonly answer: Answer;
  /** Why it is not posted by itself although the matcher is sure; empty when it may be. */
  readonly holds: readonly LineReason[];
}

/** Asks the matcher about lines of one legal entity, together, with what is known of payers, items, advice and policy; then validates each. */
export async function matchAgainstItems(
  db: Db | Tx,
  { legalEntityId, lines, now }: { legalEntityId: string; lines: readonly BankLineRow[]; now: number },
): Promise<ReadonlyMap<string, MatchedLine>> {
  const asked = lines.filter((line) => line.amountMinor > 0);
  const matched = new Map(lines.map((line) => [line.id, moneyOut(line)]));
  if (asked.length === 0) return matched;
  const { policy, zone } = await entityRules(db, legalEntityId);
  const payers = await payersOf(db, legalEntityId);
  await joinParked(db, { legalEntityId, lines: asked, payers, now });
  const advice = await adviceOfLines(
    db,
    asked.map(({ id }) => id),
  );
  const items = await openItems(db, legalEntityId);
  const matchable = asked.map((line) => matchLine(line, advice.get(line.id) ?? null));
  const answers = matchLines(buildIndex(items, payers), matchable, policy.cash.matching);
  const answered = answers.map((answer, index): Answered => {
    const line = matchable[index];
    const row = asked[index];
    if (line?.id !== answer.lineId || row === undefined) throw new Error('defect: an answer about another line');
    return { line, row, answer, proposal: bestOf(answer) };
  });
  const holds = await holdsOfAll(db, { answered, items, payers, rules: policy.cash, zone });
  for (const { answer } of answered) {
    matched.set(answer.lineId, { answer, holds: holds.get(answer.lineId) ?? [] });
  }
  return matched;
}

interface Answered {
  readonly line: MatchLine;
  readonly row: BankLineRow;
  readonly answer: Answer;
  readonly proposal: Proposal | null;
}

/** Money that went out pays no item. */
function moneyOut({ id }: BankLineRow): MatchedLine {
  const missing = [
    'The line took money out: a person says which payment it took back, or that no customer is concerned.',
  ];
  return { answer: { kind: 'unidentified', lineId: id, doubt: 'not_allowed', missing, customerId: null }, holds: [] };
}

/** A line as the matcher reads it: an advice that was joined to it speaks in place of its own structured part. */
function matchLine(line: BankLineRow, advice: LineAdvice | null): MatchLine {
  const { id, currency, amountMinor, bookedOn, valueOn, texts, structuredReferences, chargesMinor, instructed } = line;
  return {
    ...{ id, currency, amountMinor, bookedOn, valueOn, texts, structuredReferences, chargesMinor },
    payerName: line.counterpartName ?? advice?.senderName ?? null,
    payerAccount: line.counterpartAccount ?? advice?.senderAccount ?? null,
    remittance: advice === null || advice.lines.length === 0 ? line.remittance : advice.lines,
    instructed: instructed === null ? null : { currency: instructed.currency, amountMinor: instructed.amountMinor },
  };
}

function bestOf(answer: Answer): Proposal | null {
  if (answer.kind === 'post') return answer.proposal;
  return answer.kind === 'propose' ? (answer.proposals[0] ?? null) : null;
}

/** The holds of every line whose best answer names a customer, also where a person is asked anyway: it is told to that person. */
async function holdsOfAll(
  db: Db | Tx,
  asked: {
    answered: readonly Answered[];
    items: readonly MatchItem[];
    payers: readonly MatchPayer[];
    rules: CashRules;
    zone: string;
  },
): Promise<Map<string, LineReason[]>> {
  const { answered, rules, zone } = asked;
  const proposed = answered.flatMap((one) => (one.proposal === null ? [] : [{ ...one, proposal: one.proposal }]));
  const shared = sharedItems(proposed, asked.items);
  const people = new Map(asked.payers.map((payer) => [payer.customerId, payer]));
  const customerIds = [...new Set(proposed.map(({ proposal }) => proposal.allocation.customerId))];
  const changes = await bankDetailsChanges(db, customerIds);
  const alike = await alikeOf(db, proposed, rules.duplicateDays);
  return new Map(
    proposed.map(({ line, proposal }) => {
      const { customerId, shares } = proposal.allocation;
      const items = shares.map(({ itemId }) => shared.get(itemId)).filter((item) => item !== undefined);
      const payers = payersFor([customerId, ...items.map((item) => item.customerId)], people);
      const changedAt = changes.get(customerId);
      const bankDetailsChangedOn = changedAt === undefined ? null : localDate(zone, changedAt);
      const looked = { line, proposal, items, payers, bankDetailsChangedOn, alike: alike.get(line.id) ?? [] };
      return [line.id, holdsOf(looked, rules)];
    }),
  );
}

function sharedItems(
  proposed: readonly { proposal: Proposal }[],
  items: readonly MatchItem[],
): ReadonlyMap<string, MatchItem> {
  const ids = new Set(proposed.flatMap(({ proposal }) => proposal.allocation.shares.map(({ itemId }) => itemId)));
  return new Map(items.filter(({ id }) => ids.has(id)).map((item) => [item.id, item]));
}

/** The customers themselves, and who may pay for them. */
function payersFor(customerIds: readonly string[], people: ReadonlyMap<string, MatchPayer>): MatchPayer[] {
  const found = new Map<string, MatchPayer>();
  for (const id of customerIds) {
    const payer = people.get(id);
    if (payer === undefined) continue;
    found.set(id, payer);
    const parent = payer.parentId === null ? undefined : people.get(payer.parentId);
    if (parent !== undefined) found.set(parent.customerId, parent);
  }
  return [...found.values()];
}

/**
 * Payments like each of these: those that were applied, and those before it among these. Of two equal ones the earlier in its
 * file goes on by itself, so that one of them does.
 */
async function alikeOf(
  db: Db | Tx,
  proposed: readonly { line: MatchLine; row: BankLineRow; proposal: Proposal }[],
  days: number,
): Promise<Map<string, AlikePayment[]>> {
  if (days === 0) return new Map();
  const about = proposed.map(({ line, proposal }) => ({
    ...{ id: line.id, customerId: proposal.allocation.customerId, valueOn: line.valueOn },
    ...{ amountMinor: line.amountMinor, currency: line.currency },
  }));
  const found = await alikePayments(db, about, days);
  const inOrder = [...proposed].sort(
    (one, other) =>
      compare(one.line.bookedOn, other.line.bookedOn) ||
      compare(one.row.fileId, other.row.fileId) ||
      one.row.position - other.row.position,
  );
  const before = new Map<string, AlikePayment[]>();
  for (const { line, row, proposal } of inOrder) {
    const reference = referenceOf([...line.texts, ...line.structuredReferences]);
    const key = JSON.stringify([proposal.allocation.customerId, line.amountMinor, line.currency, reference]);
    const earlier = before.get(key) ?? [];
    found.set(line.id, [...(found.get(line.id) ?? []), ...earlier]);
    const itemIds = proposal.allocation.shares.map(({ itemId }) => itemId);
    const name = `line ${String(row.position)} of the same file`;
    // The latest few are enough to be held by; a list of thousands of equal ones would not be read.
    before.set(key, [...earlier, { valueOn: line.valueOn, reference, itemIds, name }].slice(-ALIKE_MAX));
  }
  return found;
}

/** Equal payments before one that are looked at. */
const ALIKE_MAX = 20;

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}
