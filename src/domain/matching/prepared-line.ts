// One bank line made ready: its text taken apart once, what it names looked up once.

import { addStructured } from './structured-mentions.ts';
import { ITEMS_ALIGNED_MAX } from './limits.ts';
import { findFar, findHalves, findNear, findWhole, type Mention } from './mentions.ts';
import { compactTexts, soughtLength, type CompactText } from './normalise.ts';
import { mayStandIn, thoseThatMayStand, withPieces, type PackedPieces } from './pieces.ts';
import type { MatchIndex } from './match-index.ts';
import type { MatchLine } from './types.ts';

/** A line with what was found in its text so far. */
export interface PreparedLine {
  readonly line: MatchLine;
  readonly text: CompactText;
  /** References that stand whole in the text. */
  readonly whole: readonly Mention[];
  /** Places of references whose scheme's check digits hold in this line. */
  readonly structured: ReadonlySet<number>;
  /** Damaged or cut references that halves led to; null until asked for. */
  halves: readonly Mention[] | null;
  /** Damaged or cut references of the items of customers that were compared with the text, by customer. */
  readonly compared: Map<number, readonly Mention[]>;
}

/** Takes a line apart. */
export function prepareLine(index: MatchIndex, line: MatchLine): PreparedLine {
  const text = compactTexts([...line.texts, ...line.structuredReferences]);
  const whole = findWhole(index.references, text);
  const structured = new Set<number>();
  addStructured({ index: index.references, text, raws: line.structuredReferences, whole, structured });
  return { line, text, whole, structured, halves: null, compared: new Map() };
}

/** @returns damaged references which the halves of numbers in the text lead to. */
export function mentionsByHalves(index: MatchIndex, prepared: PreparedLine): readonly Mention[] {
  prepared.halves ??= nearMentions(index, prepared, [...findHalves(index.references, prepared.text)]);
  return prepared.halves;
}

/** @returns damaged references of one item, compared with the text character by character. */
export function mentionsOfItem(index: MatchIndex, prepared: PreparedLine, item: number): readonly Mention[] {
  return nearMentions(index, prepared, index.references.ofItem[item] ?? []);
}

/** @returns damaged references of all items of a customer; none when it has too many to be compared one by one. */
export function mentionsOfCustomer(index: MatchIndex, prepared: PreparedLine, customer: number): readonly Mention[] {
  const known = prepared.compared.get(customer);
  if (known !== undefined) return known;
  const { currency, instructed } = prepared.line;
  const packed = index.customers[customer]?.pieces;
  const found = [...nearPacked(index, prepared, packed?.get(currency))];
  if (instructed !== null && instructed.currency !== currency) {
    found.push(...nearPacked(index, prepared, packed?.get(instructed.currency)));
  }
  prepared.compared.set(customer, found);
  return found;
}

/** @returns references of a customer's items that are damaged beyond what is sought in everybody's; few customers' only. */
export function mentionsFarOff(index: MatchIndex, prepared: PreparedLine, customer: number): readonly Mention[] {
  const found: Mention[] = [];
  const items = index.customers[customer]?.items ?? [];
  if (items.length > ITEMS_ALIGNED_MAX) return found;
  for (const item of items) {
    for (const at of index.references.ofItem[item] ?? []) {
      const mention = findFar(index.references, prepared.text, at);
      if (mention !== null) found.push(mention);
    }
  }
  return found;
}

function nearPacked(index: MatchIndex, { text }: PreparedLine, packed: PackedPieces | undefined): readonly Mention[] {
  if (packed === undefined) return [];
  const found: Mention[] = [];
  withPieces(text.codes, soughtLength(text), () => {
    for (const at of thoseThatMayStand(packed)) {
      const mention = findNear(index.references, text, at);
      if (mention !== null) found.push(mention);
    }
  });
  return found;
}

function nearMentions(index: MatchIndex, { text }: PreparedLine, references: readonly number[]): readonly Mention[] {
  const found: Mention[] = [];
  withPieces(text.codes, soughtLength(text), () => {
    for (const at of references) {
      if (!mayStandIn(index.references.references[at]?.pieces ?? [])) continue;
      const mention = findNear(index.references, text, at);
      if (mention !== null) found.push(mention);
    }
  });
  return found;
}
