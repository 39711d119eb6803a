// All references of the open items, to be found whole, by part, or by their halves when they are damaged.

import { PATTERN_CHARS_MAX, REFERENCE_CHARS_MIN } from './limits.ts';
import { codesOf, LETTERS_MIN, referenceKey, withoutLeadingZeros } from './normalise.ts';
import { editsMaxOf } from './edit-bits.ts';
import { piecesOf, type Pieces } from './pieces.ts';
import { addPosting, type Postings } from './postings.ts';
import { measureShape, shapeOf, type Rarity } from './reference-shape.ts';
import { readStructuredReference } from './structured-reference.ts';
import type { MatchItem, ReferenceKind } from './types.ts';

/** One reference of one item. */
export interface IndexedReference {
  /** Place of the item in the index. */
  readonly item: number;
  readonly kind: ReferenceKind;
  readonly printed: string;
  /** Letters and digits, upper case. */
  readonly key: string;
  /** What is sought in texts: the digits of a number with letters in front, else the key. */
  readonly pattern: string;
  readonly codes: Uint8Array;
  /** Bits that a whole hit tells. */
  readonly bits: number;
  /** Characters at the start of `pattern` which nearly all references of the shape share. */
  readonly fixed: number;
  /** One of them survives what damage is recognised. */
  readonly pieces: Pieces;
  /** The most edits after which it still tells something. */
  readonly editsMax: number;
  /** Letters in front of the digits, which a text may leave out. */
  readonly letters: number;
}

export interface ReferenceIndex {
  readonly references: readonly IndexedReference[];
  /** Key, pattern and pattern without zeros → places in `references`. */
  readonly whole: Postings;
  /** Halves of patterns → places in `references`. */
  readonly halves: Postings;
  /** Lengths of `halves`, rising. */
  readonly halfLengths: readonly number[];
  /** Lengths of patterns of digits, rising: numbers that were run together are cut by them. */
  readonly digitLengths: readonly number[];
  /** The same of patterns with letters. */
  readonly mixedLengths: readonly number[];
  /** Whether references with letters inside are more than a few. */
  readonly isMixedUsual: boolean;
  readonly lengthMax: number;
  /** Places in `references` of each item. */
  readonly ofItem: readonly (readonly number[])[];
}

interface Draft {
  readonly item: number;
  readonly kind: ReferenceKind;
  readonly printed: string;
  readonly key: string;
  readonly shape: string;
}

/** Shorter patterns are not sought damaged: too many of them look alike. */
const DAMAGED_CHARS_MIN = 5;

/** Of 100 references: as many with letters inside are a few. */
const FEW_SHARE = 0.05;

/** Builds the index. @param items - in the index's order */
export function indexReferences(items: readonly MatchItem[]): ReferenceIndex {
  const drafts = items.flatMap((item, at) => draftsOf(item, at));
  const shapes = measureShapes(drafts);
  const references = drafts.map((draft) =>
    referenceOf(draft, shapes.get(draft.shape)?.get(draft.key) ?? { bits: 0, fixed: 0 }),
  );
  const whole: Postings = new Map();
  const halves: Postings = new Map();
  const halfLengths = new Set<number>();
  const ofItem: number[][] = items.map(() => []);
  for (const [at, reference] of references.entries()) {
    ofItem[reference.item]?.push(at);
    for (const key of wholeKeys(reference)) addPosting(whole, key, at);
    for (const half of halvesOf(reference)) {
      addPosting(halves, half, at);
      halfLengths.add(half.length);
    }
  }
  return { references, whole, halves, ofItem, halfLengths: rising(halfLengths), ...lengthsOf(references) };
}

function draftsOf(item: MatchItem, at: number): Draft[] {
  const seen = new Set<string>();
  const drafts: Draft[] = [];
  for (const reference of item.references) {
    const key = referenceKey(reference.text);
    if (key.length < REFERENCE_CHARS_MIN || (key.length < LETTERS_MIN && !/\d/.test(key)) || seen.has(key)) continue;
    seen.add(key);
    drafts.push({ item: at, kind: reference.kind, printed: reference.text, key, shape: shapeOf(key) });
  }
  return drafts;
}

function measureShapes(drafts: readonly Draft[]): Map<string, Map<string, Rarity>> {
  const keys = new Map<string, string[]>();
  for (const draft of drafts) {
    const known = keys.get(draft.shape);
    if (known === undefined) keys.set(draft.shape, [draft.key]);
    else known.push(draft.key);
  }
  return new Map([...keys].map(([shape, all]) => [shape, measureShape(shape, all)]));
}

function referenceOf(draft: Draft, shape: Rarity): IndexedReference {
  const { item, kind, printed, key } = draft;
  const digits = /^[A-Z]+(\d{5,})$/.exec(key)?.[1] ?? key;
  const pattern = digits.slice(-PATTERN_CHARS_MAX);
  const fixed = Math.max(0, shape.fixed - (digits.length - pattern.length));
  const letters = key.length - digits.length;
  const codes = codesOf(pattern);
  const editsMax = editsMaxOf(pattern.length, shape.bits);
  const pieces = piecesOf(codes, fixed, editsMax);
  return { item, kind, printed, key, pattern, codes, bits: shape.bits, fixed, pieces, editsMax, letters };
}

function wholeKeys(reference: IndexedReference): Set<string> {
  const keys = new Set([reference.key, reference.pattern]);
  if (/^\d+$/.test(reference.pattern)) keys.add(withoutLeadingZeros(reference.pattern));
  if (reference.kind === 'payment_reference') {
    const body = readStructuredReference(reference.printed)?.body;
    if (body !== undefined) keys.add(body);
  }
  for (const key of keys) if (key.length < REFERENCE_CHARS_MIN) keys.delete(key);
  return keys;
}

/** The halves that tell something: what all of a shape share leads to all of them. */
function halvesOf(reference: IndexedReference): string[] {
  const { pattern, fixed } = reference;
  if (pattern.length < DAMAGED_CHARS_MIN) return [];
  const half = Math.floor(pattern.length / 2);
  const tail = pattern.slice(-half);
  return fixed >= half ? [tail] : [pattern.slice(0, half), tail];
}

function lengthsOf(
  references: readonly IndexedReference[],
): Pick<ReferenceIndex, 'digitLengths' | 'mixedLengths' | 'isMixedUsual' | 'lengthMax'> {
  const digits = new Set<number>();
  const mixed = new Set<number>();
  let lengthMax = 0;
  let mixedCount = 0;
  for (const { key, pattern } of references) {
    lengthMax = Math.max(lengthMax, key.length);
    const isDigits = /^\d+$/.test(pattern);
    if (!isDigits) mixedCount++;
    if (pattern.length >= DAMAGED_CHARS_MIN) (isDigits ? digits : mixed).add(pattern.length);
  }
  return {
    digitLengths: rising(digits),
    mixedLengths: rising(mixed),
    isMixedUsual: mixedCount > references.length * FEW_SHARE,
    lengthMax,
  };
}

function rising(lengths: Set<number>): number[] {
  return [...lengths].sort((a, b) => a - b);
}
