// Invoices cut from an order: portions by cumulated quantity, which sum to the order to the cent.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { invoiceAmounts, invoiceNumber, type CarriedLine, type OrderedLine } from '../../src/domain/invoice.ts';
import { formatMillionths, lineNetMinor, parseMillionths, taxMinor } from '../../src/domain/money.ts';
import { changeLines } from '../../src/domain/order-change.ts';

function line(lineNo: number, changes: Partial<OrderedLine> = {}): OrderedLine {
  return {
    ...{ lineNo, itemNumber: `A-${String(lineNo)}`, description: 'Bolt', quantity: '3', unitPrice: '33.333333' },
    ...{ taxCode: 'S', taxRateBp: 1900, netMinor: 10_000, taxMinor: 1_900 },
    ...changes,
  };
}

/** A line of its quantity in millionths, at its price and 19 %. */
function priced(quantity: bigint, unitPrice: string): OrderedLine {
  const netMinor = lineNetMinor({ quantity, unitPrice: parseMillionths(unitPrice) ?? 0n, currency: 'EUR' });
  return line(1, { quantity: formatMillionths(quantity), unitPrice, netMinor, taxMinor: taxMinor(netMinor, 1900) });
}

/** What the invoices of some shipments of a line charge together. */
function ship(ordered: OrderedLine, portions: readonly bigint[], shipped: bigint): { net: number; tax: number } {
  let before = shipped;
  const sums = { net: 0, tax: 0 };
  for (const portion of portions) {
    const carried = { lineNo: 1, quantity: formatMillionths(portion), beforeQuantity: formatMillionths(before) };
    const amounts = invoiceAmounts([ordered], [carried], 'EUR');
    sums.net += amounts.netMinor;
    sums.tax += amounts.taxMinor;
    before += portion;
  }
  return sums;
}

describe('an invoice', () => {
  it('carries the lines of its shipment, numbered anew', () => {
    const amounts = invoiceAmounts(
      [line(1), line(2), line(3)],
      [{ lineNo: 3, quantity: '3', beforeQuantity: '0' }],
      'EUR',
    );
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
        'EUR',
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
          const amounts = invoiceAmounts(ordered, [carried], 'EUR');
          sums.net += amounts.netMinor;
          sums.tax += amounts.taxMinor;
          sums.gross += amounts.grossMinor;
          before += portion;
        }
        assert.deepEqual(sums, { net: netMinor, tax: taxMinor, gross: netMinor + taxMinor });
      }),
    );
  });

  it('sums to the line as it was changed, however it was shipped before and after', () => {
    const cuts = fc.array(fc.bigInt({ min: 1n, max: 10n ** 9n }), { maxLength: 6 });
    const prices = fc.bigInt({ min: 1n, max: 10n ** 9n });
    fc.assert(
      fc.property(cuts, fc.bigInt({ min: 0n, max: 10n ** 9n }), cuts, prices, (shipped, dropped, later, price) => {
        const sum = (portions: readonly bigint[]): bigint => portions.reduce((all, one) => all + one, 0n);
        fc.pre(sum(shipped) + dropped > 0n && sum(later) > 0n);
        const first = priced(sum(shipped) + dropped, '33.333333');
        const billed = ship(first, shipped, 0n);
        const changed = changeLines({
          lines: [
            {
              ...first,
              shippedQuantity: formatMillionths(sum(shipped)),
              isService: false,
              isInvoicedService: false,
              billedNetMinor: billed.net,
              billedTaxMinor: billed.tax,
            },
          ],
          changes: [
            {
              lineNo: 1,
              quantity: formatMillionths(sum(shipped) + sum(later)),
              unitPrice: formatMillionths(price),
            },
          ],
          currency: 'EUR',
        });
        // A line whose value rounds to nothing is refused; it is not what this is about.
        fc.pre(changed.ok && changed.lines.length === 1);
        const after = { ...first, ...(changed.ok ? changed.lines[0] : undefined) };
        const rest = ship(after, later, sum(shipped));
        assert.equal(billed.net + rest.net, after.netMinor);
        assert.equal(billed.tax + rest.tax, after.taxMinor);
      }),
    );
  });

  it('charges what is beyond the order at its price and tax rate, on top of what is left of the line', () => {
    const part = (quantity: string, beforeQuantity: string): number[] => {
      const amounts = invoiceAmounts([line(1)], [{ lineNo: 1, quantity, beforeQuantity }], 'EUR');
      return [amounts.netMinor, amounts.taxMinor, amounts.grossMinor];
    };
    assert.deepEqual(part('5', '0'), [10_000 + 6_667, 1_900 + 1_267, 19_834], 'more than was ordered at once');
    assert.deepEqual(part('2', '2'), [3_333 + 3_333, 633 + 633, 7_932], 'the last of the order and one more');
    assert.deepEqual(part('0.5', '3'), [1_667, 317, 1_984], 'wholly beyond, rounded half away from zero');
    assert.deepEqual(part('1', '4'), [3_333, 633, 3_966], 'beyond what was beyond before');
  });

  it('charges what is beyond a line that was closed short', () => {
    const closed = line(1, { quantity: '1', netMinor: 3_333, taxMinor: 633 });
    const base = { baseQuantity: '1', baseNetMinor: 3_333, baseTaxMinor: 633 };
    const { netMinor, taxMinor } = invoiceAmounts(
      [{ ...closed, ...base }],
      [{ lineNo: 1, quantity: '2', beforeQuantity: '1' }],
      'EUR',
    );
    assert.deepEqual([netMinor, taxMinor], [6_667, 1_267]);
  });

  it('prices what is beyond in the currency of the order', () => {
    const inYen = line(1, { quantity: '1', unitPrice: '100.5', netMinor: 101, taxMinor: 19 });
    const { netMinor } = invoiceAmounts([inYen], [{ lineNo: 1, quantity: '1', beforeQuantity: '1' }], 'JPY');
    assert.equal(netMinor, 101);
  });

  it('sums to the line and what was beyond it, however it was shipped', () => {
    const cuts = fc.array(fc.bigInt({ min: 1n, max: 10n ** 9n }), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(cuts, cuts, (within, beyond) => {
        const whole = within.reduce((sum, portion) => sum + portion, 0n);
        const ordered = priced(whole, '33.333333');
        const extra = beyond.map((portion) => priced(portion, '33.333333'));
        const { net, tax } = ship(ordered, [...within, ...beyond], 0n);
        assert.equal(
          net,
          extra.reduce((sum, one) => sum + one.netMinor, ordered.netMinor),
        );
        assert.equal(
          tax,
          extra.reduce((sum, one) => sum + one.taxMinor, ordered.taxMinor),
        );
      }),
    );
  });

  it('never carries a line of another order, what is no quantity, or a part from before a change', () => {
    const cut = (ordered: OrderedLine, carried: CarriedLine) => (): unknown =>
      invoiceAmounts([ordered], [carried], 'EUR');
    assert.throws(cut(line(1), { lineNo: 2, quantity: '1', beforeQuantity: '0' }), /not of this order/);
    assert.throws(cut(line(1), { lineNo: 1, quantity: 'two', beforeQuantity: '0' }), /not a quantity/);
    assert.throws(
      cut(line(1, { baseQuantity: '2' }), { lineNo: 1, quantity: '1', beforeQuantity: '1' }),
      /before its last change/,
    );
  });

  it('is numbered in its series, also beyond six digits', () => {
    assert.equal(invoiceNumber('INV-', 42), 'INV-000042');
    assert.equal(invoiceNumber('INV-', 1_234_567), 'INV-1234567');
  });
});
