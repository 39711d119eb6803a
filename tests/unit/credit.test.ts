// The credit decision: what passes, what is held, what is rejected, and with which figures.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decideCredit, totalExposureMinor, type CreditDecision } from '../../src/domain/credit.ts';

const EXPOSURE = { openItemsMinor: 60_000, unbilledOrdersMinor: 30_000, unappliedCashMinor: 10_000 };

function decide(changes: Partial<Parameters<typeof decideCredit>[0]>): CreditDecision {
  return decideCredit({
    orderMinor: 20_000,
    exposure: EXPOSURE,
    limitMinor: 100_000,
    currency: 'EUR',
    isBlocked: false,
    rules: { rejectAbovePercent: 200, holdWorkingDays: 5 },
    ...changes,
  });
}

describe('the credit decision', () => {
  it('counts open items and unbilled orders, less cash not yet applied', () => {
    assert.equal(totalExposureMinor(EXPOSURE), 80_000);
  });

  const cases: readonly [string, Partial<Parameters<typeof decideCredit>[0]>, CreditDecision['outcome']][] = [
    ['passes an order that reaches the limit exactly', {}, 'approved'],
    ['holds an order a cent above the limit', { orderMinor: 20_001 }, 'held'],
    ['holds an order that reaches the share of rejection exactly', { orderMinor: 120_000 }, 'held'],
    ['rejects an order a cent above that share', { orderMinor: 120_001 }, 'rejected'],
    [
      'always holds where no share is set',
      { orderMinor: 10 ** 12, rules: { rejectAbovePercent: null, holdWorkingDays: 5 } },
      'held',
    ],
    ['passes everything where no limit is kept', { orderMinor: 10 ** 12, limitMinor: null }, 'approved'],
    ['rejects a blocked customer, also without a limit', { isBlocked: true, limitMinor: null }, 'rejected'],
    ['rejects everything but nothing at a limit of zero', { limitMinor: 0 }, 'rejected'],
  ];
  for (const [name, changes, outcome] of cases) {
    it(name, () => {
      assert.equal(decide(changes).outcome, outcome);
    });
  }

  it('says why with the figures', () => {
    assert.deepEqual(decide({ orderMinor: 20_001 }).reasons, [
      {
        code: 'credit_limit_exceeded',
        text: 'Exposure 800.00 EUR and this order of 200.01 EUR make 1000.01 EUR, 0.01 EUR above the limit of 1000.00 EUR.',
        exposureMinor: 80_000,
        orderMinor: 20_001,
        limitMinor: 100_000,
        currency: 'EUR',
      },
    ]);
    assert.deepEqual(
      decide({ isBlocked: true }).reasons.map((reason) => reason.code),
      ['customer_blocked'],
    );
    assert.deepEqual(decide({}).reasons, []);
  });
});
