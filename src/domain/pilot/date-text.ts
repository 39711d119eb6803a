// Takes the text of one date apart, without deciding yet which number is the day and which the month.

import { isIsoDate, type IsoDate } from '../dates.ts';
import { readMonthName } from './month-names.ts';

/** The order of the three numbers in a date such as `1/2/2013`. */
export type DayOrder = 'dmy' | 'mdy' | 'ymd';

/** Dates outside these years are typing mistakes, not history. */
const yearMin = 1970;
const yearMax = 2100;
/** Two-digit years up to 69 are 20xx, later ones 19xx (the POSIX rule). */
const twoDigitYearPivot = 69;

/** A date taken apart: either already certain (`date`), or three numbers whose order the column has to tell. */
export interface DateText {
  /** Values with the same family are written the same way: `ymd-`, `compact`, `named`, `numeric/4`, `numeric-2`. */
  readonly family: string;
  /** How this value is written, for the report. Null when that depends on the order. */
  readonly label: string | null;
  readonly date: IsoDate | null;
  readonly numbers: { readonly parts: readonly [string, string, string]; readonly separator: string } | null;
}

const TIME_AT_END =
  /(?:T|[\s,]+)\d{1,2}[:.h]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?\s*(?:[ap]\.?m\.?)?\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2})?$/i;

/** @returns the parts of a date, or null when the text is not shaped like one. A time of day behind it is ignored. */
export function takeApart(text: string): DateText | null {
  const value = text
    .trim()
    .replace(TIME_AT_END, '')
    .replace(/\s*([-./])\s*/g, '$1')
    .trim();
  return takeYearFirst(value) ?? takeCompact(value) ?? takeNumeric(value) ?? takeNamed(value);
}

function takeYearFirst(value: string): DateText | null {
  const match = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/.exec(value);
  if (match === null) return null;
  const [, year = '', separator = '', month = '', day = ''] = match;
  return certain({
    family: `ymd${separator}`,
    label: `yyyy${separator}mm${separator}dd`,
    date: toIso({ year, month, day }),
  });
}

function takeCompact(value: string): DateText | null {
  // Spreadsheets turn a column of numbers with gaps into decimals: 20130102.0 is still the second of January.
  const match = /^(\d{4})(\d{2})(\d{2})(?:\.0+)?$/.exec(value);
  if (match === null) return null;
  const [, year = '', month = '', day = ''] = match;
  return certain({ family: 'compact', label: 'yyyymmdd', date: toIso({ year, month, day }) });
}

function takeNumeric(value: string): DateText | null {
  const match = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4}|\d{2})$/.exec(value);
  if (match === null) return null;
  const [, first = '', separator = '', second = '', third = ''] = match;
  const family = `numeric${separator}${String(third.length)}`;
  return { family, label: null, date: null, numbers: { parts: [first, second, third], separator } };
}

function takeNamed(value: string): DateText | null {
  const words = value
    .replace(/(\d)(?:st|nd|rd|th|er|º|ª)(?!\p{L})/giu, '$1')
    .replace(/(\p{L})(\d)/gu, '$1 $2')
    .replace(/(\d)(\p{L})/gu, '$1 $2')
    .split(/[\s,./-]+/)
    .filter((word) => word !== '' && !/^(?:de|del|di|le|den|the|of)$/i.test(word));
  if (words.length === 4 && /^\p{L}+$/u.test(words[0] ?? '')) words.shift();
  const [first = '', second = '', third = ''] = words;
  if (words.length !== 3) return null;
  if (/^\d{1,2}$/.test(first) && /^(?:\d{2}|\d{4})$/.test(third)) {
    return named({ day: first, month: second, year: third, label: `d-MMM-${'y'.repeat(third.length)}` });
  }
  if (/^\p{L}+$/u.test(first) && /^\d{1,2}$/.test(second) && /^(?:\d{2}|\d{4})$/.test(third)) {
    return named({ day: second, month: first, year: third, label: `MMM d, ${'y'.repeat(third.length)}` });
  }
  if (/^\d{4}$/.test(first) && /^\d{1,2}$/.test(third)) {
    return named({ day: third, month: second, year: first, label: 'yyyy-MMM-d' });
  }
  return null;
}

function named(options: { day: string; month: string; year: string; label: string }): DateText | null {
  const month = readMonthName(options.month);
  if (month === null) return null;
  const date = toIso({ year: options.year, month: String(month), day: options.day });
  return certain({ family: 'named', label: options.label, date });
}

function certain(options: { family: string; label: string; date: IsoDate | null }): DateText {
  return { ...options, numbers: null };
}

/** Reads the three numbers in one order. @returns null when that makes no date. */
export function inOrder(parts: readonly [string, string, string], order: DayOrder): IsoDate | null {
  const [first, second, third] = parts;
  if (order === 'dmy') return toIso({ day: first, month: second, year: third });
  if (order === 'mdy') return toIso({ month: first, day: second, year: third });
  return third.length === 4 ? null : toIso({ year: first, month: second, day: third });
}

function toIso(parts: { year: string; month: string; day: string }): IsoDate | null {
  const year = parts.year.length === 4 ? Number(parts.year) : withCentury(Number(parts.year));
  const iso = `${String(year)}-${parts.month.padStart(2, '0')}-${parts.day.padStart(2, '0')}`;
  return year >= yearMin && year <= yearMax && isIsoDate(iso) ? iso : null;
}

function withCentury(year: number): number {
  return year <= twoDigitYearPivot ? 2000 + year : 1900 + year;
}
