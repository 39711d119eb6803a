// How an answer for a bank line is planned against the items as they are now.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { planLine, type LinePlan, type PlannedLine, type PostableItem } from '../../src/domain/line-plan.ts';
import type { Allocation, ItemShare } from '../../src/domain/matching/types.ts';
import { share } from '../harness/post-line.ts';

const line: PlannedLine = { currency: 'EUR', amountMinor: 10_000, chargesMinor: 0, instructed: null };

function item(itemId: string, more: Partial<PostableItem> = {}): PostableItem {
  return {
    ...{ itemId, number: itemId.toUpperCase(), customerId: 'payer', parentId: null, side: 'debit', currency: 'EUR' },
    openMinor: 10_000,
    ...more,
  };
}

const credit = (itemId: string, more: Partial<PostableItem> = {}) => item(itemId, { side: 'credit', ...more });

function allocation(shares: readonly ItemShare[], onAccountMinor = 0): Allocation {
  return { customerId: 'payer', shares, onAccountMinor };
}

function planned(of: Allocation, items: readonly PostableItem[], by = line): LinePlan {
  const result = planLine(by, of, items);
  if (!result.ok) throw new Error(result.refusal.text);
  return result.plan;
}

function refused(of: Allocation, items: readonly PostableItem[]): { code: string; text: string } {
  const result = planLine(line, of, items);
  if (result.ok) throw new Error('it was planned');
  return result.refusal;
}

describe('an answer', () => {
  it('lays the money on its items, and the rest on account', () => {
    const plan = planned(allocation([share('a', 6_000), share('b', 3_000)], 1_000), [item('a'), item('b')]);
    assert.deepEqual(plan, {
      ...{ currency: 'EUR', amountMinor: 10_000, onAccountMinor: 1_000, credits: [] },
      cash: [
        { itemId: 'a', amountMinor: 6_000 },
        { itemId: 'b', amountMinor: 3_000 },
      ],
    });
  });

  it('takes credit off the largest item of its customer first', () => {
    const items = [item('a'), item('b', { openMinor: 20_000 }), credit('n')];
    const plan = planned(allocation([share('a', 4_000), share('b', 9_000), share('n', -3_000)]), items);
    assert.deepEqual(plan.credits, [{ creditItemId: 'n', debitItemId: 'b', amountMinor: 3_000 }]);
    assert.deepEqual(plan.cash, [
      { itemId: 'a', amountMinor: 4_000 },
      { itemId: 'b', amountMinor: 6_000 },
    ]);
  });

  it('uses a child’s credit for the child, however large the payer’s own item is', () => {
    const child = { customerId: 'child', parentId: 'payer' };
    const items = [item('a', { openMinor: 50_000 }), item('b', child), credit('n', child)];
    const plan = planned(allocation([share('a', 7_000), share('b', 5_000), share('n', -2_000)]), items);
    assert.deepEqual(plan.credits, [{ creditItemId: 'n', debitItemId: 'b', amountMinor: 2_000 }]);
  });

  it('is over what was sent where banks told their charges', () => {
    const charged = { ...line, amountMinor: 9_900, chargesMinor: 100 };
    assert.equal(planned(allocation([share('a', 10_000)]), [item('a')], charged).amountMinor, 10_000);
  });

  it('is in the items’ currency where that is what was instructed', () => {
    const foreign = { ...line, instructed: { currency: 'USD', amountMinor: 11_000 } };
    const plan = planned(
      allocation([share('a', 11_000)]),
      [item('a', { currency: 'USD', openMinor: 11_000 })],
      foreign,
    );
    assert.deepEqual([plan.currency, plan.amountMinor], ['USD', 11_000]);
  });

  for (const [why, of, items] of [
    ['less is open', allocation([share('a', 10_000)]), [item('a', { openMinor: 9_999 })]],
    ['its reductions do not fit', allocation([share('a', 10_000, { discountMinor: 1 })]), [item('a')]],
    [
      'less credit is open',
      allocation([share('a', 10_000), share('n', -1)], 1),
      [item('a'), credit('n', { openMinor: 0 })],
    ],
    ['an item is gone', allocation([share('a', 10_000)]), []],
    ['it belongs to somebody else', allocation([share('a', 10_000)]), [item('a', { customerId: 'other' })]],
    [
      'currencies differ',
      allocation([share('a', 5_000), share('b', 5_000)]),
      [item('a'), item('b', { currency: 'USD' })],
    ],
  ] as const) {
    it(`is refused when ${why}`, () => {
      assert.equal(refused(of, items).code, 'item_changed');
    });
  }

  it('says in its refusal what is open and what was to be settled', () => {
    const { text } = refused(allocation([share('a', 10_000)]), [item('a', { openMinor: 2_500 })]);
    assert.equal(text, 'Of A, 25.00 EUR is open, and 100.00 EUR was to be settled.');
  });

  for (const [why, of, items] of [
    ['does not sum to the line', allocation([share('a', 9_999)]), [item('a')]],
    ['names an item twice', allocation([share('a', 5_000), share('a', 5_000)]), [item('a')]],
    [
      'uses more credit than it settles',
      allocation([share('a', 100), share('n', -200)], 10_100),
      [item('a'), credit('n')],
    ],
    ['pays a credit', allocation([share('n', 10_000)]), [credit('n')]],
  ] as const) {
    it(`is a defect when it ${why}`, () => {
      assert.throws(() => planLine(line, of, items), /^Error: defect/);
    });
  }
});

describe('any answer that adds up', () => {
  it('settles each share with money and credit, to the cent', () => {
    const amount = fc.integer({ min: 1, max: 1_000_000 });
    const random = fc.record({
      debits: fc.array(amount, { minLength: 1, maxLength: 8 }),
      credits: fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 5 }),
      onAccountMinor: fc.nat(1_000),
    });
    fc.assert(
      fc.property(random, ({ debits, credits: parts, onAccountMinor }) => {
        const sum = debits.reduce((all, one) => all + one, 0);
        // As much credit as leaves something to pay.
        const used = parts.map((part) => Math.floor((sum * part) / 100 / parts.length)).filter((one) => one > 0);
        const amountMinor = sum - used.reduce((all, one) => all + one, 0) + onAccountMinor;
        fc.pre(amountMinor > 0);
        const shares = [
          ...debits.map((minor, at) => share(`d${String(at)}`, minor)),
          ...used.map((minor, at) => share(`c${String(at)}`, -minor)),
        ];
        const items = shares.map(({ itemId, paidMinor }) =>
          item(itemId, { side: paidMinor > 0 ? 'debit' : 'credit', openMinor: Math.abs(paidMinor) }),
        );
        const plan = planned(allocation(shares, onAccountMinor), items, { ...line, amountMinor });
        for (const { itemId, paidMinor } of shares) {
          const cash = plan.cash.filter((one) => one.itemId === itemId).map((one) => one.amountMinor);
          const cleared = plan.credits.filter((one) => one.creditItemId === itemId || one.debitItemId === itemId);
          const settled = [...cash, ...cleared.map((one) => one.amountMinor)].reduce((all, one) => all + one, 0);
          assert.equal(settled, Math.abs(paidMinor));
        }
        assert.ok(plan.cash.every((one) => one.amountMinor > 0) && plan.credits.every((one) => one.amountMinor > 0));
        assert.equal(
          plan.cash.reduce((all, one) => all + one.amountMinor, onAccountMinor),
          amountMinor,
        );
      }),
    );
  });
});
