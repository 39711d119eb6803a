// Payment plans: what may be agreed on, and on which day one is kept, broken or looked at again.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { localInstant, type Calendar } from '../../src/domain/calendar.ts';
import { addDays } from '../../src/domain/dates.ts';
import {
  checkPlan,
  INSTALMENTS_PER_PLAN_MAX,
  PLAN_DAYS_MAX,
  PLAN_STATES,
  planDay,
  planEvaluatedAt,
  planStanding,
  type Instalment,
  type PlanAsked,
  type PlanStanding,
} from '../../src/domain/payment-plan.ts';
import { walkStates } from '../harness/walk-states.ts';

const TODAY = '2026-04-01';
const THREE: readonly Instalment[] = [
  { dueOn: '2026-04-10', amountMinor: 100 },
  { dueOn: '2026-05-10', amountMinor: 100 },
  { dueOn: '2026-06-10', amountMinor: 50 },
];

/** `count` instalments of one minor unit, a day apart, the first one today. */
function daily(count: number): Instalment[] {
  return Array.from({ length: count }, (_, index) => ({ dueOn: addDays(TODAY, index), amountMinor: 1 }));
}

describe('a plan', () => {
  const last = (dueOn: string): Instalment[] => [...THREE.slice(0, 2), { dueOn, amountMinor: 50 }];
  const cases: readonly [string, Partial<PlanAsked>, string][] = [
    ['may be agreed on when it sums to what is open', {}, 'ok'],
    ['may have one instalment', { instalments: daily(1), openMinor: 1 }, 'ok'],
    ['may have sixty', { instalments: daily(INSTALMENTS_PER_PLAN_MAX), openMinor: INSTALMENTS_PER_PLAN_MAX }, 'ok'],
    [
      'is refused with more',
      { instalments: daily(INSTALMENTS_PER_PLAN_MAX + 1), openMinor: INSTALMENTS_PER_PLAN_MAX + 1 },
      'plan_instalments_out_of_range',
    ],
    ['is refused with none', { instalments: [], openMinor: 0 }, 'plan_instalments_out_of_range'],
    ['is refused a cent below what is open', { openMinor: 251 }, 'plan_does_not_sum'],
    ['is refused a cent above it', { openMinor: 249 }, 'plan_does_not_sum'],
    ['is refused with two instalments on a day', { instalments: last('2026-05-10') }, 'plan_dates_not_rising'],
    ['is refused out of order', { instalments: last('2026-04-20') }, 'plan_dates_not_rising'],
    ['is refused when it began yesterday', { today: '2026-04-11' }, 'plan_begins_in_the_past'],
    ['may begin today', { today: '2026-04-10' }, 'ok'],
    ['may last five years', { instalments: last(addDays(TODAY, PLAN_DAYS_MAX)) }, 'ok'],
    ['is refused when it lasts longer', { instalments: last(addDays(TODAY, PLAN_DAYS_MAX + 1)) }, 'plan_too_long'],
    ...[0, -50].map((amountMinor): [string, Partial<PlanAsked>, string] => [
      `is refused with an instalment of ${String(amountMinor)}`,
      { instalments: [...THREE.slice(0, 2), { dueOn: '2026-06-10', amountMinor }], openMinor: 200 + amountMinor },
      'plan_amount_invalid',
    ]),
  ];
  for (const [name, changes, expected] of cases) {
    it(name, () => {
      const result = checkPlan({ instalments: THREE, openMinor: 250, currency: 'EUR', today: TODAY, ...changes });
      assert.equal(result.ok ? 'ok' : result.refusal.code, expected);
      assert.ok(result.ok || (result.refusal.text !== '' && result.refusal.hint !== ''));
    });
  }

  it('is refused with the figures, also those beyond the safe integers', () => {
    const text = (instalments: readonly Instalment[]): string => {
      const result = checkPlan({ instalments, openMinor: 300, currency: 'EUR', today: TODAY });
      return result.ok ? 'ok' : result.refusal.text;
    };
    assert.equal(text(THREE), 'The instalments sum to 2.50 EUR, and 3.00 EUR is open.');
    const huge = THREE.map((instalment) => ({ ...instalment, amountMinor: Number.MAX_SAFE_INTEGER }));
    assert.match(text(huge), /sum to 270215977642229\.73 EUR/);
  });
});

describe('the standing of a plan', () => {
  const cases: readonly [string, [paid: number, open: number, today: string], PlanStanding][] = [
    ['waits for the first instalment and its tolerance', [0, 250, TODAY], { state: 'active', nextOn: '2026-04-13' }],
    ['still waits on the day before that ends', [99, 151, '2026-04-12'], { state: 'active', nextOn: '2026-04-13' }],
    [
      'is broken on the last day without the money',
      [99, 151, '2026-04-13'],
      { state: 'broken', missingMinor: 1, dueOn: '2026-04-10' },
    ],
    [
      'waits for the second when the first is covered',
      [100, 150, '2026-04-13'],
      { state: 'active', nextOn: '2026-05-13' },
    ],
    ['counts money ahead of its day', [200, 50, '2026-04-02'], { state: 'active', nextOn: '2026-06-13' }],
    ['is kept when every instalment is covered', [250, 0, '2026-04-02'], { state: 'kept' }],
    ['is kept when nothing is open, whoever settled it', [0, 0, '2026-12-31'], { state: 'kept' }],
    ['is kept when all was paid though more is open', [250, 30, '2026-12-31'], { state: 'kept' }],
    [
      'misses all that should have come when nobody looked for long',
      [30, 220, '2026-05-20'],
      { state: 'broken', missingMinor: 170, dueOn: '2026-04-10' },
    ],
    [
      'misses no more than is open after a credit note',
      [100, 40, '2026-05-13'],
      { state: 'broken', missingMinor: 40, dueOn: '2026-05-10' },
    ],
    [
      'is broken by a payment that went back',
      [-20, 270, '2026-04-13'],
      { state: 'broken', missingMinor: 120, dueOn: '2026-04-10' },
    ],
  ];
  for (const [name, [paidMinor, openMinor, today], expected] of cases) {
    it(name, () => {
      assert.deepEqual(planStanding({ instalments: THREE, paidMinor, openMinor, today, toleranceDays: 3 }), expected);
    });
  }

  const plans = fc
    .array(fc.record({ gap: fc.integer({ min: 1, max: 40 }), amountMinor: fc.integer({ min: 1, max: 500 }) }), {
      minLength: 1,
      maxLength: 12,
    })
    .map((drafts) => {
      let dueOn = TODAY;
      return drafts.map(({ gap, amountMinor }): Instalment => {
        dueOn = addDays(dueOn, gap);
        return { dueOn, amountMinor };
      });
    });

  it('is kept by all of the money, and otherwise just what the instalments due so far say', () => {
    fc.assert(
      fc.property(plans, fc.nat(6000), fc.nat(500), fc.nat(10), (instalments, paid, days, toleranceDays) => {
        const totalMinor = instalments.reduce((sum, one) => sum + one.amountMinor, 0);
        const paidMinor = Math.min(paid, totalMinor);
        const openMinor = totalMinor - paidMinor;
        const today = addDays(TODAY, days);
        const standing = planStanding({ instalments, paidMinor, openMinor, today, toleranceDays });
        const dueMinor = instalments
          .filter((one) => addDays(one.dueOn, toleranceDays) <= today)
          .reduce((sum, one) => sum + one.amountMinor, 0);
        if (openMinor === 0) return assert.equal(standing.state, 'kept');
        assert.equal(standing.state, dueMinor > paidMinor ? 'broken' : 'active');
        if (standing.state === 'broken') assert.equal(standing.missingMinor, dueMinor - paidMinor);
        // What waits waits for a day to come, so nobody asks the same day twice.
        if (standing.state === 'active') assert.ok(standing.nextOn > today);
      }),
    );
  });

  it('ends when it is looked at on each day that it names, after as many looks as it has instalments', () => {
    fc.assert(
      fc.property(
        plans,
        fc.array(fc.nat(600), { maxLength: 12 }),
        fc.nat(10),
        (instalments, payments, toleranceDays) => {
          const totalMinor = instalments.reduce((sum, one) => sum + one.amountMinor, 0);
          let paidMinor = 0;
          let today = TODAY;
          for (let look = 0; look <= instalments.length; look += 1) {
            const openMinor = totalMinor - paidMinor;
            const standing = planStanding({ instalments, paidMinor, openMinor, today, toleranceDays });
            if (standing.state !== 'active') return;
            today = standing.nextOn;
            paidMinor = Math.min(totalMinor, paidMinor + (payments[look] ?? 0));
          }
          assert.fail('the plan never ended');
        },
      ),
    );
  });
});

describe('the day of a plan', () => {
  const BERLIN: Calendar = { zone: 'Europe/Berlin', weekend: new Set([6, 7]), holidays: new Set() };
  const day = (date: string, time: string): string => planDay(BERLIN, localInstant(BERLIN.zone, date, time));

  it('is over in the evening, so that money of the last day counts', () => {
    assert.equal(new Date(planEvaluatedAt('2026-04-13', BERLIN)).toISOString(), '2026-04-13T16:00:00.000Z');
    assert.equal(planDay(BERLIN, planEvaluatedAt('2026-04-13', BERLIN)), '2026-04-13');
    assert.equal(day('2026-04-13', '17:59'), '2026-04-12');
    assert.equal(day('2026-04-13', '00:00'), '2026-04-12');
    assert.equal(day('2026-04-13', '23:59'), '2026-04-13');
  });
});

describe('the states of a plan', () => {
  it('are all reached, and only an active one has ways out', () => {
    const { reached, final } = walkStates(PLAN_STATES, 'active');
    assert.deepEqual(reached, Object.keys(PLAN_STATES).sort());
    assert.deepEqual(final, ['broken', 'cancelled', 'kept']);
  });
});
