// The proof that an invoice's figures agree, and that it names the figures that do not.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  checkInvoiceDocument,
  taxLabel,
  type InvoiceDocument,
  type InvoiceLine,
  type InvoiceTotals,
} from '../../src/domain/invoice-document.ts';

type Figures = Pick<InvoiceLine, 'taxCode' | 'taxRateBp' | 'netMinor' | 'taxMinor'>;

function totalsOf(lines: readonly Figures[]): InvoiceTotals {
  const keys = [...new Set(lines.map((line) => `${line.taxCode}|${String(line.taxRateBp)}`))];
  const taxes = keys.map((key) => {
    const rows = lines.filter((line) => `${line.taxCode}|${String(line.taxRateBp)}` === key);
    const [taxCode = '', rate] = key.split('|');
    const netMinor = rows.reduce((sum, row) => sum + row.netMinor, 0);
    return { taxCode, taxRateBp: Number(rate), netMinor, taxMinor: rows.reduce((sum, row) => sum + row.taxMinor, 0) };
  });
  const netMinor = taxes.reduce((sum, tax) => sum + tax.netMinor, 0);
  return { netMinor, taxes, grossMinor: netMinor + taxes.reduce((sum, tax) => sum + tax.taxMinor, 0) };
}

function invoice(figures: readonly Figures[], changes: Partial<InvoiceDocument> = {}): InvoiceDocument {
  return {
    kind: 'invoice',
    legalEntity: { name: 'ACME Teile GmbH', addressLines: ['Hafenstraße 12'] },
    customer: { number: 'C-1', name: 'Kunde KG', addressLines: [] },
    ...{ invoiceNumber: 'DE-1', invoicedOn: '2026-11-21', dueOn: '2026-12-21', termsDays: 30, orderNumber: 'SO-1' },
    currency: 'EUR',
    lines: figures.map((line, index) => ({
      ...{ position: index + 1, itemNumber: 'I', description: 'D', quantity: '1', unitPrice: '1' },
      ...line,
    })),
    totals: totalsOf(figures),
    ...changes,
  };
}

const FIGURES: readonly Figures[] = [
  { taxCode: 'S', taxRateBp: 1900, netMinor: 10000, taxMinor: 1900 },
  { taxCode: 'R', taxRateBp: 700, netMinor: 2000, taxMinor: 140 },
  { taxCode: 'S', taxRateBp: 1900, netMinor: 501, taxMinor: 95 },
];
const GOOD = invoice(FIGURES);

function refusalOf(doc: InvoiceDocument): { code: string; text: string } {
  const result = checkInvoiceDocument(doc);
  assert.ok(!result.ok, 'the document is refused');
  return result.refusal;
}

describe('an invoice document', () => {
  it('passes when its figures agree, whatever they are', () => {
    const line = fc.record({
      taxCode: fc.constantFrom('S', 'R', 'Z'),
      taxRateBp: fc.constantFrom(0, 700, 1900),
      netMinor: fc.integer({ min: -1_000_000, max: 1_000_000_000 }),
      taxMinor: fc.integer({ min: -1_000, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 30 }), (lines) => {
        assert.ok(checkInvoiceDocument(invoice(lines)).ok);
      }),
    );
  });

  it('is refused when any one figure is a cent off, with both figures named', () => {
    const { totals, lines } = GOOD;
    const withTax = (index: number, change: Partial<Figures>): InvoiceTotals => ({
      ...totals,
      taxes: totals.taxes.map((tax, at) => (at === index ? { ...tax, ...change } : tax)),
    });
    const broken: readonly (readonly [InvoiceDocument, RegExp])[] = [
      [{ ...GOOD, totals: { ...totals, netMinor: 12502 } }, /net total is 125\.02 EUR, expected 125\.01 EUR/],
      [{ ...GOOD, totals: { ...totals, grossMinor: 14637 } }, /gross total is 146\.37 EUR, expected 146\.36 EUR/],
      [{ ...GOOD, totals: withTax(0, { taxMinor: 1996 }) }, /tax at S 19 % is 19\.96 EUR, expected 19\.95 EUR/],
      [{ ...GOOD, totals: withTax(1, { netMinor: 1999 }) }, /net at R 7 % is 19\.99 EUR, expected 20\.00 EUR/],
      [{ ...GOOD, totals: withTax(1, { taxRateBp: 701 }) }, /net at R 7\.01 % is 20\.00 EUR, expected 0\.00 EUR/],
      [{ ...GOOD, lines: lines.slice(0, 2) }, /net total/],
    ];
    for (const [doc, expected] of broken) {
      const refusal = refusalOf(doc);
      assert.equal(refusal.code, 'invoice_figures_differ');
      assert.match(refusal.text, expected);
    }
  });

  it('is refused when two errors cancel out in the totals', () => {
    const taxes = GOOD.totals.taxes.map((tax, index) => ({ ...tax, taxMinor: tax.taxMinor + (index === 0 ? 1 : -1) }));
    assert.equal(refusalOf({ ...GOOD, totals: { ...GOOD.totals, taxes } }).code, 'invoice_figures_differ');
  });

  it('names the rate of a line that the totals lack', () => {
    const taxes = GOOD.totals.taxes.slice(0, 1);
    const text = refusalOf({ ...GOOD, totals: { ...GOOD.totals, taxes } }).text;
    assert.match(text, /net at R 7 %, which the totals lack, is 0\.00 EUR, expected 20\.00 EUR/);
  });

  it('is refused when it is not an invoice at all', () => {
    const double = GOOD.totals.taxes.flatMap((tax) => [tax, tax]);
    const first = GOOD.lines[0];
    assert.ok(first);
    const broken: readonly InvoiceDocument[] = [
      invoice(FIGURES, { lines: [] }),
      invoice(FIGURES, { currency: 'XXQ' }),
      invoice(FIGURES, { dueOn: '2026-02-30' }),
      invoice(FIGURES, { dueOn: '2026-11-20' }),
      invoice(FIGURES, { lines: [first, first] }),
      invoice(FIGURES, { totals: { ...GOOD.totals, taxes: double } }),
      invoice(FIGURES, { totals: { ...GOOD.totals, grossMinor: 0.5 } }),
      invoice([{ taxCode: 'S', taxRateBp: 0, netMinor: 2 ** 53, taxMinor: 0 }]),
      invoice([{ taxCode: 'S', taxRateBp: -1, netMinor: 1, taxMinor: 0 }]),
      invoice([{ taxCode: 'S', taxRateBp: 0, netMinor: Number.NaN, taxMinor: 0 }]),
    ];
    for (const doc of broken) assert.equal(refusalOf(doc).code, 'invoice_malformed');
  });

  it('is refused, not wrongly summed, when the sum leaves the safe integers', () => {
    const row = { taxCode: 'S', taxRateBp: 0, netMinor: Number.MAX_SAFE_INTEGER, taxMinor: 0 };
    const totals = { netMinor: Number.MAX_SAFE_INTEGER, grossMinor: Number.MAX_SAFE_INTEGER, taxes: [row] };
    assert.match(refusalOf(invoice([row, row], { totals })).text, /expected 180143985094819\.82 EUR/);
  });
});

it('a tax label shows the rate as people write it', () => {
  const labels = [0, 5, 550, 700, 1900, 2125].map((taxRateBp) => taxLabel({ taxCode: 'S', taxRateBp }));
  assert.deepEqual(labels, ['S 0 %', 'S 0.05 %', 'S 5.5 %', 'S 7 %', 'S 19 %', 'S 21.25 %']);
});
