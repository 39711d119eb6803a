// Which lines of one source tell a movement that another source told before: by account, day, signed amount and reference, one to one.

/** A line of one account and one day, with what names it. */
export interface ToldLine {
  readonly id: string;
  /** Its place among the lines of its source. */
  readonly position: number;
  /** Signed minor units. */
  readonly amountMinor: number;
  readonly endToEndId: string | null;
  readonly trace: string | null;
  readonly bankReference: string | null;
  readonly texts: readonly string[];
  readonly structuredReferences: readonly string[];
  /** The booking it was split from; null when it stands alone. */
  readonly batch: string | null;
}

export interface SameMovements {
  /** ID of a new line → ID of the line that told its movement before. */
  readonly duplicates: ReadonlyMap<string, string>;
  /** New lines that may have been told before; a person says. In words, why. */
  readonly unsure: ReadonlyMap<string, string>;
}

/** Characters from which on a text that another one holds says the same; banks cut and join texts. */
const TEXT_CHARS_MIN = 12;
/** Pairs of lines of one day and amount that are compared one by one; more are looked up, and what is not found so is a person's. */
const COMPARED_MAX = 250_000;

/**
 * Pairs new lines of one account, day and source with those that another source told of the same account and day.
 *
 * @param told lines that no line of the new lines' source is known to repeat
 */
export function sameMovements(fresh: readonly ToldLine[], told: readonly ToldLine[]): SameMovements {
  const duplicates = new Map<string, string>();
  const unsure = new Map<string, string>();
  const before = byAmount(told);
  for (const [amountMinor, lines] of byAmount(fresh)) {
    const others = before.get(amountMinor);
    if (others !== undefined) pairOne(sideOf(lines), sideOf(others), { duplicates, unsure });
  }
  doubtBatches(fresh, told, { duplicates, unsure });
  return { duplicates, unsure };
}

interface Named {
  readonly line: ToldLine;
  /** Normalised, and so is the text. */
  readonly references: ReadonlySet<string>;
  readonly text: string;
}

/** Lines of one amount on one side. */
interface Side {
  readonly lines: readonly Named[];
  readonly byKey: ReadonlyMap<string, readonly Named[]>;
}

interface Found {
  readonly duplicates: Map<string, string>;
  readonly unsure: Map<string, string>;
}

/** Lines of one amount: whoever shares a reference with exactly its likes is one of them; the rest is certain only where both have a name of their own. */
function pairOne(fresh: Side, told: Side, found: Found): void {
  const isLarge = fresh.lines.length * told.lines.length > COMPARED_MAX;
  const taken = new Set<Named>();
  for (const { left, right } of groups(fresh, told, isLarge)) {
    for (const one of right) taken.add(one);
    const isWhole = left.every((line) => right.every((other) => isAlike(line, other)));
    left.forEach(({ line }, index) => {
      const other = right[index];
      if (!isWhole) found.unsure.set(line.id, 'Its reference fits more than one line that another file told.');
      // As many as were told before are repeated; a source tells each movement once, so one more is one more.
      else if (other !== undefined) found.duplicates.set(line.id, other.line.id);
    });
  }
  const free = told.lines.filter((other) => !taken.has(other));
  for (const one of fresh.lines) {
    if (found.duplicates.has(one.line.id) || found.unsure.has(one.line.id)) continue;
    if (isLarge ? free.length > 0 : free.some((other) => !isOther(one, other))) {
      const text = 'Another file told the same amount of the same day, and no reference tells the two apart.';
      found.unsure.set(one.line.id, text);
    }
  }
}

interface Group {
  readonly left: readonly Named[];
  readonly right: readonly Named[];
}

/** The lines on both sides that hang together by shared references, each side in the order of its file. */
function groups(fresh: Side, told: Side, isLarge: boolean): Group[] {
  const found: Group[] = [];
  const seen = new Set<Named>();
  for (const start of fresh.lines) {
    if (seen.has(start)) continue;
    const [left, right] = [new Set([start]), new Set<Named>()];
    // A set that grows is walked to its new end.
    for (const line of left) {
      for (const other of likesOf(line, told, isLarge)) {
        if (right.has(other)) continue;
        right.add(other);
        for (const next of likesOf(other, fresh, isLarge)) left.add(next);
      }
    }
    for (const line of left) seen.add(line);
    if (right.size > 0) found.push({ left: inOrder(left), right: inOrder(right) });
  }
  return found;
}

/** Many are looked up by what they share exactly; few are compared one with the other. */
function likesOf(one: Named, side: Side, isLarge: boolean): readonly Named[] {
  if (!isLarge) return side.lines.filter((other) => isAlike(one, other));
  const found = new Set(keysOf(one).flatMap((key) => side.byKey.get(key) ?? []));
  return [...found].filter((other) => isAlike(one, other));
}

function inOrder(lines: ReadonlySet<Named>): Named[] {
  return [...lines].sort((a, b) => a.line.position - b.line.position);
}

/** Whether the two share a reference; or, unless their payers gave them names of their own, one's text holds the other's. */
function isAlike(a: Named, b: Named): boolean {
  for (const reference of a.references) if (b.references.has(reference)) return true;
  if (areReferred(a, b) || a.text === '' || b.text === '') return false;
  if (a.text === b.text) return true;
  const [short, long] = a.text.length < b.text.length ? [a.text, b.text] : [b.text, a.text];
  return short.length >= TEXT_CHARS_MIN && long.includes(short);
}

/** Whether both are named and by no means alike: two movements. */
function isOther(a: Named, b: Named): boolean {
  return areReferred(a, b) || (a.text !== '' && b.text !== '');
}

function areReferred(a: Named, b: Named): boolean {
  return a.line.endToEndId !== null && b.line.endToEndId !== null;
}

/** A booking that one source tells as a whole and another one by its parts has other amounts; its sum gives it away. */
function doubtBatches(fresh: readonly ToldLine[], told: readonly ToldLine[], found: Found): void {
  const sums = new Set(batchesOf(told).map(({ sumMinor }) => sumMinor));
  for (const line of fresh) {
    if (line.batch !== null || found.duplicates.has(line.id) || !sums.has(line.amountMinor)) continue;
    found.unsure.set(line.id, 'It is the sum of a booking that another file told by its parts.');
  }
  const wholes = new Set(told.filter(({ batch }) => batch === null).map(({ amountMinor }) => amountMinor));
  for (const { lines, sumMinor } of batchesOf(fresh)) {
    if (!wholes.has(sumMinor)) continue;
    for (const { id } of lines) {
      if (!found.duplicates.has(id)) found.unsure.set(id, 'Another file told the sum of its booking as one line.');
    }
  }
}

function batchesOf(lines: readonly ToldLine[]): { lines: readonly ToldLine[]; sumMinor: number }[] {
  const byBatch = new Map<string, ToldLine[]>();
  for (const line of lines) {
    if (line.batch === null) continue;
    const known = byBatch.get(line.batch);
    if (known === undefined) byBatch.set(line.batch, [line]);
    else known.push(line);
  }
  return [...byBatch.values()]
    .filter((batch) => batch.length > 1)
    .map((batch) => ({ lines: batch, sumMinor: batch.reduce((sum, line) => sum + line.amountMinor, 0) }));
}

function byAmount(lines: readonly ToldLine[]): Map<number, ToldLine[]> {
  const found = new Map<number, ToldLine[]>();
  for (const line of lines) {
    const known = found.get(line.amountMinor);
    if (known === undefined) found.set(line.amountMinor, [line]);
    else known.push(line);
  }
  return found;
}

function sideOf(lines: readonly ToldLine[]): Side {
  const side = lines.map(named);
  const byKey = new Map<string, Named[]>();
  for (const one of side) {
    for (const key of keysOf(one)) {
      const known = byKey.get(key);
      if (known === undefined) byKey.set(key, [one]);
      else known.push(one);
    }
  }
  return { lines: side, byKey };
}

/** What a line is looked up by. */
function keysOf({ references, text }: Named): string[] {
  return text === '' ? [...references] : [...references, text];
}

function named(line: ToldLine): Named {
  const references = [line.endToEndId, line.trace, line.bankReference, ...line.structuredReferences]
    .map((reference) => normalised(reference ?? ''))
    .filter((reference) => reference !== '');
  return { line, references: new Set(references), text: normalised(line.texts.join('')) };
}

function normalised(text: string): string {
  return text
    .normalize('NFKC')
    .toUpperCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
    .replace(/^0+(?=.)/, '');
}
