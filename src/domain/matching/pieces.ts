// A quick no to most comparisons: of a reference with few edits, one of some short pieces stands in the text unhurt.

const SYMBOLS = 36;
/** One bit for each pair and triple of the text that is looked at, so that a statement's texts need no tables of their own. */
const pairs = new Uint8Array(SYMBOLS ** 2);
const triples = new Uint8Array(SYMBOLS ** 3);

/** Notes, or takes back, the pieces of a text's first codes. */
function mark(codes: Uint8Array, length: number, value: number): void {
  for (let at = 0; at + 1 < length; at++) {
    const pair = (codes[at] ?? 0) * SYMBOLS + (codes[at + 1] ?? 0);
    pairs[pair] = value;
    if (at + 2 < length) triples[pair * SYMBOLS + (codes[at + 2] ?? 0)] = value;
  }
}

/** Does something while `mayStandIn` answers for one text. @param length - codes of the text that count */
export function withPieces(codes: Uint8Array, length: number, work: () => void): void {
  mark(codes, length, 1);
  try {
    work();
  } finally {
    mark(codes, length, 0);
  }
}

/** Pieces of one reference, as codes of pairs (below 0) or triples. */
export type Pieces = readonly number[];

/**
 * @param pattern - codes of a reference
 * @param fixed - characters at its start that tell nothing
 * @param editsMax - the most edits after which it is still recognised
 * @returns pieces one of which survives so many edits, or two neighbours that changed places, or a cut at one end
 */
export function piecesOf(pattern: Uint8Array, fixed: number, editsMax: number): Pieces {
  const from = editsMax <= 1 && pattern.length - fixed >= 4 ? fixed : 0;
  const telling = pattern.length - from;
  const width = telling >= 9 || (editsMax <= 1 && telling >= 7) ? 3 : 2;
  const starts = new Set([from, pattern.length - width]);
  const count = Math.max(2, editsMax + 1);
  const each = Math.floor(telling / count);
  for (let piece = 0; piece < count && each >= width; piece++) starts.add(from + piece * each);
  return each < width && editsMax > 1 ? [] : [...starts].map((start) => pieceAt(pattern, start, width));
}

function pieceAt(pattern: Uint8Array, start: number, width: number): number {
  const pair = (pattern[start] ?? 0) * SYMBOLS + (pattern[start + 1] ?? 0);
  return width === 2 ? -1 - pair : pair * SYMBOLS + (pattern[start + 2] ?? 0);
}

/** @returns whether a reference may stand in the text of `withPieces`; one without pieces always may. */
export function mayStandIn(pieces: Pieces): boolean {
  if (pieces.length === 0) return true;
  for (const piece of pieces) if ((piece < 0 ? pairs[-1 - piece] : triples[piece]) === 1) return true;
  return false;
}

/**
 * Pieces of many references behind each other, so that going through them reads memory in one sweep:
 * for each its place, how many pieces follow, and the pieces.
 */
export type PackedPieces = Int32Array;

/** Packs references. @param references - places, and the pieces of each */
export function packPieces(references: readonly number[], piecesAt: (reference: number) => Pieces): PackedPieces {
  const packed: number[] = [];
  for (const reference of references) {
    const pieces = piecesAt(reference);
    packed.push(reference, pieces.length, ...pieces);
  }
  return Int32Array.from(packed);
}

/** @returns the packed references which may stand in the text of `withPieces`. */
export function thoseThatMayStand(packed: PackedPieces): number[] {
  const may: number[] = [];
  for (let at = 0; at < packed.length;) {
    const reference = packed[at] ?? 0;
    const count = packed[at + 1] ?? 0;
    const end = at + 2 + count;
    let isFound = count === 0;
    for (at += 2; at < end && !isFound; at++) {
      const piece = packed[at] ?? 0;
      isFound = (piece < 0 ? pairs[-1 - piece] : triples[piece]) === 1;
    }
    if (isFound) may.push(reference);
    at = end;
  }
  return may;
}
