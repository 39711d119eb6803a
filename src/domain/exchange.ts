// What amounts in a foreign currency are in the legal entity's own (base) currency: exact, whole, and the same after an undo.

import { divideHalfUp, exponentOf, minorUnits } from './money.ts';
import { refuse, type Result } from './refusal.ts';

/** Decimal places of a rate at most, as the column keeps them. */
const RATE_DECIMALS_MAX = 10;
/** Digits before the point of a rate at most. */
const RATE_DIGITS_MAX = 10;
/** Days for which a rate counts: a weekend and long holidays, but not a feed that stopped. */
export const RATE_DAYS_MAX = 10;

/** A rate as an exact fraction of whole numbers. */
interface Fraction {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

/**
 * Reads a rate: units of the legal entity's currency for one of the other, a plain decimal above 0.
 *
 * @returns its shortest spelling, by which two rates are compared
 */
export function parseRate(text: string): Result<{ rate: string }> {
  const match = /^(\d{1,20})(?:\.(\d{1,20}))?$/.exec(text);
  const whole = (match?.[1] ?? '').replace(/^0+(?=\d)/, '');
  const decimals = (match?.[2] ?? '').replace(/0+$/, '');
  const fits = match !== null && whole.length <= RATE_DIGITS_MAX && decimals.length <= RATE_DECIMALS_MAX;
  if (!fits || (whole === '0' && decimals === '')) {
    return refuse({
      kind: 'invalid_input',
      code: 'rate_invalid',
      text: `"${text}" is not an exchange rate.`,
      hint: `Write units of the legal entity's currency for one of the other, above 0, with at most ${String(RATE_DECIMALS_MAX)} decimals, such as "0.9213".`,
    });
  }
  return { ok: true, rate: decimals === '' ? whole : `${whole}.${decimals}` };
}

/** The refusal of an amount in a currency for which no rate counts on its day. */
export function rateMissing(asked: {
  legalEntityId: string;
  currency: string;
  baseCurrency: string;
  on: string;
  /** Of the latest rate before, if there is one: it is too old. */
  latestOn: string | null;
}): ReturnType<typeof refuse> {
  const { legalEntityId, currency, baseCurrency, on, latestOn } = asked;
  const latest = latestOn === null ? 'there is none' : `the latest is of ${latestOn}`;
  return refuse({
    kind: 'unprocessable',
    code: 'exchange_rate_missing',
    text: `${legalEntityId} keeps its books in ${baseCurrency} and has no rate of ${currency} for ${on}: ${latest}, and a rate counts for ${String(RATE_DAYS_MAX)} days.`,
    hint: `Send POST /v1/exchange-rates with the rate of ${currency} on ${on} or shortly before, then repeat the request.`,
    details: { currency, baseCurrency, on, latestOn, daysMax: RATE_DAYS_MAX },
  });
}

/** Minor units of the base currency for one minor unit of the other: JPY has no cents, KWD a thousand. */
function minorRate(options: { rate: string; currency: string; baseCurrency: string }): Fraction {
  const parsed = parseRate(options.rate);
  if (!parsed.ok) throw new Error(`defect: ${options.rate} is no rate`);
  const [whole = '', decimals = ''] = parsed.rate.split('.');
  return {
    numerator: BigInt(whole + decimals) * 10n ** BigInt(exponentOf(options.baseCurrency)),
    denominator: 10n ** BigInt(decimals.length + exponentOf(options.currency)),
  };
}

/**
 * The same factor as a decimal, for sums in SQL: `{rate: '0.0061', currency: 'JPY', baseCurrency: 'EUR'}` → `0.61`. Exact, since
 * both exponents are powers of ten.
 */
export function minorFactor(options: { rate: string; currency: string; baseCurrency: string }): string {
  const { numerator, denominator } = minorRate(options);
  const places = denominator.toString().length - 1;
  const digits = numerator.toString().padStart(places + 1, '0');
  const decimals = digits.slice(digits.length - places).replace(/0+$/, '');
  const whole = digits.slice(0, digits.length - places);
  return places === 0 || decimals === '' ? whole : `${whole}.${decimals}`;
}

/**
 * An amount at a rate, halves away from zero: the rule of invoices (`divideHalfUp`), and Postgres' own `round`, so that sums in SQL
 * and here agree. Half even would spare a bias that does not arise: parts are cut from a rounded whole, never rounded one by one.
 */
export function toBase(options: { amountMinor: number; rate: string; currency: string; baseCurrency: string }): number {
  const { numerator, denominator } = minorRate(options);
  return minorUnits(divideHalfUp(BigInt(options.amountMinor) * numerator, denominator));
}

/** Whether an amount at a rate is still a safe integer. */
export function fitsInBase(options: Parameters<typeof toBase>[0]): boolean {
  const { numerator, denominator } = minorRate(options);
  return divideHalfUp(BigInt(options.amountMinor) * numerator, denominator) <= BigInt(Number.MAX_SAFE_INTEGER);
}

/** What a whole item or payment is in base: at least one minor unit, since what is owed is never nothing. */
export function wholeInBase(options: Parameters<typeof toBase>[0]): number {
  return Math.max(1, toBase(options));
}

/** The rate that lies between two amounts, to ten decimals: for showing. What is computed keeps to the amounts. */
export function rateBetween(options: {
  amountMinor: number;
  currency: string;
  baseMinor: number;
  baseCurrency: string;
}): string {
  const scale = 10n ** BigInt(RATE_DECIMALS_MAX);
  const numerator = BigInt(options.baseMinor) * scale * 10n ** BigInt(exponentOf(options.currency));
  const denominator = BigInt(options.amountMinor) * 10n ** BigInt(exponentOf(options.baseCurrency));
  const digits = divideHalfUp(numerator, denominator)
    .toString()
    .padStart(RATE_DECIMALS_MAX + 1, '0');
  const decimals = digits.slice(-RATE_DECIMALS_MAX).replace(/0+$/, '');
  const whole = digits.slice(0, -RATE_DECIMALS_MAX);
  return decimals === '' ? whole : `${whole}.${decimals}`;
}

/** A whole with its amount in base: an item's original amount, or a payment's. */
export interface Whole {
  readonly amountMinor: number;
  readonly baseMinor: number;
}

/**
 * What a part of a whole is in base. Every balance of items and payments is valued by this alone, so that what moves is the
 * difference of two such values: the parts sum to the whole in any order, and an undo brings back what was.
 */
export function shareOf({ amountMinor, baseMinor }: Whole, partMinor: number): number {
  if (amountMinor === baseMinor) return partMinor;
  return minorUnits(divideHalfUp(BigInt(baseMinor) * BigInt(partMinor), BigInt(amountMinor)));
}

/** An item that an entry moves, as it stood before. */
export interface HeldItem extends Whole {
  readonly currency: string;
  readonly side: 'debit' | 'credit';
  readonly openMinor: number;
}

/** A payment that an entry moves, as it stood before. */
export interface HeldPayment extends Whole {
  readonly currency: string;
  readonly unappliedMinor: number;
  /** Returned and refunded together. */
  readonly goneMinor: number;
}

/** A line of an entry that is to be valued. */
export interface UnvaluedLine {
  readonly account: string;
  /** Debits positive, credits negative. */
  readonly amountMinor: number;
  readonly currency: string;
  readonly itemId: string | null;
  readonly paymentId: string | null;
  /** What the line is in base where somebody knows better, such as the bank. */
  readonly baseMinor: number | null;
}

/** All that the value of an entry's lines depends on. */
export interface Valuation {
  readonly baseCurrency: string;
  /** Of the lines that stand for nothing that has a value already; `null`: what the others leave (see `valueLines`). */
  readonly rate: string | null;
  /** Whether the entry gives money of a payment back: its clearing line then counts from the payment's other end. */
  readonly givesBack: boolean;
  readonly items: ReadonlyMap<string, HeldItem>;
  readonly payments: ReadonlyMap<string, HeldPayment>;
}

/**
 * Values the lines of one entry in base:
 *
 * 1. a line in the base currency is its amount, and a line with `baseMinor` that;
 * 2. a line on an item takes the item's share along, one on `unapplied_cash` the payment's, and a line with a payment on a clearing
 *    account or on `exchange` the payment's share of its amount;
 * 3. a line on `exchange` takes what the entry's other lines on `exchange` carry, so that the account is left with nothing; where
 *    none has a value, what the lines of its currency leave;
 * 4. all other lines: by the rate when there is one; beside a single item that moves, by the item's own rate, whatever its balance,
 *    so that taking a discount or write-off back gives exactly what it took; else what the valued lines of the currency leave,
 *    cut by amount (the revenue and tax of an invoice).
 *
 * @returns the lines' base amounts in their order, and what balances them: more than 0 is a realised loss, less a gain
 * @throws a defect where a line's value cannot be known
 */
export function valueLines(
  lines: readonly UnvaluedLine[],
  valuation: Valuation,
): { bases: number[]; differenceMinor: number } {
  const rows = knownRows(lines, valuation);
  valueByRate(rows, valuation);
  valueExchange(rows);
  valueOthers(rows, valuation);
  valueExchange(rows);
  const bases = rows.map(({ line, base }) => {
    if (base === null) throw new Error(`defect: a line on ${line.account} has no value in the base currency`);
    return base;
  });
  return { bases, differenceMinor: minorUnits(-sumOf(rows)) };
}

/** A line on its way to its value. */
interface Row {
  readonly line: UnvaluedLine;
  base: number | null;
}

function sumOf(rows: readonly Row[]): number {
  return rows.reduce((sum, { base }) => sum + (base ?? 0), 0);
}

/** Steps 1 and 2. An item or payment that several lines move is followed from one to the next. */
function knownRows(lines: readonly UnvaluedLine[], valuation: Valuation): Row[] {
  const items = new Map(valuation.items);
  const payments = new Map(valuation.payments);
  return lines.map((line) => {
    const { itemId, paymentId } = line;
    const share =
      itemId !== null
        ? moveItem(items, itemId, line)
        : paymentId !== null
          ? movePayment(payments, paymentId, { line, givesBack: valuation.givesBack })
          : null;
    const base = line.currency === valuation.baseCurrency ? line.amountMinor : (line.baseMinor ?? share);
    return { line, base };
  });
}

function moveItem(items: Map<string, HeldItem>, itemId: string, { amountMinor }: UnvaluedLine): number {
  const item = items.get(itemId);
  if (item === undefined) throw new Error(`defect: item ${itemId} was not read`);
  const sign = item.side === 'debit' ? 1 : -1;
  const openMinor = item.openMinor + sign * amountMinor;
  items.set(itemId, { ...item, openMinor });
  return minorUnits(sign * (shareOf(item, openMinor) - shareOf(item, item.openMinor)));
}

function movePayment(
  payments: Map<string, HeldPayment>,
  paymentId: string,
  { line, givesBack }: { line: UnvaluedLine; givesBack: boolean },
): number | null {
  const { amountMinor, account } = line;
  const payment = payments.get(paymentId);
  if (payment === undefined) throw new Error(`defect: payment ${paymentId} was not read`);
  if (account === 'unapplied_cash') {
    const unappliedMinor = payment.unappliedMinor - amountMinor;
    payments.set(paymentId, { ...payment, unappliedMinor });
    return minorUnits(shareOf(payment, payment.unappliedMinor) - shareOf(payment, unappliedMinor));
  }
  if (!account.startsWith('clearing:') && account !== 'exchange') return null;
  if (!givesBack) return shareOf(payment, amountMinor);
  // What is gone is counted from the payment's other end: when all that was not allocated is gone, nothing is left behind.
  const goneMinor = payment.goneMinor - amountMinor;
  payments.set(paymentId, { ...payment, goneMinor });
  const kept = (gone: number): number => shareOf(payment, payment.amountMinor - gone);
  return minorUnits(kept(goneMinor) - kept(payment.goneMinor));
}

function valueByRate(rows: readonly Row[], { rate, baseCurrency }: Valuation): void {
  if (rate === null) return;
  for (const row of rows) {
    const { account, amountMinor, currency } = row.line;
    if (row.base === null && account !== 'exchange') row.base = toBase({ amountMinor, rate, currency, baseCurrency });
  }
}

/** Step 3. What one exchange line learns may value the next: as many rounds as there are such lines are always enough. */
function valueExchange(rows: readonly Row[]): void {
  const exchange = rows.filter(({ line }) => line.account === 'exchange');
  for (let round = 0; round < exchange.length; round += 1) {
    const unknown = exchange.filter(({ base }) => base === null);
    const [only] = unknown;
    if (only === undefined) return;
    if (unknown.length === 1 && exchange.length > 1) {
      only.base = minorUnits(-sumOf(exchange));
      return;
    }
    const ready = unknown.find((row) => inCurrency(rows, row).every((other) => other === row || other.base !== null));
    if (ready === undefined) return;
    ready.base = minorUnits(-sumOf(inCurrency(rows, ready)));
  }
}

function inCurrency(rows: readonly Row[], { line: { currency } }: Row): Row[] {
  return rows.filter(({ line }) => line.currency === currency);
}

/** Step 4, one currency after the other. The lines are cut one after the other from one whole, so that no cent arises between them. */
function valueOthers(rows: readonly Row[], valuation: Valuation): void {
  for (const row of rows) {
    if (row.base !== null || row.line.account === 'exchange') continue;
    const group = inCurrency(rows, row);
    const open = group.filter(({ line, base }) => base === null && line.account !== 'exchange');
    const whole = wholeOf(group, open, valuation);
    let before = 0;
    for (const one of open) {
      const after = before + one.line.amountMinor;
      one.base = minorUnits(shareOf(whole, after) - shareOf(whole, before));
      before = after;
    }
  }
}

/** What the lines without a value are cut from: their single item, what the valued lines leave, or the first thing that has a rate. */
function wholeOf(group: readonly Row[], open: readonly Row[], valuation: Valuation): Whole {
  const held = new Set(group.flatMap(({ line }) => valuation.items.get(line.itemId ?? '') ?? []));
  const paid = new Set(group.flatMap(({ line }) => valuation.payments.get(line.paymentId ?? '') ?? []));
  const [item] = held;
  if (item !== undefined && held.size === 1 && paid.size === 0) return item;
  const amountMinor = minorUnits(-open.reduce((sum, { line }) => sum + line.amountMinor, 0));
  if (amountMinor !== 0) {
    const baseMinor = sumOf(group);
    return amountMinor > 0
      ? { amountMinor, baseMinor }
      : { amountMinor: -amountMinor, baseMinor: minorUnits(-baseMinor) };
  }
  const [first] = [...held, ...paid];
  if (first === undefined)
    throw new Error('defect: an entry in a foreign currency without an item or payment needs its rate');
  return first;
}
