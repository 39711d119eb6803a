// Finds out how the date columns of a file are written, from all their values together, and refuses to guess.

import type { IsoDate } from '../dates.ts';
import { refuse, type Refusal, type Result } from '../refusal.ts';
import { inOrder, takeApart, type DateText, type DayOrder } from './date-text.ts';

export type DateField = 'date' | 'due' | 'settled';

/** A format is believed when it reads at least this share of a column's values; the rest are rejected row by row. */
const readableShareMin = 0.5;
/** When both orders fail somewhere, one is believed only if it fails this many times less often. */
const fewerFailuresFactor = 10;
/** An order is implausible when it makes at least this share of the rows due or settled before they were invoiced … */
const backwardsShareMin = 0.1;
/** … and at least so many rows, while another order makes next to none. */
const backwardsRowsMin = 2;
const backwardsShareTolerated = 0.01;

export interface DateFormat {
  readonly family: string;
  readonly order: DayOrder | null;
  /** As people write it: `m/d/yyyy`, `d.m.yyyy`, `yyyy-mm-dd`, `d-MMM-yyyy`. */
  readonly label: string;
}

/** The values of each date column the file has, all of the same length: one for each row, blank as ''. */
export type DateColumns = Readonly<Partial<Record<DateField, readonly string[]>>>;
type Formats = Partial<Record<DateField, DateFormat>>;

/** A column whose way of writing is known but whose order of day and month may not be. */
interface Column {
  readonly field: DateField;
  readonly values: readonly (DateText | null)[];
  readonly family: string;
  readonly separator: string | null;
  readonly orders: readonly DayOrder[];
}

/**
 * Detects the format of each date column. An order of day and month is out when it makes a date impossible that another
 * order reads, or when it makes the file run backwards; columns written with the same separator share that evidence. What is
 * still open then is refused, unless `order` (from `--map dates=`) says it.
 */
export function detectDateFormats(options: {
  columns: DateColumns;
  order: DayOrder | null;
}): Result<{ formats: Formats }> {
  const columns: Column[] = [];
  for (const field of ['date', 'due', 'settled'] as const) {
    const values = options.columns[field];
    if (values === undefined || values.every((value) => value === '')) continue;
    const column = describeColumn({ field, values, order: options.order });
    if (!column.ok) return column;
    columns.push(column.column);
  }
  const settled = settleOrders(columns);
  const open = settled.find((column) => column.orders.length > 1);
  if (open !== undefined) return refuse(datesAmbiguous(open));
  return { ok: true, formats: Object.fromEntries(settled.map((column) => [column.field, formatOf(column)])) };
}

/** Reads one date in a detected format. @returns null when it is not written that way or no real date. */
export function readDate(text: string, format: DateFormat): IsoDate | null {
  const value = takeApart(text);
  if (value === null || value.family !== format.family) return null;
  return valueInOrder(value, format.order);
}

/** Whether a text is shaped like a date, in whatever format. */
export function looksLikeDate(text: string): boolean {
  return takeApart(text) !== null;
}

function valueInOrder(value: DateText, order: DayOrder | null): IsoDate | null {
  if (value.numbers === null) return value.date;
  return order === null ? null : inOrder(value.numbers.parts, order);
}

function describeColumn(options: {
  field: DateField;
  values: readonly string[];
  order: DayOrder | null;
}): Result<{ column: Column }> {
  const { field, values, order } = options;
  const apart = values.map((value) => (value === '' ? null : takeApart(value)));
  const filled = values.filter((value) => value !== '').length;
  const family = mostFrequent(apart.flatMap((value) => (value === null ? [] : [value.family])));
  const inFamily = apart.map((value) => (value?.family === family ? value : null));
  const orders = family === null ? [] : possibleOrders(inFamily, order);
  const separator = inFamily.find((value) => value !== null)?.numbers?.separator ?? null;
  const read = Math.max(0, ...(separator === null ? [null] : orders).map((each) => countRead(inFamily, each)));
  if (family === null || read < filled * readableShareMin) return refuse(datesUnreadable({ field, values, order }));
  return { ok: true, column: { field, values: inFamily, family, separator, orders } };
}

function countRead(values: readonly (DateText | null)[], order: DayOrder | null): number {
  return values.filter((value) => value !== null && valueInOrder(value, order) !== null).length;
}

/** The orders that read every value any order can read; a few broken values do not unseat an order that reads the rest. */
function possibleOrders(values: readonly (DateText | null)[], wanted: DayOrder | null): DayOrder[] {
  const numeric = values.filter((value) => value !== null && value.numbers !== null);
  if (numeric.length === 0) return [];
  if (wanted !== null) return [wanted];
  const orders: readonly DayOrder[] = ['dmy', 'mdy', 'ymd'];
  const readable = numeric.filter((value) =>
    orders.some((order) => value !== null && valueInOrder(value, order) !== null),
  );
  const failures = orders.map((order) => ({ order, count: readable.length - countRead(readable, order) }));
  const least = Math.min(...failures.map((failure) => failure.count));
  // With no failure the rule is strict: one impossible date is proof. With some, the others must be far worse to be out.
  const isPossible = (count: number): boolean =>
    least === 0 ? count === 0 : count < readable.length && count < least * fewerFailuresFactor;
  return preferDots(
    numeric,
    failures.filter((failure) => isPossible(failure.count)).map((failure) => failure.order),
  );
}

/** Nobody writes the month first with dots: `1.2.2013` is the first of February, unless values in the file disprove it. */
function preferDots(values: readonly (DateText | null)[], orders: DayOrder[]): DayOrder[] {
  const hasDots = values[0]?.numbers?.separator === '.';
  return hasDots && orders.includes('dmy') ? orders.filter((order) => order !== 'mdy') : orders;
}

/** Narrows what is open by columns with the same separator, then by which order lets time run forwards. */
function settleOrders(columns: readonly Column[]): Column[] {
  let settled = columns.map((column) => withSharedOrder(column, columns));
  for (const family of new Set(columns.map((column) => column.family))) {
    const group = settled.filter((column) => column.family === family && column.orders.length > 1);
    if (group.length === 0) continue;
    const orders = plausibleOrders({ group, columns: settled });
    settled = settled.map((column) => (group.includes(column) ? { ...column, orders } : column));
  }
  return settled;
}

function withSharedOrder(column: Column, columns: readonly Column[]): Column {
  const isSettled = (other: Column): boolean => other.separator === column.separator && other.orders.length === 1;
  const known = new Set(columns.filter(isSettled).flatMap((other) => other.orders));
  if (column.orders.length < 2 || known.size !== 1) return column;
  const isSameFamily = columns.some((other) => isSettled(other) && other.family === column.family);
  // Between years of two and of four digits only the order of day and month carries over.
  const contrary = known.has('dmy') ? 'mdy' : known.has('mdy') ? 'dmy' : null;
  const orders = column.orders.filter((order) => (isSameFamily ? known.has(order) : order !== contrary));
  return orders.length === 0 ? column : { ...column, orders };
}

function plausibleOrders(options: { group: readonly Column[]; columns: readonly Column[] }): DayOrder[] {
  const { group, columns } = options;
  const candidates = [...new Set(group.flatMap((column) => column.orders))].filter((order) =>
    group.every((column) => column.orders.includes(order)),
  );
  const weighed = candidates.map((order) => {
    const assumed = columns.map((column) => (group.includes(column) ? { ...column, orders: [order] } : column));
    return { order, ...countBackwards(assumed) };
  });
  const isForwards = weighed.filter((each) => each.backwards <= each.pairs * backwardsShareTolerated);
  const isOut = weighed.filter(
    (each) => each.backwards >= backwardsRowsMin && each.backwards >= each.pairs * backwardsShareMin,
  );
  const winner = isForwards[0];
  const isDecided = winner !== undefined && isOut.length === weighed.length - 1;
  return isDecided ? [winner.order] : [...new Set(group.flatMap((column) => column.orders))];
}

/** How many pairs of dates in a row can be compared, and how many of them run backwards. */
function countBackwards(columns: readonly Column[]): { pairs: number; backwards: number } {
  const invoiced = columns.find((column) => column.field === 'date');
  let pairs = 0;
  let backwards = 0;
  for (const later of columns) {
    if (invoiced === undefined || later === invoiced || later.orders.length > 1 || invoiced.orders.length > 1) continue;
    later.values.forEach((value, row) => {
      const from = readInColumn(invoiced, row);
      const to = value === null ? null : readInColumn(later, row);
      if (from === null || to === null) return;
      pairs += 1;
      if (to < from) backwards += 1;
    });
  }
  return { pairs, backwards };
}

function readInColumn(column: Column, row: number): IsoDate | null {
  const value = column.values[row] ?? null;
  return value === null ? null : valueInOrder(value, column.orders[0] ?? null);
}

function formatOf(column: Column): DateFormat {
  const order = column.orders[0] ?? null;
  const label = mostFrequent(column.values.flatMap((value) => value?.label ?? []));
  return { family: column.family, order, label: label ?? labelOf(column, order) };
}

function labelOf(column: Column, order: DayOrder | null): string {
  const separator = column.separator ?? '';
  const year = column.family.endsWith('2') ? 'yy' : 'yyyy';
  if (order === 'dmy') return ['d', 'm', year].join(separator);
  return order === 'mdy' ? ['m', 'd', year].join(separator) : [year, 'm', 'd'].join(separator);
}

function mostFrequent(words: readonly string[]): string | null {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  const best = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0];
  return best?.[0] ?? null;
}

const FIELD_WORDS: Readonly<Record<DateField, string>> = {
  date: 'invoice dates',
  due: 'due dates',
  settled: 'settled dates',
};

function datesUnreadable(options: { field: DateField; values: readonly string[]; order: DayOrder | null }): Refusal {
  const samples = [...new Set(options.values.filter((value) => value !== ''))].slice(0, 3);
  const asked = options.order === null ? '' : ` with the numbers in the order ${options.order}`;
  return {
    kind: 'invalid_input',
    code: 'dates_unreadable',
    text: `The ${FIELD_WORDS[options.field]} cannot be read${asked}: ${samples.map((each) => `"${each}"`).join(', ')}.`,
    hint: `Map another column (--map ${options.field}=ColumnName), say the order (--map dates=dmy|mdy|ymd), or export dates as yyyy-mm-dd.`,
    details: { field: options.field, samples },
  };
}

function datesAmbiguous(column: Column): Refusal {
  const sample = column.values.find((value) => value !== null && value.numbers !== null)?.numbers;
  const text = sample?.parts.join(sample.separator) ?? '';
  const readings = column.orders.map(
    (order) => `${order} (${sample ? (inOrder(sample.parts, order) ?? 'no date') : ''})`,
  );
  return {
    kind: 'invalid_input',
    code: 'dates_ambiguous',
    text: `The ${FIELD_WORDS[column.field]} can be read in more than one way: "${text}" as ${readings.join(' or ')}.`,
    hint: `Say the order of day, month and year: ${column.orders.map((order) => `--map dates=${order}`).join(' or ')}.`,
    details: { field: column.field, orders: column.orders },
  };
}
