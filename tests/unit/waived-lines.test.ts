// What is left of an order's lines when goods that shipped are never invoiced.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ChangeableLine } from '../../src/domain/order-change.ts';
import { withoutWaived } from '../../src/domain/waived-lines.ts';

/** Ten pieces at 10.00 EUR and 19 % tax. */
const LINE: ChangeableLine = {
  ...{ lineNo: 1, quantity: '10', unitPrice: '10', taxRateBp: 1900, netMinor: 10_000, taxMinor: 1_900 },
  ...{ shippedQuantity: '0', isService: false, billedNetMinor: 0, billedTaxMinor: 0, isInvoicedService: false },
};

describe('lines without what was waived', () => {
  it('come down to what was charged and what has not shipped', () => {
    const line = { ...LINE, shippedQuantity: '6', billedNetMinor: 2_000, billedTaxMinor: 380 };
    assert.deepEqual(withoutWaived([line], 'EUR'), [
      {
        ...{ lineNo: 1, quantity: '10', unitPrice: '10', netMinor: 6_000, taxMinor: 1_140 },
        ...{ baseQuantity: '6', baseNetMinor: 2_000, baseTaxMinor: 380 },
      },
    ]);
  });

  it('are worth what was charged when all of them, or more, has shipped', () => {
    for (const shippedQuantity of ['10', '12.5']) {
      const [line] = withoutWaived([{ ...LINE, shippedQuantity }], 'EUR');
      assert.deepEqual([line?.netMinor, line?.taxMinor, line?.baseQuantity], [0, 0, shippedQuantity]);
    }
  });

  it('are left out when they stay worth what they are', () => {
    const charged = { ...LINE, shippedQuantity: '4', billedNetMinor: 4_000, billedTaxMinor: 760 };
    assert.deepEqual(withoutWaived([LINE, charged], 'EUR'), []);
  });
});
