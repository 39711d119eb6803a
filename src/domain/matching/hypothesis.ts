// One possible meaning of a line while it is weighed: which items, and what tells for it.

import { fitAmount, type Fit, type Money, type OpenItem } from './amount-fit.ts';
import type { Span } from './normalise.ts';
import { overlap, type NamedItem } from './named-items.ts';
import { payerBits, payerShown, type PayerEvidence, type PayerSign } from './payer-evidence.ts';
import type { StatementState } from './statement-state.ts';
import type { MatchLine, Pass } from './types.ts';

export interface Hypothesis {
  readonly customer: number;
  /** Places of the items, rising; none when the money goes on the customer's account. */
  readonly items: readonly number[];
  /** Of these items, those which the text names. */
  readonly named: readonly NamedItem[];
  readonly pass: Pass;
  /** Whether every number of the text is one of the items'. */
  readonly isExplained: boolean;
  readonly fit: Fit;
  readonly textBits: number;
  readonly payerBits: number;
  /** How the payer was recognised when this was weighed; what the line itself shows of its payer comes later. */
  readonly payerSigns: readonly PayerSign[];
  /** Whether the payer is known as another customer. */
  readonly isSomebodyElse: boolean;
  /** All evidence together, in bits. */
  readonly bits: number;
  /** Lines that pay the item together with this one, by their places; none when it is alone. */
  readonly together: readonly number[];
  /** What the payer says is paid on each item; null when that follows from the fit. */
  readonly told: readonly ToldShare[] | null;
}

/** One item of a remittance advice. */
export interface ToldShare {
  readonly item: number;
  /** Negative for a credit that is used up. */
  readonly paidMinor: number;
  readonly discountMinor: number;
  readonly isDiscountLate: boolean;
  readonly deductionMinor: number;
  readonly deductionCode: string | null;
}

/** What a hypothesis is made of. */
export interface Meaning {
  readonly customer: number;
  readonly items: readonly number[];
  readonly named: readonly NamedItem[];
  /** Bits taken off because several answers were tried before this one was found. */
  readonly triedBits: number;
}

/** What is weighed for one line. */
export interface Weighing {
  readonly state: StatementState;
  readonly line: MatchLine;
  readonly payer: PayerEvidence;
  /** Numbers in the text which are long enough to be references. */
  readonly numbers: readonly Span[];
  /** References with check digits that hold in this line. */
  readonly structured: ReadonlySet<number>;
}

/** A number in the text that the items do not explain. */
const UNEXPLAINED_BITS = -5;

/** @returns the line's money in a currency; null when it has none in it. */
export function moneyIn(line: MatchLine, currency: string): Money | null {
  if (line.currency === currency) {
    return { amountMinor: line.amountMinor, chargesMinor: line.chargesMinor, currency, valueOn: line.valueOn };
  }
  if (line.instructed?.currency !== currency) return null;
  return { amountMinor: line.instructed.amountMinor, chargesMinor: 0, currency, valueOn: line.valueOn };
}

/** @returns items with what is open of them in the statement. */
export function openItems(state: StatementState, items: readonly number[]): OpenItem[] {
  const open: OpenItem[] = [];
  for (const at of items) {
    const item = state.index.items[at];
    if (item !== undefined) open.push({ item, openMinor: state.openMinor[at] ?? 0 });
  }
  return open;
}

/** @returns what is open of an item, below 0 for a credit. */
export function signedOpen(state: StatementState, item: number): number {
  const open = state.openMinor[item] ?? 0;
  return state.index.items[item]?.side === 'credit' ? -open : open;
}

/** Weighs one meaning. @returns null when the items have several currencies, or one that the line has no money in */
export function weigh(weighing: Weighing, meaning: Meaning): Hypothesis | null {
  const { state, line, payer } = weighing;
  const open = openItems(state, meaning.items);
  const currency = open[0]?.item.currency ?? line.currency;
  const money = moneyIn(line, currency);
  if (money === null || money.amountMinor <= 0 || open.some(({ item }) => item.currency !== currency)) return null;
  const fit = fitAmount(open, money, state.policy);
  const ofText = textBitsOf(meaning.named);
  const isNamed = meaning.named.length > 0;
  const textBits = isNamed || weighing.numbers.length === 0 ? ofText : UNEXPLAINED_BITS;
  const ofPayer = payerBits(payer, meaning.customer);
  return {
    customer: meaning.customer,
    items: meaning.items,
    named: meaning.named,
    pass: passOf(weighing, meaning, fit),
    isExplained: unexplainedNumbers(weighing.numbers, meaning.named).length === 0,
    fit,
    textBits,
    payerBits: ofPayer,
    ...payerShown(payer, meaning.customer),
    bits: textBits + ofPayer + fit.bits - meaning.triedBits,
    together: [],
    told: null,
  };
}

/** @returns numbers of the text in which none of the named items stands. */
export function unexplainedNumbers(numbers: readonly Span[], named: readonly NamedItem[]): readonly Span[] {
  return numbers.filter(
    ({ start, end }) =>
      !named.some((item) => item.mentions.some((mention) => mention.start < end && start < mention.end)),
  );
}

/** What the text tells for a set of items: each stretch counts once. */
function textBitsOf(named: readonly NamedItem[]): number {
  if (named.length === 1) return named[0]?.bits ?? 0;
  let bits = 0;
  const used = named.map((item) => item.mentions[0]).filter((mention) => mention !== undefined);
  for (const item of named) {
    for (const [at, mention] of item.mentions.entries()) {
      if (at === 0 || !used.some((other) => other.item !== item.item && overlap(other, mention))) bits += mention.bits;
    }
  }
  return bits;
}

function passOf(weighing: Weighing, meaning: Meaning, fit: Fit): Pass {
  const { state, structured } = weighing;
  const mentions = meaning.named.flatMap((item) => item.mentions.slice(0, 1));
  if (mentions.length === 0) {
    if (meaning.items.length === 0) return 'on_account';
    if (meaning.items.length > 1) return 'subset_sum';
    return fit.kind === 'exact' ? 'payer_amount' : 'payer_reduced_amount';
  }
  if (mentions.some((mention) => mention.edits > 0)) return 'damaged_reference';
  if (mentions.every((mention) => structured.has(mention.reference))) return 'structured_reference';
  const kinds = mentions.map((mention) => state.index.references.references[mention.reference]?.kind);
  const isOrder = kinds.every((kind) => kind === 'order' || kind === 'purchase_order' || kind === 'delivery');
  return isOrder ? 'order_reference' : 'reference';
}
