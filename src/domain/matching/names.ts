// Payers' names: what of two spellings is the same, and which customers a name may stand for.

import { NAME_CANDIDATES_MAX, NAME_CHARS_MAX, POSTINGS_MAX } from './limits.ts';
import { foldText } from './normalise.ts';
import { addPosting, postingsOf, type Postings } from './postings.ts';

/** Legal forms and little words, folded and without dots: they tell next to nothing of who it is. */
const LEGAL_FORMS: ReadonlySet<string> = new Set(
  (
    'GMBH AG KG OHG UG SE EV EK KGAA MBH GBR CO COMPANY CORP CORPORATION INC INCORPORATED LLC LLP LP LTD LIMITED PLC PVT PTE PTY ' +
    'SARL SAS SASU SA EURL SNC SCI SRL SPA SAPA SL SLU SC CV NV BV VOF BVBA SPRL SCRL OY OYJ AB AS ASA APS IVS KS HF EHF ' +
    'SP ZOO SPZOO SK KFT ZRT BT NYRT SRO DOO DD OOO OAO ZAO AD EOOD KK YK GK SDN BHD TBK PT LDA LTDA EIRELI ME ' +
    'AND UND ET Y E I OG OCH THE DE DA DI DEL DER DIE DAS LE LA LES LOS VAN VON'
  ).split(' '),
);

/** A name as it is compared. */
export interface FoldedName {
  /** All words, one space between them. */
  readonly full: string;
  /** Words that are no legal form; all when nothing else is left. */
  readonly words: readonly string[];
  /** First letters of `words`, and of all words. */
  readonly initials: readonly string[];
}

/** What one customer is known by. */
interface NameEntry {
  readonly owner: number;
  readonly name: FoldedName;
}

export interface NameIndex {
  readonly entries: readonly NameEntry[];
  readonly byFull: Postings;
  readonly byJoined: Postings;
  readonly byWord: Postings;
  /** First and last letters of longer words: a damaged word keeps one of them. */
  readonly byWordEnd: Postings;
  readonly byInitials: Postings;
}

/** A customer that a name may stand for, and how much the name tells for it. */
export interface NameMatch {
  readonly owner: number;
  readonly bits: number;
}

const FULL_BITS = 9;
const WORDS_BITS = 6;
const INITIALS_BITS = 2.5;
const WORD_END = 4;
const MATCH_BITS_MIN = 1;

/** @returns the name split into words; letters of abbreviations (`S.p.A.`, `P&C`) are one word. */
export function foldName(name: string): FoldedName {
  const parts = foldText(name.slice(0, NAME_CHARS_MAX))
    .split(/[^\p{L}\p{N}]+/u)
    .filter((part) => part !== '');
  const all: string[] = [];
  let wasSingle = false;
  for (const part of parts) {
    const isSingle = part.length === 1;
    if (isSingle && wasSingle) all[all.length - 1] = `${all.at(-1) ?? ''}${part}`;
    else all.push(part);
    wasSingle = isSingle;
  }
  const telling = all.filter((word) => !LEGAL_FORMS.has(word));
  const words = telling.length === 0 ? all : telling;
  const initials = [...new Set([initialsOf(words), initialsOf(all)])].filter((text) => text.length > 1);
  return { full: all.join(' '), words, initials };
}

function initialsOf(words: readonly string[]): string {
  return words.map((word) => word.charAt(0)).join('');
}

/** Builds the index of names. @param names - each with the place of its customer */
export function indexNames(names: Iterable<{ readonly owner: number; readonly text: string }>): NameIndex {
  const entries: NameEntry[] = [];
  const index = {
    byFull: noPostings(),
    byJoined: noPostings(),
    byWord: noPostings(),
    byWordEnd: noPostings(),
    byInitials: noPostings(),
  };
  for (const { owner, text } of names) {
    const name = foldName(text);
    const at = entries.push({ owner, name }) - 1;
    addPosting(index.byFull, name.full, at);
    addPosting(index.byJoined, name.words.join(''), at);
    for (const initials of name.initials) addPosting(index.byInitials, initials, at);
    for (const word of name.words) {
      addPosting(index.byWord, word, at);
      for (const end of endsOf(word)) addPosting(index.byWordEnd, end, at);
    }
  }
  return { entries, ...index };
}

function noPostings(): Postings {
  return new Map();
}

function endsOf(word: string): string[] {
  return word.length > WORD_END ? [`${word.slice(0, WORD_END)}-`, `-${word.slice(-WORD_END)}`] : [];
}

/** @returns the customers that a name may stand for, the likeliest first, at most `NAME_CANDIDATES_MAX`. */
export function matchName(index: NameIndex, text: string): NameMatch[] {
  const name = foldName(text);
  const best = new Map<number, number>();
  const note = (at: number, bits: number): void => {
    const owner = index.entries[at]?.owner;
    if (owner !== undefined && bits >= MATCH_BITS_MIN) best.set(owner, Math.max(best.get(owner) ?? 0, bits));
  };
  const full = [...postingsOf(index.byFull, name.full)];
  for (const at of full.slice(0, POSTINGS_MAX)) note(at, FULL_BITS);
  const shared = full.length > 0 ? WORDS_BITS - 3 : WORDS_BITS;
  for (const at of postingsOf(index.byJoined, name.words.join('')).slice(0, POSTINGS_MAX)) note(at, shared);
  if (full.length === 0) noteAlike(index, name, note);
  return [...best]
    .map(([owner, bits]) => ({ owner, bits }))
    .sort((a, b) => b.bits - a.bits || a.owner - b.owner)
    .slice(0, NAME_CANDIDATES_MAX);
}

function noteAlike(index: NameIndex, name: FoldedName, note: (at: number, bits: number) => void): void {
  const candidates = new Set<number>();
  for (const word of name.words) {
    for (const key of [index.byWord, index.byWordEnd] as const) {
      for (const text of key === index.byWord ? [word] : endsOf(word)) {
        const hits = postingsOf(key, text);
        if (hits.length <= POSTINGS_MAX) for (const hit of hits) candidates.add(hit);
      }
    }
  }
  for (const at of candidates) note(at, WORDS_BITS * likeness(index, name, index.entries[at]?.name) - 0.5);
  for (const word of [...name.words, ...name.initials]) {
    const hits = word.length >= 2 && word.length <= 5 ? postingsOf(index.byInitials, word) : [];
    if (hits.length <= NAME_CANDIDATES_MAX) for (const at of hits) note(at, INITIALS_BITS);
  }
}

/** From 0 to 1: how much of the weight of both names' words is shared; a rare word weighs more. */
function likeness(index: NameIndex, one: FoldedName, other: FoldedName | undefined): number {
  if (other === undefined) return 0;
  const weigh = (word: string): number => {
    const count = Math.max(1, postingsOf(index.byWord, word).length);
    return Math.log2(2 + index.entries.length / count);
  };
  let shared = 0;
  let all = 0;
  for (const word of one.words) {
    all += weigh(word);
    const twin = other.words.find((candidate) => isSameWord(word, candidate));
    if (twin !== undefined) shared += weigh(word) + weigh(twin);
  }
  for (const word of other.words) all += weigh(word);
  return all === 0 ? 0 : Math.min(1, shared / all);
}

/** Equal, or different in one letter of five and more, in two of nine and more. */
function isSameWord(one: string, other: string): boolean {
  if (one === other) return true;
  const shorter = Math.min(one.length, other.length);
  if (shorter < 5) return false;
  return editDistance(one, other, shorter >= 9 ? 2 : 1) <= (shorter >= 9 ? 2 : 1);
}

/** @returns edits between two words, or more than `most` when they are more. */
function editDistance(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return most + 1;
  let row = Array.from({ length: other.length + 1 }, (_, at) => at);
  for (let at = 1; at <= one.length; at++) {
    const next = [at];
    for (let to = 1; to <= other.length; to++) {
      const change = (row[to - 1] ?? 0) + (one[at - 1] === other[to - 1] ? 0 : 1);
      next.push(Math.min(change, (row[to] ?? 0) + 1, (next[to - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
