// What a company saves about the CSV files of a bank: which column is what, how amounts and dates are written. Plain JSON, strictly checked.

import { CURRENCY_EXPONENTS } from '../currencies.ts';
import { refuse, type Result } from '../refusal.ts';
import { CSV_ENCODINGS, CSV_LIMITS, CSV_QUOTES, CSV_SEPARATORS, type ColumnRef, type CsvLayout } from './csv-table.ts';
import { DATE_ORDERS, DATE_SEPARATORS, DECIMAL_MARKS, THOUSANDS_MARKS, type ValueForms } from './csv-values.ts';

/** The same for the whole file, or told by a column. */
export type FixedOrColumn = { readonly fixed: string } | { readonly column: ColumnRef };

/** How the sign of an amount is told. `inverted`: money in is negative. */
export type CsvAmount =
  | { readonly kind: 'signed'; readonly column: ColumnRef }
  | { readonly kind: 'inverted'; readonly column: ColumnRef }
  | { readonly kind: 'two_columns'; readonly debit: ColumnRef; readonly credit: ColumnRef }
  | {
      readonly kind: 'marked';
      readonly column: ColumnRef;
      readonly mark: ColumnRef;
      readonly debitWords: readonly string[];
      readonly creditWords: readonly string[];
    };

export interface CsvColumns {
  readonly bookedOn: ColumnRef;
  readonly valueOn: ColumnRef | null;
  readonly counterpartName: ColumnRef | null;
  readonly counterpartAccount: ColumnRef | null;
  readonly texts: readonly ColumnRef[];
  readonly structuredReference: ColumnRef | null;
  readonly bankReference: ColumnRef | null;
  readonly endToEndId: ColumnRef | null;
  readonly trace: ColumnRef | null;
  readonly transactionCode: ColumnRef | null;
}

export interface CsvMapping extends CsvLayout, ValueForms {
  readonly account: FixedOrColumn;
  readonly currency: FixedOrColumn;
  readonly amount: CsvAmount;
  readonly columns: CsvColumns;
  /** Rows with one of the words in the column are not booked yet. */
  readonly pending: { readonly column: ColumnRef; readonly words: readonly string[] } | null;
  /** The account's balance after each row; `descending` when the newest row comes first. */
  readonly balance: { readonly column: ColumnRef; readonly order: 'ascending' | 'descending' } | null;
  /** A cell with this text has the balance behind it, in the block above the header, in the trailer or among the rows. */
  readonly openingLabel: string | null;
  readonly closingLabel: string | null;
}

/** What may be left out of a mapping, and what it is then. */
const DEFAULTS = {
  quote: '"',
  encoding: 'auto',
  header: { kind: 'find' },
  trailerLines: 0,
  thousandsMark: null,
  pending: null,
  balance: null,
  openingLabel: null,
  closingLabel: null,
} as const;
const COLUMN_DEFAULTS = {
  valueOn: null,
  counterpartName: null,
  counterpartAccount: null,
  texts: [],
  structuredReference: null,
  bankReference: null,
  endToEndId: null,
  trace: null,
  transactionCode: null,
} as const;
const TEXT_COLUMNS_MAX = 20;
const WORDS_MAX = 20;
const TEXT_CHARS_MAX = 200;

/** Says what is wrong with a value at a path, or null when nothing is. */
type Check = (value: unknown, path: string) => string | null;

/**
 * Checks a mapping strictly: no unknown key, no missing one but those with a default, every column named as the header is read.
 * Refuses with `csv_mapping_invalid` and the path of what is wrong.
 */
export function parseCsvMapping(value: unknown): Result<{ mapping: CsvMapping }> {
  const given = isPlain(value) ? { ...DEFAULTS, ...value } : value;
  const filledIn =
    isPlain(given) && isPlain(given['columns'])
      ? { ...given, columns: { ...COLUMN_DEFAULTS, ...given['columns'] } }
      : given;
  const problem = CHECK_MAPPING(filledIn, 'mapping');
  if (problem !== null || !isMapping(filledIn)) return refuseMapping(problem ?? 'It is no mapping');
  const conflict = conflictIn(filledIn);
  return conflict === null ? { ok: true, mapping: filledIn } : refuseMapping(conflict);
}

/** Every column the mapping names, each once. */
export function columnsOf(mapping: CsvMapping): ColumnRef[] {
  const { account, currency, amount, columns, pending, balance } = mapping;
  const named: (ColumnRef | null)[] = [
    'column' in account ? account.column : null,
    'column' in currency ? currency.column : null,
    ...(amount.kind === 'two_columns' ? [amount.debit, amount.credit] : [amount.column]),
    amount.kind === 'marked' ? amount.mark : null,
    pending?.column ?? null,
    balance?.column ?? null,
    ...Object.values(columns).flatMap((column: ColumnRef | readonly ColumnRef[] | null) => column),
  ];
  return [...new Set(named.filter((column) => column !== null))];
}

/** A refusal of a mapping by what is wrong in it. */
export function refuseMapping(problem: string): ReturnType<typeof refuse> {
  return refuse({
    kind: 'invalid_input',
    code: 'csv_mapping_invalid',
    text: `${problem}.`,
    hint: 'Correct the mapping and save it again; docs/cash-application.md lists its keys.',
  });
}

/** What the parts may not contradict, in the words of a refusal; null when they agree. */
export function layoutConflict(layout: CsvLayout & ValueForms, columns: readonly ColumnRef[]): string | null {
  const { header, decimalMark, thousandsMark } = layout;
  if (decimalMark === thousandsMark) return `The decimal and the thousands mark are both "${decimalMark}"`;
  const wrong = columns.find((column) => (typeof column === 'string') !== (header.kind === 'find'));
  if (wrong === undefined) return null;
  return header.kind === 'find'
    ? `Column ${String(wrong)} is a number, but the header is to be found by names`
    : `Column "${wrong}" is a name, but the file has no header line to find it in`;
}

function conflictIn(mapping: CsvMapping): string | null {
  const { amount } = mapping;
  if (amount.kind === 'two_columns' && amount.debit === amount.credit) return 'Debit and credit are the same column';
  if (amount.kind === 'marked') {
    const debits = new Set(amount.debitWords.map((word) => word.toLowerCase()));
    const both = amount.creditWords.find((word) => debits.has(word.toLowerCase()));
    if (both !== undefined) return `"${both}" marks both debits and credits`;
  }
  return layoutConflict(mapping, columnsOf(mapping));
}

/** The check below has looked at every key; this only tells the compiler. */
function isMapping(value: unknown): value is CsvMapping {
  return isPlain(value);
}

export function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An object with exactly these keys. */
export function exactly(checks: Readonly<Record<string, Check>>): Check {
  return (value, path) => {
    if (!isPlain(value)) return `${path} must be an object`;
    const unknown = Object.keys(value).find((key) => !Object.hasOwn(checks, key));
    if (unknown !== undefined) return `${path}.${unknown.slice(0, 60)} is not known`;
    for (const [key, check] of Object.entries(checks)) {
      const problem = Object.hasOwn(value, key) ? check(value[key], `${path}.${key}`) : `${path}.${key} is missing`;
      if (problem !== null) return problem;
    }
    return null;
  };
}

function oneOf(words: readonly (string | null)[]): Check {
  const listed = words.map((word) => JSON.stringify(word)).join(', ');
  return (value, path) => (words.some((word) => word === value) ? null : `${path} must be one of ${listed}`);
}

export function orNull(check: Check): Check {
  return (value, path) => (value === null ? null : check(value, path));
}

function listOf(check: Check, size: { min: number; max: number }): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return `${path} must be a list`;
    if (value.length < size.min || value.length > size.max) {
      return `${path} must have ${String(size.min)} to ${String(size.max)} entries, not ${String(value.length)}`;
    }
    return (
      value.map((entry, index) => check(entry, `${path}[${String(index)}]`)).find((problem) => problem !== null) ?? null
    );
  };
}

function wholeNumber(min: number, max: number): Check {
  return (value, path) =>
    Number.isInteger(value) && Number(value) >= min && Number(value) <= max
      ? null
      : `${path} must be a whole number from ${String(min)} to ${String(max)}`;
}

const CHECK_TEXT: Check = (value, path) =>
  typeof value === 'string' && value.trim() !== '' && value.length <= TEXT_CHARS_MAX
    ? null
    : `${path} must be a text of 1 to ${String(TEXT_CHARS_MAX)} characters`;

export const CHECK_COLUMN: Check = (value, path) =>
  typeof value === 'string' ? CHECK_TEXT(value, path) : wholeNumber(1, CSV_LIMITS.columnsMax)(value, path);

export const CHECK_CURRENCY: Check = (value, path) =>
  typeof value === 'string' && CURRENCY_EXPONENTS.has(value) ? null : `${path} must be a currency of ISO 4217`;

/** One of several objects, told apart by a key's value. */
function byKey(key: string, checks: Readonly<Record<string, Check>>): Check {
  return (value, path) => {
    const kind = isPlain(value) ? value[key] : undefined;
    const check = typeof kind === 'string' && Object.hasOwn(checks, kind) ? checks[kind] : undefined;
    return check === undefined ? oneOf(Object.keys(checks))(kind, `${path}.${key}`) : check(value, path);
  };
}

function fixedOrColumn(fixed: Check): Check {
  return (value, path) =>
    exactly(isPlain(value) && 'column' in value ? { column: CHECK_COLUMN } : { fixed })(value, path);
}

const CHECK_WORDS = listOf(CHECK_TEXT, { min: 1, max: WORDS_MAX });
const CHECK_KIND: Check = () => null;

/** The checks of what every CSV file has. */
export const LAYOUT_CHECKS = {
  separator: oneOf(CSV_SEPARATORS),
  quote: oneOf([...CSV_QUOTES, null]),
  encoding: oneOf(CSV_ENCODINGS),
  header: byKey('kind', {
    find: exactly({ kind: CHECK_KIND }),
    skip: exactly({ kind: CHECK_KIND, lines: wholeNumber(0, CSV_LIMITS.headerLinesMax) }),
  }),
  trailerLines: wholeNumber(0, CSV_LIMITS.trailerLinesMax),
  decimalMark: oneOf(DECIMAL_MARKS),
  thousandsMark: oneOf([...THOUSANDS_MARKS, null]),
  dateOrder: oneOf(DATE_ORDERS),
  dateSeparator: oneOf(DATE_SEPARATORS),
} as const;

const CHECK_MAPPING = exactly({
  ...LAYOUT_CHECKS,
  account: fixedOrColumn(CHECK_TEXT),
  currency: fixedOrColumn(CHECK_CURRENCY),
  amount: byKey('kind', {
    signed: exactly({ kind: CHECK_KIND, column: CHECK_COLUMN }),
    inverted: exactly({ kind: CHECK_KIND, column: CHECK_COLUMN }),
    two_columns: exactly({ kind: CHECK_KIND, debit: CHECK_COLUMN, credit: CHECK_COLUMN }),
    marked: exactly({
      kind: CHECK_KIND,
      column: CHECK_COLUMN,
      mark: CHECK_COLUMN,
      debitWords: CHECK_WORDS,
      creditWords: CHECK_WORDS,
    }),
  }),
  columns: exactly({
    bookedOn: CHECK_COLUMN,
    valueOn: orNull(CHECK_COLUMN),
    counterpartName: orNull(CHECK_COLUMN),
    counterpartAccount: orNull(CHECK_COLUMN),
    texts: listOf(CHECK_COLUMN, { min: 0, max: TEXT_COLUMNS_MAX }),
    structuredReference: orNull(CHECK_COLUMN),
    bankReference: orNull(CHECK_COLUMN),
    endToEndId: orNull(CHECK_COLUMN),
    trace: orNull(CHECK_COLUMN),
    transactionCode: orNull(CHECK_COLUMN),
  }),
  pending: orNull(exactly({ column: CHECK_COLUMN, words: CHECK_WORDS })),
  balance: orNull(exactly({ column: CHECK_COLUMN, order: oneOf(['ascending', 'descending']) })),
  openingLabel: orNull(CHECK_TEXT),
  closingLabel: orNull(CHECK_TEXT),
});
