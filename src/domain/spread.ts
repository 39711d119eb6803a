// A stable number from a text, used to spread work evenly over time without randomness.

/** FNV-1a, 32 bits: the same text gives the same number in every process and every year. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  // The low bits of FNV differ too little for short texts that differ only at their end.
  hash = Math.imul(hash ^ (hash >>> 16), 0x45d9f3b) >>> 0;
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** A stable offset in `[0, spanMs)` for the text; 0 when the span is empty. */
export function spreadMs(text: string, spanMs: number): number {
  return spanMs <= 0 ? 0 : hash32(text) % Math.floor(spanMs);
}
