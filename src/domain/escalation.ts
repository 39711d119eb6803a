// When something that waits is handed up: from the shares of its working days to instants on a clock.

import { addWorkingDays, localInstant, type Calendar } from './calendar.ts';
import type { IsoDate } from './dates.ts';
import type { Tier } from './policy.ts';
import type { Role } from './roles.ts';

/** Local time at which a working day ends where nothing else is said: deadlines are met or missed then. */
export const DAY_ENDS_AT = '18:00';

/** From this instant on the role is asked as well. */
export interface Escalation {
  readonly role: Role;
  /** Epoch milliseconds of business time. */
  readonly at: number;
}

/** Who has something first: the tier that begins at once. @returns `null` when every tier comes later. */
export function firstOwner(tiers: readonly Tier[]): Role | null {
  return tiers.find((tier) => tier.afterPercent === 0)?.role ?? null;
}

/**
 * The deadline of something that has `workingDays` from the day `from` on, and its escalations, earliest first. A share of the time is
 * rounded up to whole working days and ends at the local time `endsAt` (`HH:MM`). A tier at 0 % is the first owner and no escalation;
 * one above 100 % comes after the deadline.
 */
export function escalationsOf(options: {
  tiers: readonly Tier[];
  workingDays: number;
  from: IsoDate;
  calendar: Calendar;
  endsAt: string;
}): { dueAt: number; escalations: readonly Escalation[] } {
  const { workingDays, from, calendar, endsAt } = options;
  const instantAt = (percent: number): number => {
    const days = Math.ceil((workingDays * percent) / 100);
    return localInstant(calendar.zone, addWorkingDays(calendar, from, days), endsAt);
  };
  const escalations = options.tiers
    .filter((tier) => tier.afterPercent > 0)
    .sort((a, b) => a.afterPercent - b.afterPercent)
    .map((tier): Escalation => ({ role: tier.role, at: instantAt(tier.afterPercent) }));
  return { dueAt: instantAt(100), escalations };
}
