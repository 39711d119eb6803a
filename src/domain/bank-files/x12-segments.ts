// The segments of an X12 file: its separators are told by the header (ISA) of each interchange.

import { shown } from './amounts.ts';
import { limitRemittanceBytes } from './remittance-csv.ts';
import { BANK_FILE_LIMITS, BankFileError, type Chunks, type Place } from './types.ts';

export interface X12Segment {
  readonly tag: string;
  /** As written; `element` takes them by their number in the standard. */
  readonly elements: readonly string[];
  readonly place: Place;
}

/** The header has fixed columns: the fourth character separates elements, the last one ends segments. */
const HEADER_CHARS = 106;
const HEADER_ELEMENTS = 16;
const ELEMENTS_MAX = 200;

/** @returns the element by its number in the standard (BPR02 is 2), without blanks around it; empty when it is missing. */
export function element(segment: X12Segment, number: number): string {
  return (segment.elements[number - 1] ?? '').trim();
}

/**
 * Yields the segments of all interchanges. A splitter of our own, because `node-x12` 1.7.1 accepts a file that is cut off behind the
 * last segment's end even in its strict mode, and takes 1.6 s and over 200 MB of memory for a file of 2.4 MB. It serves as
 * the oracle of the tests.
 * @throws {BankFileError} `bank_file.x12_header`, `bank_file.x12_segment`, `bank_file.cut_off`, `bank_file.too_large`.
 */
export async function* readX12Segments(chunks: Chunks): AsyncGenerator<X12Segment, void, undefined> {
  const text = await readText(chunks);
  let at = skipBlanks(text, 0);
  let number = 0;
  let marks = readHeader(text, at);
  while (at < text.length) {
    const end = text.indexOf(marks.terminator, at);
    const place = `segment ${String(number + 1)}`;
    if (end === -1) {
      throw new BankFileError('bank_file.cut_off', place, 'The last segment is not ended: the file is cut off.');
    }
    if (end - at > BANK_FILE_LIMITS.textCharsMax) {
      const problem = `The segment has more than ${String(BANK_FILE_LIMITS.textCharsMax)} characters (textCharsMax).`;
      throw new BankFileError('bank_file.text_too_long', place, problem);
    }
    const [tag = '', ...elements] = text.slice(at, end).split(marks.separator);
    if (!/^[A-Z][A-Z0-9]{1,2}$/.test(tag) || elements.length > ELEMENTS_MAX) {
      throw new BankFileError('bank_file.x12_segment', place, `"${shown(tag)}" begins no segment of X12.`);
    }
    number += 1;
    yield { tag, elements, place: `${place} (${tag})` };
    at = skipBlanks(text, end + marks.terminator.length);
    if (tag === 'IEA' && at < text.length) marks = readHeader(text, at);
  }
}

async function readText(chunks: Chunks): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of limitRemittanceBytes(chunks)) pieces.push(chunk.slice());
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder('windows-1252').decode(bytes);
  }
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \r\n\t'.includes(text.charAt(at))) at += 1;
  return at;
}

function readHeader(text: string, at: number): { separator: string; terminator: string } {
  const header = text.slice(at, at + HEADER_CHARS);
  const [separator, terminator] = [header.charAt(3), header.charAt(HEADER_CHARS - 1)];
  const isRight =
    header.startsWith('ISA') &&
    header.length === HEADER_CHARS &&
    !/[A-Za-z0-9 ]/.test(separator + terminator) &&
    separator !== terminator &&
    header.slice(0, -1).split(separator).length === HEADER_ELEMENTS + 1;
  if (isRight) return { separator, terminator };
  const problem = `"${shown(header)}" is not the header of an X12 interchange (ISA with ${String(HEADER_CHARS)} characters).`;
  throw new BankFileError('bank_file.x12_header', at === 0 ? 'segment 1' : `character ${String(at + 1)}`, problem);
}
