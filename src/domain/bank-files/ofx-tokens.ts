// The tags and texts of an OFX file, SGML (1.x) and XML (2.x) alike, one at a time and without a tree.

import { limitBytes, readTextLines } from './text-lines.ts';
import { BANK_FILE_LIMITS, BankFileError, type Chunks, type Place } from './types.ts';

/** A tag with the text behind it up to the next tag; in SGML a value's closing tag may be missing. */
export interface OfxToken {
  readonly kind: 'open' | 'close';
  /** In capitals, without prefix. */
  readonly name: string;
  /** Behind an opening tag, entities resolved, without blanks around it. */
  readonly text: string;
  readonly place: Place;
}

const LESS_THAN = 0x3c;
const LINE_FEED = 0x0a;
const TAG_FORM = /^<(\/?)([A-Za-z_][\w.:-]{0,80})(?:\s[^<>]*)?(\/?)>(.*)$/s;
const NAMED_ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
]);
const CDATA = '<![CDATA[';
const CDATA_END = ']]>';
const COMMENT = '<!--';
const COMMENT_END = '-->';

/**
 * Yields the tags of the body; the header before the first tag and processing instructions are left out. Entities are the five of
 * XML, `&nbsp;` and character numbers; any other is left as it is written, because banks write a bare `&`.
 *
 * A tokenizer of our own, because `ofx-js` 1.1.1 takes the whole file as one string, backtracks for seconds on a broken tag of 28
 * letters, overflows the stack on 20,000 nested tags, loses a tag named `__proto__` and leaves `&apos;` and `&#65;` as they
 * are. It serves as the oracle of the tests.
 * @throws {BankFileError} `bank_file.ofx_syntax`, `bank_file.ofx_doctype`, `bank_file.text_too_long` and those of `readTextLines`.
 */
export async function* readOfxTokens(chunks: Chunks): AsyncGenerator<OfxToken, void, undefined> {
  let open: OpenTag | null = null;
  let tags = 0;
  for await (const line of readTextLines(breakBeforeTags(chunks))) {
    const isTag = line.text.startsWith('<');
    if (isTag) tags += 1;
    if (open !== null && (!isTag || open.until !== null || line.text.startsWith(CDATA))) {
      extend(open, line.text, isTag ? '' : '\n');
      continue;
    }
    if (!isTag) continue;
    if (open !== null) yield* toTokens(open);
    // Each tag was given a line of its own, so that files of a single line are read too; the place counts the file's own.
    open = { raw: line.text, place: `line ${String(line.number - tags)}`, until: literalEnd(line.text) };
  }
  if (open !== null) yield* toTokens(open);
}

interface OpenTag {
  raw: string;
  readonly place: Place;
  /** What ends a comment or CDATA that is still open, in which tags are none. */
  until: string | null;
}

/** Puts a line break before each tag. @throws {BankFileError} for UTF-16, where that would cut characters. */
async function* breakBeforeTags(chunks: Chunks): AsyncGenerator<Uint8Array, void, undefined> {
  let isFirst = true;
  for await (const chunk of limitBytes(chunks)) {
    if (isFirst && (chunk[0] === 0xff || chunk[0] === 0xfe)) {
      throw new BankFileError('bank_file.bad_encoding', 'line 1', 'OFX in UTF-16 is not read; save the file as UTF-8.');
    }
    isFirst = false;
    const broken = new Uint8Array(chunk.length * 2);
    let length = 0;
    for (const byte of chunk) {
      if (byte === LESS_THAN) broken[length++] = LINE_FEED;
      broken[length++] = byte;
    }
    yield broken.subarray(0, length);
  }
}

function literalEnd(text: string): string | null {
  if (text.startsWith(COMMENT)) return text.includes(COMMENT_END, COMMENT.length) ? null : COMMENT_END;
  return text.startsWith(CDATA) && !text.includes(CDATA_END) ? CDATA_END : null;
}

function extend(open: OpenTag, text: string, gap: string): void {
  if (open.raw.length + text.length >= BANK_FILE_LIMITS.textCharsMax) {
    const problem = `The text has more than ${String(BANK_FILE_LIMITS.textCharsMax)} characters (textCharsMax).`;
    throw new BankFileError('bank_file.text_too_long', open.place, problem);
  }
  open.raw += gap + text;
  if (open.until === null) open.until = literalEnd(text);
  else if (text.includes(open.until)) open.until = null;
}

function* toTokens(tag: OpenTag): Generator<OfxToken, void, undefined> {
  const { raw, place } = tag;
  if (raw.startsWith('<?') || raw.startsWith(COMMENT)) return;
  if (/^<!(?:DOCTYPE|ENTITY|ELEMENT|ATTLIST|NOTATION)/i.test(raw)) {
    const problem = 'The file defines a document type or entities, which OFX has no use for; it is refused.';
    throw new BankFileError('bank_file.ofx_doctype', place, problem);
  }
  const match = TAG_FORM.exec(raw);
  if (match === null) {
    throw new BankFileError('bank_file.ofx_syntax', place, 'There is a "<" that begins no tag.');
  }
  const [, closing = '', prefixed = '', selfClosing = '', behind = ''] = match;
  const name = prefixed.slice(prefixed.lastIndexOf(':') + 1).toUpperCase();
  if (closing === '/') yield { kind: 'close', name, text: '', place };
  else yield { kind: 'open', name, text: resolve(behind), place };
  if (closing === '' && selfClosing === '/') yield { kind: 'close', name, text: '', place };
}

/** The text with its entities resolved, CDATA taken as it is, and a line break as one blank. */
function resolve(text: string): string {
  const parts = text.split(CDATA).map((part, index) => {
    if (index === 0) return resolveEntities(part);
    const end = part.indexOf(CDATA_END);
    return end === -1 ? part : part.slice(0, end) + resolveEntities(part.slice(end + CDATA_END.length));
  });
  const lines = parts.join('').split('\n');
  return lines
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ');
}

function resolveEntities(text: string): string {
  return text.replace(/&(#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-z]{2,4});/g, (whole: string, name: string) =>
    name.startsWith('#') ? characterOf(name.slice(1)) : (NAMED_ENTITIES.get(name) ?? whole),
  );
}

function characterOf(number: string): string {
  const code = /^[xX]/.test(number) ? Number.parseInt(number.slice(1), 16) : Number(number);
  const isCharacter = code >= 0x20 && code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return isCharacter ? String.fromCodePoint(code) : ' ';
}
