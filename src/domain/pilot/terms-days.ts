// Reads payment terms such as `30`, `Net 30`, `30 Tage netto` or `2/10 net 30` into days.

/** Longer terms are taken for a mistake. */
const termsDaysMax = 730;

/** @returns days from invoice date to due date, or null when the text does not say exactly one number of days. */
export function readTermsDays(text: string): number | null {
  const words = text.trim().toLowerCase();
  if (words.startsWith('-')) return null;
  const net = /(?:^|[^\p{L}])(?:net|netto|n)\s*\/?\s*(\d{1,4})(?!\d)/u.exec(words);
  const alone = /^[^\d]*(?<![\p{L}\d])(\d{1,4})(?:\.0+)?(?![\d.,/])[^\d]*$/u.exec(words);
  const found = net?.[1] ?? alone?.[1];
  if (found === undefined) return null;
  const days = Number(found);
  return days <= termsDaysMax ? days : null;
}
