// Shares of working days become instants: over weekends, holidays and the change of clocks.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { Calendar } from '../../src/domain/calendar.ts';
import { fromEpochDay, toEpochDay } from '../../src/domain/dates.ts';
import { DAY_ENDS_AT, escalationsOf, firstOwner } from '../../src/domain/escalation.ts';
import { POLICY_V1, type Tier } from '../../src/domain/policy.ts';
import { ROLES } from '../../src/domain/roles.ts';

const BERLIN: Calendar = {
  zone: 'Europe/Berlin',
  weekend: new Set([6, 7]),
  holidays: new Set(['2026-04-03', '2026-04-06', '2026-05-01']),
};
const RIYADH: Calendar = { zone: 'Asia/Riyadh', weekend: new Set([5, 6]), holidays: new Set() };
const APPROVERS = POLICY_V1.credit.approvers;

/** The role and the instant of each escalation, and the deadline, in UTC. */
function plan(tiers: readonly Tier[], workingDays: number, from: string, calendar = BERLIN): string[] {
  const { dueAt, escalations } = escalationsOf({ tiers, workingDays, from, calendar, endsAt: DAY_ENDS_AT });
  const utc = (at: number): string => new Date(at).toISOString().slice(0, 16);
  return [...escalations.map(({ role, at }) => `${role} ${utc(at)}`), `due ${utc(dueAt)}`];
}

describe('escalations', () => {
  const cases: readonly [string, readonly string[], readonly string[]][] = [
    [
      'come on the evenings of their working days',
      plan(POLICY_V1.disputes.tiers, 10, '2026-02-02'),
      [
        'ar_manager 2026-02-09T17:00',
        'treasurer 2026-02-16T17:00',
        'executive 2026-02-23T17:00',
        'due 2026-02-16T17:00',
      ],
    ],
    [
      'round a share of days up, and skip Easter',
      plan(APPROVERS, 5, '2026-04-02'),
      ['ar_manager 2026-04-09T16:00', 'executive 2026-04-10T16:00', 'due 2026-04-13T16:00'],
    ],
    [
      'count from a day off to the next working days',
      plan(APPROVERS, 2, '2026-04-04'),
      ['ar_manager 2026-04-07T16:00', 'executive 2026-04-08T16:00', 'due 2026-04-08T16:00'],
    ],
    [
      'stay on the wall clock when it changes',
      plan([{ role: 'executive', afterPercent: 50 }], 2, '2026-03-26'),
      ['executive 2026-03-27T17:00', 'due 2026-03-30T16:00'],
    ],
    [
      'know the weekend of their country',
      plan(APPROVERS, 3, '2026-04-01', RIYADH),
      ['ar_manager 2026-04-05T15:00', 'executive 2026-04-06T15:00', 'due 2026-04-06T15:00'],
    ],
    [
      'fall together where there is one day only',
      plan(APPROVERS, 1, '2026-04-30'),
      ['ar_manager 2026-05-04T16:00', 'executive 2026-05-04T16:00', 'due 2026-05-04T16:00'],
    ],
    ['are none without tiers', plan([], 1, '2026-02-02'), ['due 2026-02-03T17:00']],
  ];
  for (const [name, given, expected] of cases) {
    it(name, () => {
      assert.deepEqual(given, expected);
    });
  }

  it('rise, leave out the first owner, and stand on the same side of the deadline as their share', () => {
    const tier = fc.record({ role: fc.constantFrom(...ROLES), afterPercent: fc.nat(200) });
    const from = fc.integer({ min: toEpochDay('2026-01-01'), max: toEpochDay('2026-12-31') }).map(fromEpochDay);
    fc.assert(
      fc.property(fc.array(tier, { maxLength: 5 }), fc.nat(30), from, (tiers, workingDays, day) => {
        const asked = { tiers, workingDays, from: day, calendar: BERLIN, endsAt: DAY_ENDS_AT };
        const { dueAt, escalations } = escalationsOf(asked);
        const shares = tiers.map((one) => one.afterPercent).filter((percent) => percent > 0);
        shares.sort((a, b) => a - b);
        assert.equal(escalations.length, shares.length);
        for (const [index, { at }] of escalations.entries()) {
          assert.ok(at >= (escalations[index - 1]?.at ?? 0));
          assert.ok((shares[index] ?? 0) <= 100 ? at <= dueAt : at >= dueAt);
        }
      }),
    );
  });
});

describe('the first owner', () => {
  it('is the tier that begins at once', () => {
    assert.equal(firstOwner(APPROVERS), 'credit_analyst');
    assert.equal(firstOwner([...APPROVERS].reverse()), 'credit_analyst');
  });

  it('is nobody where every tier comes later', () => {
    assert.equal(firstOwner(POLICY_V1.disputes.tiers), null);
  });
});
