// What a bank line names: its references and the words of its texts, spelled so that they can be compared.

import { foldText } from '../matching/normalise.ts';
import type { DoorLine } from './facts.ts';

/** Fewest letters and digits by which something is named at all. */
const NAME_CHARS_MIN = 4;
/** Fewest of them, with a digit, by which it is found in a text without regard to blanks: banks break lines in the middle of words. */
const HIDDEN_CHARS_MIN = 6;
/** Characters of a line's texts that are read. */
const TEXT_CHARS_MAX = 4_096;
/** Words of a line that are looked up. */
const WORDS_MAX = 100;
/** The longest word that may be an ID: what a source may call a payment. */
const WORD_CHARS_MAX = 128;

/** What banks write where nothing was given. */
const NOTHING = new Set(['NOTPROVIDED', 'NOTAVAILABLE', 'NOTAPPLICABLE', 'NONREF', 'NONE', 'UNKNOWN', 'NULL']);

export interface Signs {
  /** References, each as a key. */
  readonly identifiers: ReadonlySet<string>;
  readonly words: ReadonlySet<string>;
  /** Each text as a key, and all of them together. */
  readonly texts: ReadonlySet<string>;
  /** All texts without blanks and separators. */
  readonly compact: string;
}

/** @returns letters and digits of a name, in upper case; empty for what banks write where nothing was given */
export function keyOf(text: string | null): string {
  const key = foldText((text ?? '').slice(0, TEXT_CHARS_MAX)).replace(/[^A-Z0-9]+/g, '');
  return NOTHING.has(key) ? '' : key;
}

/** What the line names, spelled for comparing. */
export function signsOf(line: DoorLine): Signs {
  const compact = keyOf(line.texts.join(' '));
  return {
    identifiers: new Set(referencesOf(line).map(keyOf).filter(isName)),
    words: new Set(wordsOf(line).map(keyOf).filter(isName)),
    texts: new Set([compact, ...line.texts.map(keyOf)].filter(isName)),
    compact,
  };
}

/** The line's references and words as they are written, for looking up IDs. */
export function namesOf(line: DoorLine): string[] {
  const names = [...referencesOf(line), ...wordsOf(line)];
  return [...new Set(names)].filter((name) => isName(keyOf(name)) && name.length <= WORD_CHARS_MAX);
}

/** @returns whether the line names it: as one of its references, as a word, or broken by blanks */
export function names(signs: Signs, name: string | null): boolean {
  const key = keyOf(name);
  if (!isName(key)) return false;
  if (signs.identifiers.has(key) || signs.words.has(key)) return true;
  return key.length >= HIDDEN_CHARS_MIN && /\d/.test(key) && signs.compact.includes(key);
}

/** @returns whether the whole of it is what a reference or a text of the line says, and nothing else */
export function says(signs: Signs, text: string): boolean {
  const key = keyOf(text);
  return isName(key) && (signs.identifiers.has(key) || signs.texts.has(key));
}

/** Words with a digit in them: what may be a number of a document. */
export function numbersOf(words: Iterable<string>): Set<string> {
  return new Set([...words].filter((word) => /\d/.test(word)));
}

/** The words of a free text, as keys. */
export function wordKeys(text: string): string[] {
  return split(text).map(keyOf).filter(isName);
}

function referencesOf(line: DoorLine): string[] {
  const given = [line.endToEndId, line.bankReference, line.trace, ...line.structuredReferences];
  return [...given.flatMap((text) => text ?? []), ...line.remittance.map(({ reference }) => reference)];
}

function wordsOf(line: DoorLine): string[] {
  return line.texts.flatMap(split).slice(0, WORDS_MAX);
}

function split(text: string): string[] {
  return text
    .slice(0, TEXT_CHARS_MAX)
    .split(/[\s,;:|()+]+/)
    .slice(0, WORDS_MAX);
}

function isName(key: string): boolean {
  return key.length >= NAME_CHARS_MIN;
}
