// A payment plan: an item is paid in instalments, and stays out of dunning as long as each comes on time.

import { localDate, localInstant, type Calendar } from './calendar.ts';
import { addDays, type IsoDate } from './dates.ts';
import { DAY_ENDS_AT } from './escalation.ts';
import { formatDecimal, minorUnits } from './money.ts';
import { refuse, type Result } from './refusal.ts';

export type PlanState = 'active' | 'kept' | 'broken' | 'cancelled';

/** Each state with the ways out of it; a plan begins `active`, and a state without a way out is final. */
export const PLAN_STATES = {
  active: [
    { to: 'kept', by: 'every instalment was paid, or nothing of the item is open' },
    { to: 'broken', by: 'an instalment was not paid in full when its tolerance had passed' },
    { to: 'cancelled', by: 'cancelled by a person' },
  ],
  kept: [],
  broken: [],
  cancelled: [],
} as const satisfies Record<PlanState, readonly { to: PlanState; by: string }[]>;

export const INSTALMENTS_PER_PLAN_MAX = 60;
/** Days from today to the last instalment: as many months as there may be instalments. */
export const PLAN_DAYS_MAX = 31 * INSTALMENTS_PER_PLAN_MAX;

export interface Instalment {
  readonly dueOn: IsoDate;
  readonly amountMinor: number;
}

/** What is asked to be paid in instalments of an item of which `openMinor` is open. */
export interface PlanAsked {
  readonly instalments: readonly Instalment[];
  readonly openMinor: number;
  readonly currency: string;
  readonly today: IsoDate;
}

/** Whether a plan may be agreed on: 1 to 60 instalments above nothing on rising days from today on, which sum to what is open. */
export function checkPlan(asked: PlanAsked): Result<object> {
  const { instalments, openMinor, currency } = asked;
  if (instalments.length === 0 || instalments.length > INSTALMENTS_PER_PLAN_MAX) {
    return refuse({
      kind: 'unprocessable',
      code: 'plan_instalments_out_of_range',
      text: `A plan has 1 to ${String(INSTALMENTS_PER_PLAN_MAX)} instalments, not ${String(instalments.length)}.`,
      hint: 'Split what is open into fewer, larger instalments, or into at least one.',
      details: { instalments: instalments.length, instalmentsMax: INSTALMENTS_PER_PLAN_MAX },
    });
  }
  const days = checkDays(asked);
  if (!days.ok) return days;

  const show = (minor: number | bigint): string => `${formatDecimal(minor, currency)} ${currency}`;
  const empty = instalments.find((instalment) => instalment.amountMinor <= 0);
  if (empty !== undefined) {
    return refuse({
      kind: 'invalid_input',
      code: 'plan_amount_invalid',
      text: `An instalment is more than nothing, and the one of ${empty.dueOn} is ${show(empty.amountMinor)}.`,
      hint: 'Leave the instalment out, or give it an amount.',
    });
  }
  // Amounts come from outside, and sixty safe integers may sum to one that is not.
  const sumMinor = instalments.reduce((sum, instalment) => sum + BigInt(instalment.amountMinor), 0n);
  if (sumMinor === BigInt(openMinor)) return { ok: true };
  return refuse({
    kind: 'unprocessable',
    code: 'plan_does_not_sum',
    text: `The instalments sum to ${show(sumMinor)}, and ${show(openMinor)} is open.`,
    hint: 'Let the instalments sum to what is open, to the last minor unit.',
    details: { sumMinor: String(sumMinor), openMinor, currency },
  });
}

function checkDays({ instalments, today }: PlanAsked): Result<object> {
  const latest = addDays(today, PLAN_DAYS_MAX);
  let before: IsoDate | null = null;
  for (const { dueOn } of instalments) {
    if (before !== null && dueOn <= before) {
      return refuse({
        kind: 'unprocessable',
        code: 'plan_dates_not_rising',
        text: `The instalment of ${dueOn} follows the one of ${before}.`,
        hint: 'List the instalments by their days, at most one a day.',
      });
    }
    if (dueOn < today) {
      return refuse({
        kind: 'unprocessable',
        code: 'plan_begins_in_the_past',
        text: `The instalment of ${dueOn} lies before today, ${today}.`,
        hint: 'Let the first instalment be due today or later.',
      });
    }
    if (dueOn > latest) {
      return refuse({
        kind: 'unprocessable',
        code: 'plan_too_long',
        text: `The instalment of ${dueOn} lies more than ${String(PLAN_DAYS_MAX)} days after today, ${today}.`,
        hint: `Let the last instalment be due on ${latest} at the latest.`,
        details: { latest },
      });
    }
    before = dueOn;
  }
  return { ok: true };
}

/** The instant (epoch milliseconds) at which a plan is evaluated on a day: its evening, as a promise is. */
export function planEvaluatedAt(day: IsoDate, calendar: Calendar): number {
  return localInstant(calendar.zone, day, DAY_ENDS_AT);
}

/** The latest day whose evening has come: what is paid until then counts for it, so this is the `today` of `planStanding`. */
export function planDay(calendar: Calendar, now: number): IsoDate {
  const today = localDate(calendar.zone, now);
  return now >= planEvaluatedAt(today, calendar) ? today : addDays(today, -1);
}

export type PlanStanding =
  | { readonly state: 'kept' }
  /** `missingMinor` is what should have been paid by now and was not, `dueOn` the first instalment that is not covered. */
  | { readonly state: 'broken'; readonly missingMinor: number; readonly dueOn: IsoDate }
  /** `nextOn` lies after `today`: on it the plan is evaluated next. */
  | { readonly state: 'active'; readonly nextOn: IsoDate };

/**
 * How an active plan stands on the evening of `today` (see `planDay`). `paidMinor` is what was paid since the plan began; it covers the
 * instalments in their order. An instalment has to be covered on its due date and the tolerance in calendar days.
 */
export function planStanding(options: {
  instalments: readonly Instalment[];
  paidMinor: number;
  openMinor: number;
  today: IsoDate;
  toleranceDays: number;
}): PlanStanding {
  const { instalments, paidMinor, openMinor, today, toleranceDays } = options;
  if (openMinor <= 0) return { state: 'kept' };
  let expectedMinor = 0;
  let missed: IsoDate | null = null;
  for (const { dueOn, amountMinor } of instalments) {
    const lastDay = addDays(dueOn, toleranceDays);
    const isDue = lastDay <= today;
    if (!isDue && missed !== null) break;
    expectedMinor = minorUnits(expectedMinor + amountMinor);
    if (expectedMinor <= paidMinor) continue;
    if (!isDue) return { state: 'active', nextOn: lastDay };
    missed ??= dueOn;
  }
  if (missed === null) return { state: 'kept' };
  // A credit note may have lowered the item since, and nobody owes more than is open.
  return { state: 'broken', missingMinor: Math.min(openMinor, expectedMinor - paidMinor), dueOn: missed };
}
