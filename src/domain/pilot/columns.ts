// Finds out which column of a receivables file means what: by `--map`, else by a guess that must be unique.

import { isCurrency } from '../money.ts';
import { refuse, type Refusal, type Result } from '../refusal.ts';
import { COLUMN_FIELDS, COLUMN_NAMES, type ColumnField } from './column-names.ts';
import { looksLikeDate } from './date-formats.ts';
import { looksLikeAmount } from './decimal-formats.ts';
import { isBlankCell, readYesNo, stripAccents } from './cells.ts';
import { readTermsDays } from './terms-days.ts';

/** How many rows a guess looks at to see whether a column's values fit its name. */
const rowsLookedAtMax = 500;
/** At least this share of a column's values must look like the field, or its name alone does not count. */
const fittingShareMin = 0.5;
/** A name may carry this many words beside the phrase it is known by. */
const extraWordsMax = 2;

export interface ColumnMapping {
  /** Position of each field's column, or null when the file has none. */
  readonly indexes: Readonly<Record<ColumnField, number | null>>;
  /** Its name as written in the file. */
  readonly columns: Readonly<Record<ColumnField, string | null>>;
  /** Columns that serve no field. */
  readonly unused: readonly string[];
}

interface Guess {
  readonly field: ColumnField;
  readonly index: number;
  /** Smaller is better. */
  readonly rank: number;
}

interface Header {
  readonly header: readonly string[];
  readonly rows: readonly { readonly cells: readonly string[] }[];
  readonly map: Readonly<Record<string, string>>;
}

/**
 * Maps fields to columns. `map` holds what `--map field=column` said: a column's name, `#3` for the third column, or `-`
 * for "the file has none". Refuses unknown fields and columns, a guess that is not unique, and missing required columns.
 */
export function mapColumns(file: Header): Result<ColumnMapping> {
  const mapped = mapByHand(file);
  if (!mapped.ok) return mapped;
  const guessed = guessRest(file, mapped.indexes);
  if (!guessed.ok) return guessed;
  const indexes = guessed.indexes;
  const missing = missingFields(indexes);
  if (missing.length > 0) return refuse(columnsMissing(missing, file.header));
  const nameOf = (field: ColumnField): string | null => {
    const index = indexes.get(field) ?? null;
    return index === null ? null : (file.header[index] ?? null);
  };
  return {
    ok: true,
    indexes: byField((field) => indexes.get(field) ?? null),
    columns: byField(nameOf),
    unused: file.header.filter((name, index) => name.trim() !== '' && ![...indexes.values()].includes(index)),
  };
}

function byField<T>(valueOf: (field: ColumnField) => T): Record<ColumnField, T> {
  return {
    invoice: valueOf('invoice'),
    customer: valueOf('customer'),
    date: valueOf('date'),
    due: valueOf('due'),
    terms: valueOf('terms'),
    amount: valueOf('amount'),
    settled: valueOf('settled'),
    disputed: valueOf('disputed'),
    country: valueOf('country'),
    currency: valueOf('currency'),
  };
}

type Indexes = Map<ColumnField, number | null>;

function mapByHand(file: Header): Result<{ indexes: Indexes }> {
  const indexes: Indexes = new Map();
  for (const [key, name] of Object.entries(file.map)) {
    const field = COLUMN_FIELDS.find((known) => known === key);
    if (field === undefined) return refuse(mapKeyUnknown(key));
    const found = name.trim() === '-' ? [null] : columnsNamed(file.header, name);
    const index = found[0];
    if (index === undefined || found.length > 1)
      return refuse(mapColumnUnclear({ key, name, found: found.length, header: file.header }));
    indexes.set(field, index);
  }
  return { ok: true, indexes };
}

function columnsNamed(header: readonly string[], name: string): number[] {
  const position = /^#(\d{1,4})$/.exec(name.trim());
  if (position !== null) {
    const index = Number(position[1]) - 1;
    return index >= 0 && index < header.length ? [index] : [];
  }
  const spellings: ((text: string) => string)[] = [
    (text) => text.trim(),
    (text) => normaliseName(text).join(' '),
    (text) => normaliseName(text).join(''),
  ];
  for (const spell of spellings) {
    const wanted = spell(name);
    const found = header.flatMap((column, index) => (wanted !== '' && spell(column) === wanted ? [index] : []));
    if (found.length > 0) return found;
  }
  return [];
}

/** Gives each open field its best column, best guesses first, so that one column never serves two fields. */
function guessRest(file: Header, byHand: Indexes): Result<{ indexes: Indexes }> {
  const indexes: Indexes = new Map(byHand);
  const taken = new Set([...byHand.values()].filter((index) => index !== null));
  const guesses = allGuesses(file).filter((guess) => !indexes.has(guess.field));
  for (const guess of guesses) {
    if (indexes.has(guess.field) || taken.has(guess.index)) continue;
    const rivals = guesses.filter(
      (other) => other.field === guess.field && other.rank === guess.rank && !taken.has(other.index),
    );
    if (rivals.length > 1) return refuse(columnAmbiguous(guess.field, rivals, file.header));
    indexes.set(guess.field, guess.index);
    taken.add(guess.index);
  }
  return { ok: true, indexes };
}

function allGuesses(file: Header): Guess[] {
  const guesses: Guess[] = [];
  file.header.forEach((name, index) => {
    const words = dropCurrencyWords(normaliseName(name));
    for (const field of COLUMN_FIELDS) {
      const rank = bestRank(words, field);
      if (rank !== null && hasFittingValues(file.rows, index, field)) guesses.push({ field, index, rank });
    }
  });
  return guesses.sort((a, b) => a.rank - b.rank || COLUMN_FIELDS.indexOf(a.field) - COLUMN_FIELDS.indexOf(b.field));
}

const phrasesByField = new Map(
  COLUMN_FIELDS.map((field) => [
    field,
    COLUMN_NAMES[field].tiers.map((tier) => ({
      whole: new Set(tier.map((phrase) => phrase.replace('=', '').replaceAll(' ', ''))),
      part: new Set(tier.filter((phrase) => !phrase.startsWith('=')).map((phrase) => phrase.replaceAll(' ', ''))),
    })),
  ]),
);

const LONG_FORMS: Readonly<Record<string, string>> = {
  inv: 'invoice',
  cust: 'customer',
  kd: 'kunden',
  acct: 'account',
  doc: 'document',
  dt: 'date',
  amt: 'amount',
  pmt: 'payment',
  pymt: 'payment',
  clrng: 'clearing',
  clr: 'clearing',
  disp: 'dispute',
  ctry: 'country',
  cntry: 'country',
  cur: 'currency',
  curr: 'currency',
};

/** The better of the name as it stands and with its abbreviations written out. */
function bestRank(words: readonly string[], field: ColumnField): number | null {
  const asWritten = rankOf(words, field);
  const writtenOut = rankOf(
    words.map((word) => LONG_FORMS[word] ?? word),
    field,
  );
  if (asWritten === null || writtenOut === null) return asWritten ?? writtenOut;
  return Math.min(asWritten, writtenOut);
}

/** How well a name fits a field: by tier, then the whole name before a part of it, then few words beside. Null: not at all. */
function rankOf(words: readonly string[], field: ColumnField): number | null {
  if (words.length === 0) return null;
  const tiers = phrasesByField.get(field) ?? [];
  const whole = words.join('');
  const wholeTier = tiers.findIndex((tier) => tier.whole.has(whole));
  if (wholeTier >= 0) return wholeTier * 10;
  for (const [tierIndex, tier] of tiers.entries()) {
    for (let extra = 1; extra <= Math.min(extraWordsMax, words.length - 1); extra += 1) {
      const length = words.length - extra;
      for (let start = 0; start + length <= words.length; start += 1) {
        const beside = [...words.slice(0, start), ...words.slice(start + length)];
        const isOther = beside.some((word) => COLUMN_NAMES[field].vetoes.includes(word));
        if (!isOther && tier.part.has(words.slice(start, start + length).join(''))) return tierIndex * 10 + extra;
      }
    }
  }
  return null;
}

/** A name is only a claim: a "paid" column of yes and no is no settlement date. A column without values proves nothing. */
function hasFittingValues(rows: Header['rows'], index: number, field: ColumnField): boolean {
  const fits = fittingTest(field);
  if (fits === null) return true;
  const values = rows
    .slice(0, rowsLookedAtMax)
    .map((row) => row.cells[index] ?? '')
    .filter((cell) => !isBlankCell(cell));
  return values.length === 0 || values.filter(fits).length >= values.length * fittingShareMin;
}

function fittingTest(field: ColumnField): ((cell: string) => boolean) | null {
  if (field === 'date' || field === 'due' || field === 'settled') return looksLikeDate;
  if (field === 'amount') return looksLikeAmount;
  if (field === 'terms') return (cell) => readTermsDays(cell) !== null;
  if (field === 'disputed') return (cell) => readYesNo(cell) !== null;
  if (field === 'currency') return (cell) => isCurrency(cell.trim().toUpperCase()) || /^[€$£¥₹]$/.test(cell.trim());
  return null;
}

/** Splits a column's name into plain lower-case words: `InvoiceNo.` → invoice, no; `Fälligkeit (netto)` → falligkeit, netto. */
function normaliseName(name: string): string[] {
  return stripAccents(name.replaceAll('#', ' no ').replaceAll('№', ' no '))
    .replace(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replace(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
}

const CURRENCY_WORDS = new Set(
  'eur usd gbp chf cad aud nzd jpy cny inr sek nok dkk pln czk huf brl mxn zar sgd hkd euro euros dollar dollars'.split(
    ' ',
  ),
);

/** `Amount (EUR)` is the amount; the code in the name says nothing about which column it is. */
function dropCurrencyWords(words: readonly string[]): readonly string[] {
  const rest = words.filter((word) => !CURRENCY_WORDS.has(word));
  return rest.length === 0 ? words : rest;
}

function missingFields(indexes: Indexes): ColumnField[] {
  const required: ColumnField[] = ['invoice', 'customer', 'date', 'amount'];
  const missing = required.filter((field) => (indexes.get(field) ?? null) === null);
  const hasDue = (indexes.get('due') ?? null) !== null || (indexes.get('terms') ?? null) !== null;
  return hasDue ? missing : [...missing, 'due'];
}

const FIELD_WORDS: Readonly<Record<ColumnField, string>> = {
  invoice: 'invoice number',
  customer: 'customer',
  date: 'invoice date',
  due: 'due date (or payment terms in days)',
  terms: 'payment terms in days',
  amount: 'amount',
  settled: 'settled date',
  disputed: 'disputed (yes or no)',
  country: 'country',
  currency: 'currency',
};

function listOf(header: readonly string[]): string {
  return header.map((name, index) => (name.trim() === '' ? `#${String(index + 1)} (no name)` : name.trim())).join(', ');
}

function columnsMissing(missing: readonly ColumnField[], header: readonly string[]): Refusal {
  const words = missing.map((field) => FIELD_WORDS[field]).join(', ');
  const example = missing.map((field) => `--map ${field}=ColumnName`).join(' ');
  return {
    kind: 'invalid_input',
    code: 'columns_missing',
    text: `No column found for: ${words}. The file's columns are: ${listOf(header)}.`,
    hint: `Say which column it is: ${example}${missing.includes('due') ? ' (or --map terms=ColumnName)' : ''}.`,
    details: { missing, header },
  };
}

function columnAmbiguous(field: ColumnField, rivals: readonly Guess[], header: readonly string[]): Refusal {
  const names = rivals.map((rival) => header[rival.index] ?? '');
  const isTwice = new Set(names).size < names.length;
  const shown = rivals.map((rival) => (isTwice ? `#${String(rival.index + 1)}` : (header[rival.index] ?? '')));
  return {
    kind: 'invalid_input',
    code: 'column_ambiguous',
    text: `More than one column could be the ${FIELD_WORDS[field]}: ${names.join(', ')}.`,
    hint: `Choose one: ${shown.map((name) => `--map "${field}=${name}"`).join(' or ')}, or --map ${field}=- for none.`,
    details: { field, columns: names },
  };
}

function mapKeyUnknown(key: string): Refusal {
  return {
    kind: 'invalid_input',
    code: 'map_key_unknown',
    text: `--map does not know "${key}".`,
    hint: `Use one of: ${COLUMN_FIELDS.join(', ')} with a column's name, dates=dmy|mdy|ymd, decimals=comma|point.`,
    details: { key },
  };
}

function mapColumnUnclear(options: { key: string; name: string; found: number; header: readonly string[] }): Refusal {
  const { key, name, found, header } = options;
  return {
    kind: 'invalid_input',
    code: found === 0 ? 'map_column_unknown' : 'map_column_ambiguous',
    text:
      found === 0
        ? `--map ${key}=${name}: the file has no column "${name}". Its columns are: ${listOf(header)}.`
        : `--map ${key}=${name}: the file has ${String(found)} columns of that name.`,
    hint: `Name one of its columns, or give its position, such as --map ${key}=#3.`,
    details: { key, name },
  };
}
