// On which day and at which moment a customer's letter of the day goes.

import { addDays, type IsoDate } from './dates.ts';
import { isWorkingDay, localDate, localInstant, workingDayOnOrAfter, type Calendar } from './calendar.ts';
import type { Policy } from './policy.ts';
import { spreadMs } from './spread.ts';

const MS_PER_MINUTE = 60_000;
/** Items are handed in until this long before the window opens, so that the letter finds them all. */
const HAND_IN_MARGIN_MS = 15 * MS_PER_MINUTE;
/** A letter waits this long for the other items of its customer that are due at the same moment. */
export const GATHER_MS = 10_000;

/** The first date on or after `date` on which the policy lets letters go. */
export function sendDayOnOrAfter(policy: Policy, calendar: Calendar, date: IsoDate): IsoDate {
  return policy.sendWindow.days === 'every' ? date : workingDayOnOrAfter(calendar, date);
}

/** @returns whether letters may go on the date at all. */
export function isSendDay(policy: Policy, calendar: Calendar, date: IsoDate): boolean {
  return policy.sendWindow.days === 'every' || isWorkingDay(calendar, date);
}

/** The day of the letter that an item handed in at `now` joins: today while the window is not closed, else the next send day. */
export function letterDay(policy: Policy, calendar: Calendar, now: number): IsoDate {
  const today = localDate(calendar.zone, now);
  const isClosed = now >= localInstant(calendar.zone, today, policy.sendWindow.closes);
  return sendDayOnOrAfter(policy, calendar, isClosed ? addDays(today, 1) : today);
}

/**
 * The instant from which an item is handed to its letter on a day: some time before the window opens, spread like the
 * letters themselves, and never before the day begins.
 */
export function handInAt(policy: Policy, calendar: Calendar, options: { day: IsoDate; key: string }): number {
  const midnight = localInstant(calendar.zone, options.day, '00:00');
  const opens = localInstant(calendar.zone, options.day, policy.sendWindow.opens);
  const latest = Math.max(midnight, opens - HAND_IN_MARGIN_MS);
  const spread = Math.min(policy.sendWindow.spreadMinutes * MS_PER_MINUTE, latest - midnight);
  return latest - spreadMs(options.key, spread);
}

/**
 * The instant at which the letter of a day goes, asked at `now`: its place in the window, or a place in what is left of it,
 * and in any case late enough to gather what is handed in at the same moment.
 */
export function sendAt(
  policy: Policy,
  calendar: Calendar,
  options: { day: IsoDate; key: string; now: number },
): { at: number; closesAt: number } {
  const { day, key, now } = options;
  const opens = localInstant(calendar.zone, day, policy.sendWindow.opens);
  const closesAt = localInstant(calendar.zone, day, policy.sendWindow.closes);
  const spread = Math.min(policy.sendWindow.spreadMinutes * MS_PER_MINUTE, closesAt - opens);
  const place = opens + spreadMs(key, spread);
  // In the last seconds of the window nothing is gathered: to miss the day is worse than to miss an item.
  const soonest = now + GATHER_MS < closesAt ? now + GATHER_MS : now;
  if (place >= now) return { at: Math.max(place, soonest), closesAt };
  // A letter asked for late, say after an import at noon, is spread again, or ten thousand would leave at once.
  return { at: soonest + spreadMs(key, Math.min(spread, closesAt - soonest)), closesAt };
}
