// Disputes: reasons with their owners, the clock, what may be contested, and how it ends.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Calendar } from '../../src/domain/calendar.ts';
import {
  checkDispute,
  deductionReason,
  DISPUTE_DAYS_BACK_MAX,
  DISPUTE_OUTCOMES,
  DISPUTE_REASONS,
  DISPUTE_STATES,
  disputeClock,
  isDisputeReason,
  resolveOutcome,
  type DisputeAsked,
  type DisputeOutcome,
} from '../../src/domain/dispute.ts';
import { addDays } from '../../src/domain/dates.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { walkStates } from '../harness/walk-states.ts';

const BERLIN: Calendar = {
  zone: 'Europe/Berlin',
  weekend: new Set([6, 7]),
  holidays: new Set(['2026-04-03', '2026-04-06']),
};
const TODAY = '2026-04-01';

function check(changes: Partial<DisputeAsked>): string {
  const asked: DisputeAsked = {
    amountMinor: 5_000,
    originalMinor: 10_000,
    disputedMinor: 2_000,
    creditedMinor: 3_000,
    currency: 'EUR',
    raisedOn: TODAY,
    today: TODAY,
    reason: 'pricing',
    ...changes,
  };
  const result = checkDispute(asked);
  if (result.ok) return 'ok';
  assert.ok(result.refusal.text !== '' && result.refusal.hint !== '');
  return result.refusal.code;
}

describe('the reasons of disputes', () => {
  it('have an owner who works on disputes', () => {
    const owners: ReadonlySet<string> = new Set(['sales', 'customer_service', 'collector', 'ar_manager']);
    for (const [code, reason] of Object.entries(DISPUTE_REASONS)) assert.ok(owners.has(reason.ownerRole), code);
    assert.equal(DISPUTE_REASONS.pricing.ownerRole, 'sales');
    assert.equal(DISPUTE_REASONS.quantity.ownerRole, 'customer_service');
    assert.equal(DISPUTE_REASONS.tax.ownerRole, 'ar_manager');
  });

  it('have each a code of X12 of their own, or none', () => {
    const codes = Object.values(DISPUTE_REASONS).flatMap((reason) => (reason.x12 === null ? [] : [reason.x12]));
    assert.equal(new Set(codes).size, codes.length);
    for (const code of codes) assert.match(code, /^\d\d$/);
  });

  it('are known by their code only', () => {
    assert.equal(isDisputeReason('volume_rebate'), true);
    for (const text of ['', 'Pricing', 'constructor', '01']) assert.equal(isDisputeReason(text), false, text);
  });
});

describe('the clock of a dispute', () => {
  const clock = (reason: 'pricing' | 'damaged', workingDaysByReason: Record<string, number>): string[] => {
    const rules = { ...POLICY_V1.disputes, workingDaysByReason };
    const { dueAt, escalations } = disputeClock({ reason, raisedOn: '2026-04-01', rules, calendar: BERLIN });
    return [dueAt, ...escalations.map(({ at }) => at)].map((at) => new Date(at).toISOString().slice(0, 16));
  };

  it('runs for the days of the policy, over Easter, with its tiers at half, whole and one and a half', () => {
    const expected = ['2026-04-17T16:00', '2026-04-10T16:00', '2026-04-17T16:00', '2026-04-24T16:00'];
    assert.deepEqual(clock('pricing', {}), expected);
  });

  it('runs for the days of its reason where it has some', () => {
    const expected = ['2026-04-08T16:00', '2026-04-07T16:00', '2026-04-08T16:00', '2026-04-10T16:00'];
    assert.deepEqual(clock('damaged', { damaged: 3 }), expected);
    assert.deepEqual(clock('pricing', { damaged: 3 }), clock('pricing', {}));
  });
});

describe('a dispute', () => {
  const cases: readonly [string, Partial<DisputeAsked>, string][] = [
    ['is opened over all that is left of the item', {}, 'ok'],
    ['is refused a cent above what is left', { amountMinor: 5_001 }, 'dispute_exceeds_item'],
    ['is refused where nothing is left', { amountMinor: 1, disputedMinor: 7_000 }, 'dispute_exceeds_item'],
    ['is opened over a whole item', { amountMinor: 10_000, disputedMinor: 0, creditedMinor: 0 }, 'ok'],
    ['is refused over nothing', { amountMinor: 0 }, 'dispute_amount_invalid'],
    ['is refused over less than nothing', { amountMinor: -1 }, 'dispute_amount_invalid'],
    ['is refused for a reason of its own making', { reason: 'because' }, 'dispute_reason_unknown'],
    ['is refused for the name of a method', { reason: 'toString' }, 'dispute_reason_unknown'],
    ['is refused from tomorrow', { raisedOn: addDays(TODAY, 1) }, 'raised_in_the_future'],
    ['is opened from a year ago', { raisedOn: addDays(TODAY, -DISPUTE_DAYS_BACK_MAX) }, 'ok'],
    ['is refused from before', { raisedOn: addDays(TODAY, -DISPUTE_DAYS_BACK_MAX - 1) }, 'raised_too_long_ago'],
  ];
  for (const [name, changes, expected] of cases) {
    it(name, () => {
      assert.equal(check(changes), expected);
    });
  }

  it('is refused with the figures', () => {
    const result = checkDispute({
      amountMinor: 5_001,
      originalMinor: 10_000,
      disputedMinor: 2_000,
      creditedMinor: 3_000,
      currency: 'EUR',
      raisedOn: TODAY,
      today: TODAY,
      reason: 'tax',
    });
    assert.ok(!result.ok);
    assert.equal(
      result.refusal.text,
      '50.01 EUR cannot be disputed: of 100.00 EUR, 30.00 EUR is credited and 20.00 EUR is disputed, so 50.00 EUR is left.',
    );
    assert.equal(result.refusal.details?.['leftMinor'], 5_000);
  });
});

describe('the outcome of a dispute', () => {
  const cases: readonly [DisputeOutcome, number | null, number | 'refused'][] = [
    ['credit_note', null, 100],
    ['credit_note', 100, 100],
    ['credit_note', 99, 'refused'],
    ['partly', 1, 1],
    ['partly', 99, 99],
    ['partly', 0, 'refused'],
    ['partly', -1, 'refused'],
    ['partly', 100, 'refused'],
    ['partly', null, 'refused'],
    ['rejected', null, 0],
    ['rejected', 0, 0],
    ['rejected', 1, 'refused'],
  ];
  for (const [outcome, creditMinor, expected] of cases) {
    it(`"${outcome}" with ${String(creditMinor)} of 100 gives ${String(expected)}`, () => {
      const result = resolveOutcome({ outcome, amountMinor: 100, creditMinor, currency: 'EUR' });
      if (result.ok) return assert.equal(result.creditMinor, expected);
      assert.equal(expected, 'refused');
      assert.equal(result.refusal.code, 'dispute_credit_invalid');
      assert.match(result.refusal.text, /1\.00 EUR/);
      assert.notEqual(result.refusal.hint, '');
    });
  }

  it('is each of the three at least once above', () => {
    assert.deepEqual([...new Set(cases.map(([outcome]) => outcome))], [...DISPUTE_OUTCOMES]);
  });
});

describe('the states of a dispute', () => {
  it('are all reached, and only what is resolved or withdrawn has no way out', () => {
    const { reached, final } = walkStates(DISPUTE_STATES, 'open');
    assert.deepEqual(reached, Object.keys(DISPUTE_STATES).sort());
    assert.deepEqual(final, ['resolved', 'withdrawn']);
  });
});

describe("a payer's code for a deduction", () => {
  for (const [code, reason] of [
    ['01', 'pricing'],
    ['1', 'pricing'],
    [' 59 ', 'not_received'],
    ['13', 'returned_goods'],
    ['43', 'discount'],
    ['Damaged', 'damaged'],
    ['ZZ', 'other'],
    ['', 'other'],
  ] as const) {
    it(`"${code}" means ${reason}`, () => {
      assert.equal(deductionReason(code), reason);
    });
  }
});
