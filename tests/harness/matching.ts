// Builders for the matcher's tests: items, payers and lines with what a test is about, and everything else plain.

import { buildIndex, matchLines } from '../../src/domain/matching/match.ts';
import { DEFAULT_MATCHING_POLICY } from '../../src/domain/matching/policy.ts';
import type { Answer, MatchingPolicy, MatchItem, MatchLine, MatchPayer } from '../../src/domain/matching/types.ts';

/** An open invoice of customer C1 over 1,234.56 EUR, issued on 1 March and due on the 31st. */
export function item(given: Partial<MatchItem> & { readonly id: string }): MatchItem {
  return {
    customerId: 'C1',
    side: 'debit',
    currency: 'EUR',
    openMinor: 123_456,
    issuedOn: '2026-03-01',
    dueOn: '2026-03-31',
    references: [{ kind: 'invoice', text: given.id }],
    discounts: [],
    disputedMinor: 0,
    ...given,
  };
}

/** A credit of 1,234.56 EUR booked on 20 March, of which nothing else is known. */
export function line(given: Partial<MatchLine> = {}): MatchLine {
  return {
    id: 'L1',
    currency: 'EUR',
    amountMinor: 123_456,
    bookedOn: '2026-03-20',
    valueOn: '2026-03-20',
    payerName: null,
    payerAccount: null,
    texts: [],
    structuredReferences: [],
    remittance: [],
    instructed: null,
    chargesMinor: 0,
    ...given,
  };
}

/** Customers C1 (Nordwind Foods GmbH), C2 (Castello Tools SRL) and C3 (Orion Media AB), each with a known account. */
export const PAYERS: readonly MatchPayer[] = [
  payer('C1', 'Nordwind Foods GmbH', 'DE02120300000000202051'),
  payer('C2', 'Castello Tools SRL', 'IT60X0542811101000000123456'),
  payer('C3', 'Orion Media AB', 'SE4550000000058398257466'),
];

export function payer(customerId: string, name: string, account: string | null = null): MatchPayer {
  return {
    customerId,
    names: [{ text: name, source: 'master' }],
    accounts: account === null ? [] : [{ text: account, source: 'confirmed' }],
    parentId: null,
  };
}

/** Matches a statement. */
export function match(
  items: readonly MatchItem[],
  lines: readonly MatchLine[],
  given: { readonly payers?: readonly MatchPayer[]; readonly policy?: Partial<MatchingPolicy> } = {},
): Answer[] {
  const policy = { ...DEFAULT_MATCHING_POLICY, ...given.policy };
  return matchLines(buildIndex(items, given.payers ?? PAYERS), lines, policy);
}

/** Matches one line. */
export function matchOne(
  items: readonly MatchItem[],
  only: MatchLine,
  given: Parameters<typeof match>[2] = {},
): Answer {
  const [answer] = match(items, [only], given);
  if (answer === undefined) throw new Error('There is no answer.');
  return answer;
}

/** What an answer pays, in the order of the shares: `INV-1:100` for 100 minor units of INV-1. */
export function paidOf(answer: Answer): string[] {
  const proposal =
    answer.kind === 'post' ? answer.proposal : answer.kind === 'propose' ? answer.proposals[0] : undefined;
  return proposal?.allocation.shares.map((share) => `${share.itemId}:${share.paidMinor}`) ?? [];
}
