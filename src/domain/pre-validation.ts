// Looks at a payment that the matcher is sure of before it is posted by itself: what fraud, misuse and slips look like.

import type { LineReason } from './bank-line.ts';
import { addDays, daysBetween, type IsoDate } from './dates.ts';
import { parseIban } from './iban.ts';
import { foldName } from './matching/names.ts';
import { accountKey, foldText } from './matching/normalise.ts';
import type { MatchItem, MatchLine, MatchPayer, MatchingPolicy, Pass, Proposal } from './matching/types.ts';
import { formatDecimal } from './money.ts';
import type { CashRules } from './policy.ts';

/** A payment like the one that is looked at: of the same payer, of the same amount and currency. */
export interface AlikePayment {
  readonly valueOn: IsoDate;
  /** As `referenceOf` makes it. */
  readonly reference: string;
  /** Items that it pays. */
  readonly itemIds: readonly string[];
  /** For the reader, such as `line 4 of march.xml`. */
  readonly name: string;
}

export interface LookedAt {
  readonly line: MatchLine;
  readonly proposal: Proposal;
  /** The items of the proposal's shares. */
  readonly items: readonly MatchItem[];
  /** Everybody who may pay for them: the customer that pays, the items' customers, and their parents. */
  readonly payers: readonly MatchPayer[];
  /** When somebody last changed the paying customer's bank details, at the legal entity; `null`: never. */
  readonly bankDetailsChangedOn: IsoDate | null;
  /** Others, earlier ones, within the days of the policy or not. */
  readonly alike: readonly AlikePayment[];
}

/** Why the payment is not posted by itself; empty when nothing speaks against it. */
export function holdsOf(looked: LookedAt, rules: CashRules): LineReason[] {
  return [
    duplicate(looked, rules),
    changedDetails(looked, rules),
    unknownPayer(looked),
    wrongIban(looked.line),
    otherCurrency(looked),
    aboveOpen(looked, rules.matching),
  ].filter((reason) => reason !== null);
}

/** What a payer wrote, as two payments are compared: letters and digits alone. */
export function referenceOf(texts: readonly string[]): string {
  return foldText(texts.join(' ')).replace(/[^\p{L}\p{N}]+/gu, '');
}

/** A payer's name as two spellings of it are compared. */
export function nameKey(text: string): string {
  return foldName(text).full;
}

/** Passes by which the payment itself says what it pays. */
const NAMING: ReadonlySet<Pass> = new Set<Pass>([
  'remittance',
  'structured_reference',
  'reference',
  'order_reference',
  'damaged_reference',
]);

/**
 * The same payer, amount and reference within so many days. Two that name different items are two, and so are parts that the
 * matcher found to make up one item.
 */
function duplicate({ line, proposal, alike }: LookedAt, { duplicateDays }: CashRules): LineReason | null {
  if (duplicateDays === 0 || proposal.pass === 'part_payments') return null;
  const reference = referenceOf([...line.texts, ...line.structuredReferences]);
  const items = new Set(proposal.allocation.shares.map(({ itemId }) => itemId));
  const namesItems = NAMING.has(proposal.pass) && items.size > 0;
  const found = alike.find(
    (one) =>
      one.reference === reference &&
      Math.abs(daysBetween(one.valueOn, line.valueOn)) <= duplicateDays &&
      !(namesItems && one.itemIds.length > 0 && one.itemIds.every((id) => !items.has(id))),
  );
  if (found === undefined) return null;
  return {
    code: 'duplicate_payment',
    text: `The payer paid ${show(line.amountMinor, line.currency)} with the same reference on ${found.valueOn} already (${found.name}).`,
  };
}

function changedDetails(
  { line, bankDetailsChangedOn: on }: LookedAt,
  { bankDetailsChangedDays: days }: CashRules,
): LineReason | null {
  if (days === 0 || on === null || on < addDays(line.bookedOn, -days)) return null;
  return {
    code: 'bank_details_changed',
    text: `The customer's bank details were changed on ${on}, less than ${String(days)} days before the payment or after it.`,
  };
}

/** A stranger's account and a stranger's name, though the reference is one of ours. */
function unknownPayer({ line, payers }: LookedAt): LineReason | null {
  const { payerAccount, payerName } = line;
  if (payerAccount === null || payerName === null) return null;
  const account = accountKey(payerAccount);
  const names = payers.flatMap((payer) => payer.names);
  const accounts = payers.flatMap((payer) => payer.accounts);
  if (accounts.some(({ text }) => accountKey(text) === account)) return null;
  if (names.some(({ text }) => isAlike(text, payerName))) return null;
  const [own] = names;
  return {
    code: 'payer_unknown',
    text: `${payerName} paid from an account that is not known${own === undefined ? '' : `, and the customer is ${own.text}`}.`,
  };
}

const WORD_CHARS_MIN = 3;

/** Whether two names share a word that tells something, or are each other's initials. */
function isAlike(one: string, other: string): boolean {
  const [a, b] = [foldName(one), foldName(other)];
  const joined = [a.words.join(''), b.words.join('')];
  if (joined[0] === joined[1]) return true;
  if (a.words.some((word) => word.length >= WORD_CHARS_MIN && b.words.includes(word))) return true;
  return a.initials.some((text) => text === joined[1]) || b.initials.some((text) => text === joined[0]);
}

const IBAN_LIKE = /^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/;

function wrongIban({ payerAccount }: MatchLine): LineReason | null {
  if (payerAccount === null) return null;
  const account = accountKey(payerAccount);
  if (!IBAN_LIKE.test(account) || parseIban(account) !== null) return null;
  return {
    code: 'counterpart_iban_wrong',
    text: `The payer's account ${account.slice(0, 4)}…${account.slice(-4)} has wrong check digits for an IBAN.`,
  };
}

function otherCurrency({ line, items }: LookedAt): LineReason | null {
  const known = [line.currency, line.instructed?.currency];
  const other = items.find(({ currency }) => !known.includes(currency));
  if (other === undefined) return null;
  return {
    code: 'currency_differs',
    text: `The payment is in ${line.currency}, and an item that it pays is in ${other.currency}.`,
  };
}

/** More than is open and than the tolerance: left alone, it would lie on the customer's account unseen. */
function aboveOpen({ line, proposal, items }: LookedAt, policy: MatchingPolicy): LineReason | null {
  const { onAccountMinor, shares } = proposal.allocation;
  if (policy.isOnAccountAutomatic || onAccountMinor <= 0) return null;
  const currency = items[0]?.currency ?? line.currency;
  const openMinor = items.reduce((sum, item) => sum + (item.side === 'debit' ? item.openMinor : -item.openMinor), 0);
  if (shares.length > 0 && onAccountMinor <= toleranceMinor(policy, { currency, openMinor })) return null;
  return {
    code: 'above_open',
    text: `${show(onAccountMinor, currency)} is more than the ${show(openMinor, currency)} that is open of what it pays.`,
  };
}

/** The most by which a payment may differ, in minor units: the smaller of the policy's two limits. */
export function toleranceMinor(
  policy: MatchingPolicy,
  { currency, openMinor }: { currency: string; openMinor: number },
): number {
  const fixed = policy.toleranceMinorByCurrency[currency] ?? policy.toleranceMinor;
  return Math.max(0, Math.min(fixed, Number((BigInt(openMinor) * BigInt(policy.toleranceBasisPoints)) / 10_000n)));
}

function show(minor: number, currency: string): string {
  return `${formatDecimal(minor, currency)} ${currency}`;
}
