// Credit notes: what came back by its part of the invoice, an amount by its share of each line, never more than was charged.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  creditForAmount,
  creditForReturn,
  type CreditAmounts,
  type RatedLine,
  type ReturnableLine,
  type ReturnedLine,
} from '../../src/domain/credit-note.ts';
import { formatMillionths } from '../../src/domain/money.ts';

function returnable(invoiceLineNo: number, changes: Partial<ReturnableLine> = {}): ReturnableLine {
  return {
    ...{ invoiceLineNo, quantity: '3', returnedQuantity: '0', netMinor: 10_000, taxMinor: 1_900 },
    ...{ creditedNetMinor: 0, creditedTaxMinor: 0 },
    ...changes,
  };
}

function rated(invoiceLineNo: number, changes: Partial<RatedLine> = {}): RatedLine {
  return {
    ...{ invoiceLineNo, netMinor: 10_000, taxMinor: 1_900, taxRateBp: 1900, creditedNetMinor: 0, creditedTaxMinor: 0 },
    ...changes,
  };
}

function creditReturn(lines: readonly ReturnableLine[], returned: readonly ReturnedLine[]): CreditAmounts {
  const result = creditForReturn({ lines, returned });
  assert.ok(result.ok, result.ok ? '' : result.refusal.text);
  return result;
}

function creditAmount(grossMinor: number, invoice: readonly RatedLine[]): CreditAmounts {
  const result = creditForAmount({ grossMinor, invoice, currency: 'EUR' });
  assert.ok(result.ok, result.ok ? '' : result.refusal.text);
  return result;
}

function totals({ netMinor, taxMinor, grossMinor }: CreditAmounts): number[] {
  return [netMinor, taxMinor, grossMinor];
}

describe('a credit for goods that came back', () => {
  it('is their part of the line, and the parts sum to the line', () => {
    const one = (returnedQuantity: string): number[] =>
      totals(creditReturn([returnable(1, { returnedQuantity })], [{ invoiceLineNo: 1, quantity: '1' }]));
    assert.deepEqual(
      [one('0'), one('1'), one('2')],
      [
        [3_333, 633, 3_966],
        [3_334, 634, 3_968],
        [3_333, 633, 3_966],
      ],
    );
  });

  it('takes the lines that came back, and no others', () => {
    const { lines } = creditReturn(
      [returnable(1), returnable(2), returnable(3)],
      [
        { invoiceLineNo: 3, quantity: '3.0' },
        { invoiceLineNo: 1, quantity: '1' },
      ],
    );
    assert.deepEqual(lines, [
      { invoiceLineNo: 3, quantity: '3', netMinor: 10_000, taxMinor: 1_900 },
      { invoiceLineNo: 1, quantity: '1', netMinor: 3_333, taxMinor: 633 },
    ]);
  });

  it('is no more than other credits left of the line, and nothing when they left nothing', () => {
    const all = [{ invoiceLineNo: 1, quantity: '3' }];
    const partly = returnable(1, { creditedNetMinor: 4_000, creditedTaxMinor: 760 });
    assert.deepEqual(totals(creditReturn([partly], all)), [6_000, 1_140, 7_140]);
    const wholly = returnable(1, { creditedNetMinor: 10_000, creditedTaxMinor: 1_900 });
    assert.deepEqual(totals(creditReturn([wholly], all)), [0, 0, 0]);
  });

  const refusals: readonly [string, readonly ReturnableLine[], readonly ReturnedLine[], string][] = [
    [
      'refuses more than was invoiced',
      [returnable(1)],
      [{ invoiceLineNo: 1, quantity: '3.000001' }],
      'return_exceeds_invoice',
    ],
    [
      'refuses more than did not come back yet',
      [returnable(1, { returnedQuantity: '2' })],
      [{ invoiceLineNo: 1, quantity: '2' }],
      'return_exceeds_invoice',
    ],
    ['refuses a line that the invoice has not', [returnable(1)], [{ invoiceLineNo: 2, quantity: '1' }], 'line_unknown'],
    [
      'refuses one line twice, by which more could come back than was invoiced',
      [returnable(1)],
      [
        { invoiceLineNo: 1, quantity: '2' },
        { invoiceLineNo: 1, quantity: '2' },
      ],
      'line_twice',
    ],
  ];
  for (const [name, lines, returned, code] of refusals) {
    it(name, () => {
      const result = creditForReturn({ lines, returned });
      assert.ok(!result.ok);
      assert.equal(result.refusal.code, code);
    });
  }

  it('says how much is left to come back', () => {
    const result = creditForReturn({
      lines: [returnable(1, { returnedQuantity: '0.5' })],
      returned: [{ invoiceLineNo: 1, quantity: '3' }],
    });
    assert.ok(!result.ok);
    assert.match(result.refusal.text, /3 cannot come back, 2\.5 of 3 is left/);
  });

  it('sums to the line when all of it came back, however it did', () => {
    const cuts = fc.array(fc.bigInt({ min: 1n, max: 10n ** 9n }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(cuts, fc.nat(10 ** 9), fc.nat(10 ** 8), (portions, netMinor, taxMinor) => {
        const quantity = formatMillionths(portions.reduce((sum, portion) => sum + portion, 0n));
        let line = returnable(1, { quantity, netMinor, taxMinor });
        let returned = 0n;
        for (const portion of portions) {
          const credit = creditReturn([line], [{ invoiceLineNo: 1, quantity: formatMillionths(portion) }]);
          returned += portion;
          line = {
            ...line,
            returnedQuantity: formatMillionths(returned),
            creditedNetMinor: line.creditedNetMinor + credit.netMinor,
            creditedTaxMinor: line.creditedTaxMinor + credit.taxMinor,
          };
        }
        assert.deepEqual([line.creditedNetMinor, line.creditedTaxMinor], [netMinor, taxMinor]);
      }),
    );
  });
});

describe('a credit of an amount', () => {
  it('is spread over the lines with their share of tax', () => {
    const { lines } = creditAmount(11_900, [rated(1, { netMinor: 30_000, taxMinor: 5_700 }), rated(2)]);
    assert.deepEqual(lines, [
      { invoiceLineNo: 1, quantity: '1', netMinor: 7_500, taxMinor: 1_425 },
      { invoiceLineNo: 2, quantity: '1', netMinor: 2_500, taxMinor: 475 },
    ]);
  });

  it('keeps the tax of each rate to its share', () => {
    const invoice = [rated(1), rated(2, { taxMinor: 700, taxRateBp: 700 }), rated(3, { taxMinor: 0, taxRateBp: 0 })];
    const { lines } = creditAmount(16_300, invoice);
    assert.deepEqual(
      lines.map(({ netMinor, taxMinor }) => [netMinor, taxMinor]),
      [
        [5_000, 950],
        [5_000, 350],
        [5_000, 0],
      ],
    );
  });

  it('goes by what is not credited yet, and leaves out what is', () => {
    const wholly = rated(1, { creditedNetMinor: 10_000, creditedTaxMinor: 1_900 });
    const half = rated(2, { creditedNetMinor: 5_000, creditedTaxMinor: 950 });
    const { lines, grossMinor } = creditAmount(5_950, [wholly, half]);
    assert.deepEqual(lines, [{ invoiceLineNo: 2, quantity: '1', netMinor: 5_000, taxMinor: 950 }]);
    assert.equal(grossMinor, 5_950);
  });

  it('is refused above what is left of the invoice', () => {
    const invoice = [rated(1, { creditedNetMinor: 5_000, creditedTaxMinor: 950 })];
    const result = creditForAmount({ grossMinor: 5_951, invoice, currency: 'EUR' });
    assert.ok(!result.ok);
    assert.equal(result.refusal.code, 'credit_exceeds_invoice');
    assert.match(result.refusal.text, /59\.51 EUR cannot be credited: 59\.50 EUR/);
  });

  it('is a defect when it is nothing, or when more was credited than charged', () => {
    assert.throws(() => creditForAmount({ grossMinor: 0, invoice: [rated(1)], currency: 'EUR' }), /no amount/);
    const broken = rated(1, { creditedNetMinor: 10_001 });
    assert.throws(() => creditForAmount({ grossMinor: 1, invoice: [broken], currency: 'EUR' }), /beyond its amount/);
  });

  const nets = fc.record({ netMinor: fc.nat(10 ** 6), taxRateBp: fc.constantFrom(0, 700, 1900, 2500) });
  const invoices = fc
    .array(nets, { minLength: 1, maxLength: 6 })
    .map((lines) =>
      lines.map(({ netMinor, taxRateBp }, index) =>
        rated(index + 1, { netMinor, taxRateBp, taxMinor: Math.round((netMinor * taxRateBp) / 10_000) }),
      ),
    );

  it('sums to the cent and never beyond a line, credit after credit, to the last cent of the invoice', () => {
    fc.assert(
      fc.property(invoices, fc.array(fc.integer({ min: 1, max: 100 }), { maxLength: 6 }), (invoice, percents) => {
        let lines: readonly RatedLine[] = invoice;
        for (const percent of [...percents, 100]) {
          const grossMinor = Math.floor((leftMinor(lines) * percent) / 100);
          if (grossMinor === 0) continue;
          const credit = creditAmount(grossMinor, lines);
          assert.equal(credit.grossMinor, grossMinor);
          assert.equal(credit.netMinor + credit.taxMinor, grossMinor);
          lines = after(lines, credit);
          for (const line of lines) {
            assert.ok(line.creditedNetMinor <= line.netMinor && line.creditedTaxMinor <= line.taxMinor);
          }
        }
        assert.equal(leftMinor(lines), 0);
      }),
    );
  });

  it('has the tax of each rate within a cent of its net and what the lines rounded', () => {
    fc.assert(
      fc.property(invoices, fc.integer({ min: 1, max: 100 }), (invoice, percent) => {
        const grossMinor = Math.floor((leftMinor(invoice) * percent) / 100);
        fc.pre(grossMinor > 0);
        const { lines } = creditAmount(grossMinor, invoice);
        for (const taxRateBp of new Set(invoice.map((line) => line.taxRateBp))) {
          const numbers = invoice.filter((line) => line.taxRateBp === taxRateBp).map((line) => line.invoiceLineNo);
          const group = lines.filter((line) => numbers.includes(line.invoiceLineNo));
          const netMinor = group.reduce((sum, line) => sum + line.netMinor, 0);
          const tax = group.reduce((sum, line) => sum + line.taxMinor, 0);
          // Each line of the invoice rounded its tax by at most half a cent, and the credit rounds once more.
          assert.ok(Math.abs(tax - (netMinor * taxRateBp) / 10_000) <= numbers.length / 2 + 1);
        }
      }),
    );
  });

  it('and returns never give back more than the invoice charged, in whichever order', () => {
    const credits = fc.array(
      fc.oneof(fc.record({ percent: fc.integer({ min: 1, max: 100 }) }), fc.constant('return')),
      {
        maxLength: 8,
      },
    );
    fc.assert(
      fc.property(fc.nat(10 ** 6), credits, (netMinor, some) => {
        const tax = Math.round(netMinor * 0.19);
        let line = { ...returnable(1, { quantity: '4', netMinor, taxMinor: tax }), taxRateBp: 1900 };
        let returned = 0;
        for (const one of some) {
          const grossMinor = typeof one === 'string' ? 0 : Math.floor((leftMinor([line]) * one.percent) / 100);
          if (typeof one === 'string' ? returned === 4 : grossMinor === 0) continue;
          const credit =
            typeof one === 'string'
              ? creditReturn([line], [{ invoiceLineNo: 1, quantity: '1' }])
              : creditAmount(grossMinor, [line]);
          if (typeof one === 'string') returned += 1;
          line = {
            ...line,
            returnedQuantity: String(returned),
            creditedNetMinor: line.creditedNetMinor + credit.netMinor,
            creditedTaxMinor: line.creditedTaxMinor + credit.taxMinor,
          };
          assert.ok(credit.netMinor >= 0 && credit.taxMinor >= 0);
          assert.ok(line.creditedNetMinor <= netMinor && line.creditedTaxMinor <= tax);
        }
      }),
    );
  });
});

function leftMinor(lines: readonly RatedLine[]): number {
  return lines.reduce(
    (sum, line) => sum + line.netMinor + line.taxMinor - line.creditedNetMinor - line.creditedTaxMinor,
    0,
  );
}

function after(lines: readonly RatedLine[], credit: CreditAmounts): RatedLine[] {
  return lines.map((line) => {
    const part = credit.lines.find((one) => one.invoiceLineNo === line.invoiceLineNo);
    return {
      ...line,
      creditedNetMinor: line.creditedNetMinor + (part?.netMinor ?? 0),
      creditedTaxMinor: line.creditedTaxMinor + (part?.taxMinor ?? 0),
    };
  });
}
