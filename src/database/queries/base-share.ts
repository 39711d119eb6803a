// What a part of an item or payment is in the legal entity's currency, in SQL.

/** Columns that hold a whole in base and in its own currency, and the part of it. */
interface Columns {
  readonly base: string;
  readonly part: string;
  readonly whole: string;
}

/**
 * An expression that is `shareOf` of `src/domain/exchange.ts`: Postgres rounds a numeric half away from zero as well.
 *
 * @param columns SQL of ours, never from outside
 */
export function baseShare({ base, part, whole }: Columns): string {
  return `(case when ${base} = ${whole} then ${part} else round((${base})::numeric * (${part}) / ${whole})::bigint end)`;
}

/** What is open of item `i`. */
export const OPEN_ITEM_IN_BASE = baseShare({ base: 'i.base_minor', part: 'i.open_minor', whole: 'i.original_minor' });

/** What nobody used of payment `p`. */
export const UNAPPLIED_IN_BASE = baseShare({
  base: 'p.base_minor',
  part: 'p.unapplied_minor',
  whole: 'p.amount_minor',
});
