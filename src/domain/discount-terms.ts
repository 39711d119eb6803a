// Early payment discounts: what was agreed ("2 % within 10 days"), and what may be taken of an open item until when.

import { addDays, type IsoDate } from './dates.ts';
import type { DiscountTier } from './matching/types.ts';
import { minorUnits } from './money.ts';

/** One tier of an agreement. */
export interface DiscountTerm {
  /** Days from the invoice's date, that day not counted. */
  readonly days: number;
  /** Of the gross amount, in hundredths of a percent. */
  readonly percentBp: number;
}

/** Tiers of one agreement. */
export const DISCOUNT_TERMS_MAX = 3;

/**
 * What may be taken of an item: the agreed share of what is open of it, half a minor unit rounded up in the payer's favour.
 *
 * @returns by falling amount; none of nothing
 */
export function discountTiers(
  terms: readonly DiscountTerm[],
  { issuedOn, openMinor }: { issuedOn: IsoDate; openMinor: number },
): DiscountTier[] {
  return terms
    .map(({ days, percentBp }) => ({
      until: addDays(issuedOn, days),
      amountMinor: minorUnits((BigInt(openMinor) * BigInt(percentBp) + 5_000n) / 10_000n),
    }))
    .filter(({ amountMinor }) => amountMinor > 0)
    .sort((one, other) => other.amountMinor - one.amountMinor);
}

/** A percentage without idle zeros: 200 → `2`, 150 → `1.5`. */
function percentText(percentBp: number): string {
  return String(percentBp / 100);
}

/** The agreement as a document says it: `2 % until 2026-12-01, 1 % until 2026-12-11`. */
export function discountWords(terms: readonly DiscountTerm[], issuedOn: IsoDate): string {
  return terms.map(({ days, percentBp }) => `${percentText(percentBp)} % until ${addDays(issuedOn, days)}`).join(', ');
}
