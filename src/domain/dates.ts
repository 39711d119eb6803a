// Civil dates as ISO strings (`2026-11-21`), without a time zone and without a clock.

const MS_PER_DAY = 86_400_000;

/** An ISO 8601 calendar date, `YYYY-MM-DD`. */
export type IsoDate = string;

/** Days since 1970-01-01 of a date that `isIsoDate` accepts. @throws a defect on what is no date at all. */
export function toEpochDay(date: IsoDate): number {
  const ms = Date.parse(`${date}T00:00:00Z`);
  if (Number.isNaN(ms)) throw new Error(`defect: "${date}" is not an ISO date`);
  return Math.round(ms / MS_PER_DAY);
}

/** The date that lies `epochDay` days after 1970-01-01. */
export function fromEpochDay(epochDay: number): IsoDate {
  return new Date(epochDay * MS_PER_DAY).toISOString().slice(0, 10);
}

/** @returns whether the text is a real calendar date in ISO form between the years 1900 and 2999 (2026-02-30 is not). */
export function isIsoDate(text: string): boolean {
  if (!/^(?:19|2\d)\d{2}-\d{2}-\d{2}$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().slice(0, 10) === text;
}

/** The date `days` calendar days later (earlier when negative). */
export function addDays(date: IsoDate, days: number): IsoDate {
  return fromEpochDay(toEpochDay(date) + days);
}

/** Calendar days from `from` to `to`; negative when `to` is earlier. */
export function daysBetween(from: IsoDate, to: IsoDate): number {
  return toEpochDay(to) - toEpochDay(from);
}

/** 1 = Monday … 7 = Sunday. */
export function dayOfWeek(date: IsoDate): number {
  return ((((toEpochDay(date) + 3) % 7) + 7) % 7) + 1;
}

/** The first day of the date's month. */
export function firstOfMonth(date: IsoDate): IsoDate {
  return `${date.slice(0, 7)}-01`;
}

/** The last day of the date's month. */
export function lastOfMonth(date: IsoDate): IsoDate {
  return addDays(addMonths(firstOfMonth(date), 1), -1);
}

/** The same day `months` later, or the last day of that month when it is shorter. */
export function addMonths(date: IsoDate, months: number): IsoDate {
  const index = Number(date.slice(0, 4)) * 12 + Number(date.slice(5, 7)) - 1 + months;
  const month = new Date(Date.UTC(Math.floor(index / 12), index % 12, 1)).toISOString().slice(0, 7);
  const nextMonth = new Date(Date.UTC(Math.floor((index + 1) / 12), (index + 1) % 12, 1)).toISOString().slice(0, 10);
  const last = addDays(nextMonth, -1);
  const wanted = `${month}-${date.slice(8, 10)}`;
  return wanted > last ? last : wanted;
}
