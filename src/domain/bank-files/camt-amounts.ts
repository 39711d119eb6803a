// Amounts, dates and parties as camt messages write them, in all their versions.

import { isIsoDate } from '../dates.ts';
import { parseIban } from '../iban.ts';
import { isCurrency, parseDecimal } from '../money.ts';
import { readAmount, requireCurrency, shown } from './amounts.ts';
import { BankFileError, type ForeignAmount, type Place } from './types.ts';
import { child, textAt, type XmlElement } from './xml-elements.ts';

/** An amount without sign. */
export interface CamtAmount {
  readonly minor: number;
  readonly currency: string;
}

/** Reads an amount the file cannot do without. @throws {BankFileError} when it is missing, no amount or negative. */
export function requireAmount(element: XmlElement | null, place: Place): CamtAmount {
  if (element === null) throw new BankFileError('bank_file.no_amount', place, 'The amount (Amt) is missing.');
  const currency = requireCurrency(element.attributes['Ccy'] ?? '', place);
  const minor = readAmount({ text: element.text, currency, mark: '.', place });
  if (minor >= 0) return { minor, currency };
  const problem = `"${shown(element.text.trim())}" is negative; the direction belongs into CdtDbtInd.`;
  throw new BankFileError('bank_file.bad_amount', place, problem);
}

/** Reads an amount that only helps. @returns null when it is missing or is none we could book. */
export function helpfulAmount(element: XmlElement | null): CamtAmount | null {
  const currency = element?.attributes['Ccy'] ?? '';
  if (element === null || !isCurrency(currency)) return null;
  const parsed = parseDecimal(element.text.trim(), currency);
  return parsed.ok && parsed.minor >= 0 ? { minor: parsed.minor, currency } : null;
}

/** @returns +1 for CRDT, -1 for DBIT, null when `CdtDbtInd` is not there. @throws {BankFileError} on anything else. */
export function directionOf(element: XmlElement | null, place: Place): 1 | -1 | null {
  const indicator = textAt(element, 'CdtDbtInd');
  if (indicator === null) return null;
  if (indicator === 'CRDT') return 1;
  if (indicator === 'DBIT') return -1;
  const problem = `CdtDbtInd is "${shown(indicator)}"; it must be CRDT or DBIT.`;
  throw new BankFileError('bank_file.bad_direction', place, problem);
}

/**
 * Reads `Dt` or `DtTm` below the element, as the bank's own calendar has it: an instant's date is taken as written, because
 * the bank states its booking days in its own zone.
 * @returns YYYY-MM-DD, null when there is none. @throws {BankFileError} `bank_file.bad_date`.
 */
export function dateAt(element: XmlElement | null, place: Place): string | null {
  const text = textAt(element, 'Dt') ?? textAt(element, 'DtTm');
  return text === null ? null : requireDate(text, place);
}

/** @returns the date an ISO date or instant begins with. @throws {BankFileError} `bank_file.bad_date`. */
export function requireDate(text: string, place: Place): string {
  const date = text.slice(0, 10);
  if (isIsoDate(date)) return date;
  throw new BankFileError('bank_file.bad_date', place, `"${shown(text)}" is not a date.`);
}

/** The number of an account: an IBAN without blanks, else what stands under `Othr`. */
export function accountNumber(account: XmlElement | null): string | null {
  const id = child(account, 'Id');
  const text = textAt(id, 'IBAN') ?? textAt(id, 'Othr', 'Id') ?? textAt(id, 'PrtryAcct', 'Id') ?? textAt(id, 'BBAN');
  return text === null ? null : (parseIban(text) ?? text);
}

/** The name of a party: directly below (to version 7), below `Pty`, or of the bank that is party itself (from version 8). */
export function partyName(parties: XmlElement | null, role: string): string | null {
  const party = child(parties, role);
  return textAt(party, 'Nm') ?? textAt(party, 'Pty', 'Nm') ?? textAt(party, 'Agt', 'FinInstnId', 'Nm');
}

/** The first amount below `AmtDtls` or in `Amt` that is in another currency than the line, with its rate. */
export function foreignAmount(details: XmlElement, currency: string): ForeignAmount | null {
  const amounts = child(details, 'AmtDtls');
  const candidates = [
    child(amounts, 'InstdAmt', 'Amt'),
    child(amounts, 'TxAmt', 'Amt'),
    child(details, 'Amt'),
    child(amounts, 'CntrValAmt', 'Amt'),
  ];
  const found = candidates
    .map(helpfulAmount)
    .find((amount) => amount !== null && amount.currency !== currency && amount.minor > 0);
  if (found === undefined || found === null) return null;
  return { currency: found.currency, amountMinor: found.minor, rate: rateIn(amounts) };
}

function rateIn(amounts: XmlElement | null): string | null {
  for (const kind of ['InstdAmt', 'TxAmt', 'CntrValAmt', 'AnncdPstngAmt', 'PrtryAmt']) {
    const rate = textAt(amounts, kind, 'CcyXchg', 'XchgRate');
    if (rate !== null && /^\d{1,12}(\.\d{1,12})?$/.test(rate)) return rate;
  }
  return null;
}

/**
 * What banks kept of the payment, in the line's currency. Charges that are not included in the amount (`ChrgInclInd` false)
 * are booked apart and are no part of it; a charge marked CRDT is given back.
 */
export function chargesMinor(details: XmlElement | null, currency: string): number {
  let total = 0;
  for (const charges of details?.children.filter((each) => each.name === 'Chrgs') ?? []) {
    const records = charges.children.filter((each) => each.name === 'Rcrd');
    const parts = records.length > 0 ? records : [charges];
    for (const part of parts) total += chargeMinor(part, currency);
  }
  return Number.isSafeInteger(total) ? Math.max(0, total) : 0;
}

function chargeMinor(record: XmlElement, currency: string): number {
  const amount = helpfulAmount(child(record, 'Amt') ?? child(record, 'TtlChrgsAndTaxAmt'));
  if (amount === null || amount.currency !== currency || isFalse(textAt(record, 'ChrgInclInd'))) return 0;
  return textAt(record, 'CdtDbtInd') === 'CRDT' ? -amount.minor : amount.minor;
}

/** @returns whether an XML boolean says no; false when it is missing. */
function isFalse(text: string | null): boolean {
  return text === 'false' || text === '0';
}

/** @returns whether an XML boolean says yes; false when it is missing. */
export function isTrue(text: string | null): boolean {
  return text === 'true' || text === '1';
}
