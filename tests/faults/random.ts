// Chance that can be repeated: a seed for the run, printed in the titles of tests, and numbers made of it.

/** Set `SEED` to see a failure again. */
export const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 32));

/** Numbers in [0, 1) that a seed gives again (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
