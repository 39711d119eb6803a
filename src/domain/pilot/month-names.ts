// Month names and their abbreviations in the languages exports come in.

import { stripAccents } from './cells.ts';

const NAMES_BY_MONTH: readonly string[] = [
  'january januar janner jaenner janvier enero gennaio januari',
  'february februar feber fevrier febrero febbraio februari',
  'march marz maerz mrz mars marzo maart mrt',
  'april avril abril aprile',
  'may mai mayo maggio mei',
  'june juni juin junio giugno',
  'july juli juillet julio luglio',
  'august aout agosto augustus',
  'september septembre septiembre setiembre settembre',
  'october oktober octobre octubre ottobre',
  'november novembre noviembre',
  'december dezember decembre diciembre dicembre',
];
const lettersMin = 3;

/** @returns 1…12 for a month's name or an abbreviation of it that fits one month only, or null. */
export function readMonthName(word: string): number | null {
  const wanted = stripAccents(word).toLowerCase();
  if (wanted.length < lettersMin) return null;
  const found = NAMES_BY_MONTH.flatMap((names, index) =>
    names.split(' ').some((name) => name.startsWith(wanted)) ? [index + 1] : [],
  );
  return found.length === 1 ? (found[0] ?? null) : null;
}
