// The one door to the readers: chooses by format, holds every file to the limits, and lets out no error but the file's own.

import { readBai2 } from './bai2.ts';
import { readCamt } from './camt.ts';
import type { CsvMapping } from './csv-mapping.ts';
import { csvReader } from './csv.ts';
import { readEdi820 } from './edi820.ts';
import { readLockbox } from './lockbox.ts';
import { readMt940, readMt942 } from './mt940.ts';
import { readOfx } from './ofx.ts';
import { readRemittanceCsv, type RemittanceCsvMapping } from './remittance-csv.ts';
import type { RemittanceAdvice, RemittanceFormat } from './remittance-types.ts';
import { limitBytes } from './text-lines.ts';
import { FileBudget } from './totals.ts';
import {
  BankFileError,
  type BankFileEvent,
  type BankFileFormat,
  type BankFileReader,
  type Chunks,
  type ReadOptions,
} from './types.ts';

export interface ReadFileOptions extends ReadOptions {
  /** What the company saved for the bank's CSV files; needed for `csv` only. */
  readonly mapping: CsvMapping | null;
}

/**
 * Reads a bank file of a known format. Bytes, statements and lines are held to `BANK_FILE_LIMITS` here, for every format. Whatever is
 * wrong with the file is a `BankFileError`; an error of the source of the bytes comes through as it is.
 * @throws {BankFileError}
 */
export async function* readBankFile(
  format: BankFileFormat,
  chunks: Chunks,
  options: ReadFileOptions,
): AsyncGenerator<BankFileEvent, void, undefined> {
  const budget = new FileBudget();
  const events = (source: Chunks): AsyncIterable<BankFileEvent> =>
    readerOf(format, options)(limitBytes(source), options);
  for await (const event of guarded(chunks, format, events)) {
    if (event.kind === 'statement') budget.addStatement(event.statement.place);
    else if (event.kind === 'line') budget.addLine(event.line.place);
    yield event;
  }
  if (budget.statements === 0) {
    throw new BankFileError('bank_file.empty', 'whole file', `The file holds no statement as ${format} has them.`);
  }
}

export interface ReadRemittanceOptions extends ReadOptions {
  /** What the company saved for the payer's CSV files; needed for `csv` only. */
  readonly mapping: RemittanceCsvMapping | null;
}

/** Reads a file of remittance advices of a known format, with the same promise about errors as `readBankFile`. @throws {BankFileError} */
export async function* readRemittanceFile(
  format: RemittanceFormat,
  chunks: Chunks,
  options: ReadRemittanceOptions,
): AsyncGenerator<RemittanceAdvice, void, undefined> {
  yield* guarded(chunks, format, (source) =>
    format === 'edi820'
      ? readEdi820(source, options)
      : readRemittanceCsv(requireMapping(options.mapping), source, options),
  );
}

/** Yields what a reader yields, and lets out the file's own errors and those of the source of the bytes only. */
async function* guarded<T>(
  chunks: Chunks,
  format: string,
  read: (source: Chunks) => AsyncIterable<T>,
): AsyncGenerator<T, void, undefined> {
  const source = new Source(chunks);
  try {
    yield* read(source.chunks());
  } catch (error) {
    if (error instanceof BankFileError || error === source.error) throw error;
    throw unreadable(error, format);
  }
}

function readerOf(format: BankFileFormat, options: ReadFileOptions): BankFileReader {
  switch (format) {
    case 'camt.053':
    case 'camt.054':
      return readCamt;
    case 'mt940':
      return readMt940;
    case 'mt942':
      return readMt942;
    case 'bai2':
      return readBai2;
    case 'lockbox':
      return readLockbox;
    case 'ofx':
      return readOfx;
    case 'csv':
      return csvReader(requireMapping(options.mapping));
  }
}

function requireMapping<T>(mapping: T | null): T {
  if (mapping !== null) return mapping;
  const problem = 'A CSV file is read by a mapping, and none is given: save one for these files first.';
  throw new BankFileError('bank_file.csv_no_mapping', 'whole file', problem);
}

/** Remembers what the source of the bytes threw, to tell its errors from those of a reader. */
class Source {
  readonly #chunks: Chunks;
  #error: unknown = NO_ERROR;

  constructor(chunks: Chunks) {
    this.#chunks = chunks;
  }

  get error(): unknown {
    return this.#error;
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      yield* this.#chunks;
    } catch (error) {
      this.#error = error;
      throw error;
    }
  }
}

const NO_ERROR = Symbol('no error');

/** A reader met something it was not written for. The file is refused like any other that cannot be read; the cause stays for the log. */
function unreadable(cause: unknown, format: string): BankFileError {
  const said = cause instanceof Error ? cause.message : String(cause);
  const problem = `The file cannot be read as ${format} (${said.slice(0, 200)}).`;
  const error = new BankFileError('bank_file.unreadable', 'whole file', problem);
  error.cause = cause;
  return error;
}
