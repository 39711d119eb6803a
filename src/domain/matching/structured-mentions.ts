// Structured creditor references in a line: marked by the bank, or standing in free text with check digits that hold.

import { POSTINGS_MAX } from './limits.ts';
import type { Mention } from './mentions.ts';
import { type CompactText, referenceKey } from './normalise.ts';
import { postingsOf } from './postings.ts';
import type { ReferenceIndex } from './reference-index.ts';
import { readStructuredReference, type StructuredReference } from './structured-reference.ts';

const RF_CHARS_MAX = 25;
const RF_CHARS_MIN = 5;
const CHECK_BITS = 6;
const DIGIT_LENGTHS = [27, 16, 12];
const STARTS_MAX = 40;

interface Search {
  readonly index: ReferenceIndex;
  readonly text: CompactText;
  /** As the bank marks them. */
  readonly raws: readonly string[];
  readonly whole: Mention[];
  readonly structured: Set<number>;
}

/** Adds mentions by structured references to `whole`, and their places to `structured`. */
export function addStructured(search: Search): void {
  if (search.raws.length === 0 && !/RF\d\d|\d{12}/.test(search.text.compact)) return;
  for (const raw of search.raws) {
    const read = readStructuredReference(raw);
    const key = referenceKey(raw);
    const start = key === '' ? -1 : search.text.compact.lastIndexOf(key);
    if (read !== null) add(search, read, start < 0 ? [0, 0] : [start, start + key.length]);
  }
  for (const [start, end] of likely(search.text)) {
    const read = readStructuredReference(search.text.compact.slice(start, end));
    if (read !== null && read.scheme !== 'KID') add(search, read, [start, end]);
  }
}

/** Stretches between separators that have a scheme's form. */
function* likely(text: CompactText): Generator<[number, number]> {
  const starts = [...text.compact.matchAll(/RF\d\d/g)].map((match) => match.index).slice(0, STARTS_MAX);
  for (const start of starts) {
    if (text.breaks[start] !== 2) continue;
    for (let end = start + RF_CHARS_MIN; end <= Math.min(text.codes.length, start + RF_CHARS_MAX); end++) {
      if (text.breaks[end] === 2) yield [start, end];
    }
  }
  for (const run of text.runs.slice(0, STARTS_MAX)) {
    if ((text.breaks[run.start] ?? 0) === 0) continue;
    for (const length of DIGIT_LENGTHS) {
      const end = run.start + length;
      if ((text.breaks[end] ?? 0) > 0 && /^\d+$/.test(text.compact.slice(run.start, end))) yield [run.start, end];
    }
  }
}

function add(search: Search, read: StructuredReference, [start, end]: readonly [number, number]): void {
  for (const key of new Set([read.text, read.body])) {
    const hits = key.length < 4 ? [] : postingsOf(search.index.whole, key);
    for (const at of hits.slice(0, POSTINGS_MAX)) {
      const reference = search.index.references[at];
      if (reference === undefined || search.structured.has(at)) continue;
      search.structured.add(at);
      const known = search.whole.findIndex((mention) => mention.reference === at);
      const bits = reference.bits + CHECK_BITS;
      const mention = { item: reference.item, reference: at, start, end, bits, edits: 0, isCut: false };
      if (known < 0) search.whole.push(mention);
      else if ((search.whole[known]?.bits ?? 0) < bits) search.whole[known] = mention;
    }
  }
}
