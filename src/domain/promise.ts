// A customer promises to pay an item by a day: what may be promised, until when it counts, and whether it was kept.

import { localInstant, type Calendar } from './calendar.ts';
import { addDays, type IsoDate } from './dates.ts';
import { DAY_ENDS_AT } from './escalation.ts';
import { formatDecimal } from './money.ts';
import { refuse, type Result } from './refusal.ts';

export type PromiseState = 'open' | 'kept' | 'partly_kept' | 'broken' | 'withdrawn';

/** Each state with the ways out of it; a promise begins `open`, and a state without a way out is final. */
export const PROMISE_STATES = {
  open: [
    { to: 'kept', by: 'at least what was promised was paid, or nothing of the item is open' },
    { to: 'partly_kept', by: 'a part was paid when the tolerance had passed' },
    { to: 'broken', by: 'nothing was paid when the tolerance had passed' },
    { to: 'withdrawn', by: 'withdrawn by a person' },
  ],
  kept: [{ to: 'open', by: 'a payment that it counted was taken back' }],
  partly_kept: [{ to: 'open', by: 'a payment that it counted was taken back' }],
  broken: [],
  withdrawn: [],
} as const satisfies Record<PromiseState, readonly { to: PromiseState; by: string }[]>;

/** Days back at which a promise may have been given that is told now. */
export const PROMISE_DAYS_BACK_MAX = 90;
/** Days from the day on which a promise is given to the day that it names. */
export const PROMISE_DAYS_AHEAD_MAX = 180;

/**
 * What became of a promise over `amountMinor` when payments since then are `paidMinor`: all of it kept, something partly kept,
 * nothing broken (SAP, "Evaluating Promises to Pay"). With nothing open any more, by whatever settled it, nobody owes what was
 * promised: kept. `openMinor` is what is open of the item; not given, payments alone count.
 */
export function evaluatePromise(options: {
  amountMinor: number;
  paidMinor: number;
  openMinor?: number;
}): 'kept' | 'partly_kept' | 'broken' {
  if (options.paidMinor >= options.amountMinor || (options.openMinor ?? 1) <= 0) return 'kept';
  return options.paidMinor > 0 ? 'partly_kept' : 'broken';
}

/** The last day on which an open promise keeps its item out of dunning: the promised day and the tolerance in calendar days. */
export function heldUntil(promisedOn: IsoDate, toleranceDays: number): IsoDate {
  return addDays(promisedOn, toleranceDays);
}

/** The instant (epoch milliseconds) at which a promise is evaluated: the evening of the last day that it holds. */
export function evaluateAt(options: { promisedOn: IsoDate; toleranceDays: number; calendar: Calendar }): number {
  return localInstant(options.calendar.zone, heldUntil(options.promisedOn, options.toleranceDays), DAY_ENDS_AT);
}

/**
 * The level of a new promise after the item's latest one (`null`: there was none): one more after a promise that was not kept
 * in full or was replaced while open; after one that was kept, also one for a part of the item, it begins at 1 again (SAP).
 */
export function promiseLevel(previous: { state: PromiseState; level: number } | null): number {
  return previous === null || previous.state === 'kept' ? 1 : previous.level + 1;
}

/** What is asked to be promised of an item of which `openMinor` is open. */
export interface PromiseAsked {
  readonly amountMinor: number;
  readonly openMinor: number;
  readonly currency: string;
  readonly givenOn: IsoDate;
  readonly promisedOn: IsoDate;
  readonly today: IsoDate;
}

/** Whether a promise may be written down: over no more than is open, given lately, for a day that is not too far away. */
export function checkPromise(asked: PromiseAsked): Result<object> {
  const { amountMinor, openMinor, currency } = asked;
  const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
  if (amountMinor <= 0) {
    return refuse({
      kind: 'invalid_input',
      code: 'promise_amount_invalid',
      text: `A promise is over more than nothing, not over ${show(amountMinor)}.`,
      hint: 'Name the amount that the customer promised to pay.',
    });
  }
  if (amountMinor > openMinor) {
    return refuse({
      kind: 'unprocessable',
      code: 'promise_exceeds_open',
      text: `${show(amountMinor)} cannot be promised: ${show(openMinor)} is open.`,
      hint: 'Promise at most what is open of the item; what goes to another item is promised there.',
      details: { amountMinor, openMinor, currency },
    });
  }
  const given = checkGivenOn(asked);
  return given.ok ? checkPromisedOn(asked) : given;
}

function checkGivenOn({ givenOn, today }: PromiseAsked): Result<object> {
  if (givenOn > today) {
    return refuse({
      kind: 'unprocessable',
      code: 'given_in_the_future',
      text: `The promise is dated ${givenOn}, and today is ${today}.`,
      hint: 'Give the day on which the customer gave it.',
    });
  }
  const earliest = addDays(today, -PROMISE_DAYS_BACK_MAX);
  if (givenOn >= earliest) return { ok: true };
  return refuse({
    kind: 'unprocessable',
    code: 'given_too_long_ago',
    text: `The promise is dated ${givenOn}, more than ${String(PROMISE_DAYS_BACK_MAX)} days before today, ${today}.`,
    hint: `Give a day from ${earliest} on, or ask the customer again.`,
    details: { earliest },
  });
}

function checkPromisedOn({ givenOn, promisedOn }: PromiseAsked): Result<object> {
  if (promisedOn < givenOn) {
    return refuse({
      kind: 'unprocessable',
      code: 'promised_before_given',
      text: `The promise names ${promisedOn}, before ${givenOn}, on which it was given.`,
      hint: 'Give a day on or after the one on which the customer gave the promise.',
    });
  }
  const latest = addDays(givenOn, PROMISE_DAYS_AHEAD_MAX);
  if (promisedOn <= latest) return { ok: true };
  return refuse({
    kind: 'unprocessable',
    code: 'promised_too_far_ahead',
    text: `The promise names ${promisedOn}, more than ${String(PROMISE_DAYS_AHEAD_MAX)} days after ${givenOn}, on which it was given.`,
    hint: `Give a day up to ${latest}, or agree on a payment plan.`,
    details: { latest },
  });
}
