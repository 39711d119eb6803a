// A text file's bytes as decoded lines, one at a time, whatever the size of the pieces they come in.

import { BANK_FILE_LIMITS, BankFileError, type Chunks } from './types.ts';

/** One line of the file without its line break; `number` counts from 1 and counts empty lines too. */
export interface TextLine {
  readonly text: string;
  readonly number: number;
}

type Decoder = InstanceType<typeof TextDecoder>;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** No character takes more than this in UTF-8, so a longer line is over the limit before it is decoded. */
const UTF8_BYTES_MAX = 4;
const UTF8_MARK = '\uFEFF';

/**
 * Yields the lines of a text file. Line breaks are LF, CR LF or CR alone. Each line is UTF-8, or Windows-1252 (Latin-1 with
 * the euro sign) when its bytes are no UTF-8; a byte order mark chooses UTF-16. The result does not depend on how the bytes
 * are cut into pieces. An empty last line after the last line break is not a line.
 * @throws {BankFileError} `bank_file.too_large`, `bank_file.text_too_long`, `bank_file.bad_encoding`.
 */
export async function* readTextLines(chunks: Chunks): AsyncGenerator<TextLine, void, undefined> {
  const splitter = new LineSplitter();
  for await (const chunk of toUtf8(limitBytes(chunks))) yield* splitter.push(chunk);
  yield* splitter.end();
}

/** Passes the bytes on until there are more than the limit. @throws {BankFileError} `bank_file.too_large`. */
export async function* limitBytes(chunks: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > BANK_FILE_LIMITS.bytesMax) {
      throw new BankFileError(
        'bank_file.too_large',
        'whole file',
        `The file has more than ${String(BANK_FILE_LIMITS.bytesMax)} bytes (bytesMax); ask the bank for smaller files.`,
      );
    }
    if (chunk.length > 0) yield chunk;
  }
}

class LineSplitter {
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  readonly #latin = new TextDecoder('windows-1252');
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  #number = 0;
  #isAfterReturn = false;

  *push(chunk: Uint8Array): Generator<TextLine, void, undefined> {
    let start = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (byte !== LINE_FEED && byte !== CARRIAGE_RETURN) {
        this.#isAfterReturn = false;
        continue;
      }
      // The second half of CR LF, maybe in another piece, ends no line of its own.
      const isSecondHalf = byte === LINE_FEED && this.#isAfterReturn;
      this.#isAfterReturn = byte === CARRIAGE_RETURN;
      if (!isSecondHalf) {
        this.#hold(chunk.subarray(start, at));
        yield this.#take();
      }
      start = at + 1;
    }
    // A copy, because the owner of the piece may use its memory again.
    if (start < chunk.length) this.#hold(chunk.slice(start));
  }

  *end(): Generator<TextLine, void, undefined> {
    if (this.#heldBytes > 0) yield this.#take();
  }

  #hold(bytes: Uint8Array): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
    if (this.#heldBytes > BANK_FILE_LIMITS.textCharsMax * UTF8_BYTES_MAX) throw tooLong(this.#number + 1);
  }

  #take(): TextLine {
    this.#number += 1;
    const bytes =
      this.#held.length === 1 ? (this.#held[0] ?? new Uint8Array()) : joinBytes(this.#held, this.#heldBytes);
    this.#held = [];
    this.#heldBytes = 0;
    let text = this.#decode(bytes);
    if (this.#number === 1 && text.startsWith(UTF8_MARK)) text = text.slice(1);
    if (text.length > BANK_FILE_LIMITS.textCharsMax) throw tooLong(this.#number);
    return { text, number: this.#number };
  }

  #decode(bytes: Uint8Array): string {
    try {
      return this.#utf8.decode(bytes);
    } catch {
      return this.#latin.decode(bytes);
    }
  }
}

function tooLong(line: number): BankFileError {
  const most = String(BANK_FILE_LIMITS.textCharsMax);
  return new BankFileError(
    'bank_file.text_too_long',
    `line ${String(line)}`,
    `The line has more than ${most} characters (textCharsMax); this is hardly the format it was read as.`,
  );
}

function joinBytes(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const joined = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    joined.set(piece, at);
    at += piece.length;
  }
  return joined;
}

/** Bytes as they are, or put from UTF-16 into UTF-8 when a byte order mark says so. */
async function* toUtf8(chunks: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  let decoder: Decoder | null = null;
  let head: Uint8Array | null = new Uint8Array();
  const encoder = new TextEncoder();
  for await (const chunk of chunks) {
    let bytes = chunk;
    if (head !== null) {
      bytes = joinBytes([head, chunk], head.length + chunk.length);
      head = bytes.length < 2 ? bytes : null;
      if (head !== null) continue;
      decoder = utf16Decoder(bytes);
    }
    yield decoder === null ? bytes : encoder.encode(decodeUtf16(decoder, bytes));
  }
  if (head !== null && head.length > 0) yield head;
  if (decoder !== null) yield encoder.encode(decodeUtf16(decoder, null));
}

function utf16Decoder(head: Uint8Array): Decoder | null {
  if (head[0] === 0xff && head[1] === 0xfe) return new TextDecoder('utf-16le', { fatal: true });
  if (head[0] === 0xfe && head[1] === 0xff) return new TextDecoder('utf-16be', { fatal: true });
  return null;
}

function decodeUtf16(decoder: Decoder, bytes: Uint8Array | null): string {
  try {
    return bytes === null ? decoder.decode() : decoder.decode(bytes, { stream: true });
  } catch {
    throw new BankFileError('bank_file.bad_encoding', 'whole file', 'The file says to be UTF-16 and is not.');
  }
}
