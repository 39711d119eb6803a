// Turns the split text of a receivables file into a checked history and a report of how it was read.

import { daysBetween, addDays, type IsoDate } from '../dates.ts';
import { formatDecimal, isCurrency, parseDecimal } from '../money.ts';
import { refuse, type Result } from '../refusal.ts';
import { isBlankCell, readYesNo } from './cells.ts';
import { COLUMN_FIELDS, type ColumnField } from './column-names.ts';
import { mapColumns, type ColumnMapping } from './columns.ts';
import { detectDateFormats, readDate, type DateFormat } from './date-formats.ts';
import type { DayOrder } from './date-text.ts';
import { detectDecimalFormat, readAmount, type DecimalFormat, type DecimalMark } from './decimal-formats.ts';
import type { History, HistoryInvoice } from './history.ts';
import { readTermsDays } from './terms-days.ts';

/** Longer invoice numbers and customers are a sign of columns out of step, not of a name. */
const invoiceNumberLengthMax = 100;
const customerLengthMax = 200;
/** From this share of rows on, ending early is taken for the exporter's habit of leaving out blank cells, not for damage. */
const shortRowsHabitShareMin = 0.05;

export interface FileRow {
  /** Line of the file on which the row begins, counted from 1. */
  readonly line: number;
  readonly cells: readonly string[];
}

export type RejectionCode =
  | 'wrong_cell_count'
  | 'missing_invoice_number'
  | 'missing_customer'
  | 'text_too_long'
  | 'missing_date'
  | 'unreadable_date'
  | 'unreadable_terms'
  | 'unknown_currency'
  | 'other_currency'
  | 'missing_amount'
  | 'unreadable_amount'
  | 'amount_too_precise'
  | 'amount_not_positive'
  | 'unreadable_disputed'
  | 'due_before_invoice'
  | 'settled_before_invoice'
  | 'duplicate_invoice_number';

export interface RejectedRow {
  readonly line: number;
  readonly code: RejectionCode;
  readonly reason: string;
}

/** How a file was read, for the person who has to trust it. */
export interface ReadingReport {
  readonly columns: Readonly<Record<ColumnField, string | null>>;
  /** Columns that serve no field, in the file's order. */
  readonly unusedColumns: readonly string[];
  /** By date field; a field without values is missing. */
  readonly dateFormats: Readonly<Partial<Record<'date' | 'due' | 'settled', string>>>;
  readonly decimalFormat: string;
  readonly rowsRead: number;
  /** Amounts as plain decimal strings by currency. */
  readonly accepted: { readonly count: number; readonly amountByCurrency: Readonly<Record<string, string>> };
  /** By line. */
  readonly rejected: readonly RejectedRow[];
}

export interface HistoryFile {
  readonly header: readonly string[];
  readonly rows: readonly FileRow[];
  /** What `--map key=value` said: fields (see `COLUMN_FIELDS`), `dates` and `decimals`. */
  readonly map: Readonly<Record<string, string>>;
  /** For rows that name no currency. */
  readonly defaultCurrency: string;
}

/**
 * Reads a whole file. Columns and formats that cannot be told for sure are refused with a hint; single bad rows are
 * rejected and reported, and the rest is the history, which may then be empty.
 */
export function readHistory(file: HistoryFile): Result<{ history: History; report: ReadingReport }> {
  if (!isCurrency(file.defaultCurrency)) return refuse(currencyUnknown(file.defaultCurrency));
  if (file.rows.length === 0) return refuse(noRows());
  const settings = readSettings(file.map);
  if (!settings.ok) return settings;
  const mapping = mapColumns({ header: file.header, rows: file.rows, map: settings.columns });
  if (!mapping.ok) return mapping;
  const cells = cellReader(mapping);
  const rows = file.rows;
  const dates = detectDateFormats({ columns: dateValues(rows, mapping, cells), order: settings.order });
  if (!dates.ok) return dates;
  const decimals = detectDecimalFormat({ values: rows.map((row) => cells(row, 'amount')), mark: settings.mark });
  if (!decimals.ok) return decimals;
  const reader = {
    cells,
    formats: dates.formats,
    decimals: decimals.format,
    hasTerms: mapping.indexes.terms !== null,
    defaultCurrency: file.defaultCurrency,
  };
  const { history, rejected } = checkRows(file, reader);
  return { ok: true, history, report: reportOf({ mapping, reader, history, rejected, rowsRead: rows.length }) };
}

interface Settings {
  readonly columns: Readonly<Record<string, string>>;
  readonly order: DayOrder | null;
  readonly mark: DecimalMark | null;
}

/** Takes the two keys that are no columns out of `--map`. */
function readSettings(map: Readonly<Record<string, string>>): Result<Settings> {
  const { dates, decimals, ...columns } = map;
  const order = (['dmy', 'mdy', 'ymd'] as const).find((known) => known === dates?.trim().toLowerCase()) ?? null;
  const mark = (['point', 'comma'] as const).find((known) => known === decimals?.trim().toLowerCase()) ?? null;
  if (dates !== undefined && order === null) return refuse(settingUnknown('dates', dates));
  if (decimals !== undefined && mark === null) return refuse(settingUnknown('decimals', decimals));
  return { ok: true, columns, order, mark };
}

type Cells = (row: FileRow, field: ColumnField) => string;

/** Reads a field's cell, trimmed; whatever means "nothing" becomes ''. */
function cellReader(mapping: ColumnMapping): Cells {
  return (row, field) => {
    const index = mapping.indexes[field];
    const cell = index === null ? '' : (row.cells[index] ?? '').trim();
    return isBlankCell(cell) ? '' : cell;
  };
}

function dateValues(rows: readonly FileRow[], mapping: ColumnMapping, cells: Cells): Record<string, string[]> {
  const fields = (['date', 'due', 'settled'] as const).filter((field) => mapping.indexes[field] !== null);
  return Object.fromEntries(fields.map((field) => [field, rows.map((row) => cells(row, field))]));
}

interface Reader {
  readonly cells: Cells;
  readonly formats: Partial<Record<'date' | 'due' | 'settled', DateFormat>>;
  readonly decimals: DecimalFormat;
  readonly hasTerms: boolean;
  readonly defaultCurrency: string;
}

type Checked<T> = { readonly value: T } | { readonly code: RejectionCode; readonly reason: string };

function reject(code: RejectionCode, reason: string): { code: RejectionCode; reason: string } {
  return { code, reason };
}

function checkRows(file: HistoryFile, reader: Reader): { history: History; rejected: RejectedRow[] } {
  const currency = mostFrequentCurrency(file.rows, reader);
  const countIsWrong = cellCountCheck(file);
  const lineByNumber = new Map<string, number>();
  const invoices: HistoryInvoice[] = [];
  const rejected: RejectedRow[] = [];
  for (const row of file.rows) {
    const checked = countIsWrong(row) ?? checkRow({ row, reader, currency });
    const refused = 'value' in checked ? checkDuplicate(checked.value, lineByNumber) : checked;
    if (refused !== null) rejected.push({ line: row.line, code: refused.code, reason: refused.reason });
    else if ('value' in checked) {
      lineByNumber.set(checked.value.number, row.line);
      invoices.push(checked.value);
    }
  }
  const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);
  invoices.sort((a, b) => compare(a.invoicedOn, b.invoicedOn) || compare(a.number, b.number));
  return { history: { currency, invoices }, rejected };
}

function checkDuplicate(
  invoice: HistoryInvoice,
  lineByNumber: ReadonlyMap<string, number>,
): { code: RejectionCode; reason: string } | null {
  const first = lineByNumber.get(invoice.number);
  if (first === undefined) return null;
  return reject(
    'duplicate_invoice_number',
    `lines ${String(first)} and ${String(invoice.line)} have the same invoice number ${invoice.number}; line ${String(first)} is kept`,
  );
}

/** A row with a cell too many or too few has its columns out of step, and reading it on would misplace amounts and dates. */
function cellCountCheck(file: HistoryFile): (row: FileRow) => { code: RejectionCode; reason: string } | null {
  const width = file.header.length;
  const namedWidth = file.header.findLastIndex((name) => name.trim() !== '') + 1;
  const filledWidth = (row: FileRow): number => row.cells.findLastIndex((cell) => cell.trim() !== '') + 1;
  const short = file.rows.filter((row) => row.cells.length < namedWidth).length;
  const isHabit = short >= file.rows.length * shortRowsHabitShareMin && short > 1;
  return (row) => {
    const isShort = row.cells.length < namedWidth && !isHabit;
    if (!isShort && filledWidth(row) <= width) return null;
    return reject(
      'wrong_cell_count',
      `has ${String(row.cells.length)} cells, the header has ${String(namedWidth)} columns`,
    );
  };
}

function checkRow(options: { row: FileRow; reader: Reader; currency: string }): Checked<HistoryInvoice> {
  const { row, reader, currency } = options;
  const names = checkNames(row, reader);
  if (!('value' in names)) return names;
  const amount = checkAmount({ row, reader, currency });
  if (!('value' in amount)) return amount;
  const dates = checkDates(row, reader);
  if (!('value' in dates)) return dates;
  const disputedText = reader.cells(row, 'disputed');
  const disputed = readYesNo(disputedText);
  if (disputed === null) return reject('unreadable_disputed', `disputed is "${disputedText}", neither yes nor no`);
  const country = reader.cells(row, 'country');
  return {
    value: {
      line: row.line,
      ...names.value,
      country: country === '' ? null : country,
      ...dates.value,
      termsDays: daysBetween(dates.value.invoicedOn, dates.value.dueOn),
      amountMinor: amount.value,
      disputed,
    },
  };
}

function checkNames(row: FileRow, reader: Reader): Checked<{ number: string; customer: string }> {
  const number = reader.cells(row, 'invoice');
  const customer = reader.cells(row, 'customer');
  if (number === '') return reject('missing_invoice_number', 'has no invoice number');
  if (customer === '') return reject('missing_customer', `invoice ${clip(number)} has no customer`);
  if (number.length > invoiceNumberLengthMax) {
    return reject('text_too_long', `the invoice number is longer than ${String(invoiceNumberLengthMax)} characters`);
  }
  if (customer.length > customerLengthMax) {
    return reject('text_too_long', `the customer is longer than ${String(customerLengthMax)} characters`);
  }
  return { value: { number, customer } };
}

function checkAmount(options: { row: FileRow; reader: Reader; currency: string }): Checked<number> {
  const { row, reader, currency } = options;
  const own = currencyOf(row, reader);
  if (own === null)
    return reject('unknown_currency', `"${clip(reader.cells(row, 'currency'))}" is not a currency of ISO 4217`);
  const text = reader.cells(row, 'amount');
  if (text === '') return reject('missing_amount', 'has no amount');
  const amount = readAmount(text, reader.decimals.mark);
  if (amount === null)
    return reject('unreadable_amount', `"${clip(text)}" is not an amount like ${reader.decimals.label}`);
  if (own !== currency) {
    return reject('other_currency', `is in ${own}; a pilot replays one currency, and most rows are in ${currency}`);
  }
  const parsed = parseDecimal(amount.decimal, currency);
  if (!parsed.ok) {
    const isTooPrecise = /^-?\d{1,15}\.\d+$/.test(amount.decimal);
    return reject(
      isTooPrecise ? 'amount_too_precise' : 'unreadable_amount',
      `amount ${clip(text)}: ${parsed.refusal.text}`,
    );
  }
  if (parsed.minor === 0) return reject('amount_not_positive', `the amount is zero`);
  if (parsed.minor < 0)
    return reject('amount_not_positive', `the amount ${clip(text)} is negative; credit notes are not replayed`);
  return { value: parsed.minor };
}

type Dates = Pick<HistoryInvoice, 'invoicedOn' | 'dueOn' | 'settledOn'>;

function checkDates(row: FileRow, reader: Reader): Checked<Dates> {
  const invoiced = checkDate({ row, reader, field: 'date' });
  if (!('value' in invoiced)) return invoiced;
  if (invoiced.value === null) return reject('missing_date', 'has no invoice date');
  const due = checkDue({ row, reader, invoicedOn: invoiced.value });
  if (!('value' in due)) return due;
  const settled = checkDate({ row, reader, field: 'settled' });
  if (!('value' in settled)) return settled;
  const dates = { invoicedOn: invoiced.value, dueOn: due.value, settledOn: settled.value };
  if (dates.dueOn < dates.invoicedOn) {
    return reject('due_before_invoice', `is due on ${dates.dueOn}, before its invoice date ${dates.invoicedOn}`);
  }
  if (dates.settledOn !== null && dates.settledOn < dates.invoicedOn) {
    return reject(
      'settled_before_invoice',
      `is settled on ${dates.settledOn}, before its invoice date ${dates.invoicedOn}`,
    );
  }
  return { value: dates };
}

const DATE_WORDS = { date: 'invoice date', due: 'due date', settled: 'settled date' } as const;

function checkDate(options: {
  row: FileRow;
  reader: Reader;
  field: 'date' | 'due' | 'settled';
}): Checked<IsoDate | null> {
  const { row, reader, field } = options;
  const text = reader.cells(row, field);
  if (text === '') return { value: null };
  const format = reader.formats[field];
  const date = format === undefined ? null : readDate(text, format);
  if (date !== null) return { value: date };
  const words = format === undefined ? '' : ` in the format ${format.label}`;
  return reject('unreadable_date', `the ${DATE_WORDS[field]} "${clip(text)}" is no date${words}`);
}

function checkDue(options: { row: FileRow; reader: Reader; invoicedOn: IsoDate }): Checked<IsoDate> {
  const { row, reader, invoicedOn } = options;
  const due = checkDate({ row, reader, field: 'due' });
  if (!('value' in due)) return due;
  if (due.value !== null) return { value: due.value };
  const terms = reader.cells(row, 'terms');
  if (terms === '')
    return reject('missing_date', reader.hasTerms ? 'has neither due date nor payment terms' : 'has no due date');
  const days = readTermsDays(terms);
  if (days === null)
    return reject('unreadable_terms', `the payment terms "${clip(terms)}" do not say one number of days`);
  return { value: addDays(invoicedOn, days) };
}

const CURRENCY_BY_SYMBOL: Readonly<Record<string, string>> = { '€': 'EUR', '£': 'GBP', '₹': 'INR', $: 'USD' };

/** The row's currency: its own column, else the sign beside the amount, else the file's. Null: it names an unknown one. */
function currencyOf(row: FileRow, reader: Reader): string | null {
  const text = reader.cells(row, 'currency').toUpperCase();
  if (text !== '') {
    const code = CURRENCY_BY_SYMBOL[text] ?? text;
    return isCurrency(code) ? code : null;
  }
  return readAmount(reader.cells(row, 'amount'), reader.decimals.mark)?.currency ?? reader.defaultCurrency;
}

function mostFrequentCurrency(rows: readonly FileRow[], reader: Reader): string {
  const counts = new Map<string, number>([[reader.defaultCurrency, 0]]);
  for (const row of rows) {
    const currency = reader.cells(row, 'invoice') === '' ? null : currencyOf(row, reader);
    if (currency !== null) counts.set(currency, (counts.get(currency) ?? 0) + 1);
  }
  // The sort is stable and the default stands first, so that a tie goes to the default.
  const best = [...counts].sort((a, b) => b[1] - a[1])[0];
  return best?.[0] ?? reader.defaultCurrency;
}

function reportOf(options: {
  mapping: ColumnMapping;
  reader: Reader;
  history: History;
  rejected: readonly RejectedRow[];
  rowsRead: number;
}): ReadingReport {
  const { mapping, reader, history, rejected, rowsRead } = options;
  const total = history.invoices.reduce((sum, invoice) => sum + BigInt(invoice.amountMinor), 0n);
  const labels = Object.entries(reader.formats).map(([field, format]): [string, string] => [field, format.label]);
  return {
    columns: mapping.columns,
    unusedColumns: mapping.unused,
    dateFormats: Object.fromEntries(labels),
    decimalFormat: reader.decimals.label,
    rowsRead,
    accepted: {
      count: history.invoices.length,
      amountByCurrency: { [history.currency]: formatDecimal(total, history.currency) },
    },
    rejected,
  };
}

const shownTextLengthMax = 40;

function clip(text: string): string {
  return text.length <= shownTextLengthMax ? text : `${text.slice(0, shownTextLengthMax)}…`;
}

function settingUnknown(key: 'dates' | 'decimals', value: string): Parameters<typeof refuse>[0] {
  const allowed = key === 'dates' ? 'dmy, mdy or ymd' : 'comma or point';
  return {
    kind: 'invalid_input',
    code: 'map_value_unknown',
    text: `--map ${key}=${value} is not understood.`,
    hint: `Use ${allowed}. Columns are mapped with ${COLUMN_FIELDS.join(', ')}.`,
    details: { key, value },
  };
}

function currencyUnknown(currency: string): Parameters<typeof refuse>[0] {
  return {
    kind: 'invalid_input',
    code: 'currency_unknown',
    text: `"${currency}" is not a currency of ISO 4217.`,
    hint: 'Use a code such as EUR or USD.',
  };
}

function noRows(): Parameters<typeof refuse>[0] {
  return {
    kind: 'invalid_input',
    code: 'no_rows',
    text: 'The file has a header but no rows below it.',
    hint: 'Export the invoices again, one row for each.',
  };
}
