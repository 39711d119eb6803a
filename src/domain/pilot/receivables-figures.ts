// The figures of receivables as of a day: open items, ageing, DSO and its relatives, exactly and from plain data.

import { addDays, addMonths, daysBetween, firstOfMonth, type IsoDate } from '../dates.ts';
import { divideHalfUp, minorUnits } from '../money.ts';

/** One invoice and what has been settled of it. A file and the ledger can both be told in this form. */
export interface ReceivableItem {
  readonly invoicedOn: IsoDate;
  readonly dueOn: IsoDate;
  readonly amountMinor: number;
  /** Each takes `amountMinor` off the open amount from the end of its day; a negative one opens it again. */
  readonly settlements: readonly { readonly on: IsoDate; readonly amountMinor: number }[];
}

export type AgeingBucket = 'current' | '1-30' | '31-60' | '61-90' | '91+';
export const AGEING_BUCKETS: readonly AgeingBucket[] = ['current', '1-30', '31-60', '61-90', '91+'];

export interface CountAndAmount {
  readonly count: number;
  readonly amountMinor: number;
}

/** Days and percentages are rounded half up to two decimals; null where the definition divides by zero. */
export interface ReceivablesFigures {
  readonly date: IsoDate;
  readonly open: CountAndAmount;
  readonly ageing: Readonly<Record<AgeingBucket, CountAndAmount>>;
  /** Credit sales of the window and its length, so that a reader can check the rest. */
  readonly window: { readonly from: IsoDate; readonly days: number; readonly salesMinor: number };
  readonly dso: number | null;
  readonly bestPossibleDso: number | null;
  readonly add: number | null;
  readonly cei: number | null;
  readonly countbackDso: number | null;
}

/** Whole months before the month of the as-of day that belong to the window. */
const wholeMonthsBefore = 2;
/** A countback never goes back further than this. */
const countbackMonthsMax = 1200;

/**
 * Figures at the end of the day `asOf`. The window is the month up to that day and the two whole months before. An item due
 * on the day itself is not overdue.
 *
 * DSO = open ÷ sales × days. Best possible DSO = open and not overdue ÷ sales × days. ADD = DSO − best possible DSO.
 * CEI = (open at the window's start + sales − open) ÷ (open at the window's start + sales − open and not overdue) × 100.
 */
export function figuresAsOf(options: { asOf: IsoDate; items: readonly ReceivableItem[] }): ReceivablesFigures {
  const { asOf, items } = options;
  const from = addMonths(firstOfMonth(asOf), -wholeMonthsBefore);
  const days = daysBetween(from, asOf) + 1;
  const ageing = ageingAt(items, asOf);
  const open = sumOf(AGEING_BUCKETS.map((bucket) => ageing[bucket]));
  const openMinor = BigInt(open.amountMinor);
  const currentMinor = BigInt(ageing.current.amountMinor);
  const beginMinor = items.reduce((sum, item) => sum + openAt(item, addDays(from, -1)), 0n);
  const sales = items.filter((item) => item.invoicedOn >= from && item.invoicedOn <= asOf);
  const salesMinor = sales.reduce((sum, item) => sum + BigInt(item.amountMinor), 0n);
  const inDays = (amount: bigint): number | null => ratio(amount * BigInt(days), salesMinor);
  return {
    date: asOf,
    open,
    ageing,
    window: { from, days, salesMinor: minorUnits(salesMinor) },
    dso: inDays(openMinor),
    bestPossibleDso: inDays(currentMinor),
    add: inDays(openMinor - currentMinor),
    cei: ratio((beginMinor + salesMinor - openMinor) * 100n, beginMinor + salesMinor - currentMinor),
    countbackDso: countbackDso({ asOf, items, openMinor }),
  };
}

/** What is open of an item at the end of a day, in minor units. */
function openAt(item: ReceivableItem, date: IsoDate): bigint {
  if (item.invoicedOn > date) return 0n;
  return item.settlements.reduce(
    (open, settlement) => (settlement.on <= date ? open - BigInt(settlement.amountMinor) : open),
    BigInt(item.amountMinor),
  );
}

function ageingAt(items: readonly ReceivableItem[], asOf: IsoDate): Record<AgeingBucket, CountAndAmount> {
  const counts = new Map<AgeingBucket, { count: number; amount: bigint }>();
  for (const item of items) {
    const open = openAt(item, asOf);
    if (open === 0n) continue;
    const bucket = bucketOf(daysBetween(item.dueOn, asOf));
    const before = counts.get(bucket) ?? { count: 0, amount: 0n };
    counts.set(bucket, { count: before.count + 1, amount: before.amount + open });
  }
  const total = (bucket: AgeingBucket): CountAndAmount => {
    const found = counts.get(bucket);
    return { count: found?.count ?? 0, amountMinor: minorUnits(found?.amount ?? 0n) };
  };
  return {
    current: total('current'),
    '1-30': total('1-30'),
    '31-60': total('31-60'),
    '61-90': total('61-90'),
    '91+': total('91+'),
  };
}

/** The bucket of an item so many days past its due date; due today or later is current. */
function bucketOf(daysOverdue: number): AgeingBucket {
  if (daysOverdue <= 0) return 'current';
  if (daysOverdue <= 30) return '1-30';
  if (daysOverdue <= 60) return '31-60';
  return daysOverdue <= 90 ? '61-90' : '91+';
}

function sumOf(parts: readonly CountAndAmount[]): CountAndAmount {
  return {
    count: parts.reduce((sum, part) => sum + part.count, 0),
    amountMinor: minorUnits(parts.reduce((sum, part) => sum + BigInt(part.amountMinor), 0n)),
  };
}

/**
 * Countback DSO: the open amount is used up by the sales of the latest month (up to the as-of day), then of the month
 * before, and so on. A month used up whole counts all its days, the last one the fraction of its sales. A month without
 * sales counts its days while earlier sales exist. When history runs out first, the days so far stand. Null without sales.
 */
function countbackDso(options: { asOf: IsoDate; items: readonly ReceivableItem[]; openMinor: bigint }): number | null {
  const salesByMonth = new Map<IsoDate, bigint>();
  for (const item of options.items) {
    if (item.invoicedOn > options.asOf) continue;
    const month = firstOfMonth(item.invoicedOn);
    salesByMonth.set(month, (salesByMonth.get(month) ?? 0n) + BigInt(item.amountMinor));
  }
  const earliest = [...salesByMonth.keys()].reduce<IsoDate | null>(
    (min, each) => (min === null || each < min ? each : min),
    null,
  );
  if (earliest === null) return null;
  let left = options.openMinor;
  let days = 0;
  let month = firstOfMonth(options.asOf);
  for (let count = 0; left > 0n && month >= earliest && count < countbackMonthsMax; count += 1) {
    const end = count === 0 ? options.asOf : addMonths(month, 1);
    const monthDays = daysBetween(month, end) + (count === 0 ? 1 : 0);
    const sales = salesByMonth.get(month) ?? 0n;
    if (left < sales) return ratio(BigInt(days) * sales + left * BigInt(monthDays), sales);
    left -= sales;
    days += monthDays;
    month = addMonths(month, -1);
  }
  return days;
}

const HUNDREDTHS = 100n;

/** A quotient rounded half up to two decimals, without a float on the way. Null when the denominator is zero. */
function ratio(numerator: bigint, denominator: bigint): number | null {
  if (denominator === 0n) return null;
  const sign = denominator < 0n ? -1n : 1n;
  const hundredths = divideHalfUp(numerator * HUNDREDTHS * sign, denominator * sign);
  // An integer below 2^53 divided by 100 is the nearest number to the decimal, which prints with two decimals at most.
  return Number(hundredths) / 100;
}
