// The weekly days off by country, where they are not Saturday and Sunday.

const FRIDAY_SATURDAY = 'BH BD DZ EG IQ JO KW LY MV OM QA SA SD SY YE';
const OTHERS: ReadonlyMap<string, readonly number[]> = new Map([
  ['IL', [5, 6]],
  ['IR', [5]],
  ['AF', [4, 5]],
  ['DJ', [5]],
  ['SO', [5]],
  ['NP', [6]],
  ['BN', [5, 7]],
]);

/** The days off of every week in a country (ISO 3166 alpha-2): 1 = Monday … 7 = Sunday. */
export function weekendOf(country: string): readonly number[] {
  if (FRIDAY_SATURDAY.split(' ').includes(country)) return [5, 6];
  return OTHERS.get(country) ?? [6, 7];
}
