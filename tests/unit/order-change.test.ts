// An order that changes: what shipped keeps its terms, the rest is priced anew, and nothing falls below what shipped.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { formatMillionths, lineNetMinor, parseMillionths, taxMinor } from '../../src/domain/money.ts';
import {
  changeLines,
  closeShort,
  type ChangeableLine,
  type LineChange,
  type OrderChange,
} from '../../src/domain/order-change.ts';

function line(lineNo: number, changes: Partial<ChangeableLine> = {}): ChangeableLine {
  return {
    ...{ lineNo, quantity: '10', unitPrice: '10', taxRateBp: 1900, netMinor: 10_000, taxMinor: 1_900 },
    ...{ shippedQuantity: '0', isService: false, billedNetMinor: 0, billedTaxMinor: 0, isInvoicedService: false },
    ...changes,
  };
}

/** Four of ten shipped and billed. */
const PART = { shippedQuantity: '4', billedNetMinor: 4_000, billedTaxMinor: 760 };
const WHOLE = { shippedQuantity: '10', billedNetMinor: 10_000, billedTaxMinor: 1_900 };

function change(lines: readonly ChangeableLine[], changes: readonly LineChange[]): OrderChange {
  const result = changeLines({ lines, changes, currency: 'EUR' });
  assert.ok(result.ok, result.ok ? '' : result.refusal.text);
  return result;
}

function refused(lines: readonly ChangeableLine[], changes: readonly LineChange[]): string {
  const result = changeLines({ lines, changes, currency: 'EUR' });
  assert.ok(!result.ok);
  return result.refusal.code;
}

describe('a changed order', () => {
  it('prices a line anew that nothing shipped of', () => {
    const {
      lines,
      netMinor,
      taxMinor: tax,
      grossMinor,
    } = change([line(1), line(2)], [{ lineNo: 2, quantity: '5', unitPrice: '11.5' }]);
    assert.deepEqual(lines, [
      {
        ...{ lineNo: 2, quantity: '5', unitPrice: '11.5', netMinor: 5_750, taxMinor: 1_093 },
        ...{ baseQuantity: '0', baseNetMinor: 0, baseTaxMinor: 0 },
      },
    ]);
    assert.deepEqual([netMinor, tax, grossMinor], [15_750, 2_993, 18_743]);
  });

  it('keeps what shipped at what was billed for it, and prices the rest anew', () => {
    const { lines } = change([line(1, PART)], [{ lineNo: 1, unitPrice: '9' }]);
    assert.deepEqual(lines, [
      {
        ...{ lineNo: 1, quantity: '10', unitPrice: '9', netMinor: 4_000 + 5_400, taxMinor: 760 + 1_026 },
        ...{ baseQuantity: '4', baseNetMinor: 4_000, baseTaxMinor: 760 },
      },
    ]);
  });

  it('goes down to what shipped, and then is worth what was billed', () => {
    const { lines, grossMinor } = change([line(1, PART)], [{ lineNo: 1, quantity: '4.000' }]);
    assert.deepEqual(
      [lines[0]?.quantity, lines[0]?.netMinor, lines[0]?.taxMinor, grossMinor],
      ['4', 4_000, 760, 4_760],
    );
  });

  it('may drop a line that nothing shipped of, and take it up again', () => {
    const { lines } = change([line(1), line(2)], [{ lineNo: 2, quantity: '0' }]);
    assert.deepEqual([lines[0]?.quantity, lines[0]?.netMinor, lines[0]?.taxMinor], ['0', 0, 0]);
    const dropped = line(2, { quantity: '0', netMinor: 0, taxMinor: 0 });
    assert.equal(change([line(1), dropped], [{ lineNo: 2, quantity: '1' }]).netMinor, 11_000);
  });

  it('does not round a line anew that stays as it is', () => {
    const odd = line(1, { quantity: '3', unitPrice: '33.333333', netMinor: 10_001 });
    const { lines, netMinor } = change([odd], [{ lineNo: 1, quantity: '3.0', unitPrice: '33.333333' }]);
    assert.deepEqual([lines, netMinor], [[], 10_001]);
  });

  it('may change more of a line of which more was delivered than ordered', () => {
    const beyond = line(1, { shippedQuantity: '12', billedNetMinor: 12_000, billedTaxMinor: 2_280 });
    assert.equal(change([beyond, line(2)], [{ lineNo: 2, quantity: '1' }]).netMinor, 11_000);
    assert.equal(change([beyond], [{ lineNo: 1, quantity: '13' }]).netMinor, 13_000);
    assert.equal(refused([beyond], [{ lineNo: 1, quantity: '11' }]), 'quantity_below_shipped');
  });

  const service = line(2, { isService: true });
  const invoiced = { ...service, isInvoicedService: true, billedNetMinor: 10_000, billedTaxMinor: 1_900 };
  it('changes a service until it is invoiced', () => {
    assert.equal(change([line(1), service], [{ lineNo: 2, quantity: '1' }]).netMinor, 11_000);
    assert.equal(refused([line(1), invoiced], [{ lineNo: 2, quantity: '11' }]), 'service_invoiced');
  });

  const refusals: readonly [string, readonly ChangeableLine[], readonly LineChange[], string][] = [
    ['refuses a line that it has not', [line(1)], [{ lineNo: 2, quantity: '1' }], 'line_unknown'],
    [
      'refuses two changes of one line',
      [line(1)],
      [
        { lineNo: 1, quantity: '1' },
        { lineNo: 1, unitPrice: '1' },
      ],
      'line_twice',
    ],
    [
      'refuses less than what shipped',
      [line(1, PART)],
      [{ lineNo: 1, quantity: '3.999999' }],
      'quantity_below_shipped',
    ],
    ['refuses to drop what shipped', [line(1, PART)], [{ lineNo: 1, quantity: '0' }], 'quantity_below_shipped'],
    ['refuses a price for nothing', [line(1, WHOLE)], [{ lineNo: 1, unitPrice: '9' }], 'price_changes_nothing'],
    [
      'refuses more than can be kept of a line',
      [line(1)],
      [{ lineNo: 1, quantity: '999999999999', unitPrice: '999999999999' }],
      'amount_too_large',
    ],
    [
      'refuses more than can be kept of an order',
      Array.from({ length: 1_000 }, (_, index) => line(index + 1, { netMinor: 10 ** 13, taxMinor: 0 })),
      [{ lineNo: 1, quantity: '11' }],
      'amount_too_large',
    ],
    ['refuses to leave nothing', [line(1)], [{ lineNo: 1, quantity: '0' }], 'order_would_be_empty'],
    ['refuses to be worth nothing', [line(1)], [{ lineNo: 1, unitPrice: '0' }], 'order_without_value'],
  ];
  for (const [name, lines, changes, code] of refusals) {
    it(name, () => {
      assert.equal(refused(lines, changes), code);
    });
  }

  it('comes to what was billed and the rest at its price, whatever shipped', () => {
    const quantities = fc.bigInt({ min: 1n, max: 10n ** 10n });
    fc.assert(
      fc.property(quantities, fc.nat(10 ** 9), quantities, quantities, (shipped, billedNetMinor, rest, price) => {
        const before = line(1, { quantity: '0', shippedQuantity: formatMillionths(shipped), billedNetMinor });
        const quantity = formatMillionths(shipped + rest);
        const [after] = change([before], [{ lineNo: 1, quantity, unitPrice: formatMillionths(price) }]).lines;
        const restNetMinor = lineNetMinor({ quantity: rest, unitPrice: price, currency: 'EUR' });
        assert.equal(after?.netMinor, billedNetMinor + restNetMinor);
        assert.equal(after?.taxMinor, taxMinor(restNetMinor, 1900));
      }),
    );
  });
});

describe('an order that is closed short', () => {
  it('ends each line of goods at what shipped of it, and leaves services alone', () => {
    const lines = [
      line(1, PART),
      line(2),
      line(3, WHOLE),
      line(4, { isService: true }),
      line(5, { shippedQuantity: '11', billedNetMinor: 11_000, billedTaxMinor: 2_090 }),
    ];
    const closed = closeShort(lines);
    assert.ok(closed.ok);
    assert.deepEqual(closed.changes, [
      { lineNo: 1, quantity: '4' },
      { lineNo: 2, quantity: '0' },
    ]);
    assert.equal(change(lines, closed.changes).netMinor, 4_000 + 10_000 + 10_000 + 10_000);
  });

  it('has its end also when nobody was charged for what shipped', () => {
    const waived = [line(1, { shippedQuantity: '4' })];
    const closed = closeShort(waived);
    assert.ok(closed.ok);
    assert.equal(change(waived, closed.changes).grossMinor, 0);
  });

  it('has its end also when only a line that was dropped has shipped', () => {
    const lines = [line(1), line(2, { quantity: '0', netMinor: 0, taxMinor: 0, shippedQuantity: '1' })];
    const closed = closeShort(lines);
    assert.ok(closed.ok);
    assert.deepEqual(
      change(lines, closed.changes).lines.map(({ lineNo, quantity }) => [lineNo, quantity]),
      [[1, '0']],
    );
  });

  const refusals: readonly [string, readonly ChangeableLine[], string][] = [
    ['is refused when all has shipped', [line(1, WHOLE)], 'nothing_to_close'],
    ['is refused when there are services only', [line(1, { isService: true })], 'nothing_to_close'],
    ['is refused when nothing has shipped', [line(1), line(2, { isService: true })], 'nothing_shipped'],
  ];
  for (const [name, lines, code] of refusals) {
    it(name, () => {
      const closed = closeShort(lines);
      assert.ok(!closed.ok);
      assert.equal(closed.refusal.code, code);
    });
  }

  it('awaits no shipment any more', () => {
    const quantities = fc.record({ ordered: fc.nat(5), shipped: fc.nat(6) });
    fc.assert(
      fc.property(fc.array(quantities, { minLength: 1, maxLength: 5 }), (some) => {
        const lines = some.map(({ ordered, shipped }, index) =>
          line(index + 1, {
            quantity: String(ordered),
            shippedQuantity: String(shipped),
            billedNetMinor: shipped * 1_000,
          }),
        );
        const closed = closeShort(lines);
        fc.pre(closed.ok);
        const after = new Map(change(lines, closed.ok ? closed.changes : []).lines.map((one) => [one.lineNo, one]));
        for (const one of lines) {
          const quantity = parseMillionths(after.get(one.lineNo)?.quantity ?? one.quantity) ?? -1n;
          assert.ok(quantity <= (parseMillionths(one.shippedQuantity) ?? -1n));
        }
      }),
    );
  });
});
