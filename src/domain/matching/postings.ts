// Lists of numbers behind text keys, as small as most of them are: one number is kept as itself.

/** What stands behind one key: a number, or several in the order they were added. */
export type Postings = Map<string, number | number[]>;

const NONE: readonly number[] = [];
const single: number[] = [0];

/** Adds a number behind a key; one that is there already as the last is not added again. */
export function addPosting(postings: Postings, key: string, value: number): void {
  const known = postings.get(key);
  if (known === undefined) postings.set(key, value);
  else if (typeof known === 'number') {
    if (known !== value) postings.set(key, [known, value]);
  } else if (known.at(-1) !== value) known.push(value);
}

/** @returns the numbers behind a key. Valid until the next call: a single one is handed out in the same list every time. */
export function postingsOf(postings: Postings, key: string): readonly number[] {
  const known = postings.get(key);
  if (known === undefined) return NONE;
  if (typeof known !== 'number') return known;
  single[0] = known;
  return single;
}
