// SWIFT messages cut into their fields, with or without the blocks of the network, whatever a bank writes around them.

import { readTextLines } from './text-lines.ts';
import { BANK_FILE_LIMITS, BankFileError, type Chunks } from './types.ts';

/** A field with its lines as written, without the empty ones, or the end of a message. */
export type MtPart =
  | { readonly kind: 'field'; readonly tag: string; readonly lines: readonly string[]; readonly line: number }
  | { readonly kind: 'message_end'; readonly line: number };

type MtField = Extract<MtPart, { kind: 'field' }>;

/** A field of SWIFT has six lines; banks write more, but none so many. */
const FIELD_LINES_MAX = 500;
/** A block of the network at the beginning of a line, behind the end of another message or a control character of the line or not. */
const BLOCK = /^[\u0001-\u001f$]?(?:-\}[^{]?)?[\u0001-\u001f$]?\{[1-5S]:/;
const TEXT_BLOCK = '{4:';
const TAG = /^:(\d{2}[A-Z]?|NS):(.*)$/;

/**
 * Yields the fields of all messages. What stands before the first field of a message (the bank's own head lines, blocks 1
 * to 3) is passed over. A message ends with `-` or `-}`, where `:20:` begins another, or with the file.
 * @throws {BankFileError} what `readTextLines` throws, `bank_file.text_too_long`.
 */
export async function* readMtParts(chunks: Chunks): AsyncGenerator<MtPart, void, undefined> {
  const cutter = new FieldCutter();
  let number = 0;
  for await (const line of readTextLines(chunks)) {
    number = line.number;
    yield* cutter.push(line.text, number);
  }
  yield* cutter.endMessage(number);
}

class FieldCutter {
  #field: { tag: string; lines: string[]; chars: number; line: number } | null = null;
  #isInMessage = false;
  /** After the closing balance a line that begins with a dash can be no text of a payment. */
  #isAfterClosing = false;

  *push(written: string, line: number): Generator<MtPart, void, undefined> {
    let text = written;
    const block = BLOCK.exec(text);
    if (block !== null) {
      yield* this.endMessage(line);
      const start = text.indexOf(TEXT_BLOCK);
      if (start < 0) return;
      text = text.slice(start + TEXT_BLOCK.length);
    }
    // A line of one colon alone is what is left of a broken one.
    if (text.trim() === '' || text.trim() === ':') return;
    const match = TAG.exec(text);
    const [, tag, value] = match ?? [];
    if (tag !== undefined && value !== undefined) yield* this.#startField(tag, value, line);
    else if (this.#isEnd(text)) yield* this.endMessage(line);
    else this.#continue(text, line);
  }

  *endMessage(line: number): Generator<MtPart, void, undefined> {
    yield* this.#endField();
    if (this.#isInMessage) yield { kind: 'message_end', line };
    this.#isInMessage = false;
    this.#isAfterClosing = false;
  }

  *#startField(tag: string, value: string, line: number): Generator<MtPart, void, undefined> {
    if (tag === '20') yield* this.endMessage(line);
    yield* this.#endField();
    this.#isInMessage = true;
    this.#isAfterClosing ||= tag === '62F' || tag === '62M';
    this.#field = { tag, lines: value.trim() === '' ? [] : [value], chars: value.length, line };
  }

  *#endField(): Generator<MtPart, void, undefined> {
    const field = this.#field;
    this.#field = null;
    if (field === null) return;
    const part: MtField = { kind: 'field', tag: field.tag, lines: field.lines, line: field.line };
    yield part;
  }

  #isEnd(text: string): boolean {
    return text.trimEnd() === '-' || text.startsWith('-}') || (this.#isAfterClosing && text.startsWith('-'));
  }

  #continue(text: string, line: number): void {
    if (this.#field === null) return;
    this.#field.lines.push(text);
    this.#field.chars += text.length;
    if (this.#field.lines.length <= FIELD_LINES_MAX && this.#field.chars <= BANK_FILE_LIMITS.textCharsMax) return;
    const most = `${String(FIELD_LINES_MAX)} lines or ${String(BANK_FILE_LIMITS.textCharsMax)} characters`;
    const problem = `The field :${this.#field.tag}: has more than ${most} (textCharsMax).`;
    throw new BankFileError('bank_file.text_too_long', `line ${String(line)}`, problem);
  }
}
