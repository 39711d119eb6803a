// Laying money on items by hand: what fits, what does not, and what takes another person.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { discountTiers, discountWords } from '../../src/domain/discount-terms.ts';
import { handAllocation, type HandItem, type HandShare } from '../../src/domain/hand-allocation.ts';
import { DEFAULT_MATCHING_POLICY } from '../../src/domain/matching/policy.ts';

const LINE = {
  ...{ amountMinor: 10_000, currency: 'EUR', valueOn: '2026-03-10', instructed: null, chargesMinor: 0 },
};
const item = (id: string, more: Partial<HandItem> = {}): HandItem => ({
  ...{ id, number: `INV-${id}`, side: 'debit', currency: 'EUR', openMinor: 10_000, discounts: [] },
  ...more,
});
const share = (itemId: string, paidMinor: number, more: Partial<HandShare> = {}): HandShare => ({
  ...{ itemId, paidMinor, discountMinor: 0, chargesMinor: 0, toleranceMinor: 0, deductionMinor: 0 },
  ...{ deductionCode: null },
  ...more,
});
const lay = (items: readonly HandItem[], shares: readonly HandShare[], line: Partial<typeof LINE> = {}) =>
  handAllocation({
    ...{ customerId: 'c', line: { ...LINE, ...line }, items, shares, policy: DEFAULT_MATCHING_POLICY },
  });
const codeOf = (result: ReturnType<typeof lay>): string => (result.ok ? 'ok' : result.refusal.code);

describe('laying money on items by hand', () => {
  it('puts what the shares leave on the account', () => {
    const result = lay([item('1')], [share('1', 4_000)]);
    assert.ok(result.ok);
    assert.equal(result.allocation.onAccountMinor, 6_000);
    assert.equal(result.allocation.shares[0]?.leftMinor, 6_000);
  });

  it('refuses what does not fit the items or the money', () => {
    assert.equal(codeOf(lay([item('1')], [share('1', 10_001)])), 'allocation_does_not_fit');
    assert.equal(codeOf(lay([item('1')], [share('1', 0)])), 'allocation_does_not_fit');
    assert.equal(codeOf(lay([item('1')], [share('1', -1)])), 'allocation_does_not_fit');
    assert.equal(codeOf(lay([item('1')], [share('2', 1)])), 'item_unknown');
    assert.equal(codeOf(lay([item('1')], [share('1', 1), share('1', 1)])), 'item_twice');
    assert.equal(codeOf(lay([item('1'), item('2')], [share('1', 9_000), share('2', 9_000)])), 'amount_exceeds_line');
    assert.equal(codeOf(lay([item('1', { currency: 'USD' })], [share('1', 1)])), 'currency_differs');
    const deduction = share('1', 9_000, { deductionMinor: 1_001, deductionCode: 'pricing' });
    assert.equal(codeOf(lay([item('1')], [deduction])), 'allocation_does_not_fit');
  });

  it('uses a credit against what the other shares pay, and no more', () => {
    const items = [item('1', { openMinor: 12_000 }), item('2', { side: 'credit', openMinor: 2_000 })];
    const result = lay(items, [share('1', 12_000), share('2', -2_000)]);
    assert.ok(result.ok);
    assert.equal(result.allocation.onAccountMinor, 0);
    assert.equal(codeOf(lay(items, [share('2', -2_000)])), 'allocation_does_not_fit');
    assert.equal(codeOf(lay(items, [share('1', 1_000), share('2', -2_000)])), 'allocation_does_not_fit');
  });

  it('lets off what was agreed or is tolerated, and no more', () => {
    const discounts = discountTiers([{ days: 10, percentBp: 200 }], { issuedOn: '2026-03-01', openMinor: 10_000 });
    const agreed = [item('1', { discounts })];
    const taken = lay(agreed, [share('1', 9_800, { discountMinor: 200 })]);
    assert.ok(taken.ok);
    assert.equal(taken.allocation.shares[0]?.isDiscountLate, false);
    const late = lay(agreed, [share('1', 9_800, { discountMinor: 200 })], { valueOn: '2026-03-20' });
    assert.equal(late.ok && late.allocation.shares[0]?.isDiscountLate, true);
    assert.equal(codeOf(lay(agreed, [share('1', 9_799, { discountMinor: 201 })])), 'above_authority');
    assert.equal(codeOf(lay([item('1')], [share('1', 9_900, { toleranceMinor: 100 })])), 'ok');
    assert.equal(codeOf(lay([item('1')], [share('1', 9_899, { toleranceMinor: 101 })])), 'above_authority');
    assert.equal(codeOf(lay([item('1')], [share('1', 9_500, { chargesMinor: 500 })])), 'above_authority');
    assert.equal(codeOf(lay([item('1')], [share('1', 9_500, { chargesMinor: 500 })], { chargesMinor: 500 })), 'ok');
  });

  it('sums to the money to the cent, and never takes more of an item than is open', () => {
    const shares = fc.array(fc.tuple(fc.nat(20_000), fc.nat(200)), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(shares, fc.integer({ min: 1, max: 40_000 }), (asked, amountMinor) => {
        const items = asked.map((_, index) => item(String(index)));
        const laid = asked.map(([paid, tolerance], index) => share(String(index), paid, { toleranceMinor: tolerance }));
        const result = lay(items, laid, { amountMinor });
        if (!result.ok) return;
        const { shares: made, onAccountMinor } = result.allocation;
        assert.equal(
          made.reduce((sum, one) => sum + one.paidMinor, onAccountMinor),
          amountMinor,
        );
        assert.ok(onAccountMinor >= 0 && made.every(({ leftMinor }) => leftMinor >= 0));
      }),
    );
  });
});

describe('an agreed discount', () => {
  it('is a share of what is open, rounded half up, good until its day', () => {
    const terms = [
      { days: 7, percentBp: 300 },
      { days: 14, percentBp: 150 },
    ];
    assert.deepEqual(discountTiers(terms, { issuedOn: '2026-02-25', openMinor: 10_050 }), [
      { until: '2026-03-04', amountMinor: 302 },
      { until: '2026-03-11', amountMinor: 151 },
    ]);
    assert.deepEqual(discountTiers(terms, { issuedOn: '2026-02-25', openMinor: 1 }), [], 'nothing of a cent');
    assert.equal(discountWords(terms, '2026-02-25'), '3 % until 2026-03-04, 1.5 % until 2026-03-11');
  });
});
