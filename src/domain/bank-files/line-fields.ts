// What the readers of BAI2, lockbox, OFX and CSV files share: a line with its usual defaults, short dates, counts and blank fields.

import { isIsoDate } from '../dates.ts';
import { parseIban } from '../iban.ts';
import { shown } from './amounts.ts';
import { BANK_FILE_LIMITS, BankFileError, type BankLine, type Place, type ReportedAccount } from './types.ts';

export type GivenLine = Pick<BankLine, 'amountMinor' | 'currency' | 'bookedOn' | 'place'> & Partial<BankLine>;

/** A line of what the file gives; what it does not give is null or empty. A line of nothing is for information, whatever the file says. */
export function bankLine(given: GivenLine): BankLine {
  return {
    valueOn: given.bookedOn,
    isReversal: false,
    returnReason: null,
    bankReference: null,
    endToEndId: null,
    trace: null,
    transactionCode: null,
    counterpartName: null,
    counterpartAccount: null,
    structuredReferences: [],
    remittance: [],
    instructed: null,
    chargesMinor: 0,
    batch: null,
    ...given,
    texts: keepTexts(given.texts ?? []),
    status: given.amountMinor === 0 ? 'information' : (given.status ?? 'booked'),
  };
}

/** The texts without blanks around them and without empty ones, cut where together they have more than `remittanceCharsMax` characters. */
function keepTexts(texts: readonly string[]): string[] {
  const kept: string[] = [];
  let left: number = BANK_FILE_LIMITS.remittanceCharsMax;
  for (const text of texts) {
    if (left === 0) break;
    const trimmed = text.trim().slice(0, left);
    if (trimmed === '') continue;
    kept.push(trimmed);
    left -= trimmed.length;
  }
  return kept;
}

/** @returns the text without blanks around it; null when nothing is left. */
export function filled(text: string | null | undefined): string | null {
  const trimmed = (text ?? '').trim();
  return trimmed === '' ? null : trimmed;
}

/** As `filled`, and null for a field of zeros, by which fixed-width formats say "none". */
export function filledNumber(text: string | null | undefined): string | null {
  const value = filled(text);
  return value === null || /^0+$/.test(value) ? null : value;
}

/** Our account: an IBAN, else the bank's number, with the routing number in front where there is one. */
export function reportedAccount(number: string, routing: string | null, currency: string | null): ReportedAccount {
  const iban = parseIban(number);
  if (iban !== null) return { number: iban, isIban: true, currency };
  return { number: routing === null ? number : `${routing}/${number}`, isIban: false, currency };
}

/**
 * Reads `YYMMDD`. The century is the one that puts the date nearest before the end of next year: banks report the past.
 * @throws {BankFileError} `bank_file.bad_date`.
 */
export function readShortDate(text: string, today: string, place: Place): string {
  const year = 2000 + Number(text.slice(0, 2));
  const latest = Number(today.slice(0, 4)) + 1;
  return /^\d{6}$/.test(text)
    ? readDate(`${String(year > latest ? year - 100 : year)}${text.slice(2)}`, place)
    : badDate(text, place);
}

/** Reads `YYYYMMDD`. @throws {BankFileError} `bank_file.bad_date`. */
export function readDate(text: string, place: Place): string {
  const date = `${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6, 8)}`;
  return /^\d{8}$/.test(text) && isIsoDate(date) ? date : badDate(text, place);
}

function badDate(text: string, place: Place): never {
  throw new BankFileError('bank_file.bad_date', place, `"${shown(text)}" is not a date of the calendar.`);
}

/** Reads a number of things, up to nine digits. @throws {BankFileError} `bank_file.bad_count`. */
export function readCount(text: string, place: Place): number {
  const trimmed = text.trim();
  if (/^\+?\d{1,9}$/.test(trimmed)) return Number(trimmed);
  throw new BankFileError('bank_file.bad_count', place, `"${shown(trimmed)}" is not a number of records.`);
}
