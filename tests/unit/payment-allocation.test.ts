// A payment goes to what its reference names exactly, never further and never to something else.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  allocateByReference,
  checkAllocation,
  numbersIn,
  REFERENCE_NUMBERS_MAX,
  type NamedItem,
} from '../../src/domain/payment-allocation.ts';

function item(itemId: string, changes: Partial<NamedItem> = {}): NamedItem {
  return { itemId, number: `INV-${itemId}`, orderNumber: 'SO-1', dueOn: '2026-02-01', openMinor: 100, ...changes };
}

function shares(amountMinor: number, reference: string, items: readonly NamedItem[]): [Record<string, number>, number] {
  const { allocations, unappliedMinor } = allocateByReference({ amountMinor, reference, items });
  return [Object.fromEntries(allocations.map((one) => [one.itemId, one.amountMinor])), unappliedMinor];
}

describe('the numbers in a reference', () => {
  it('are the whole of it and its parts, once each', () => {
    assert.deepEqual(numbersIn(' INV-1, INV-2;INV-3+INV-1 '), ['INV-1, INV-2;INV-3+INV-1', 'INV-1', 'INV-2', 'INV-3']);
    assert.deepEqual(numbersIn('RE 2026 / 17'), ['RE 2026 / 17', 'RE', '2026', '/', '17']);
    assert.deepEqual(numbersIn('   '), []);
  });

  it('are looked for up to a limit', () => {
    assert.equal(
      numbersIn(Array.from({ length: 500 }, (_, index) => `N${String(index)}`).join(' ')).length,
      REFERENCE_NUMBERS_MAX,
    );
  });
});

describe('a payment', () => {
  it('pays the item it names', () => {
    assert.deepEqual(shares(100, 'INV-1', [item('1'), item('2')]), [{ 1: 100 }, 0]);
  });

  it('pays a part, and leaves the rest open', () => {
    assert.deepEqual(shares(40, 'INV-1', [item('1')]), [{ 1: 40 }, 0]);
  });

  it('leaves what is too much unapplied, also when another item would be open', () => {
    assert.deepEqual(shares(150, 'INV-1', [item('1'), item('2', { orderNumber: 'SO-2' })]), [{ 1: 100 }, 50]);
  });

  it('pays items in the order in which it names them', () => {
    assert.deepEqual(shares(150, 'INV-2 INV-1', [item('1'), item('2')]), [{ 1: 50, 2: 100 }, 0]);
  });

  it('pays the items of an order it names, earliest due first', () => {
    const items = [
      item('1', { dueOn: '2026-03-01' }),
      item('2', { dueOn: '2026-02-01' }),
      item('3', { dueOn: '2026-02-01' }),
    ];
    assert.deepEqual(shares(250, 'SO-1', items), [{ 1: 50, 2: 100, 3: 100 }, 0]);
  });

  it('prefers an item over an order of the same number', () => {
    assert.deepEqual(shares(100, '4711', [item('1', { orderNumber: '4711' }), item('2', { number: '4711' })]), [
      { 2: 100 },
      0,
    ]);
  });

  it('stays unapplied when it names nothing exactly', () => {
    for (const reference of ['', 'inv-1', 'INV-12', 'XINV-1', 'INV'])
      assert.deepEqual(shares(100, reference, [item('1')]), [{}, 100]);
  });

  it('skips what is paid already', () => {
    assert.deepEqual(shares(100, 'INV-1', [item('1', { openMinor: 0 })]), [{}, 100]);
  });

  it('is never more or less than its parts, and no item is paid beyond what is open', () => {
    const items = fc.array(
      fc.record({
        open: fc.nat(1000),
        number: fc.constantFrom('A', 'B', 'C'),
        order: fc.constantFrom('O1', 'O2', null),
      }),
      { maxLength: 8 },
    );
    const reference = fc.array(fc.constantFrom('A', 'B', 'C', 'O1', 'O2', 'X'), { maxLength: 6 });
    fc.assert(
      fc.property(items, reference, fc.integer({ min: 1, max: 5000 }), (drafts, named, amountMinor) => {
        const names: readonly string[] = named;
        const all = drafts.map((draft, index) =>
          item(String(index), { openMinor: draft.open, number: draft.number, orderNumber: draft.order }),
        );
        const { allocations, unappliedMinor } = allocateByReference({
          amountMinor,
          reference: names.join(' '),
          items: all,
        });
        assert.equal(
          allocations.reduce((sum, one) => sum + one.amountMinor, unappliedMinor),
          amountMinor,
        );
        assert.equal(new Set(allocations.map((one) => one.itemId)).size, allocations.length);
        for (const one of allocations) {
          const paid = all[Number(one.itemId)];
          assert.ok(paid !== undefined && one.amountMinor > 0 && one.amountMinor <= paid.openMinor);
          assert.ok(names.includes(paid.number) || (paid.orderNumber !== null && names.includes(paid.orderNumber)));
        }
      }),
    );
  });
});

describe('what a person allocates', () => {
  const ASKED = { askedMinor: null, unappliedMinor: 500, openMinor: 300, number: 'INV-1', currency: 'EUR' };
  const cases: readonly [string, Partial<Parameters<typeof checkAllocation>[0]>, number | string][] = [
    ['is as much as the item takes', {}, 300],
    ['is as much as the payment has', { unappliedMinor: 200 }, 200],
    ['is the amount that is said', { askedMinor: 1 }, 1],
    ['may be all of the item', { askedMinor: 300 }, 300],
    ['is refused a cent above the item', { askedMinor: 301 }, 'allocation_does_not_fit'],
    ['is refused a cent above the payment', { askedMinor: 201, unappliedMinor: 200 }, 'allocation_does_not_fit'],
    ['is refused as nothing', { askedMinor: 0 }, 'allocation_does_not_fit'],
    ['is refused as less than nothing', { askedMinor: -1 }, 'allocation_does_not_fit'],
    ['is refused when nothing of the payment is left', { unappliedMinor: 0 }, 'payment_nothing_left'],
    ['is refused when nothing of the item is open', { openMinor: 0 }, 'item_not_open'],
  ];
  for (const [name, changes, expected] of cases) {
    it(name, () => {
      const fit = checkAllocation({ ...ASKED, ...changes });
      assert.equal(fit.ok ? fit.amountMinor : fit.refusal.code, expected);
    });
  }

  it('is refused with the figures', () => {
    const fit = checkAllocation({ ...ASKED, askedMinor: 301 });
    assert.ok(!fit.ok);
    assert.equal(
      fit.refusal.text,
      '3.01 EUR does not fit: 5.00 EUR of the payment is left, and 3.00 EUR of INV-1 is open.',
    );
  });
});
