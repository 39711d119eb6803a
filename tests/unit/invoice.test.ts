// Invoices cut from an order: portions by cumulated quantity, which sum to the order to the cent.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { invoiceAmounts, invoiceNumber, type CarriedLine, type OrderedLine } from '../../src/domain/invoice.ts';
import { formatMillionths } from '../../src/domain/money.ts';

function line(lineNo: number, changes: Partial<OrderedLine> = {}): OrderedLine {
  return {
    ...{ lineNo, itemNumber: `A-${String(lineNo)}`, description: 'Bolt', quantity: '3', unitPrice: '33.333333' },
    ...{ taxCode: 'S', taxRateBp: 1900, netMinor: 10_000, taxMinor: 1_900 },
    ...changes,
  };
}

describe('an invoice', () => {
  it('carries the lines of its shipment, numbered anew', () => {
    const amounts = invoiceAmounts([line(1), line(2), line(3)], [{ lineNo: 3, quantity: '3', beforeQuantity: '0' }]);
    assert.deepEqual(
      amounts.lines.map(({ position, lineNo, quantity }) => [position, lineNo, quantity]),
      [[1, 3, '3']],
    );
    assert.deepEqual([amounts.netMinor, amounts.taxMinor, amounts.grossMinor], [10_000, 1_900, 11_900]);
  });

  it('gives the cent that does not divide to one of the parts', () => {
    const part = (beforeQuantity: string): number[] => {
      const { netMinor, taxMinor, grossMinor } = invoiceAmounts(
        [line(1)],
        [{ lineNo: 1, quantity: '1', beforeQuantity }],
      );
      return [netMinor, taxMinor, grossMinor];
    };
    assert.deepEqual(
      [part('0'), part('1'), part('2')],
      [
        [3333, 633, 3966],
        [3334, 634, 3968],
        [3333, 633, 3966],
      ],
    );
  });

  it('sums with all others of its order to the order, however it was shipped', () => {
    const cuts = fc.array(fc.bigInt({ min: 1n, max: 10n ** 9n }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(cuts, fc.nat(10 ** 9), fc.nat(10 ** 8), (portions, netMinor, taxMinor) => {
        const whole = portions.reduce((sum, portion) => sum + portion, 0n);
        const ordered = [line(1, { quantity: formatMillionths(whole), netMinor, taxMinor })];
        let before = 0n;
        const sums = { net: 0, tax: 0, gross: 0 };
        for (const portion of portions) {
          const carried: CarriedLine = {
            lineNo: 1,
            quantity: formatMillionths(portion),
            beforeQuantity: formatMillionths(before),
          };
          const amounts = invoiceAmounts(ordered, [carried]);
          sums.net += amounts.netMinor;
          sums.tax += amounts.taxMinor;
          sums.gross += amounts.grossMinor;
          before += portion;
        }
        assert.deepEqual(sums, { net: netMinor, tax: taxMinor, gross: netMinor + taxMinor });
      }),
    );
  });

  it('never carries a line of another order, or more than was ordered', () => {
    assert.throws(
      () => invoiceAmounts([line(1)], [{ lineNo: 2, quantity: '1', beforeQuantity: '0' }]),
      /not of this order/,
    );
    assert.throws(
      () => invoiceAmounts([line(1)], [{ lineNo: 1, quantity: '2', beforeQuantity: '2' }]),
      /inside the whole/,
    );
    assert.throws(
      () => invoiceAmounts([line(1)], [{ lineNo: 1, quantity: 'two', beforeQuantity: '0' }]),
      /not a quantity/,
    );
  });

  it('is numbered in its series, also beyond six digits', () => {
    assert.equal(invoiceNumber('INV-', 42), 'INV-000042');
    assert.equal(invoiceNumber('INV-', 1_234_567), 'INV-1234567');
  });
});
