// How much a reference tells: numbers of one shape are taken together, and how closely they stand says how rare a hit by chance is.

/** What is known of one reference from all those of its shape. */
export interface Rarity {
  /** How many bits the whole reference tells. */
  readonly bits: number;
  /** Leading digits that it shares with nearly all of its kind, and which therefore tell nothing. */
  readonly fixed: number;
}

const BITS_PER_DIGIT = Math.log2(10);
const BITS_PER_LETTER = Math.log2(26);
/** Numbers may be given out one after the other: no number of five digits and more counts for less or, when few are known, for more. */
const SEQUENCE_BITS = 14;
const FEW_BITS = 17;
const FEW = 8;
const BITS_MAX = 36;
/** Nearly all. */
const SHARED = 0.9;
/** Of two kinds of numbers of one length, the one with a common start has at most this part of them. */
const MIXED = 0.6;

/** @returns the shape of a key: letters as they are, digits as `#`; a key of mixed letters and digits has a shape by length only. */
export function shapeOf(key: string): string {
  const shape = key.replace(/\d/g, '#');
  return /^[A-Z]*#+[A-Z]{0,2}$/.test(shape) ? shape : `*${key.length}`;
}

/** Measures all keys of one shape, each as often as it is used. @returns the rarity of each key */
export function measureShape(shape: string, keys: readonly string[]): Map<string, Rarity> {
  const rarities = new Map<string, Rarity>();
  const isMixed = shape.startsWith('*');
  if (isMixed || keys.length < FEW) {
    const all = keys.length < FEW ? null : entropyOf(keys);
    for (const key of keys) {
      const bits = Math.min(all ?? FEW_BITS, mostBits(key), BITS_MAX);
      rarities.set(key, { bits, fixed: 0 });
    }
    return rarities;
  }
  const sorted = [...new Set(keys)].map((key) => ({ key, digits: key.replace(/\D/g, '') }));
  sorted.sort((a, b) => (a.digits < b.digits ? -1 : 1));
  descend({ sorted, rarities }, { from: 0, to: sorted.length, depth: 0 }, START);
  return rarities;
}

function mostBits(key: string): number {
  let bits = 0;
  for (const character of key) bits += character <= '9' ? BITS_PER_DIGIT : BITS_PER_LETTER;
  return bits;
}

/** Bits of a key whose places hold what they hold in all the keys, each place by itself. */
function entropyOf(keys: readonly string[]): number {
  let bits = 0;
  const length = keys[0]?.length ?? 0;
  for (let at = 0; at < length; at++) {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key[at] ?? '', (counts.get(key[at] ?? '') ?? 0) + 1);
    for (const count of counts.values()) bits += (count / keys.length) * Math.log2(keys.length / count);
  }
  return bits;
}

interface Shape {
  /** Digits rising, each key once, all of one length. */
  readonly sorted: readonly { readonly key: string; readonly digits: string }[];
  readonly rarities: Map<string, Rarity>;
}

/** Keys that start alike, from a place in the sorted ones to before another. */
interface Branch {
  readonly from: number;
  readonly to: number;
  readonly depth: number;
}

/** What was met on the way down to a branch. */
interface Way {
  /** The fewest bits by which a number that starts so could be hit. */
  readonly bits: number;
  /** Digits shared by nearly all keys. */
  readonly shared: number;
  /** Where a part of the keys went its own way, and how many went with it; null while all are together. */
  readonly parting: { readonly depth: number; readonly count: number } | null;
  /** Digits shared by nearly all of that part. */
  readonly sharedByPart: number;
}

const START: Way = { bits: Infinity, shared: 0, parting: null, sharedByPart: 0 };

/** Goes down from digit to digit as long as there are enough keys to say how closely they stand. */
function descend(shape: Shape, branch: Branch, before: Way): void {
  const { sorted, rarities } = shape;
  const { from, to, depth } = branch;
  const way = goOn(branch, sorted, before);
  const length = sorted[from]?.digits.length ?? 0;
  if (to - from < FEW || depth >= length) {
    const most = length * BITS_PER_DIGIT;
    const bits = Math.min(most, BITS_MAX, Math.max(SEQUENCE_BITS, before.bits));
    const part = way.parting !== null && way.sharedByPart > way.parting.depth ? way.sharedByPart : 0;
    for (let at = from; at < to; at++)
      rarities.set(sorted[at]?.key ?? '', { bits, fixed: way.shared > 0 ? way.shared : part });
    return;
  }
  let start = from;
  for (let at = from + 1; at <= to; at++) {
    if (at < to && sorted[at]?.digits[depth] === sorted[start]?.digits[depth]) continue;
    descend(shape, { from: start, to: at, depth: depth + 1 }, way);
    start = at;
  }
}

function goOn({ from, to, depth }: Branch, sorted: Shape['sorted'], before: Way): Way {
  const count = to - from;
  const left = (sorted[from]?.digits.length ?? 0) - depth;
  const bits = Math.min(before.bits, Math.log2(sorted.length / count) + left * BITS_PER_DIGIT);
  const shared = count >= sorted.length * SHARED ? depth : before.shared;
  const parting = before.parting ?? (count < sorted.length * MIXED ? { depth, count } : null);
  const isStillShared = parting !== null && count >= parting.count * SHARED;
  return { bits, shared, parting, sharedByPart: isStillShared ? depth : before.sharedByPart };
}
