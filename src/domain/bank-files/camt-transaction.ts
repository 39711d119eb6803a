// One transaction of a camt entry (`TxDtls`): what it tells about payer, references, remittance and amounts, and how several are put together.

import { readAmount } from './amounts.ts';
import { accountNumber, chargesMinor, directionOf, foreignAmount, partyName } from './camt-amounts.ts';
import { readRemittance } from './camt-remittance.ts';
import { BANK_FILE_LIMITS, type BankLine, type LineRemittance, type Place } from './types.ts';
import { child, textAt, type XmlElement } from './xml-elements.ts';

/** What the transactions of an entry have in common. */
export interface EntryHead {
  /** Signed, as the account moved. */
  readonly amountMinor: number;
  /** Also told when the amount is 0. */
  readonly isCredit: boolean;
  /** Whether the bank counts it among the booked entries, as it may one of nothing. */
  readonly isBooked: boolean;
  readonly currency: string;
  readonly bookedOn: string;
  readonly valueOn: string;
  readonly status: BankLine['status'];
  readonly isReversal: boolean;
  readonly bankReference: string | null;
  readonly transactionCode: string | null;
  /** Our own account, to tell the other party's from it. */
  readonly ownAccount: string | null;
  readonly place: Place;
}

/** What one transaction tells beside its amount. */
export type TransactionFacts = Pick<
  BankLine,
  | 'returnReason'
  | 'bankReference'
  | 'endToEndId'
  | 'trace'
  | 'transactionCode'
  | 'counterpartName'
  | 'counterpartAccount'
  | 'texts'
  | 'structuredReferences'
  | 'remittance'
  | 'instructed'
  | 'chargesMinor'
>;

/** A transaction's own amount, signed as it moves the account. */
export interface OwnAmount {
  readonly minor: number;
  /** Whether the bank gives it as the amount that was booked, and not only as the one that was ordered. */
  readonly isBooked: boolean;
}

/** The words banks write where there is no reference. */
const NO_REFERENCE = /^(NOTPROVIDED|NOT PROVIDED|NONREF|NOREF|NOTAVAILABLE|N\/A)$/i;

/** @returns the reference, null when it only says that there is none. */
export function realReference(text: string | null): string | null {
  return text === null || NO_REFERENCE.test(text) ? null : text;
}

/**
 * The transaction's amount in the entry's currency: `Amt` (version 3 on), else `TxAmt`, else the counter value or the
 * instructed amount. @returns null when it has none in this currency. @throws {BankFileError} when it is no amount.
 */
export function ownAmount(details: XmlElement, head: EntryHead, place: Place): OwnAmount | null {
  const sign = directionOf(details, place) ?? Math.sign(head.amountMinor);
  const amounts = child(details, 'AmtDtls');
  const booked = [child(details, 'Amt'), child(amounts, 'TxAmt', 'Amt')];
  const ordered = [child(amounts, 'CntrValAmt', 'Amt'), child(amounts, 'InstdAmt', 'Amt')];
  for (const [index, element] of [...booked, ...ordered].entries()) {
    if (element?.attributes['Ccy'] !== head.currency) continue;
    const minor = readAmount({ text: element.text, currency: head.currency, mark: '.', place });
    if (minor > 0) return { minor: sign * minor, isBooked: index < booked.length };
  }
  return null;
}

/**
 * Reads what a transaction tells. @param sign more than 0 when money came in. @throws {BankFileError} on too much remittance.
 */
export function readTransaction(
  details: XmlElement,
  head: EntryHead,
  at: { readonly sign: number; readonly place: Place },
): TransactionFacts {
  const references = child(details, 'Refs');
  const remittance = readRemittance(details, { currency: head.currency, place: at.place });
  const returned = child(details, 'RtrInf');
  const reference = (name: string): string | null => realReference(textAt(references, name));
  const mandate = reference('MndtId');
  return {
    returnReason: returnReason(returned),
    bankReference: reference('AcctSvcrRef'),
    endToEndId: reference('EndToEndId') ?? reference('PmtInfId'),
    trace: reference('ChqNb') ?? reference('TxId'),
    transactionCode: transactionCode(details),
    ...counterpart(details, { isIncoming: at.sign > 0, isBack: head.isReversal || returned !== null }, head.ownAccount),
    texts: [
      ...remittance.texts,
      ...textsAt(returned, 'AddtlInf'),
      ...textsAt(details, 'AddtlTxInf'),
      ...(mandate === null ? [] : [`MREF+${mandate}`]),
    ],
    structuredReferences: remittance.structuredReferences,
    remittance: remittance.remittance,
    instructed: foreignAmount(details, head.currency),
    chargesMinor: chargesMinor(details, head.currency),
  };
}

/** The bank's code: domain, family and sub-family, else its own. */
export function transactionCode(element: XmlElement): string | null {
  const domain = child(element, 'BkTxCd', 'Domn');
  const codes = [textAt(domain, 'Cd'), textAt(domain, 'Fmly', 'Cd'), textAt(domain, 'Fmly', 'SubFmlyCd')];
  if (codes[0] !== null) return codes.filter((code) => code !== null).join('/');
  return textAt(element, 'BkTxCd', 'Prtry', 'Cd');
}

/** @returns the texts of all elements of that name below, empty ones left out. */
export function textsAt(element: XmlElement | null, name: string): string[] {
  const found = element?.children.filter((each) => each.name === name) ?? [];
  return found.map((each) => each.text.trim()).filter((text) => text !== '');
}

/**
 * Puts together what the transactions tell of a line that cannot be split: a thing said by all stays, a thing on which they
 * differ is nobody's, references and texts of all stay up to the limits.
 */
export class FactsMerger {
  #facts: TransactionFacts | null = null;
  readonly #texts = new Set<string>();
  #textChars = 0;
  readonly #references = new Set<string>();
  readonly #remittance: LineRemittance[] = [];
  #chargesMinor = 0;

  add(facts: TransactionFacts): void {
    this.#facts = this.#facts === null ? facts : commonFacts(this.#facts, facts);
    this.#chargesMinor += facts.chargesMinor;
    for (const text of facts.texts) {
      if (this.#textChars >= BANK_FILE_LIMITS.remittanceCharsMax || this.#texts.has(text)) continue;
      this.#texts.add(text);
      this.#textChars += text.length;
    }
    for (const reference of facts.structuredReferences) {
      if (this.#references.size < BANK_FILE_LIMITS.remittanceLinesMax) this.#references.add(reference);
    }
    const left = BANK_FILE_LIMITS.remittanceLinesMax - this.#remittance.length;
    if (left > 0) this.#remittance.push(...facts.remittance.slice(0, left));
  }

  /** @returns what all of them tell, null when there was none. */
  get facts(): TransactionFacts | null {
    return this.#facts === null
      ? null
      : {
          ...this.#facts,
          texts: [...this.#texts],
          structuredReferences: [...this.#references],
          remittance: this.#remittance,
          chargesMinor: Number.isSafeInteger(this.#chargesMinor) ? this.#chargesMinor : 0,
        };
  }
}

function commonFacts(one: TransactionFacts, other: TransactionFacts): TransactionFacts {
  const same = <T>(a: T, b: T): T | null => (a === b ? a : null);
  return {
    ...one,
    returnReason: one.returnReason ?? other.returnReason,
    bankReference: same(one.bankReference, other.bankReference),
    endToEndId: same(one.endToEndId, other.endToEndId),
    trace: same(one.trace, other.trace),
    transactionCode: same(one.transactionCode, other.transactionCode),
    counterpartName: same(one.counterpartName, other.counterpartName),
    counterpartAccount: same(one.counterpartAccount, other.counterpartAccount),
    // The amounts in another currency are parts, and nobody tells that they are all of the whole.
    instructed: null,
  };
}

function returnReason(returned: XmlElement | null): string | null {
  if (returned === null) return null;
  // `NARR` (narrative) is ISO's own code for a reason that is not coded.
  return textAt(returned, 'Rsn', 'Cd') ?? textAt(returned, 'Rsn', 'Prtry') ?? 'NARR';
}

/**
 * The other side: the debtor of money that came in, the creditor of money that went out. Of what is sent back the parties
 * are those of the first way (ISO 20022: return information refers to the original transaction), so the other way round.
 * A side that is our own account is not the other one, whatever the direction.
 */
function counterpart(
  details: XmlElement,
  direction: { readonly isIncoming: boolean; readonly isBack: boolean },
  ownAccount: string | null,
): Pick<BankLine, 'counterpartName' | 'counterpartAccount'> {
  const parties = child(details, 'RltdPties');
  const debtor = accountNumber(child(parties, 'DbtrAcct'));
  const creditor = accountNumber(child(parties, 'CdtrAcct'));
  let isDebtor = direction.isIncoming !== direction.isBack;
  if (ownAccount !== null && debtor !== creditor && ownAccount === (isDebtor ? debtor : creditor)) isDebtor = !isDebtor;
  const role = isDebtor ? 'Dbtr' : 'Cdtr';
  return {
    counterpartName: partyName(parties, role) ?? partyName(parties, `Ultmt${role}`),
    counterpartAccount: isDebtor ? debtor : creditor,
  };
}
