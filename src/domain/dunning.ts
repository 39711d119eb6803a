// Which step of dunning an open item takes next, and on which day.

import { addDays, type IsoDate } from './dates.ts';
import { addWorkingDays, localDate, type Calendar } from './calendar.ts';
import { unblockedOnOrAfter, type Block } from './block.ts';
import { letterDay, sendDayOnOrAfter } from './letter-day.ts';
import type { LadderStep, Level, Policy } from './policy.ts';

/** How often an order looks after a letter whose day has passed without an outcome. */
const LATE_LETTER_ASKED_EVERY_MS = 3_600_000;

/** A step that an item took, or is taking. Steps that were dropped before they were sent do not appear. */
export interface StepTaken {
  readonly level: Level;
  /** The customer's local date: of the letter while it waits, of its outcome afterwards. */
  readonly on: IsoDate;
  /** `waiting`: handed to the letter of that day. The rest is closed, and the next step may follow. */
  readonly state: 'waiting' | 'sent' | 'undeliverable' | 'unknown';
}

export interface DunnedItem {
  readonly dueOn: IsoDate;
  readonly openMinor: number;
  readonly steps: readonly StepTaken[];
  readonly blocks: readonly Block[];
}

export type DunningStep =
  | { readonly kind: 'step'; readonly level: Level; readonly on: IsoDate; readonly because: string }
  /** `askAgainAt`: an instant at which the answer may be another one although nobody said a word; `null`: there is none. */
  | { readonly kind: 'wait'; readonly because: string; readonly askAgainAt: number | null }
  | { readonly kind: 'none'; readonly because: string };

/**
 * The next step of one item: the first rung of the ladder not yet taken, no earlier than its day, than the least gap after
 * the step before, than today, and on a day on which letters go and no block holds. The notice lapses on the due date;
 * reminders are never skipped.
 */
export function nextDunningStep(item: DunnedItem, policy: Policy, calendar: Calendar, now: number): DunningStep {
  if (item.openMinor <= 0) return { kind: 'none', because: 'nothing is open' };
  const today = localDate(calendar.zone, now);
  const late = item.steps.find((step) => step.state === 'waiting' && step.on < today);
  if (late !== undefined) {
    // Letters that went on their day tell nobody, so an order that asked before the outcome was written asks again.
    const askAgainAt = (Math.floor(now / LATE_LETTER_ASKED_EVERY_MS) + 1) * LATE_LETTER_ASKED_EVERY_MS;
    const because = `waits for the outcome of the letter of ${late.on} (${late.level})`;
    return { kind: 'wait', because, askAgainAt };
  }

  for (const step of policy.ladder.slice(rungsTaken(item, policy))) {
    const found = dayOf(step, item, policy, calendar, now);
    if (found.kind === 'lapsed') continue;
    return found;
  }
  return { kind: 'none', because: 'every step of the policy was taken' };
}

function rungsTaken(item: DunnedItem, policy: Policy): number {
  const indexes = item.steps.map((taken) => policy.ladder.findIndex((step) => step.level === taken.level));
  return Math.max(-1, ...indexes) + 1;
}

function dayOf(
  step: LadderStep,
  item: DunnedItem,
  policy: Policy,
  calendar: Calendar,
  now: number,
): DunningStep | { kind: 'lapsed' } {
  const planned =
    step.unit === 'calendar' ? addDays(item.dueOn, step.days) : addWorkingDays(calendar, item.dueOn, step.days);
  const last = item.steps.reduce<IsoDate | null>(
    (latest, taken) => (latest === null || taken.on > latest ? taken.on : latest),
    null,
  );
  const afterGap = last === null ? planned : addWorkingDays(calendar, last, policy.gapWorkingDays);
  // A collector's task needs no open window, a letter does.
  const earliest = step.level === 'collector' ? localDate(calendar.zone, now) : letterDay(policy, calendar, now);
  const wanted = [planned, afterGap, earliest].reduce((a, b) => (a > b ? a : b));

  const on = firstFreeDay(wanted, step, item, policy, calendar);
  const hasLapsed = step.level === 'notice' && (on ?? wanted) >= item.dueOn;
  if (hasLapsed) return { kind: 'lapsed' };
  if (on === null) {
    return { kind: 'wait', because: `${step.level} waits: a block without an end holds the item`, askAgainAt: null };
  }
  return {
    kind: 'step',
    level: step.level,
    on,
    because: reasonOf({ step, item, policy, planned, afterGap, last, on }),
  };
}

/** The first day from `wanted` on which no block holds and letters go; `null` when a block has no end. */
function firstFreeDay(
  wanted: IsoDate,
  step: LadderStep,
  item: DunnedItem,
  policy: Policy,
  calendar: Calendar,
): IsoDate | null {
  let day = wanted;
  for (let round = 0; round <= 2 * item.blocks.length + 1; round += 1) {
    const free = unblockedOnOrAfter(item.blocks, day);
    if (free === null) return null;
    const sendable = step.level === 'collector' ? free : sendDayOnOrAfter(policy, calendar, free);
    if (sendable === day) return day;
    day = sendable;
  }
  throw new Error('defect: no free day found although every block ends');
}

function reasonOf(options: {
  step: LadderStep;
  item: DunnedItem;
  policy: Policy;
  planned: IsoDate;
  afterGap: IsoDate;
  last: IsoDate | null;
  on: IsoDate;
}): string {
  const { step, item, policy, planned, afterGap, last, on } = options;
  const distance = `${String(Math.abs(step.days))} ${step.unit} days ${step.days < 0 ? 'before' : 'after'} the due date ${item.dueOn}`;
  if (last !== null && afterGap > planned && on >= afterGap) {
    return `${distance}, and at least ${String(policy.gapWorkingDays)} working days after the step of ${last}`;
  }
  return on > planned ? `${distance} (${planned}), and the next day on which it may go` : distance;
}
