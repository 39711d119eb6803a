// Where in a text a damaged reference stands, and in how many places it differs: approximate search with one machine word.

/** A reference found with differences: it ends before `end`. */
export interface DamagedHit {
  readonly end: number;
  /** Characters changed, left out or added; neighbours that changed places count once. */
  readonly edits: number;
}

const masks = new Int32Array(36);

/**
 * Finds the best place of a pattern in a text (Myers' bit-parallel algorithm for search).
 * @param pattern - codes of 0-35, at most 31
 * @param reach - which codes of the text are read, and the most differences allowed
 * @param breaks - where the text is separated; of equal places the one that ends there is taken
 * @returns null when the pattern is nowhere with so few differences
 */
export function findDamaged(
  pattern: Uint8Array,
  text: { readonly codes: Uint8Array; readonly breaks: Uint8Array },
  reach: { readonly from: number; readonly to: number; readonly editsMax: number },
): DamagedHit | null {
  const length = pattern.length;
  if (length === 0 || length > 31) return null;
  for (let at = 0; at < length; at++) masks[pattern[at] ?? 0] = (masks[pattern[at] ?? 0] ?? 0) | (1 << at);
  const last = 1 << (length - 1);
  let plus = -1;
  let minus = 0;
  let score = length;
  let best = reach.editsMax + 1;
  let bestEnd = -1;
  let bestBreak = 0;
  for (let at = reach.from; at < reach.to; at++) {
    const equal = masks[text.codes[at] ?? 0] ?? 0;
    const vertical = equal | minus;
    const horizontal = (((equal & plus) + plus) ^ plus) | equal;
    let up = minus | ~(horizontal | plus);
    let down = plus & horizontal;
    if ((up & last) !== 0) score++;
    if ((down & last) !== 0) score--;
    up <<= 1;
    down <<= 1;
    plus = down | ~(vertical | up);
    minus = up & vertical;
    if (score > best || score > reach.editsMax) continue;
    const atBreak = text.breaks[at + 1] ?? 2;
    if (score < best || atBreak > bestBreak) {
      best = score;
      bestEnd = at + 1;
      bestBreak = atBreak;
    }
  }
  for (let at = 0; at < length; at++) masks[pattern[at] ?? 0] = 0;
  if (bestEnd < 0) return null;
  if (best === 2 && isSwapped(pattern, text.codes, bestEnd - length)) return { end: bestEnd, edits: 1 };
  return { end: bestEnd, edits: best };
}

/** Whether the text from `start` on is the pattern but for two neighbours that changed places. */
function isSwapped(pattern: Uint8Array, codes: Uint8Array, start: number): boolean {
  if (start < 0) return false;
  let at = 0;
  while (at < pattern.length && codes[start + at] === pattern[at]) at++;
  if (codes[start + at] !== pattern[at + 1] || codes[start + at + 1] !== pattern[at]) return false;
  for (at += 2; at < pattern.length; at++) if (codes[start + at] !== pattern[at]) return false;
  return true;
}
