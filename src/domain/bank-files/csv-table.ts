// A CSV file as rows with their places: the block above the header, the rows under it, and the last lines that are no rows.

import { pipeline, Readable } from 'node:stream';
import { CsvError, parse, type Info } from 'csv-parse';
import { parse as parseSync } from 'csv-parse/sync';
import { shown } from './amounts.ts';
import { readTextLines, type TextLine } from './text-lines.ts';
import { BANK_FILE_LIMITS, BankFileError, type Chunks, type Place } from './types.ts';

export const CSV_SEPARATORS = [',', ';', '\t', '|'] as const;
export const CSV_QUOTES = ['"', "'"] as const;
/** `auto` is UTF-8 (or UTF-16 with its mark), and Windows-1252 in lines that are no UTF-8. */
export const CSV_ENCODINGS = [
  'auto',
  'windows-1250',
  'windows-1252',
  'iso-8859-1',
  'iso-8859-2',
  'iso-8859-15',
  'macintosh',
  'utf-16le',
] as const;

/** A column by its name in the header line, or by its number from 1 in a file without one. */
export type ColumnRef = string | number;

/** How the text of a file becomes rows. Plain JSON. */
export interface CsvLayout {
  readonly separator: (typeof CSV_SEPARATORS)[number];
  readonly quote: (typeof CSV_QUOTES)[number] | null;
  readonly encoding: (typeof CSV_ENCODINGS)[number];
  /** `find`: the first line that names all columns of the mapping. `skip`: so many lines before the first row, no names. */
  readonly header: { readonly kind: 'find' } | { readonly kind: 'skip'; readonly lines: number };
  /** Rows at the end of the file that are none, e.g. sums. */
  readonly trailerLines: number;
}

export const CSV_LIMITS = { headerLinesMax: 200, trailerLinesMax: 50, columnsMax: 500 } as const;

export interface CsvRow {
  /** `around` is a row of the block above the header or of the trailer. */
  readonly kind: 'row' | 'around';
  readonly cells: readonly string[];
  readonly place: Place;
}

/** The rows of one file, and the cells of a row by the mapping's columns once the header line is read. */
export class CsvTable {
  readonly #layout: CsvLayout;
  readonly #columns: readonly ColumnRef[];
  #indexes = new Map<ColumnRef, number>();
  #width = 0;

  /** @param columns every column that is going to be asked for. */
  constructor(layout: CsvLayout, columns: readonly ColumnRef[]) {
    this.#layout = layout;
    this.#columns = columns;
  }

  /** Empty rows are left out. @throws {BankFileError} `bank_file.csv_header`, `bank_file.csv_syntax` and those of `readTextLines`. */
  async *rows(chunks: Chunks): AsyncGenerator<CsvRow, void, undefined> {
    const lines = readTextLines(transcode(chunks, this.#layout.encoding));
    try {
      yield* this.#readAll(lines);
    } finally {
      // Where the rows are left before their end, the source of the bytes is closed.
      await lines.return();
    }
  }

  async *#readAll(lines: AsyncGenerator<TextLine, void, undefined>): AsyncGenerator<CsvRow, void, undefined> {
    let above = 0;
    for await (const row of this.#readAbove(lines)) {
      above += 1;
      if (row !== null) yield row;
    }
    const held: CsvRow[] = [];
    for await (const row of this.#readRows(lines, above)) {
      held.push(row);
      if (held.length > this.#layout.trailerLines) yield held.shift() ?? row;
    }
    for (const row of held) yield { ...row, kind: 'around' };
  }

  /** @throws {BankFileError} `bank_file.csv_columns` when a row has too few cells, or more than the header with something in them. */
  requireWidth(row: CsvRow): void {
    const needed = Math.max(...[...this.#indexes.values()].map((index) => index + 1));
    const isWide = this.#width > 0 && row.cells.slice(this.#width).some((cell) => cell.trim() !== '');
    if (row.cells.length >= needed && !isWide) return;
    const expected = this.#width > 0 ? this.#width : needed;
    const problem = `The row has ${String(row.cells.length)} columns, not ${String(expected)}: "${shown(row.cells.join(this.#layout.separator))}".`;
    throw new BankFileError('bank_file.csv_columns', row.place, problem);
  }

  /** The cell without blanks around it; empty when the mapping has no such column. */
  cell(row: CsvRow, column: ColumnRef | null): string {
    const index = column === null ? undefined : this.#indexes.get(column);
    return index === undefined ? '' : (row.cells[index] ?? '').trim();
  }

  /** Yields the lines before the first row, null for empty ones and for the header itself. */
  async *#readAbove(lines: AsyncGenerator<TextLine, void, undefined>): AsyncGenerator<CsvRow | null, void, undefined> {
    const { header } = this.#layout;
    if (header.kind === 'skip') this.#indexes = new Map(this.#columns.map((column) => [column, Number(column) - 1]));
    let missing: readonly ColumnRef[] = this.#columns;
    const most = header.kind === 'skip' ? header.lines : CSV_LIMITS.headerLinesMax;
    for (let count = 0; count < most; count += 1) {
      const next = await lines.next();
      if (next.done === true) break;
      const cells = cellsOfLine(next.value.text, this.#layout);
      const lacking = header.kind === 'find' ? this.#setHeader(cells) : null;
      if (lacking?.length === 0) {
        yield null;
        return;
      }
      if (lacking !== null && lacking.length < missing.length) missing = lacking;
      yield cells.some((cell) => cell.trim() !== '')
        ? { kind: 'around', cells, place: `line ${String(next.value.number)}` }
        : null;
    }
    if (header.kind === 'skip') return;
    const names = missing.map((column) => `"${String(column)}"`).join(', ');
    const problem = `None of the first ${String(most)} lines names the columns of the mapping; the nearest lacks ${shown(names)}.`;
    throw new BankFileError('bank_file.csv_header', 'head of file', problem);
  }

  /** @returns the columns that the line does not name; with none it is the header. */
  #setHeader(cells: readonly string[]): ColumnRef[] {
    const names = cells.slice(0, CSV_LIMITS.columnsMax).map(columnKey);
    const lacking = this.#columns.filter((column) => !names.includes(columnKey(String(column))));
    if (lacking.length > 0) return lacking;
    this.#width = cells.length;
    this.#indexes = new Map(this.#columns.map((column) => [column, names.indexOf(columnKey(String(column)))]));
    return [];
  }

  async *#readRows(
    lines: AsyncGenerator<TextLine, void, undefined>,
    above: number,
  ): AsyncGenerator<CsvRow, void, undefined> {
    const parser = parse({ ...parserOptions(this.#layout), info: true });
    // The error reaches the loop below through the parser.
    pipeline(Readable.from(withLineFeeds(lines)), parser, () => undefined);
    try {
      for await (const parsed of parser as AsyncIterable<{ record: string[]; info: Info }>) {
        const { record, info } = parsed;
        if (record.every((cell) => cell.trim() === '')) continue;
        yield { kind: 'row', cells: record, place: `line ${String(above + info.lines)}` };
      }
    } catch (error) {
      if (!(error instanceof CsvError)) throw error;
      const line = typeof error['lines'] === 'number' ? above + error['lines'] : above;
      throw new BankFileError('bank_file.csv_syntax', `line ${String(line)}`, syntaxProblem(error.code));
    }
  }
}

/** The cells of a line that stands alone; where its quotation marks are broken, what lies between the separators. */
export function cellsOfLine(line: string, layout: Pick<CsvLayout, 'separator' | 'quote'>): string[] {
  try {
    const rows: readonly string[][] = parseSync(line, parserOptions(layout));
    return [...(rows[0] ?? [])];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    return line.split(layout.separator);
  }
}

/** Column names are the same in any case and with any blanks. */
export function columnKey(name: string): string {
  return name.trim().replace(/\s+/g, ' ').toLowerCase();
}

function parserOptions(layout: Pick<CsvLayout, 'separator' | 'quote'>) {
  return {
    delimiter: layout.separator,
    quote: layout.quote ?? false,
    escape: layout.quote ?? '"',
    record_delimiter: '\n',
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: BANK_FILE_LIMITS.textCharsMax,
  } as const;
}

function syntaxProblem(code: string): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'A quotation mark is opened and never closed.';
  if (code === 'CSV_MAX_RECORD_SIZE') {
    return `A row has more than ${String(BANK_FILE_LIMITS.textCharsMax)} characters (textCharsMax): a quotation mark is open, or the separator is another.`;
  }
  return `The row cannot be read (${code}).`;
}

async function* withLineFeeds(
  lines: AsyncGenerator<TextLine, void, undefined>,
): AsyncGenerator<string, void, undefined> {
  const charsMin = 16_384;
  let text = '';
  for await (const line of lines) {
    text += `${line.text}\n`;
    if (text.length < charsMin) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}

async function* transcode(
  chunks: Chunks,
  encoding: CsvLayout['encoding'],
): AsyncGenerator<Uint8Array, void, undefined> {
  if (encoding === 'auto') {
    yield* chunks;
    return;
  }
  const decoder = new TextDecoder(encoding);
  const encoder = new TextEncoder();
  for await (const chunk of chunks) yield encoder.encode(decoder.decode(chunk, { stream: true }));
  yield encoder.encode(decoder.decode());
}
