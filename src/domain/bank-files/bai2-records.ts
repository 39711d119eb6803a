// The records of a BAI2 file: physical lines put together with their continuations (88), and their fields taken one by one.

import { shown } from './amounts.ts';
import { readTextLines } from './text-lines.ts';
import { BANK_FILE_LIMITS, BankFileError, type Chunks, type Place } from './types.ts';

/** One physical record's content without its code and its closing slash. */
interface Piece {
  readonly body: string;
  /** It fills the physical record to its declared end, so that a text may have been cut in the middle of a word. */
  readonly isFull: boolean;
}

export interface Bai2Record {
  /** Two digits, never 88. */
  readonly code: string;
  readonly pieces: readonly Piece[];
  /** Physical records, this one and its continuations. */
  readonly count: number;
  readonly place: Place;
}

const RECORD_FORM = /^(01|02|03|16|49|88|98|99)(?:,(.*))?$/s;
const TEXT_RECORD = '16';

/**
 * Yields the records in the order of the file. Ends of records are the line's end or a slash before it; empty lines are none.
 * Of a detail's text no more is kept than fits a line's texts.
 * @throws {BankFileError} `bank_file.bai2_record`, `bank_file.text_too_long` and those of `readTextLines`.
 */
export async function* readBai2Records(chunks: Chunks): AsyncGenerator<Bai2Record, void, undefined> {
  let open: { code: string; pieces: Piece[]; chars: number; count: number; place: Place } | null = null;
  let recordChars = 0;
  for await (const line of readTextLines(chunks)) {
    const text = line.text.trimEnd();
    if (text === '') continue;
    const place = `line ${String(line.number)}`;
    const match = RECORD_FORM.exec(text.replace(/\/$/, ''));
    if (match === null) throw notARecord(text, place);
    const piece = { body: match[2] ?? '', isFull: recordChars > 0 && line.text.length >= recordChars };
    if (match[1] !== '88') {
      if (open !== null) yield open;
      open = { code: match[1] ?? '', pieces: [piece], chars: piece.body.length, count: 1, place };
      if (open.code === '01') recordChars = Number(/^(?:[^,]*,){5}(\d{1,5})(?:,|$)/.exec(piece.body)?.[1] ?? '0');
      continue;
    }
    if (open === null) throw notARecord(text, place);
    open.count += 1;
    open.chars += piece.body.length;
    if (open.chars <= BANK_FILE_LIMITS.textCharsMax) open.pieces.push(piece);
    else if (open.code !== TEXT_RECORD) throw tooLong(open.place);
  }
  if (open !== null) yield open;
}

function notARecord(text: string, place: Place): BankFileError {
  return new BankFileError(
    'bank_file.bai2_record',
    place,
    `"${shown(text)}" is not a BAI2 record: each begins with 01, 02, 03, 16, 49, 88, 98 or 99 and a comma, and 88 continues another.`,
  );
}

function tooLong(place: Place): BankFileError {
  const most = String(BANK_FILE_LIMITS.textCharsMax);
  return new BankFileError(
    'bank_file.text_too_long',
    place,
    `The record and its continuations have more than ${most} characters (textCharsMax).`,
  );
}

/** Takes the fields of a record from left to right, across continuations; what is left in the end is the text. */
export class Bai2Fields {
  readonly #record: Bai2Record;
  #piece = 0;
  #at = 0;

  constructor(record: Bai2Record) {
    this.#record = record;
  }

  get isAtEnd(): boolean {
    return this.#piece >= this.#record.pieces.length;
  }

  /** The next field without blanks around it; empty at the end of the record. */
  next(): string {
    const body = this.#record.pieces[this.#piece]?.body;
    if (body === undefined) return '';
    const comma = body.indexOf(',', this.#at);
    const field = body.slice(this.#at, comma === -1 ? undefined : comma);
    if (comma === -1) {
      this.#piece += 1;
      this.#at = 0;
    } else {
      this.#at = comma + 1;
    }
    return field.trim();
  }

  /** The rest as texts, commas and slashes included. A text cut at the end of a full physical record goes on without a gap. */
  rest(): string[] {
    const texts: string[] = [];
    let isCut = false;
    for (const piece of this.#record.pieces.slice(this.#piece)) {
      const part = texts.length === 0 ? piece.body.slice(this.#at) : piece.body;
      const last = texts.at(-1);
      if (isCut && last !== undefined) texts[texts.length - 1] = last + part;
      else texts.push(part);
      isCut = piece.isFull;
    }
    return texts;
  }
}
