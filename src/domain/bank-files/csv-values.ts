// Amounts and dates as people and banks write them in tables, by the marks and the order that a mapping names.

import { readAmount, shown } from './amounts.ts';
import { readDate, readShortDate } from './line-fields.ts';
import { BankFileError, type Place } from './types.ts';

export const DECIMAL_MARKS = ['.', ','] as const;
export const THOUSANDS_MARKS = ['.', ',', ' ', "'"] as const;
export const DATE_ORDERS = ['YMD', 'DMY', 'MDY'] as const;
export const DATE_SEPARATORS = ['-', '/', '.', ''] as const;

/** How amounts and dates are written. Plain JSON. */
export interface ValueForms {
  readonly decimalMark: (typeof DECIMAL_MARKS)[number];
  readonly thousandsMark: (typeof THOUSANDS_MARKS)[number] | null;
  readonly dateOrder: (typeof DATE_ORDERS)[number];
  readonly dateSeparator: (typeof DATE_SEPARATORS)[number];
}

const AMOUNT_CHARS_MAX = 40;
const CURRENCY_SIGNS: ReadonlyMap<string, string> = new Map([
  ['EUR', '€'],
  ['USD', '$'],
  ['GBP', '£'],
  ['CHF', 'Fr.'],
  ['JPY', '¥'],
]);

/**
 * Reads an amount into minor units: `1.234,56`, `-12`, `12.00-`, `(12.00)`, `€ 5`, `5 EUR`. Thousands marks must stand where
 * thousands end, so that a mapping with the marks the wrong way round is refused and never a hundred times too much.
 * @throws {BankFileError} `bank_file.bad_amount`, `bank_file.unknown_currency`.
 */
export function readTableAmount(text: string, forms: ValueForms, at: { currency: string; place: Place }): number {
  const { currency, place } = at;
  const bad = (): BankFileError =>
    new BankFileError(
      'bank_file.bad_amount',
      place,
      `"${shown(text)}" is not an amount with "${forms.decimalMark}" before the decimals${forms.thousandsMark === null ? '' : ` and "${forms.thousandsMark}" between thousands`}.`,
    );
  if (text.length > AMOUNT_CHARS_MAX) throw bad();
  let bare = text
    .replace(/[\u00a0\u202f\u2009]/g, ' ')
    .replace(/[\u2212\u2013]/g, '-')
    .replace(/\u2019/g, "'")
    .trim();
  for (const sign of [currency, CURRENCY_SIGNS.get(currency) ?? currency]) {
    if (bare.startsWith(sign)) bare = bare.slice(sign.length).trim();
    if (bare.endsWith(sign)) bare = bare.slice(0, -sign.length).trim();
  }
  const match = /^(\()?([+-]?) ?([^()+-]+?) ?([+-]?)(\))?$/.exec(bare);
  if (match === null) throw bad();
  const [, opening = '', before = '', digits = '', after = '', closing = ''] = match;
  if ((opening === '') !== (closing === '') || [opening, before, after].filter((mark) => mark !== '').length > 1) {
    throw bad();
  }
  const unsigned = withoutSigns(digits.replace(CURRENCY_SIGNS.get(currency) ?? currency, '').trim(), forms);
  if (unsigned === null) throw bad();
  const isNegative = opening !== '' || before === '-' || after === '-';
  return readAmount({ text: `${isNegative ? '-' : ''}${unsigned}`, currency, mark: '.', place });
}

/** Digits with a point before the decimals; null when the marks are others or stand elsewhere. */
function withoutSigns(text: string, forms: ValueForms): string | null {
  const [whole = '', decimals = '', ...more] = text.split(forms.decimalMark);
  if (more.length > 0 || !/^\d*$/.test(decimals)) return null;
  if (/^\d*$/.test(whole)) return whole + decimals === '' ? null : `${whole}.${decimals}`;
  if (forms.thousandsMark === null) return null;
  const groups = whole.split(forms.thousandsMark);
  // Groups before the last have three digits, or two as India writes them.
  const isGrouped = groups.every((group, index) =>
    index === 0
      ? /^\d{1,3}$/.test(group)
      : index === groups.length - 1
        ? /^\d{3}$/.test(group)
        : /^\d{2,3}$/.test(group),
  );
  return isGrouped ? `${groups.join('')}.${decimals}` : null;
}

/**
 * Reads a date, with a year of four or two digits; a time of the day behind it is left out.
 * @throws {BankFileError} `bank_file.bad_date`.
 */
export function readTableDate(text: string, forms: ValueForms, at: { today: string; place: Place }): string {
  const { today, place } = at;
  const day = /^([^\sT]{1,10})(?:[T\s].{0,40})?$/.exec(text.trim())?.[1] ?? '';
  const parts = forms.dateSeparator === '' ? cutDate(day, forms.dateOrder) : day.split(forms.dateSeparator);
  const [first = '', second = '', third = ''] = parts;
  if (parts.length !== 3 || !parts.every((part) => /^(?:\d{1,2}|\d{4})$/.test(part))) throw badDate(text, forms, place);
  const [year, month, dayOfMonth] =
    forms.dateOrder === 'YMD'
      ? [first, second, third]
      : forms.dateOrder === 'DMY'
        ? [third, second, first]
        : [third, first, second];
  if (month.length > 2 || dayOfMonth.length > 2 || (year.length !== 2 && year.length !== 4)) {
    throw badDate(text, forms, place);
  }
  const monthAndDay = month.padStart(2, '0') + dayOfMonth.padStart(2, '0');
  return year.length === 2 ? readShortDate(year + monthAndDay, today, place) : readDate(year + monthAndDay, place);
}

function cutDate(text: string, order: ValueForms['dateOrder']): string[] {
  if (!/^(?:\d{6}|\d{8})$/.test(text)) return [];
  const yearChars = text.length - 4;
  if (order === 'YMD') return [text.slice(0, yearChars), text.slice(yearChars, -2), text.slice(-2)];
  return [text.slice(0, 2), text.slice(2, 4), text.slice(4)];
}

function badDate(text: string, forms: ValueForms, place: Place): BankFileError {
  const form = Array.from(forms.dateOrder).join(forms.dateSeparator);
  return new BankFileError('bank_file.bad_date', place, `"${shown(text)}" is not a date of the form ${form}.`);
}
