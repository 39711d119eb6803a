// Texts as the matcher compares them: one spelling for every way of writing the same letters and digits.

import { REFERENCE_CHARS_MAX, SOUGHT_CHARS_MAX, TEXT_CHARS_MAX, WORDS_MAX } from './limits.ts';

/** A stretch of the compact text, from `start` to before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A free text without its separators, and where they were. */
export interface CompactText {
  /** Upper-case letters A-Z and digits only. */
  readonly compact: string;
  /** For each place: 2 after a separator, 1 where digits follow letters or letters digits, 0 inside; one more at the end. */
  readonly breaks: Uint8Array;
  /** Stretches between separators which contain a digit, or are long enough to be a reference of letters. */
  readonly words: readonly Span[];
  /** Stretches of digits. */
  readonly runs: readonly Span[];
  /** What stands in `runs`. */
  readonly numbers: readonly string[];
  /** 0-9 for digits, 10-35 for letters. */
  readonly codes: Uint8Array;
}

/** Fewest letters of a reference that has no digit. */
export const LETTERS_MIN = 6;

const ASCII = /^[\x00-\x7f]*$/;
const MARKS = /\p{M}+/gu;
/** Letters which have no decomposition, as they are written without them. */
const SPELLINGS: Readonly<Record<string, string>> = {
  ß: 'SS',
  ẞ: 'SS',
  Æ: 'AE',
  æ: 'AE',
  Ø: 'O',
  ø: 'O',
  Œ: 'OE',
  œ: 'OE',
  Ł: 'L',
  ł: 'L',
  Đ: 'D',
  đ: 'D',
  Þ: 'TH',
  þ: 'TH',
  ı: 'I',
};
const SPELLED = new RegExp(`[${Object.keys(SPELLINGS).join('')}]`, 'gu');

/** @returns the text in upper case, compatibility forms (full-width digits, ligatures) unfolded and accents taken off. */
export function foldText(text: string): string {
  if (ASCII.test(text)) return text.toUpperCase();
  const unfolded = text.normalize('NFKD').replace(MARKS, '');
  return unfolded.replace(SPELLED, (letter) => SPELLINGS[letter] ?? letter).toUpperCase();
}

function codeOf(charCode: number): number {
  if (charCode >= 48 && charCode <= 57) return charCode - 48;
  if (charCode >= 65 && charCode <= 90) return charCode - 55;
  return -1;
}

/** @returns letters and digits of a reference only, in upper case; the end of it when it is very long. */
export function referenceKey(text: string): string {
  return foldText(text.length > 200 ? text.slice(0, 200) : text)
    .replace(/[^A-Z0-9]+/g, '')
    .slice(-REFERENCE_CHARS_MAX);
}

/** @returns each character of a key as 0-35. Anything but A-Z and 0-9 counts as 0. */
export function codesOf(key: string): Uint8Array {
  const codes = new Uint8Array(key.length);
  for (let at = 0; at < key.length; at++) codes[at] = Math.max(0, codeOf(key.charCodeAt(at)));
  return codes;
}

/** Reads what is free text of a line: at most `TEXT_CHARS_MAX` characters of all its parts. */
export function compactTexts(texts: readonly string[]): CompactText {
  let joined = '';
  for (const text of texts) {
    if (joined.length >= TEXT_CHARS_MAX) break;
    joined += joined === '' ? text.slice(0, TEXT_CHARS_MAX) : ` ${text.slice(0, TEXT_CHARS_MAX)}`;
  }
  return compactText(foldText(joined.slice(0, TEXT_CHARS_MAX)));
}

function compactText(folded: string): CompactText {
  const breaks: number[] = [];
  const codes: number[] = [];
  let compact = '';
  let pending = 2;
  for (let at = 0; at < folded.length; at++) {
    const code = codeOf(folded.charCodeAt(at));
    if (code < 0) {
      pending = 2;
      continue;
    }
    const before = codes.at(-1);
    breaks.push(pending === 0 && before !== undefined && before < 10 !== code < 10 ? 1 : pending);
    pending = 0;
    codes.push(code);
    compact += folded[at] ?? '';
  }
  breaks.push(2);
  const { words, runs } = stretches(codes, breaks);
  const numbers = runs.map(({ start, end }) => compact.slice(start, end));
  return { compact, breaks: Uint8Array.from(breaks), codes: Uint8Array.from(codes), words, runs, numbers };
}

function stretches(codes: readonly number[], breaks: readonly number[]): { words: Span[]; runs: Span[] } {
  const words: Span[] = [];
  const runs: Span[] = [];
  let word = 0;
  let run = 0;
  let hasDigit = false;
  for (let at = 0; at < codes.length && words.length < WORDS_MAX; at++) {
    const isDigit = (codes[at] ?? 0) < 10;
    hasDigit ||= isDigit;
    const next = breaks[at + 1] ?? 2;
    if (next > 0) {
      if (isDigit) runs.push({ start: run, end: at + 1 });
      run = at + 1;
    }
    if (next === 2) {
      if (hasDigit || at + 1 - word >= LETTERS_MIN) words.push({ start: word, end: at + 1 });
      word = at + 1;
      hasDigit = false;
    }
  }
  return { words, runs };
}

/** @returns how many characters of the text damaged references are sought in. */
export function soughtLength(text: CompactText): number {
  return Math.min(text.codes.length, SOUGHT_CHARS_MAX);
}

/** @returns digits without the zeros in front; a zero remains of zeros only. */
export function withoutLeadingZeros(digits: string): string {
  return digits.replace(/^0+(?=.)/, '');
}

/** @returns an account number, or a reference, as two spellings of it are compared: letters and digits in upper case. */
export function accountKey(text: string): string {
  return text.toUpperCase().replace(/[^A-Z0-9]+/g, '');
}
