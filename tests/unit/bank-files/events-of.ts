// Reads a file given as text or bytes, in pieces of any size, and sorts what the reader tells.

import assert from 'node:assert/strict';
import {
  BankFileError,
  type BankFileEvent,
  type BankFileReader,
  type BankLine,
  type ReadOptions,
  type StatementEnd,
  type StatementHead,
  type TotalCheck,
} from '../../../src/domain/bank-files/types.ts';

export const OPTIONS: ReadOptions = { accountCurrency: null, today: '2026-11-22' };

/** The shared files that nobody here wrote; not there in every checkout. */
export const SHARED = '../shared/data/bank-files';

export type Content = string | Uint8Array;

/** The content in pieces of `size` bytes, each in memory that is used again for the next, as a socket may do. */
export async function* piecesOf(content: Content, size = 65_536): AsyncGenerator<Uint8Array, void, undefined> {
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  const reused = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    reused.set(piece);
    yield await Promise.resolve(reused.subarray(0, piece.length));
    reused.fill(0x58);
  }
}

export async function eventsOf(
  reader: BankFileReader,
  content: Content,
  given: { options?: ReadOptions; size?: number } = {},
): Promise<BankFileEvent[]> {
  const events: BankFileEvent[] = [];
  for await (const event of reader(piecesOf(content, given.size), given.options ?? OPTIONS)) events.push(event);
  return events;
}

export function linesOf(events: readonly BankFileEvent[]): BankLine[] {
  return events.flatMap((event) => (event.kind === 'line' ? [event.line] : []));
}

export function statementsOf(events: readonly BankFileEvent[]): StatementHead[] {
  return events.flatMap((event) => (event.kind === 'statement' ? [event.statement] : []));
}

export function endsOf(events: readonly BankFileEvent[]): StatementEnd[] {
  return events.flatMap((event) => (event.kind === 'statement_end' ? [event.end] : []));
}

export function checksOf(events: readonly BankFileEvent[]): TotalCheck[] {
  return events.flatMap((event) =>
    event.kind === 'statement_end' ? event.end.checks : event.kind === 'file_end' ? event.checks : [],
  );
}

/** The checks that do not hold, as `what: declared/found`. */
export function brokenIn(events: readonly BankFileEvent[]): string[] {
  return checksOf(events)
    .filter((check) => check.declared !== check.found)
    .map((check) => `${check.what}: ${check.declared}/${check.found}`);
}

/** The error a reader ends with; fails the test when it reads the file. */
export async function errorOf(reading: Promise<unknown> | AsyncIterable<unknown>): Promise<BankFileError> {
  try {
    if (Symbol.asyncIterator in reading) for await (const event of reading) assert.ok(event);
    else await reading;
  } catch (error) {
    if (error instanceof BankFileError) return error;
    throw error;
  }
  return assert.fail('the file was read');
}

/** Whether the content is read, or refused by a `BankFileError`; anything else fails the test that asks. */
export async function isReadOrRefused(reading: () => AsyncIterable<unknown>): Promise<true> {
  try {
    for await (const event of reading()) assert.ok(event);
  } catch (error) {
    if (!(error instanceof BankFileError)) throw error;
    assert.match(error.code, /^(?:bank_file|remittance)\.[a-z0-9_]+$/);
    assert.ok(error.place !== '' && error.message.length < 1_000);
  }
  return true;
}
