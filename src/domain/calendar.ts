// Working days and local times of one place: the customer's country and time zone.

import { Temporal } from 'temporal-polyfill';
import { dayOfWeek, fromEpochDay, toEpochDay, type IsoDate } from './dates.ts';

/** What counts as a working day, and which clock hangs on the wall. */
export interface Calendar {
  /** IANA time zone, such as `Europe/Berlin`. */
  readonly zone: string;
  /** Days off every week, 1 = Monday … 7 = Sunday. */
  readonly weekend: ReadonlySet<number>;
  /** Public holidays as ISO dates. */
  readonly holidays: ReadonlySet<IsoDate>;
}

/** Longest run of days off we look across before we call the calendar broken. */
const DAYS_OFF_MAX = 60;
/** Entries kept of the conversions between civil and absolute time, which are pure and slow. */
const CONVERSIONS_KEPT_MAX = 20_000;
const conversions = new Map<string, number>();

/** @returns whether people work on the date. */
export function isWorkingDay(calendar: Calendar, date: IsoDate): boolean {
  return !calendar.weekend.has(dayOfWeek(date)) && !calendar.holidays.has(date);
}

/** The first working day on or after the date. */
export function workingDayOnOrAfter(calendar: Calendar, date: IsoDate): IsoDate {
  const start = toEpochDay(date);
  for (let offset = 0; offset <= DAYS_OFF_MAX; offset += 1) {
    const candidate = fromEpochDay(start + offset);
    if (isWorkingDay(calendar, candidate)) return candidate;
  }
  throw new Error(`defect: no working day within ${String(DAYS_OFF_MAX)} days after ${date}`);
}

/** The n-th working day after the date (n ≥ 1), or the date itself for n = 0. The date itself never counts. */
export function addWorkingDays(calendar: Calendar, date: IsoDate, count: number): IsoDate {
  let day = date;
  for (let left = count; left > 0; left -= 1) day = workingDayOnOrAfter(calendar, fromEpochDay(toEpochDay(day) + 1));
  return day;
}

/** The date on the wall in the zone at the instant (epoch milliseconds). */
export function localDate(zone: string, instant: number): IsoDate {
  // Civil dates change at most every quarter of an hour of absolute time, so conversions repeat and can be kept.
  const quarter = Math.floor(instant / 900_000);
  const epochDay = kept(`d|${zone}|${String(quarter)}`, () =>
    toEpochDay(
      Temporal.Instant.fromEpochMilliseconds(quarter * 900_000)
        .toZonedDateTimeISO(zone)
        .toPlainDate()
        .toString(),
    ),
  );
  return fromEpochDay(epochDay);
}

/** The instant (epoch milliseconds) of a local time `HH:MM` on a date; `24:00` is the next midnight. Gaps of summer time move forward. */
export function localInstant(zone: string, date: IsoDate, time: string): number {
  if (time === '24:00') return localInstant(zone, fromEpochDay(toEpochDay(date) + 1), '00:00');
  return kept(
    `i|${zone}|${date}|${time}`,
    () => Temporal.PlainDate.from(date).toZonedDateTime({ timeZone: zone, plainTime: time }).epochMilliseconds,
  );
}

/** @returns whether the name is an IANA time zone that this runtime knows. */
export function isZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return /^[A-Za-z]/.test(zone);
  } catch {
    return false;
  }
}

function kept(key: string, compute: () => number): number {
  const known = conversions.get(key);
  if (known !== undefined) return known;
  const value = compute();
  if (conversions.size >= CONVERSIONS_KEPT_MAX) conversions.clear();
  conversions.set(key, value);
  return value;
}
