// Reads a receivables file from disk and splits it: encoding, separator and header row are found, nothing is interpreted.

import { readFileSync, statSync } from 'node:fs';
import { parse } from 'csv-parse/sync';
import type { FileRow } from '../../domain/pilot/read-history.ts';
import { looksLikeDate } from '../../domain/pilot/date-formats.ts';
import { looksLikeAmount } from '../../domain/pilot/decimal-formats.ts';
import { refuse, type Result } from '../../domain/refusal.ts';

const fileSizeBytesMax = 200 * 1024 * 1024;
const rowsPerFileMax = 1_000_000;
const cellLengthMax = 100_000;
/** The beginning of the file that decides on separator and header. */
const sampleLinesMax = 300;
/** Title lines an export may have above its header row. */
const linesAboveHeaderMax = 100;

const SEPARATORS = [',', ';', '\t', '|'] as const;
type Separator = (typeof SEPARATORS)[number];

export interface SplitFile {
  readonly encoding: string;
  readonly separator: Separator;
  readonly header: readonly string[];
  /** `line`: the line of the file on which the row begins, counted from 1. */
  readonly rows: readonly FileRow[];
}

/**
 * Reads UTF-8 (with or without a mark), UTF-16 or Latin-1 text separated by comma, semicolon, tab or bar. Blank rows and
 * rulers are left out. Refuses a missing, empty or too large file, broken quotes, and a text without a header row.
 */
export function readFile(path: string): Result<SplitFile> {
  const bytes = readBytes(path);
  if (!bytes.ok) return bytes;
  const { text, encoding } = decode(bytes.bytes);
  const split = splitText(text);
  return split.ok ? { ...split, encoding } : split;
}

function readBytes(path: string): Result<{ bytes: Buffer }> {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) return refuse(unusable('file_not_found', `${path} is not a file.`));
    if (stat.size > fileSizeBytesMax) {
      return refuse(
        unusable('file_too_large', `${path} has ${String(stat.size)} bytes; the limit is ${String(fileSizeBytesMax)}.`),
      );
    }
    return { ok: true, bytes: readFileSync(path) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return refuse(unusable('file_not_found', `${path} cannot be read (${reason}).`));
  }
}

function decode(bytes: Buffer): { text: string; encoding: string } {
  const encoding = encodingOf(bytes);
  // TextDecoder takes a byte order mark off by itself.
  return { text: new TextDecoder(encoding).decode(bytes), encoding };
}

const ENCODING_SAMPLE_BYTES = 4096;

function encodingOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le';
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be';
  const sample = bytes.subarray(0, ENCODING_SAMPLE_BYTES);
  const zeros = [0, 0];
  sample.forEach((byte, index) => {
    if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  });
  // In UTF-16 without a mark every other byte of plain text is zero.
  if ((zeros[1] ?? 0) > sample.length / 4) return 'utf-16le';
  if ((zeros[0] ?? 0) > sample.length / 4) return 'utf-16be';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return 'utf-8';
  } catch {
    return 'windows-1252';
  }
}

/** Splits text whose encoding is known. Exported for callers that hold the text already. */
export function splitText(text: string): Result<Omit<SplitFile, 'encoding'>> {
  const lines = text.replace(/\r\n?/g, '\n');
  if (lines.trim() === '') return refuse(unusable('file_empty', 'The file is empty.'));
  const sample = firstLines(lines, sampleLinesMax);
  const shape = findShape(sample);
  if (shape === null) return refuse(noHeader());
  const parsed = splitRecords({ text: lines, separator: shape.separator });
  if (!parsed.ok) return parsed;
  const records = parsed.records.filter((record) => !isNothing(record.cells));
  const at = records.findIndex((record) => record.line === shape.headerLine);
  const header = records[at];
  if (header === undefined) return refuse(noHeader());
  if (records.length - at - 1 > rowsPerFileMax) {
    return refuse(unusable('too_many_rows', `The file has more than ${String(rowsPerFileMax)} rows.`));
  }
  return { ok: true, separator: shape.separator, header: header.cells, rows: records.slice(at + 1) };
}

function firstLines(text: string, count: number): string {
  let end = -1;
  for (let line = 0; line < count; line += 1) {
    const next = text.indexOf('\n', end + 1);
    if (next < 0) return text;
    end = next;
  }
  return text.slice(0, end);
}

interface Shape {
  readonly separator: Separator;
  readonly headerLine: number;
  readonly score: number;
}

/** The separator under which most records have the same, large number of cells below something like a header. */
function findShape(sample: string): Shape | null {
  let best: Shape | null = null;
  for (const separator of SEPARATORS) {
    const parsed = splitRecords({ text: sample, separator, isSample: true });
    if (!parsed.ok) continue;
    const records = parsed.records.filter((record) => !isNothing(record.cells));
    const widths = records.map((record) => record.cells.length);
    const width = mostFrequent(widths);
    const header = width < 2 ? undefined : findHeader(records, width);
    if (header === undefined) continue;
    const score = (widths.filter((each) => each === width).length / widths.length) * (width - 1);
    if (best === null || score > best.score) best = { separator, headerLine: header.line, score };
  }
  return best;
}

/** At least this share of a header's cells are names, as wide as most rows. */
const namedShareMin = 0.6;

function findHeader(records: readonly FileRow[], width: number): FileRow | undefined {
  return records.slice(0, linesAboveHeaderMax).find((record) => {
    const filled = record.cells.filter((cell) => cell.trim() !== '');
    const names = filled.filter((cell) => isName(cell));
    return names.length === filled.length && filled.length >= Math.max(2, width * namedShareMin);
  });
}

function isName(cell: string): boolean {
  return /\p{L}/u.test(cell) && !looksLikeDate(cell) && !looksLikeAmount(cell);
}

function mostFrequent(values: readonly number[]): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort((a, b) => b[1] - a[1] || b[0] - a[0])[0]?.[0] ?? 0;
}

/** Blank rows, and the rulers of printed lists: `-----`, `|====|`. */
function isNothing(cells: readonly string[]): boolean {
  return cells.every((cell) => /^[-=_+*\s]*$/.test(cell)) && !cells.some((cell) => /^\s*-\s*$/.test(cell));
}

function splitRecords(options: {
  text: string;
  separator: Separator;
  isSample?: boolean;
}): Result<{ records: FileRow[] }> {
  let records: string[][];
  try {
    records = parse(options.text, {
      delimiter: options.separator,
      record_delimiter: '\n',
      relax_column_count: true,
      relax_quotes: true,
      max_record_size: cellLengthMax * 10,
    });
  } catch (error) {
    // The sample may end inside a quoted cell; the whole text is split later and says so if it is really broken.
    if (options.isSample === true) return splitPlainly(options.text, options.separator);
    const reason = error instanceof Error ? error.message : String(error);
    return refuse(unusable('file_broken', `The file's quotes are broken: ${reason}.`));
  }
  let line = 1;
  const numbered = records.map((cells) => {
    const record = { line, cells };
    line += 1 + cells.reduce((count, cell) => count + (cell.match(/\n/g)?.length ?? 0), 0);
    return record;
  });
  return { ok: true, records: numbered };
}

function splitPlainly(text: string, separator: Separator): Result<{ records: FileRow[] }> {
  const records = text.split('\n').map((line, index) => ({
    line: index + 1,
    cells: line.split(separator).map((cell) => cell.replace(/^"|"$/g, '')),
  }));
  return { ok: true, records };
}

function unusable(code: string, text: string): Parameters<typeof refuse>[0] {
  return {
    kind: 'invalid_input',
    code,
    text,
    hint: 'Give a CSV file of past invoices, one row for each, below one header row.',
  };
}

function noHeader(): Parameters<typeof refuse>[0] {
  return unusable(
    'no_header_row',
    'No header row was found: no line with a name for each column, separated by comma, semicolon, tab or bar.',
  );
}
