// What the matcher looks things up in: open items by reference, amount and customer, customers by name and account.

import { indexNames, type NameIndex } from './names.ts';
import { ACCOUNT_CHARS_MAX, ITEMS_ALIGNED_MAX } from './limits.ts';
import { accountKey } from './normalise.ts';
import { packPieces, type PackedPieces, type Pieces } from './pieces.ts';
import { addPosting, type Postings } from './postings.ts';
import { indexReferences, type ReferenceIndex } from './reference-index.ts';
import type { MatchItem, MatchPayer } from './types.ts';

/** A customer with what is open of it. */
export interface IndexedCustomer {
  readonly id: string;
  /** Place of the customer that may pay for this one, null if none. */
  readonly parent: number | null;
  /** Customers for which this one may pay. */
  readonly children: readonly number[];
  /** Places of its items, the earliest due first. */
  readonly items: readonly number[];
  readonly hasCredits: boolean;
  /** Whether a discount or a dispute makes less than what is open a full payment of one of them. */
  readonly hasTerms: boolean;
  /** References of its items by currency, to be compared with a text; none when there are too many items. */
  readonly pieces: ReadonlyMap<string, PackedPieces>;
}

/** Built once by `buildIndex`; a line is matched without going through the open items. */
export interface MatchIndex {
  /** In an order that depends on their content only. */
  readonly items: readonly MatchItem[];
  /**
   * What is open of each item. A statement that is being solved takes its amounts off here and puts them back at its end:
   * a copy for every small statement would cost more than matching it.
   */
  readonly openMinor: Float64Array;
  /** Customer of each item. */
  readonly customerOf: readonly number[];
  readonly customers: readonly IndexedCustomer[];
  readonly references: ReferenceIndex;
  readonly names: NameIndex;
  /** Customers by account, as `accountKey` spells the beginning of it. */
  readonly byAccount: Postings;
  /** Items by currency and what is open. */
  readonly byAmount: Postings;
}

/** @returns the key of `byAmount`. */
export function amountKey(currency: string, amountMinor: number): string {
  return `${currency}${amountMinor}`;
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** @returns the order of age: due date, then date of issue, then number. */
function compareAges(a: MatchItem, b: MatchItem): number {
  return compareTexts(a.dueOn, b.dueOn) || compareTexts(a.issuedOn, b.issuedOn) || compareTexts(a.id, b.id);
}

/**
 * Builds the index of open items and payers. Items of customers who are no payers are found by their references alone.
 * @param items - open items, each id once
 * @param payers - what is known of customers as payers, each once
 */
export function buildIndex(items: Iterable<MatchItem>, payers: Iterable<MatchPayer>): MatchIndex {
  const sorted = [...items].sort(compareAges);
  const known = [...payers].sort((a, b) => compareTexts(a.customerId, b.customerId));
  const ids = [...new Set([...known.map((payer) => payer.customerId), ...sorted.map((item) => item.customerId)])].sort(
    compareTexts,
  );
  const places = new Map(ids.map((id, at) => [id, at]));
  const placeOf = (id: string): number => places.get(id) ?? -1;
  const customerOf = sorted.map((item) => placeOf(item.customerId));
  const byAmount: Postings = new Map();
  for (const [at, item] of sorted.entries()) addPosting(byAmount, amountKey(item.currency, item.openMinor), at);
  const references = indexReferences(sorted);
  const byAccount: Postings = new Map();
  for (const payer of known) {
    for (const account of payer.accounts)
      addPosting(byAccount, accountKey(account.text.slice(0, ACCOUNT_CHARS_MAX)), placeOf(payer.customerId));
  }
  return {
    items: sorted,
    openMinor: Float64Array.from(sorted, (item) => item.openMinor),
    customerOf,
    customers: customersOf({ ids, known, customerOf, placeOf, sorted, references }),
    references,
    names: indexNames(
      known.flatMap((payer) => payer.names.map(({ text }) => ({ owner: placeOf(payer.customerId), text }))),
    ),
    byAccount,
    byAmount,
  };
}

function customersOf(given: {
  readonly ids: readonly string[];
  readonly known: readonly MatchPayer[];
  readonly customerOf: readonly number[];
  readonly placeOf: (id: string) => number;
  readonly sorted: readonly MatchItem[];
  readonly references: ReferenceIndex;
}): IndexedCustomer[] {
  const drafts = given.ids.map((id) => ({
    id,
    parent: null as number | null,
    children: [] as number[],
    items: [] as number[],
  }));
  for (const [item, customer] of given.customerOf.entries()) drafts[customer]?.items.push(item);
  for (const payer of given.known) {
    const parent = payer.parentId === null ? -1 : given.placeOf(payer.parentId);
    const child = drafts[given.placeOf(payer.customerId)];
    if (parent < 0 || child === undefined) continue;
    child.parent = parent;
    drafts[parent]?.children.push(given.placeOf(payer.customerId));
  }
  return drafts.map((draft) => ({
    ...draft,
    hasCredits: draft.items.some((item) => given.sorted[item]?.side === 'credit'),
    hasTerms: draft.items.some((item) => hasTerms(given.sorted[item])),
    pieces: piecesByCurrency(draft.items, given),
  }));
}

function hasTerms(item: MatchItem | undefined): boolean {
  return item !== undefined && (item.discounts.length > 0 || item.disputedMinor > 0);
}

function piecesByCurrency(
  items: readonly number[],
  given: { readonly sorted: readonly MatchItem[]; readonly references: ReferenceIndex },
): Map<string, PackedPieces> {
  const byCurrency = new Map<string, number[]>();
  for (const item of items.length <= ITEMS_ALIGNED_MAX ? items : []) {
    const currency = given.sorted[item]?.currency ?? '';
    const known = byCurrency.get(currency) ?? [];
    known.push(...(given.references.ofItem[item] ?? []));
    byCurrency.set(currency, known);
  }
  const piecesAt = (reference: number): Pieces => given.references.references[reference]?.pieces ?? [];
  return new Map([...byCurrency].map(([currency, references]) => [currency, packPieces(references, piecesAt)]));
}
