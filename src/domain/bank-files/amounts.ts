// Amounts as bank files write them into minor units, exactly: no float ever touches them.

import { CURRENCY_EXPONENTS } from '../currencies.ts';
import { parseDecimal } from '../money.ts';
import { BankFileError, type Place } from './types.ts';

/** `either` takes a comma or a point as the decimal mark, whichever stands there; thousands are never grouped. */
export type DecimalMark = ',' | '.' | 'either';

export interface AmountText {
  readonly text: string;
  readonly currency: string;
  readonly mark: DecimalMark;
  readonly place: Place;
}

/** Longer than any amount, so that no time is lost on what is none. */
const AMOUNT_CHARS_MAX = 40;
const FORM = /^([+-]?)(\d*)(?:([.,])(\d*))?$/;

/**
 * Reads `1234,56`, `1234,`, `,5`, `1234.56`, `+3` or `-3` (the mark as asked) into minor units of the currency.
 * Decimals beyond the currency's must be zeros.
 * @throws {BankFileError} `bank_file.bad_amount`, `bank_file.unknown_currency`.
 */
export function readAmount(amount: AmountText): number {
  const { currency, place } = amount;
  requireCurrency(currency, place);
  const text = amount.text.trim();
  const match = text.length > AMOUNT_CHARS_MAX ? null : FORM.exec(text);
  const [, sign = '', whole = '', mark = '', decimals = ''] = match ?? [];
  const isMarkRight = mark === '' || amount.mark === 'either' || mark === amount.mark;
  if (match === null || !isMarkRight || whole + decimals === '') {
    throw new BankFileError('bank_file.bad_amount', place, `"${shown(text)}" is not an amount.`);
  }
  const digits = stripLeadingZeros(whole);
  const rest = decimals.replace(/0+$/, '');
  const parsed = parseDecimal(`${sign === '-' ? '-' : ''}${digits}${rest === '' ? '' : `.${rest}`}`, currency);
  if (parsed.ok) return parsed.minor;
  throw new BankFileError('bank_file.bad_amount', place, `"${shown(text)}" ${currency}: ${parsed.refusal.text}`);
}

/**
 * Reads digits that are minor units already, with an implied decimal mark (`125000` is 1250.00 EUR), with or without sign.
 * @throws {BankFileError} `bank_file.bad_amount`.
 */
export function readMinorDigits(text: string, place: Place): number {
  const trimmed = text.trim();
  const minor = /^[+-]?\d{1,18}$/.test(trimmed) ? Number(BigInt(trimmed.replace('+', ''))) : Number.NaN;
  if (!Number.isSafeInteger(minor)) {
    throw new BankFileError('bank_file.bad_amount', place, `"${shown(trimmed)}" is not an amount in digits.`);
  }
  return minor === 0 ? 0 : minor;
}

/** @returns the code. @throws {BankFileError} `bank_file.unknown_currency` when ISO 4217 has no such currency. */
export function requireCurrency(code: string, place: Place): string {
  if (CURRENCY_EXPONENTS.has(code)) return code;
  throw new BankFileError('bank_file.unknown_currency', place, `"${shown(code)}" is not a currency of ISO 4217.`);
}

/** What is shown of a text from a file in a message. */
export function shown(text: string): string {
  const charsMax = 60;
  return text.length > charsMax ? `${text.slice(0, charsMax)}…` : text;
}

function stripLeadingZeros(digits: string): string {
  const stripped = digits.replace(/^0+/, '');
  return stripped === '' ? '0' : stripped;
}
