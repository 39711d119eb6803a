// XML bytes as elements that open and close, read in a stream: no document type, no entities of the file's own, everything bounded.

import { SaxesParser } from 'saxes';
import { shown } from './amounts.ts';
import { limitBytes } from './text-lines.ts';
import { BANK_FILE_LIMITS, BankFileError, type Chunks } from './types.ts';

/** An element with what was kept of its content. Names are without prefix. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  /** Its own text, untrimmed. */
  text: string;
  readonly children: XmlElement[];
  /** Where it opens, counted from 1. */
  readonly line: number;
}

/** Who is told of elements. */
export interface XmlListener<T> {
  /** @returns whether the content is wanted: of an unwanted element nothing more is told. */
  open(element: XmlElement): boolean;
  close(element: XmlElement): void;
  /** @returns what was made of the elements since it was last asked. */
  take(): T[];
}

/** Bytes that are decoded and parsed at a time. It is fixed, so that the result does not depend on how the file is cut. */
const BLOCK_BYTES = 16 * 1024;
/** What may stand between two ends of elements or texts, attributes of one element included. */
const GAP_CHARS_MAX = 2 * BANK_FILE_LIMITS.textCharsMax;

const ENCODINGS: ReadonlyMap<string, string> = new Map([
  ['utf-8', 'utf-8'],
  ['utf8', 'utf-8'],
  ['us-ascii', 'utf-8'],
  ['ascii', 'utf-8'],
  ['iso-8859-1', 'windows-1252'],
  ['latin1', 'windows-1252'],
  ['windows-1252', 'windows-1252'],
  ['iso-8859-15', 'iso-8859-15'],
]);

/**
 * Parses the file, telling `listener`, and yields what that makes of it.
 * The encoding is the byte order mark's, else the one named in the first line, else UTF-8.
 * @throws {BankFileError} `bank_file.bad_xml`, `bank_file.bad_encoding`, `bank_file.doctype_refused`, `bank_file.too_deep`,
 * `bank_file.text_too_long`, `bank_file.too_large`.
 */
export async function* parseXml<T>(chunks: Chunks, listener: XmlListener<T>): AsyncGenerator<T, void, undefined> {
  const parser = new ElementParser(listener);
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  for await (const block of blocksOf(limitBytes(chunks))) {
    decoder ??= new TextDecoder(encodingOf(block), { fatal: true });
    parser.write(decode(decoder, block, parser));
    yield* listener.take();
  }
  if (decoder !== null) parser.write(decode(decoder, null, parser));
  parser.close();
  yield* listener.take();
}

/** @returns the element at the end of the path of names, the first of each name; null when there is none. */
export function child(element: XmlElement | null, ...path: readonly string[]): XmlElement | null {
  let found = element;
  for (const name of path) found = found?.children.find((each) => each.name === name) ?? null;
  return found;
}

/** @returns all elements of that name directly below. */
export function childrenOf(element: XmlElement | null, name: string): XmlElement[] {
  return element?.children.filter((each) => each.name === name) ?? [];
}

/** @returns the text at the end of the path, without blanks around it; null when there is none. */
export function textAt(element: XmlElement | null, ...path: readonly string[]): string | null {
  const text = child(element, ...path)?.text.trim() ?? '';
  return text === '' ? null : text;
}

/** Drives the parser and keeps the open elements. */
class ElementParser {
  readonly #listener: XmlListener<unknown>;
  readonly #saxes = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false });
  readonly #open: XmlElement[] = [];
  /** How deep we are below the element nobody wants; 0 when all is wanted. */
  #unwantedDepth = 0;
  #lastMark = 0;

  constructor(listener: XmlListener<unknown>) {
    this.#listener = listener;
    const saxes = this.#saxes;
    saxes.on('error', (error) => this.#fail('bank_file.bad_xml', `The XML is broken: ${shown(error.message)}.`));
    saxes.on('doctype', () => this.#refuseDoctype());
    saxes.on('opentag', (tag) => this.#onOpen(tag.name, tag.attributes));
    saxes.on('closetag', () => this.#onClose());
    saxes.on('text', (text) => this.#onText(text));
    saxes.on('cdata', (text) => this.#onText(text));
    saxes.on('comment', () => this.#mark());
    saxes.on('processinginstruction', () => this.#mark());
  }

  get place(): string {
    return `line ${String(this.#saxes.line)}, column ${String(this.#saxes.column + 1)}`;
  }

  write(text: string): void {
    this.#saxes.write(text);
    if (this.#saxes.position - this.#lastMark > GAP_CHARS_MAX) this.#failLong();
  }

  close(): void {
    this.#saxes.close();
  }

  #onOpen(name: string, attributes: Record<string, string>): void {
    this.#mark();
    const depth = this.#open.length + this.#unwantedDepth;
    if (depth >= BANK_FILE_LIMITS.depthMax) {
      const most = String(BANK_FILE_LIMITS.depthMax);
      this.#fail('bank_file.too_deep', `Elements lie more than ${most} deep (depthMax).`);
    }
    if (this.#unwantedDepth > 0) {
      this.#unwantedDepth += 1;
      return;
    }
    const local = name.slice(name.indexOf(':') + 1);
    const element = { name: local, attributes, text: '', children: [], line: this.#saxes.line };
    if (this.#listener.open(element)) this.#open.push(element);
    else this.#unwantedDepth = 1;
  }

  #onClose(): void {
    this.#mark();
    if (this.#unwantedDepth > 0) {
      this.#unwantedDepth -= 1;
      return;
    }
    const element = this.#open.pop();
    if (element !== undefined) this.#listener.close(element);
  }

  #onText(text: string): void {
    this.#mark();
    const element = this.#open.at(-1);
    if (element === undefined || this.#unwantedDepth > 0 || text.trim() === '') return;
    element.text += text;
    if (element.text.length > BANK_FILE_LIMITS.textCharsMax) this.#failLong();
  }

  #mark(): void {
    this.#lastMark = this.#saxes.position;
  }

  #refuseDoctype(): never {
    this.#fail(
      'bank_file.doctype_refused',
      'The file declares a document type (DOCTYPE), which no bank does and which can be misused; it is not read.',
    );
  }

  #failLong(): never {
    const most = String(BANK_FILE_LIMITS.textCharsMax);
    this.#fail('bank_file.text_too_long', `A text or tag has more than ${most} characters (textCharsMax).`);
  }

  #fail(code: string, problem: string): never {
    throw new BankFileError(code, this.place, problem);
  }
}

/** The same bytes in blocks of one size, the last one shorter. */
async function* blocksOf(chunks: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  let block = new Uint8Array(BLOCK_BYTES);
  let filled = 0;
  for await (const chunk of chunks) {
    for (let at = 0; at < chunk.length;) {
      const part = chunk.subarray(at, at + BLOCK_BYTES - filled);
      block.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled < BLOCK_BYTES) continue;
      yield block;
      block = new Uint8Array(BLOCK_BYTES);
      filled = 0;
    }
  }
  if (filled > 0) yield block.subarray(0, filled);
}

/** The decoder's name for the file's encoding, told by its first bytes or its declaration. */
function encodingOf(head: Uint8Array): string {
  const [first, second] = head;
  if ((first === 0xff && second === 0xfe) || (first === 0x3c && second === 0)) return 'utf-16le';
  if ((first === 0xfe && second === 0xff) || (first === 0 && second === 0x3c)) return 'utf-16be';
  const declaration = new TextDecoder('windows-1252').decode(head.subarray(0, 200));
  const named = /^[^<]*<\?xml[^>]*\bencoding\s*=\s*["']([\w.-]+)["']/.exec(declaration)?.[1] ?? 'utf-8';
  const encoding = ENCODINGS.get(named.toLowerCase());
  if (encoding !== undefined) return encoding;
  throw new BankFileError(
    'bank_file.bad_encoding',
    'line 1',
    `The file says to be written in "${shown(named)}"; UTF-8, UTF-16, ISO-8859-1, ISO-8859-15 and Windows-1252 are read.`,
  );
}

function decode(
  decoder: InstanceType<typeof TextDecoder>,
  block: Uint8Array | null,
  parser: { readonly place: string },
): string {
  try {
    return block === null ? decoder.decode() : decoder.decode(block, { stream: true });
  } catch {
    const problem = `Not far behind this place stand bytes that are no ${decoder.encoding.toUpperCase()}, as which the file is written.`;
    throw new BankFileError('bank_file.bad_encoding', parser.place, problem);
  }
}
