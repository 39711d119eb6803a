// Who may have paid a line: accounts and names that are known, and those which the statement itself has shown.

import { ACCOUNT_CHARS_MAX } from './limits.ts';
import type { MatchIndex } from './match-index.ts';
import { accountKey } from './normalise.ts';
import type { NameMatch } from './names.ts';
import { postingsOf } from './postings.ts';

/** How a customer was recognised as the payer. */
export type PayerSign = 'account' | 'name' | 'similar_name' | 'statement_account' | 'statement_name' | 'parent';

/** What a line's payer tells for and against customers. */
export interface PayerEvidence {
  /** Bits for customers that something is known of. */
  readonly bits: ReadonlyMap<number, number>;
  /** Bits for all the others: below 0 when the payer is known as somebody else. */
  readonly others: number;
  readonly signs: ReadonlyMap<number, readonly PayerSign[]>;
  /** Customers that speak for themselves, the likeliest first. */
  readonly ranked: readonly number[];
}

/** Customers that payers turned out to be within the statement, by account and by folded name; null when it was more than one. */
export interface LearnedPayers {
  readonly accounts: Map<string, number | null>;
  readonly names: Map<string, number | null>;
}

/** A payer's name, read once. */
export interface ReadName {
  /** As it is learned by. */
  readonly full: string;
  /** Customers that it may stand for, the likeliest first. */
  readonly matches: readonly NameMatch[];
}

/** From this many bits on a customer counts as the known payer. */
export const KNOWN_PAYER_BITS = 5.5;

const ACCOUNT = { bits: 12, against: -8 };
const STATEMENT_ACCOUNT = { bits: 9, against: -6 };
const STATEMENT_NAME = { bits: 5, against: -2 };
const PARENT_LOSS = 2;
const BITS_MAX = 14;
const BITS_MIN = -10;
const RANKED_BITS_MIN = 1;

interface Source {
  readonly sign: PayerSign;
  readonly bits: ReadonlyMap<number, number>;
  readonly against: number;
}

/** @returns what a line's account and name tell. */
export function readPayer(
  index: MatchIndex,
  learned: LearnedPayers,
  line: { readonly payerAccount: string | null; readonly name: ReadName | null },
): PayerEvidence {
  const account = line.payerAccount === null ? '' : accountKey(line.payerAccount.slice(0, ACCOUNT_CHARS_MAX));
  const sources = [accountSource(index, learned, account), ...nameSources(learned, line.name)];
  return combine(
    index,
    sources.filter((source) => source !== null),
  );
}

function accountSource(index: MatchIndex, learned: LearnedPayers, account: string): Source | null {
  if (account === '') return null;
  const known = postingsOf(index.byAccount, account);
  if (known.length > 0) {
    const each = ACCOUNT.bits - Math.log2(known.length);
    return { sign: 'account', bits: new Map(known.map((owner) => [owner, each])), against: ACCOUNT.against };
  }
  const shown = learned.accounts.get(account) ?? null;
  if (shown === null) return null;
  return {
    sign: 'statement_account',
    bits: new Map([[shown, STATEMENT_ACCOUNT.bits]]),
    against: STATEMENT_ACCOUNT.against,
  };
}

function nameSources(learned: LearnedPayers, name: ReadName | null): Source[] {
  if (name === null) return [];
  const { full, matches } = name;
  const best = matches[0]?.bits ?? 0;
  const shown = learned.names.get(full) ?? null;
  if (shown !== null && best < STATEMENT_NAME.bits) {
    return [{ sign: 'statement_name', bits: new Map([[shown, STATEMENT_NAME.bits]]), against: STATEMENT_NAME.against }];
  }
  if (matches.length === 0) return [];
  const bits = new Map(matches.map((match) => [match.owner, match.bits]));
  const isSure = best >= KNOWN_PAYER_BITS;
  return [{ sign: isSure ? 'name' : 'similar_name', bits, against: isSure ? 3 - best : 0 }];
}

function combine(index: MatchIndex, sources: readonly Source[]): PayerEvidence {
  const owners = new Set(sources.flatMap((source) => [...source.bits.keys()]));
  const bits = new Map<number, number>();
  const signs = new Map<number, PayerSign[]>();
  for (const owner of owners) {
    let sum = 0;
    for (const source of sources) sum += source.bits.get(owner) ?? source.against;
    bits.set(owner, limited(sum));
    signs.set(
      owner,
      sources.filter((source) => (source.bits.get(owner) ?? 0) > 0).map((source) => source.sign),
    );
  }
  for (const owner of owners) {
    for (const child of index.customers[owner]?.children ?? []) {
      const inherited = (bits.get(owner) ?? 0) - PARENT_LOSS;
      if (inherited <= (bits.get(child) ?? 0)) continue;
      bits.set(child, inherited);
      signs.set(child, ['parent']);
    }
  }
  const ranked = [...bits.keys()]
    .filter((owner) => (bits.get(owner) ?? 0) >= RANKED_BITS_MIN)
    .sort((a, b) => (bits.get(b) ?? 0) - (bits.get(a) ?? 0) || a - b);
  return { bits, others: limited(sources.reduce((sum, source) => sum + source.against, 0)), signs, ranked };
}

function limited(bits: number): number {
  return Math.max(BITS_MIN, Math.min(BITS_MAX, bits));
}

/** @returns bits for one customer. */
export function payerBits(payer: PayerEvidence, customer: number): number {
  return payer.bits.get(customer) ?? payer.others;
}

/** @returns how a customer was recognised as the payer, and whether the payer is known as somebody else. */
export function payerShown(
  payer: PayerEvidence,
  customer: number,
): { payerSigns: readonly PayerSign[]; isSomebodyElse: boolean } {
  const payerSigns = payer.signs.get(customer) ?? [];
  return { payerSigns, isSomebodyElse: payerSigns.length === 0 && payer.others < 0 };
}
