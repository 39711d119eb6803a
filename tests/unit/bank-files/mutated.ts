// Files that were valid, broken at random.

import fc from 'fast-check';

/** How a file is broken. */
export interface Breaking {
  /** What is put in as it is, and what is put in three hundred times. */
  readonly junk: readonly string[];
  readonly repeated: readonly string[];
  /** Most bytes that are cut out, or doubled, in one place. */
  readonly lengthMax: number;
}

/** A valid file with some places cut out, doubled, overwritten or filled with what breaks readers. */
export function mutated(file: string, { junk: texts, repeated, lengthMax }: Breaking): fc.Arbitrary<Uint8Array> {
  const bytes = Buffer.from(file);
  const junk = fc.oneof(
    fc.uint8Array({ maxLength: 8 }),
    fc.constantFrom(...texts).map((text) => Buffer.from(text)),
    fc.constantFrom(...repeated).map((text) => Buffer.from(text.repeat(300))),
  );
  const change = fc.tuple(fc.nat(bytes.length), fc.nat(lengthMax), junk, fc.boolean());
  return fc.tuple(fc.array(change, { maxLength: 4 }), fc.option(fc.nat(bytes.length))).map(([changes, cut]) => {
    let result: Uint8Array = bytes;
    for (const [at, length, put, isDoubled] of changes) {
      const kept = isDoubled ? result.subarray(at, at + length) : new Uint8Array();
      result = Buffer.concat([result.subarray(0, at), put, kept, kept, result.subarray(at + length)]);
    }
    return cut === null ? result : result.subarray(0, cut);
  });
}
