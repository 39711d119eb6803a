// Promises to pay: what may be promised, how long it holds, and whether it was kept.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Calendar } from '../../src/domain/calendar.ts';
import { addDays } from '../../src/domain/dates.ts';
import {
  checkPromise,
  evaluateAt,
  evaluatePromise,
  heldUntil,
  PROMISE_DAYS_AHEAD_MAX,
  PROMISE_DAYS_BACK_MAX,
  PROMISE_STATES,
  promiseLevel,
  type PromiseAsked,
} from '../../src/domain/promise.ts';
import { walkStates } from '../harness/walk-states.ts';

const BERLIN: Calendar = { zone: 'Europe/Berlin', weekend: new Set([6, 7]), holidays: new Set(['2026-04-03']) };
const TODAY = '2026-04-01';
const ASKED: PromiseAsked = {
  amountMinor: 10_000,
  openMinor: 10_000,
  currency: 'EUR',
  givenOn: TODAY,
  promisedOn: '2026-04-10',
  today: TODAY,
};

describe('a promise', () => {
  const back = addDays(TODAY, -PROMISE_DAYS_BACK_MAX);
  const ahead = addDays(TODAY, PROMISE_DAYS_AHEAD_MAX);
  const cases: readonly [string, Partial<PromiseAsked>, string][] = [
    ['may be over all that is open', {}, 'ok'],
    ['may be over a part', { amountMinor: 1 }, 'ok'],
    ['is refused a cent above what is open', { amountMinor: 10_001 }, 'promise_exceeds_open'],
    ['is refused over nothing', { amountMinor: 0 }, 'promise_amount_invalid'],
    ['is refused over less than nothing', { amountMinor: -5 }, 'promise_amount_invalid'],
    ['may be for the day on which it is given', { promisedOn: TODAY }, 'ok'],
    ['is refused for a day before it was given', { promisedOn: '2026-03-31' }, 'promised_before_given'],
    ['is refused from tomorrow', { givenOn: '2026-04-02' }, 'given_in_the_future'],
    ['may be told late, even after its day', { givenOn: back, promisedOn: back }, 'ok'],
    ['is refused when told too late', { givenOn: addDays(back, -1) }, 'given_too_long_ago'],
    ['may be for a day half a year ahead', { promisedOn: ahead }, 'ok'],
    ['is refused for a later one', { promisedOn: addDays(ahead, 1) }, 'promised_too_far_ahead'],
  ];
  for (const [name, changes, expected] of cases) {
    it(name, () => {
      const result = checkPromise({ ...ASKED, ...changes });
      assert.equal(result.ok ? 'ok' : result.refusal.code, expected);
      assert.ok(result.ok || (result.refusal.text !== '' && result.refusal.hint !== ''));
    });
  }

  it('is refused with the figures', () => {
    const result = checkPromise({ ...ASKED, amountMinor: 10_001 });
    assert.ok(!result.ok);
    assert.equal(result.refusal.text, '100.01 EUR cannot be promised: 100.00 EUR is open.');
  });

  it('holds its item for the tolerance in calendar days, also over days off', () => {
    assert.equal(heldUntil('2026-04-02', 3), '2026-04-05');
    assert.equal(heldUntil('2028-02-28', 1), '2028-02-29');
    assert.equal(heldUntil('2026-04-02', 0), '2026-04-02');
  });

  it('is evaluated on the evening of the last day that it holds, by the clock on the wall', () => {
    const at = (promisedOn: string, toleranceDays: number): string =>
      new Date(evaluateAt({ promisedOn, toleranceDays, calendar: BERLIN })).toISOString();
    assert.equal(at('2026-04-02', 3), '2026-04-05T16:00:00.000Z');
    assert.equal(at('2026-03-27', 0), '2026-03-27T17:00:00.000Z');
    assert.equal(at('2026-03-27', 3), '2026-03-30T16:00:00.000Z');
  });
});

describe('the evaluation of a promise', () => {
  for (const [paidMinor, expected] of [
    [-1, 'broken'],
    [0, 'broken'],
    [1, 'partly_kept'],
    [99, 'partly_kept'],
    [100, 'kept'],
    [101, 'kept'],
  ] as const) {
    it(`calls ${String(paidMinor)} of 100 ${expected}`, () => {
      assert.equal(evaluatePromise({ amountMinor: 100, paidMinor }), expected);
    });
  }

  it('calls it kept when nothing of the item is open, by whatever settled it', () => {
    assert.equal(evaluatePromise({ amountMinor: 100, paidMinor: 0, openMinor: 0 }), 'kept');
    assert.equal(evaluatePromise({ amountMinor: 100, paidMinor: 0, openMinor: 1 }), 'broken');
    assert.equal(evaluatePromise({ amountMinor: 100, paidMinor: 1, openMinor: 1 }), 'partly_kept');
  });
});

describe('the level of a promise', () => {
  it('is one for the first, and for one after a promise that was kept', () => {
    assert.equal(promiseLevel(null), 1);
    assert.equal(promiseLevel({ state: 'kept', level: 4 }), 1);
  });

  it('is one more after any other', () => {
    for (const state of ['open', 'partly_kept', 'broken', 'withdrawn'] as const)
      assert.equal(promiseLevel({ state, level: 2 }), 3, state);
  });
});

describe('the states of a promise', () => {
  it('are all reached, and only what is broken or withdrawn has no way out', () => {
    const { reached, final } = walkStates(PROMISE_STATES, 'open');
    assert.deepEqual(reached, Object.keys(PROMISE_STATES).sort());
    assert.deepEqual(final, ['broken', 'withdrawn']);
  });

  it('have a way to each result of an evaluation', () => {
    const exits: readonly string[] = PROMISE_STATES.open.map((exit) => exit.to);
    for (const paidMinor of [0, 1, 2]) assert.ok(exits.includes(evaluatePromise({ amountMinor: 2, paidMinor })));
  });
});
