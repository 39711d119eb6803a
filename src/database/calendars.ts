// Working calendars by country, kept as rows so that a newer holiday library cannot change what was planned.

import Holidays from 'date-holidays';
import { createRequire } from 'node:module';
import type { Calendar } from '../domain/calendar.ts';
import { weekendOf } from '../domain/weekends.ts';
import type { Db, Tx } from './client.ts';

/** Years a calendar may span; a due date further away is a mistake that the doors refuse. */
const YEARS_MAX = 60;
const YEARS_AHEAD = 2;

const { version } = createRequire(import.meta.url)('date-holidays/package.json') as { version: string };
const source = `date-holidays ${version}, public holidays`;

interface CountryYears {
  readonly weekend: readonly number[];
  readonly holidays: readonly string[];
}
/** Rows never change once written (the application may not update them), so each process reads them once. */
const rowsRead = new Map<string, CountryYears>();
const compiled = new Map<string, Calendar>();

/** @returns whether we know the public holidays of the country (ISO 3166 alpha-2). */
export function hasHolidays(country: string): boolean {
  return Object.hasOwn(new Holidays().getCountries(), country);
}

/**
 * The calendar of a country and zone from the year of `from` to two years after `now`.
 *
 * @param options.from ISO date from which working days may be counted
 * @param options.now business time, epoch milliseconds
 */
export async function calendarOf(
  db: Db | Tx,
  options: { country: string; zone: string; from: string; now: number },
): Promise<Calendar> {
  const last = new Date(options.now).getUTCFullYear() + YEARS_AHEAD;
  const first = Math.max(Math.min(Number(options.from.slice(0, 4)), last - YEARS_AHEAD) - 1, last - YEARS_MAX);
  const key = `${options.country}|${options.zone}|${String(first)}|${String(last)}`;
  const ready = compiled.get(key);
  if (ready !== undefined) return ready;

  const years = await Promise.all(
    Array.from({ length: last - first + 1 }, (_, index) => countryYear(db, options.country, first + index)),
  );
  const calendar: Calendar = {
    zone: options.zone,
    weekend: new Set(years.flatMap((year) => year.weekend)),
    holidays: new Set(years.flatMap((year) => year.holidays)),
  };
  compiled.set(key, calendar);
  return calendar;
}

/** The calendar of a country as the holiday library has it today, without a database: for a dry run. */
export function libraryCalendar(options: {
  country: string;
  zone: string;
  firstYear: number;
  lastYear: number;
}): Calendar {
  const { country, zone, firstYear, lastYear } = options;
  const years = Array.from({ length: Math.min(lastYear - firstYear, YEARS_MAX) + 1 }, (_, index) => firstYear + index);
  return {
    zone,
    weekend: new Set(weekendOf(country)),
    holidays: new Set(years.flatMap((year) => publicHolidays(country, year))),
  };
}

async function countryYear(db: Db | Tx, country: string, year: number): Promise<CountryYears> {
  const key = `${country}|${String(year)}`;
  const ready = rowsRead.get(key);
  if (ready !== undefined) return ready;
  const read = async (): Promise<CountryYears | undefined> =>
    db
      .selectFrom('calendar_year')
      .select(['weekend', 'holidays'])
      .where('country', '=', country)
      .where('year', '=', year)
      .executeTakeFirst();
  let row = await read();
  if (row === undefined) {
    const holidays = publicHolidays(country, year);
    await db
      .insertInto('calendar_year')
      .values({ country, year, weekend: [...weekendOf(country)], holidays, source })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    row = (await read()) ?? { weekend: weekendOf(country), holidays };
  }
  rowsRead.set(key, row);
  return row;
}

function publicHolidays(country: string, year: number): string[] {
  const dates = new Holidays(country)
    .getHolidays(year)
    .filter((holiday) => holiday.type === 'public')
    .flatMap((holiday) => daysOf(holiday.date.slice(0, 10), holiday.start, holiday.end));
  return [...new Set(dates)].sort();
}

/** A holiday may span several days; its text date is the first of them in the country's own time. */
function daysOf(first: string, start: Date, end: Date): string[] {
  const count = Math.max(1, Math.round((end.getTime() - start.getTime()) / 86_400_000));
  return Array.from({ length: count }, (_, index) =>
    new Date(Date.parse(`${first}T00:00:00Z`) + index * 86_400_000).toISOString().slice(0, 10),
  );
}
