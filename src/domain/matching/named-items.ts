// Mentions gathered by item: what the whole text tells for each item it seems to name.

import { CUSTOMERS_PER_LINE_MAX, NAMED_ITEMS_MAX, POSTINGS_MAX } from './limits.ts';
import { amountKey } from './match-index.ts';
import type { Mention } from './mentions.ts';
import { KNOWN_PAYER_BITS, payerBits, type PayerEvidence } from './payer-evidence.ts';
import { postingsOf } from './postings.ts';
import {
  mentionsByHalves,
  mentionsFarOff,
  mentionsOfCustomer,
  mentionsOfItem,
  type PreparedLine,
} from './prepared-line.ts';
import { isPayable, type StatementState } from './statement-state.ts';

/** An item that a text seems to name. */
export interface NamedItem {
  readonly item: number;
  readonly bits: number;
  /** The best first; they do not overlap. */
  readonly mentions: readonly Mention[];
}

const BITS_MAX = 50;
/** A single digit counts items, or is the beginning of a number that was broken. */
const NUMBER_CHARS_MIN = 2;
/** Characters that two damaged numbers may seem to share where they meet. */
const SLACK_MAX = 2;
/** A shorter number is hardly what is left of a reference. */
const LOST_CHARS_MIN = 5;
/** A whole reference of this many bits is hardly another one that was damaged. */
const RARE_BITS = 24;
/** A number of a known payer's own items, whole, of this many bits is hardly a neighbour that was meant. */
const OWN_BITS = 13;
/** A mention worth a look at its customer's other items. */
const CUSTOMER_MENTION_BITS = 10;

/** @returns whether two mentions share characters; those of damaged ones are known but for their edits. */
export function overlap(a: Mention, b: Mention): boolean {
  const shared = Math.min(a.end, b.end) - Math.max(a.start, b.start);
  return shared > (a.isCut || b.isCut ? 0 : Math.min(SLACK_MAX, a.edits + b.edits));
}

/** @returns items by what tells for them, the most first, at most `NAMED_ITEMS_MAX`; items that have nothing open are left out. */
export function gatherByItem(
  state: StatementState,
  mentions: Iterable<Mention>,
  amounts: ReadonlyMap<string, number>,
): NamedItem[] {
  const byItem = new Map<number, Mention[]>();
  for (const mention of mentions) {
    if (!isPayable(state, mention.item, amounts)) continue;
    const known = byItem.get(mention.item);
    if (known === undefined) byItem.set(mention.item, [mention]);
    else if (!known.some((other) => other.reference === mention.reference)) known.push(mention);
  }
  const named = [...byItem].map(([item, all]) => nameItem(item, all));
  return named.sort((a, b) => b.bits - a.bits || a.item - b.item).slice(0, NAMED_ITEMS_MAX);
}

function nameItem(item: number, all: Mention[]): NamedItem {
  if (all.length === 1) return { item, bits: Math.min(BITS_MAX, all[0]?.bits ?? 0), mentions: all };
  all.sort((a, b) => b.bits - a.bits || a.reference - b.reference);
  const kept: Mention[] = [];
  for (const mention of all) {
    if (kept.length > 0 && (mention.bits <= 0 || kept.some((other) => overlap(other, mention)))) continue;
    kept.push(mention);
  }
  return {
    item,
    bits: Math.min(
      BITS_MAX,
      kept.reduce((sum, mention) => sum + mention.bits, 0),
    ),
    mentions: kept,
  };
}

/**
 * Everything a text may name: whole references, damaged ones by their halves, those of items whose amount is paid,
 * and those of the items of customers that are likely anyway.
 */
export function seekNamed(
  state: StatementState,
  prepared: PreparedLine,
  found: { readonly payer: PayerEvidence; readonly amounts: ReadonlyMap<string, number> },
): NamedItem[] {
  const { index } = state;
  if (isTold(state, prepared, found.payer)) return gatherByItem(state, prepared.whole, found.amounts);
  const mentions: Mention[] = [...prepared.whole];
  const wholes = new Set(prepared.whole.map((mention) => mention.reference));
  const add = (near: readonly Mention[]): void => {
    for (const mention of near) if (!wholes.has(mention.reference)) mentions.push(mention);
  };
  add(mentionsByHalves(index, prepared));
  for (const [currency, amountMinor] of found.amounts) {
    const hits = postingsOf(index.byAmount, amountKey(currency, amountMinor));
    if (hits.length <= POSTINGS_MAX) for (const item of [...hits]) add(mentionsOfItem(index, prepared, item));
  }
  for (const customer of likelyCustomers(state, found.payer, mentions))
    add(mentionsOfCustomer(index, prepared, customer));
  const payer = found.payer.ranked[0];
  if (payer !== undefined && payerBits(found.payer, payer) >= KNOWN_PAYER_BITS && hasLostNumber(prepared, mentions))
    add(mentionsFarOff(index, prepared, payer));
  return gatherByItem(state, mentions, found.amounts);
}

/**
 * Whether the text says all it can: it has a rare reference whole of an item that the amount does not exceed, or each of
 * its numbers is a reference that stands whole and is either rare or one of the known payer's own such items.
 */
function isTold(state: StatementState, prepared: PreparedLine, payer: PayerEvidence): boolean {
  const isEnough = (mention: Mention): boolean => (state.openMinor[mention.item] ?? 0) >= prepared.line.amountMinor;
  const bitsOf = (mention: Mention): number => payerBits(payer, state.index.customerOf[mention.item] ?? -1);
  if (prepared.whole.some((mention) => mention.bits >= RARE_BITS && isEnough(mention) && bitsOf(mention) >= 0))
    return true;
  const isTrusted = (mention: Mention): boolean =>
    mention.bits >= RARE_BITS || (mention.bits >= OWN_BITS && bitsOf(mention) >= KNOWN_PAYER_BITS && isEnough(mention));
  const { words, runs } = prepared.text;
  const numbers = state.index.references.isMixedUsual ? words : runs;
  if (numbers.length === 0 && words.length > 0) return prepared.whole.some(isTrusted);
  return numbers.every(
    ({ start, end }) =>
      end - start < NUMBER_CHARS_MIN ||
      prepared.whole.some((mention) => mention.start < end && start < mention.end && isTrusted(mention)),
  );
}

/** Whether the text has a number, long enough to be a reference, in which nothing was recognised. */
function hasLostNumber({ text }: PreparedLine, mentions: readonly Mention[]): boolean {
  return text.runs.some(
    ({ start, end }) =>
      end - start >= LOST_CHARS_MIN && !mentions.some((mention) => mention.start < end && start < mention.end),
  );
}

/** Customers by payer and by what the text names of them, the likeliest first. */
function likelyCustomers(state: StatementState, payer: PayerEvidence, mentions: readonly Mention[]): number[] {
  const scores = new Map<number, number>();
  for (const customer of payer.ranked) scores.set(customer, payerBits(payer, customer));
  for (const mention of mentions) {
    const customer = state.index.customerOf[mention.item] ?? -1;
    if (mention.bits < CUSTOMER_MENTION_BITS) continue;
    const named = mention.bits / 2 + payerBits(payer, customer);
    scores.set(customer, Math.max(scores.get(customer) ?? -Infinity, named));
  }
  return [...scores]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, CUSTOMERS_PER_LINE_MAX)
    .map(([customer]) => customer);
}
