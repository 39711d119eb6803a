// Why an answer is given, in words that a receivables person reads.

import { CURRENCY_EXPONENTS } from '../currencies.ts';
import { formatDecimal } from '../money.ts';
import type { FitKind } from './amount-fit.ts';
import { moneyIn, openItems, type Hypothesis } from './hypothesis.ts';
import type { NamedItem } from './named-items.ts';
import type { StatementState } from './statement-state.ts';
import type { PayerSign } from './payer-evidence.ts';
import type { PreparedLine } from './prepared-line.ts';
import type { ReferenceKind } from './types.ts';

/** Named items that are told one by one; of more only the number is told. */
const TOLD_ITEMS_MAX = 5;

const KINDS: Readonly<Record<ReferenceKind, string>> = {
  payment_reference: 'payment reference',
  invoice: 'invoice',
  order: 'order',
  purchase_order: 'purchase order',
  delivery: 'delivery',
  other: 'reference',
};

const SIGNS: Readonly<Record<PayerSign, string>> = {
  account: "The payer's account is known as the customer's.",
  name: "The payer's name is the customer's.",
  similar_name: "The payer's name is like the customer's.",
  statement_account: "The payer's account pays items of the customer elsewhere in the statement.",
  statement_name: "The payer's name pays items of the customer elsewhere in the statement.",
  parent: 'The payer may pay for the customer.',
};

/** @returns reasons, the strongest first. */
export function reasonsOf(state: StatementState, prepared: PreparedLine, hypothesis: Hypothesis): string[] {
  const parts: { bits: number; texts: string[] }[] = [
    { bits: hypothesis.textBits, texts: namedTexts(state, prepared, hypothesis.named) },
    { bits: hypothesis.payerBits, texts: payerTexts(hypothesis) },
    { bits: hypothesis.fit.bits, texts: amountTexts(state, prepared, hypothesis) },
  ];
  return parts.sort((a, b) => b.bits - a.bits).flatMap((part) => part.texts);
}

function namedTexts(state: StatementState, prepared: PreparedLine, named: readonly NamedItem[]): string[] {
  const texts = named.slice(0, TOLD_ITEMS_MAX).map((item) => namedText(state, prepared, item));
  const more = named.length - texts.length;
  return more > 0 ? [...texts, `The text names ${more} more items.`] : texts;
}

function namedText(state: StatementState, prepared: PreparedLine, { mentions }: NamedItem): string {
  const mention = mentions[0];
  const reference = mention === undefined ? undefined : state.index.references.references[mention.reference];
  if (mention === undefined || reference === undefined) return 'The text names an item.';
  const name = `${KINDS[reference.kind]} ${reference.printed}`;
  if (prepared.structured.has(mention.reference))
    return `The structured reference names ${name}; its check digits hold.`;
  if (mention.isCut) return `The text has a part of ${name}.`;
  if (mention.edits === 0) return `The text names ${name}.`;
  const places = mention.edits === 1 ? 'one place' : `${mention.edits} places`;
  return `The text has a number that differs from ${name} in ${places}.`;
}

function payerTexts({ payerSigns, isSomebodyElse }: Hypothesis): string[] {
  if (payerSigns.length > 0) return payerSigns.map((sign) => SIGNS[sign]);
  return isSomebodyElse ? ['The payer is known as somebody else.'] : ['The payer is not known.'];
}

function amountTexts(state: StatementState, prepared: PreparedLine, hypothesis: Hypothesis): string[] {
  const { line } = prepared;
  const items = openItems(state, hypothesis.items);
  const currency = items[0]?.item.currency ?? line.currency;
  const money = moneyIn(line, currency);
  if (money === null || hypothesis.items.length === 0) return ['The amount fits no open items: it goes on account.'];
  const show = (minor: number): string =>
    CURRENCY_EXPONENTS.has(currency) ? `${formatDecimal(minor, currency)} ${currency}` : `${minor} ${currency}`;
  const paid = show(money.amountMinor);
  const many = hypothesis.items.length > 1 ? ` of the ${hypothesis.items.length} items together` : '';
  const texts: Readonly<Record<FitKind, string>> = {
    exact: `The amount, ${paid}, is exactly what is open${many}.`,
    discount: `The amount, ${paid}, is what is open${many} less the discount, in time.`,
    late_discount: `The amount, ${paid}, is what is open${many} less the discount, which is taken too late.`,
    disputed: `The amount, ${paid}, is what is open${many} without what is disputed.`,
    charges: `The amount, ${paid}, is what is open${many} less what banks kept.`,
    tolerance: `The amount, ${paid}, is what is open${many} but for a difference within the tolerance.`,
    short: `The amount, ${paid}, is a little less than what is open${many}; the difference stays open.`,
    part: `The amount, ${paid}, is a part of what is open${many}.`,
    over: `The amount, ${paid}, is more than what is open${many}; the rest goes on account.`,
    parts: `With ${hypothesis.together.length} more lines of the statement the amount, ${paid}, makes up what is open.`,
    told: `The remittance advice says how the amount, ${paid}, is made up.`,
    none: `The amount, ${paid}, is laid on the oldest items.`,
  };
  const unnamed = hypothesis.items.length - hypothesis.named.length;
  if (hypothesis.named.length === 0 || unnamed === 0 || hypothesis.told !== null) return [texts[hypothesis.fit.kind]];
  const others = unnamed === 1 ? 'one item, which is' : `${unnamed} items, which are`;
  return [texts[hypothesis.fit.kind], `The text does not name ${others} just what the named ones leave of the amount.`];
}
