// Finds out whether a column of amounts has a decimal point or a decimal comma, and reads its values without a float.

import { isCurrency } from '../money.ts';
import { refuse, type Refusal, type Result } from '../refusal.ts';

export type DecimalMark = 'point' | 'comma';

/** A mark is believed when it reads at least this share of the column's values; the rest are rejected row by row. */
const readableShareMin = 0.5;
/** When both marks fail somewhere, one is believed only if it fails this many times less often. */
const fewerFailuresFactor = 10;

export interface DecimalFormat {
  readonly mark: DecimalMark;
  /** An example of the format: `1,234.56`, `1.234,56`, `1 234,56`, `1'234.56`, `1234.56`, `1234`. */
  readonly label: string;
}

/** An amount as a plain decimal with a point, and the currency written beside it, if any. */
interface AmountText {
  readonly decimal: string;
  readonly currency: string | null;
}

/**
 * Detects the decimal mark from all values together. A column in which every mark could be either (`1,234` and nothing
 * that tells) is refused, unless `mark` (from `--map decimals=`) says it. Blank values are passed as ''.
 */
export function detectDecimalFormat(options: {
  values: readonly string[];
  mark: DecimalMark | null;
}): Result<{ format: DecimalFormat }> {
  const values = options.values.filter((value) => value !== '');
  const counts = countReadings(values);
  if (counts.point + counts.comma - counts.both < values.length * readableShareMin)
    return refuse(decimalsUnreadable(values));
  const mark = options.mark ?? decideMark(counts);
  if (mark === null) return refuse(decimalsAmbiguous(counts.twoFaced ?? values[0] ?? ''));
  if (counts[mark] < values.length * readableShareMin) return refuse(decimalsUnreadable(values));
  return { ok: true, format: { mark, label: labelOf(values, mark) } };
}

/** Reads one amount. @returns null when it is not written in the format. */
export function readAmount(text: string, mark: DecimalMark): AmountText | null {
  const bare = takeOffSigns(text);
  const body = bare === null ? null : readBody(bare.body, mark);
  if (bare === null || body === null) return null;
  const isZero = /^[0.]+$/.test(body.decimal);
  return { decimal: bare.isNegative && !isZero ? `-${body.decimal}` : body.decimal, currency: bare.currency };
}

/** Whether a text is shaped like an amount, with either mark. */
export function looksLikeAmount(text: string): boolean {
  return readAmount(text, 'point') !== null || readAmount(text, 'comma') !== null;
}

interface Counts {
  point: number;
  comma: number;
  both: number;
  /** A value both marks read, but differently. */
  twoFaced: string | null;
}

function countReadings(values: readonly string[]): Counts {
  const counts: Counts = { point: 0, comma: 0, both: 0, twoFaced: null };
  for (const value of values) {
    const point = readAmount(value, 'point');
    const comma = readAmount(value, 'comma');
    if (point !== null) counts.point += 1;
    if (comma !== null) counts.comma += 1;
    if (point === null || comma === null) continue;
    counts.both += 1;
    if (point.decimal !== comma.decimal) counts.twoFaced ??= value;
  }
  return counts;
}

function decideMark(counts: Counts): DecimalMark | null {
  const pointOnly = counts.point - counts.both;
  const commaOnly = counts.comma - counts.both;
  if (pointOnly === 0 && commaOnly === 0) return counts.twoFaced === null ? 'point' : null;
  if (pointOnly >= commaOnly * fewerFailuresFactor) return 'point';
  return commaOnly >= pointOnly * fewerFailuresFactor ? 'comma' : null;
}

interface Bare {
  readonly body: string;
  readonly isNegative: boolean;
  readonly currency: string | null;
}

const CURRENCY_BY_SYMBOL: Readonly<Record<string, string>> = {
  '€': 'EUR',
  '£': 'GBP',
  '₹': 'INR',
  'Fr.': 'CHF',
  zł: 'PLN',
  Kč: 'CZK',
  Ft: 'HUF',
};
const SIGN_OR_SYMBOL =
  /^(?:US\$|C\$|CA\$|A\$|AU\$|R\$|[€$£¥₹₽₩₺₴₪฿]|[A-Z]{3}(?![A-Za-z])|kr\.?|Fr\.|zł|Kč|Ft|Rs\.?|[-+−(])\s*/u;
const SIGN_OR_SYMBOL_AT_END = /\s*(?:US\$|[€$£¥₹₽₩₺₴₪฿]|(?<![A-Za-z])[A-Z]{3}|kr\.?|Fr\.|zł|Kč|Ft|CR|[-−)])$/u;
/** Signs and currencies that may stand around one number. */
const marksAroundMax = 4;

/** Takes currency, minus signs and brackets off, from either end. */
function takeOffSigns(text: string): Bare | null {
  let body = text
    .replace(/[\u00a0\u2007\u2009\u202f]/g, ' ')
    .replace(/[’`´]/g, "'")
    .trim();
  let currency: string | null = null;
  let isNegative = false;
  let brackets = 0;
  for (let round = 0; round < marksAroundMax; round += 1) {
    const mark = (SIGN_OR_SYMBOL.exec(body) ?? SIGN_OR_SYMBOL_AT_END.exec(body))?.[0] ?? '';
    if (mark === '') break;
    const sign = mark.trim();
    if (/^[A-Z]{3}$/.test(sign) && !isCurrency(sign)) return null;
    currency ??= CURRENCY_BY_SYMBOL[sign] ?? (isCurrency(sign) ? sign : null);
    isNegative ||= /^(?:[-−(]|CR)$/.test(sign);
    if (sign === '(' || sign === ')') brackets += sign === '(' ? 1 : -1;
    body = body.startsWith(mark) ? body.slice(mark.length) : body.slice(0, body.length - mark.length);
    body = body.trim();
  }
  return brackets === 0 ? { body, isNegative, currency } : null;
}

const BODY_WITH_POINT =
  /^(?:(\d+)|([1-9]\d{0,2}(?:([,' ])\d{3}(?:\3\d{3})*))|([1-9]\d?(?:,\d{2})+,\d{3}))?(?:\.(\d+))?$/;
const BODY_WITH_COMMA = /^(?:(\d+)|([1-9]\d{0,2}(?:([.' ])\d{3}(?:\3\d{3})*)))?(?:,(\d+))?$/;

function readBody(body: string, mark: DecimalMark): { decimal: string; group: string; decimals: string } | null {
  const match = (mark === 'point' ? BODY_WITH_POINT : BODY_WITH_COMMA).exec(body);
  if (match === null || body === '') return null;
  const decimals = match[mark === 'point' ? 5 : 4] ?? '';
  const indian = mark === 'point' ? match[4] : undefined;
  const whole = (match[1] ?? match[2] ?? indian ?? '0').replace(/\D/g, '').replace(/^0+(?=\d)/, '');
  const group = indian === undefined ? (match[3] ?? '') : ',';
  return { decimal: decimals === '' ? whole : `${whole}.${decimals}`, group, decimals };
}

function labelOf(values: readonly string[], mark: DecimalMark): string {
  const bodies = values.flatMap((value) => {
    const bare = takeOffSigns(value);
    return (bare === null ? null : readBody(bare.body, mark)) ?? [];
  });
  const group = bodies.find((body) => body.group !== '')?.group ?? '';
  const decimals = bodies.some((body) => body.decimals !== '');
  return `1${group}234${decimals ? (mark === 'point' ? '.56' : ',56') : ''}`;
}

function decimalsUnreadable(values: readonly string[]): Refusal {
  const samples = [...new Set(values)].slice(0, 3);
  return {
    kind: 'invalid_input',
    code: 'decimals_unreadable',
    text: `The amounts cannot be read: ${samples.length === 0 ? 'all are blank' : samples.map((each) => `"${each}"`).join(', ')}.`,
    hint: 'Map another column (--map amount=ColumnName), or say the decimal mark (--map decimals=comma|point).',
    details: { samples },
  };
}

function decimalsAmbiguous(sample: string): Refusal {
  const point = readAmount(sample, 'point')?.decimal ?? 'nothing';
  const comma = readAmount(sample, 'comma')?.decimal ?? 'nothing';
  return {
    kind: 'invalid_input',
    code: 'decimals_ambiguous',
    text: `The amounts can be read in two ways: "${sample}" is ${point} with a decimal point and ${comma} with a decimal comma.`,
    hint: 'Say the decimal mark: --map decimals=point or --map decimals=comma.',
    details: { sample },
  };
}
