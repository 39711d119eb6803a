// Dates, balances, accounts and movements as fields of MT940 and MT942 write them.

import { daysBetween, isIsoDate, lastOfMonth } from '../dates.ts';
import { parseIban } from '../iban.ts';
import { isCurrency, parseDecimal } from '../money.ts';
import { readAmount, requireCurrency, shown } from './amounts.ts';
import { BankFileError, type Balance, type ForeignAmount, type Place, type ReportedAccount } from './types.ts';

/** Two-digit years lie at most so many years ahead of today, else in the century before. */
const YEARS_AHEAD_MAX = 20;
/** So many lines a bank may have broken one value into. */
const BROKEN_LINES_MAX = 3;
const BALANCE = /^([CD])(\d{6})([A-Z]{3})(\d{1,15}(?:[.,]\d{0,5})?|[.,]\d{1,5})\s*$/;
const MOVEMENT =
  /^(\d{6})(\d{4})?\s?(R[CD]|E[CD]|[CD])([A-Z])?(\d{1,15}(?:[.,]\d{0,5})?|[.,]\d{1,5})\s?([A-Z][A-Z0-9]{3})(.*)$/;

/** A `:61:` as written, without its texts. */
export interface Movement {
  /** Signed as the account moves, 0 for a movement of nothing. */
  readonly amountMinor: number;
  readonly isCredit: boolean;
  readonly isReversal: boolean;
  /** EC and ED: the bank expects it and has not booked it. */
  readonly isExpected: boolean;
  readonly valueOn: string;
  readonly bookedOn: string;
  /** Letter and three characters, e.g. `NTRF`. */
  readonly code: string;
  readonly customerReference: string | null;
  readonly bankReference: string | null;
  /** Supplementary details, the lines after the first. */
  readonly supplementary: readonly string[];
}

export interface MtContext {
  readonly place: Place;
  readonly today: string;
}

/**
 * Reads YYMMDD. Banks that reckon interest by months of 30 days write 29 and 30 February in every year; these are the last
 * of the month. @throws {BankFileError} `bank_file.bad_date` on any other day that is none.
 */
function readMtDate(digits: string, context: MtContext): string {
  const century = Number(context.today.slice(0, 2)) * 100;
  const near = century + Number(digits.slice(0, 2));
  const latest = Number(context.today.slice(0, 4)) + YEARS_AHEAD_MAX;
  const year = near > latest ? near - 100 : near;
  const date = dayIn(year, digits.slice(2));
  if (date !== null) return date;
  throw new BankFileError('bank_file.bad_date', context.place, `"${shown(digits)}" is not a date (YYMMDD).`);
}

/** Reads MMDD in the year that brings it nearest to the value date, so that it may lie beyond the turn of the year. */
function readEntryDate(digits: string, valueOn: string, place: Place): string {
  const year = Number(valueOn.slice(0, 4));
  const near = [year, year - 1, year + 1]
    .map((each) => dayIn(each, digits))
    .filter((date) => date !== null)
    .sort((a, b) => Math.abs(daysBetween(a, valueOn)) - Math.abs(daysBetween(b, valueOn)));
  if (near[0] !== undefined) return near[0];
  throw new BankFileError('bank_file.bad_date', place, `"${shown(digits)}" is not a day (MMDD).`);
}

function dayIn(year: number, monthAndDay: string): string | null {
  const month = monthAndDay.slice(0, 2);
  const day = monthAndDay.slice(2, 4);
  const date = `${String(year)}-${month}-${day}`;
  if (isIsoDate(date)) return date;
  const first = `${String(year)}-02-01`;
  return month === '02' && (day === '29' || day === '30') && isIsoDate(first) ? lastOfMonth(first) : null;
}

/** Reads `C260131EUR1234,56`. @throws {BankFileError} `bank_file.bad_balance` and those of date and amount. */
export function readMtBalance(lines: readonly string[], context: MtContext): Balance {
  const match = matchBroken(lines, BALANCE)?.match;
  const [, sign = '', date = '', currency = '', amount = ''] = match ?? [];
  if (match === undefined) {
    const problem = `"${shown(lines.join(' '))}" is not a balance such as C260131EUR1234,56.`;
    throw new BankFileError('bank_file.bad_balance', context.place, problem);
  }
  requireCurrency(currency, context.place);
  const minor = readAmount({ text: amount, currency, mark: 'either', place: context.place });
  return { amountMinor: sign === 'D' && minor !== 0 ? -minor : minor, currency, on: readMtDate(date, context) };
}

/**
 * Reads `:25:`: an IBAN, `BIC/account`, `bank code/account` or a number, a currency behind it or not.
 * @param currency the one known from the balances, if any. @throws {BankFileError} `bank_file.no_account`.
 */
export function readMtAccount(lines: readonly string[], currency: string | null, place: Place): ReportedAccount {
  const written = (lines[0] ?? '').replaceAll(/\s/g, '');
  const suffix = /[\dA-Z]([A-Z]{3})$/.exec(written)?.[1] ?? '';
  const hasSuffix = isCurrency(suffix) && /\d/.test(written.slice(-4, -3));
  const whole = hasSuffix ? written.slice(0, -suffix.length) : written;
  const number = parseIban(written) ?? parseIban(whole) ?? ibanBehindSlash(whole) ?? whole;
  if (!/[\dA-Z]/i.test(number)) throw new BankFileError('bank_file.no_account', place, 'The account (:25:) is empty.');
  return { number, isIban: parseIban(number) !== null, currency: currency ?? (hasSuffix ? suffix : null) };
}

function ibanBehindSlash(text: string): string | null {
  const slash = text.lastIndexOf('/');
  return slash < 0 ? null : parseIban(text.slice(slash + 1));
}

/** Reads a `:61:`. @throws {BankFileError} `bank_file.bad_movement` and those of date and amount. */
export function readMovement(lines: readonly string[], currency: string, context: MtContext): Movement {
  const { place } = context;
  const found = matchBroken(lines, MOVEMENT);
  if (found === null) {
    const problem = `"${shown(lines[0] ?? '')}" is not a movement such as 2601310131C1234,56NTRFNONREF.`;
    throw new BankFileError('bank_file.bad_movement', place, problem);
  }
  const [, value = '', entry, mark = '', , amount = '', code = '', references = ''] = found.match;
  const minor = readAmount({ text: amount, currency, mark: 'either', place });
  // RC takes back a credit, so money goes out; RD takes back a debit. EC and ED are expected, not booked.
  const isCredit = mark === 'C' || mark === 'RD' || mark === 'EC';
  const valueOn = readMtDate(value, context);
  return {
    amountMinor: isCredit || minor === 0 ? minor : -minor,
    isCredit,
    isReversal: mark.startsWith('R'),
    isExpected: mark.startsWith('E'),
    valueOn,
    bookedOn: entry === undefined ? valueOn : readEntryDate(entry, valueOn, place),
    code,
    ...splitReferences(references, found.rest),
  };
}

/** Customer's reference `//` bank's reference; the bank's may have slid to the next line. */
function splitReferences(
  references: string,
  rest: readonly string[],
): Pick<Movement, 'customerReference' | 'bankReference' | 'supplementary'> {
  const next = rest[0] ?? '';
  const hasSlid = !references.includes('//') && next.startsWith('//');
  const joined = hasSlid ? references + next : references;
  const slashes = joined.indexOf('//');
  const customer = slashes < 0 ? joined : joined.slice(0, slashes);
  const bank = slashes < 0 ? '' : joined.slice(slashes + 2);
  return {
    customerReference: referenceOf(customer),
    bankReference: referenceOf(bank),
    supplementary: hasSlid ? rest.slice(1) : rest,
  };
}

/** @returns the reference, null when it only says that there is none or that `:86:` has it. */
function referenceOf(text: string): string | null {
  const reference = text.trim();
  return reference === '' || /^(NONREF|NOTPROVIDED|[EK]REF\+?|NOREF)$/i.test(reference) ? null : reference;
}

/** Matches the first line, or the first few put together where a bank has broken it. */
function matchBroken(
  lines: readonly string[],
  form: RegExp,
): { readonly match: RegExpExecArray; readonly rest: readonly string[] } | null {
  let text = '';
  for (const [index, line] of lines.slice(0, BROKEN_LINES_MAX).entries()) {
    text += line;
    const match = form.exec(text);
    if (match !== null) return { match, rest: lines.slice(index + 1) };
  }
  return null;
}

/** Reads `/OCMT/USD1200,/` and `/CHGS/EUR5,/` of supplementary details: the original amount and what banks kept of it. */
export function readOriginalAmount(
  supplementary: readonly string[],
  currency: string,
): { readonly instructed: ForeignAmount | null; readonly chargesMinor: number } {
  const text = supplementary.join('');
  const original = taggedAmount(text, 'OCMT');
  const charges = taggedAmount(text, 'CHGS');
  const isForeign = original !== null && original.currency !== currency && original.minor > 0;
  return {
    instructed: isForeign ? { currency: original.currency, amountMinor: original.minor, rate: null } : null,
    chargesMinor: charges?.currency === currency ? charges.minor : 0,
  };
}

function taggedAmount(text: string, tag: string): { readonly minor: number; readonly currency: string } | null {
  const match = new RegExp(`/${tag}/([A-Z]{3})(\\d{1,15}(?:[.,]\\d{0,5})?)`).exec(text);
  const [, currency = '', amount = ''] = match ?? [];
  return isCurrency(currency) ? helpfulMinor(amount, currency) : null;
}

/** Reads an amount that only helps. @returns null when it is none. */
export function helpfulMinor(
  text: string,
  currency: string,
): { readonly minor: number; readonly currency: string } | null {
  const parsed = parseDecimal(text.replace(',', '.').replace(/\.$/, ''), currency);
  return parsed.ok && parsed.minor >= 0 ? { minor: parsed.minor, currency } : null;
}
