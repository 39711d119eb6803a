// Which references a text names: whole, cut at an end, run together, broken by spaces, or damaged.

import { findDamaged } from './damaged.ts';
import { editBits, MENTION_BITS_MIN } from './edit-bits.ts';
import { JOINED_WORDS_MAX, POSTINGS_MAX, REFERENCE_CHARS_MIN } from './limits.ts';
import { soughtLength, withoutLeadingZeros, type CompactText, type Span } from './normalise.ts';
import { postingsOf } from './postings.ts';
import type { IndexedReference, ReferenceIndex } from './reference-index.ts';

/** One place of a text that seems to name one item. */
export interface Mention extends Span {
  readonly item: number;
  /** Place in the index's references. */
  readonly reference: number;
  /** Evidence: how much likelier the text is when it means this item. */
  readonly bits: number;
  /** 0 when whole; characters that differ, or that were cut. */
  readonly edits: number;
  readonly isCut: boolean;
}

const BITS_PER_DIGIT = Math.log2(10);
/** Our letters in front of a number: no stranger's number has them. */
const LETTERS_BITS = 4;
const PAYMENT_REFERENCE_BITS = 6;
/** A number that starts or ends inside a longer one. */
const INSIDE_BITS = 3;
/** Numbers that were run together are rare. */
const RUN_TOGETHER_BITS = 2;
/** What stands inside a run and is damaged costs this much more. */
const DAMAGED_INSIDE = 1;
/** Neighbours that changed places are two edits to the search. */
const SWAP_EDITS = 2;
const CUT_BITS = 6;
/** Of a reference's characters, so many may differ where only a known payer's own items are compared. */
const FAR_SHARE = 0.4;
const RUN_CHARS_MAX = 600;

/** @returns references which stand whole in the text, also run together or broken by separators; each once. */
export function findWhole(index: ReferenceIndex, text: CompactText): Mention[] {
  const found = new Map<number, Mention>();
  const seek = (start: number, end: number): void => seekWhole({ index, text, found }, start, end);
  for (const spans of [text.words, text.runs]) {
    for (const [at, span] of spans.entries()) {
      for (let joined = 0; joined < JOINED_WORDS_MAX; joined++) {
        const end = spans[at + joined];
        if (end === undefined || !areTogether(spans, at, joined) || end.end - span.start > index.lengthMax + 4) break;
        seek(span.start, end.end);
      }
    }
  }
  for (const run of text.runs) if (!isWhole(found, run)) seekInside(index.digitLengths, run, seek);
  for (const word of text.words) {
    if (word.end - word.start > index.lengthMax) seekInside(index.mixedLengths, word, seek);
  }
  return [...found.values()];
}

/** Whether a run is one reference from its start to its end: then there is nothing else inside. */
function isWhole(found: ReadonlyMap<number, Mention>, run: Span): boolean {
  for (const mention of found.values()) if (mention.start <= run.start && mention.end >= run.end) return true;
  return false;
}

function areTogether(spans: readonly Span[], at: number, joined: number): boolean {
  return joined === 0 || spans[at + joined - 1]?.end === spans[at + joined]?.start;
}

/** Numbers that were run together: every stretch of a known length. */
function seekInside(lengths: readonly number[], run: Span, seek: (start: number, end: number) => void): void {
  const shortest = lengths[0] ?? 0;
  if (shortest === 0 || run.end - run.start <= shortest) return;
  const end = Math.min(run.end, run.start + RUN_CHARS_MAX);
  for (const length of lengths) {
    for (let start = run.start; start + length <= end; start++) seek(start, start + length);
  }
}

interface Search {
  readonly index: ReferenceIndex;
  readonly text: CompactText;
  readonly found: Map<number, Mention>;
}

function seekWhole(search: Search, start: number, end: number): void {
  if (end - start < REFERENCE_CHARS_MIN) return;
  const key = search.text.compact.slice(start, end);
  let hits = postingsOf(search.index.whole, key);
  if (hits.length === 0 && key.startsWith('0')) hits = postingsOf(search.index.whole, withoutLeadingZeros(key));
  for (const at of hits.length > POSTINGS_MAX ? hits.slice(0, POSTINGS_MAX) : hits) {
    const reference = search.index.references[at];
    if (reference === undefined) continue;
    const bits = wholeBits(reference, key) - insideBits(search.text, start, end);
    const known = search.found.get(at);
    if (known === undefined || known.bits < bits) {
      search.found.set(at, { item: reference.item, reference: at, start, end, bits, edits: 0, isCut: false });
    }
  }
}

function wholeBits(reference: IndexedReference, key: string): number {
  const own = reference.kind === 'payment_reference' ? PAYMENT_REFERENCE_BITS : 0;
  const letters = reference.letters > 0 && key === reference.key ? LETTERS_BITS : 0;
  return Math.min(reference.bits, key.length * BITS_PER_DIGIT) + letters + own;
}

/** What it costs that a reference stands inside a longer run: the more places it may stand in, the less a hit tells. */
function insideBits(text: CompactText, start: number, end: number): number {
  let from = start;
  let to = end;
  while ((text.breaks[from] ?? 2) === 0 && start - from < RUN_CHARS_MAX) from--;
  while ((text.breaks[to] ?? 2) === 0 && to - end < RUN_CHARS_MAX) to++;
  const places = start - from + (to - end);
  if (places === 0) return 0;
  return RUN_TOGETHER_BITS + (from < start ? INSIDE_BITS : 0) + (to > end ? INSIDE_BITS : 0) + Math.log2(1 + places);
}

/** @returns references one half of which stands in the text, at the start or the end of a number or anywhere in a long one. */
export function findHalves(index: ReferenceIndex, text: CompactText): Set<number> {
  const found = new Set<number>();
  const add = (start: number, end: number): void => {
    const hits = postingsOf(index.halves, text.compact.slice(start, end));
    if (hits.length <= POSTINGS_MAX) for (const hit of hits) found.add(hit);
  };
  const to = soughtLength(text);
  for (const spans of [text.words, text.runs]) {
    for (const [at, span] of spans.entries()) {
      if (span.end > to) break;
      for (const length of index.halfLengths) seekHalves({ index, spans, at, length }, add);
    }
  }
  return found;
}

interface HalfSearch {
  readonly index: ReferenceIndex;
  readonly spans: readonly Span[];
  readonly at: number;
  readonly length: number;
}

function seekHalves(search: HalfSearch, add: (start: number, end: number) => void): void {
  const { spans, at, length } = search;
  const span = spans[at] ?? { start: 0, end: 0 };
  const next = spans[at + 1];
  const joinedEnd = next?.start === span.end ? next.end : span.end;
  if (span.end - span.start > search.index.lengthMax + 2) {
    for (let start = span.start; start + length <= span.end; start++) add(start, start + length);
    return;
  }
  if (joinedEnd - span.start < length) return;
  add(span.start, span.start + length);
  add(joinedEnd - length, joinedEnd);
  if (span.end - span.start >= length) add(span.end - length, span.end);
}

/** @returns where a reference stands damaged or cut in the text; null when it does not, or tells nothing there. */
export function findNear(index: ReferenceIndex, text: CompactText, at: number): Mention | null {
  const reference = index.references[at];
  if (reference === undefined || reference.pattern.length < REFERENCE_CHARS_MIN) return null;
  const damaged = damagedMention(reference, text, at);
  if (damaged?.edits === 0) return damaged;
  const cut = cutMention(reference, text, at);
  const best = cut !== null && (damaged === null || cut.bits > damaged.bits) ? cut : damaged;
  return best !== null && best.bits >= MENTION_BITS_MIN ? best : null;
}

/** @returns where a reference may stand damaged beyond what is sought in everybody's; only one among few is worth asking. */
export function findFar(index: ReferenceIndex, text: CompactText, at: number): Mention | null {
  const reference = index.references[at];
  if (reference === undefined) return null;
  const editsMax = Math.floor(reference.pattern.length * FAR_SHARE);
  const mention = editsMax > reference.editsMax ? damagedMention(reference, text, at, editsMax) : null;
  return mention !== null && mention.bits >= MENTION_BITS_MIN ? mention : null;
}

function damagedMention(
  reference: IndexedReference,
  text: CompactText,
  at: number,
  editsMax = Math.max(SWAP_EDITS, reference.editsMax),
): Mention | null {
  const reach = { from: 0, to: soughtLength(text), editsMax };
  const hit = findDamaged(reference.codes, text, reach);
  if (hit === null) return null;
  const start = startOf(text, hit.end, reference.pattern.length, hit.edits);
  const lost = editBits(reference.pattern.length, hit.edits, isTellingWhole(reference, text, hit.end));
  const inside = insideBits(text, start, hit.end) * (hit.edits > 0 ? DAMAGED_INSIDE : 1);
  const bits = reference.bits - lost - inside;
  return { item: reference.item, reference: at, start, end: hit.end, bits, edits: hit.edits, isCut: false };
}

/** Whether the part that tells a reference from others stands whole before a hit's end. */
function isTellingWhole(reference: IndexedReference, text: CompactText, end: number): boolean {
  const telling = reference.pattern.slice(reference.fixed);
  return telling.length >= REFERENCE_CHARS_MIN && text.compact.slice(end - telling.length, end) === telling;
}

/** The start that fits the end: the separator nearest to where the whole reference would start. */
function startOf(text: CompactText, end: number, length: number, edits: number): number {
  const middle = Math.max(0, end - length);
  for (let off = 0; off <= edits; off++) {
    if ((text.breaks[middle + off] ?? 0) > 0 && middle + off < end) return middle + off;
    if (middle - off >= 0 && (text.breaks[middle - off] ?? 0) > 0) return middle - off;
  }
  return middle;
}

function cutMention(reference: IndexedReference, text: CompactText, at: number): Mention | null {
  const { pattern, fixed } = reference;
  let best: Mention | null = null;
  for (const [place, run] of text.runs.entries()) {
    const length = run.end - run.start;
    if (length < REFERENCE_CHARS_MIN || length >= pattern.length) continue;
    const word = text.numbers[place] ?? '';
    const isEnd = pattern.endsWith(word);
    if (!isEnd && !pattern.startsWith(word)) continue;
    const telling = isEnd ? Math.min(length, pattern.length - fixed) : length - fixed;
    const bits = Math.min(reference.bits, telling * BITS_PER_DIGIT) - CUT_BITS;
    if (best !== null && best.bits >= bits) continue;
    const edits = pattern.length - length;
    best = { item: reference.item, reference: at, start: run.start, end: run.end, bits, edits, isCut: true };
  }
  return best;
}
