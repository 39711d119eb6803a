// The rendered invoice, read back as a reader's program sees it: every figure is there, on every page, byte for byte.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { getDocument, VerbosityLevel } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { renderInvoicePdf } from '../../src/activities/documents/render-invoice.ts';
import { checkInvoiceDocument, type InvoiceDocument, type InvoiceLine } from '../../src/domain/invoice-document.ts';
import { formatDecimal } from '../../src/domain/money.ts';

function lineAt(position: number, changes: Partial<InvoiceLine> = {}): InvoiceLine {
  const netMinor = 1000 * position;
  return {
    ...{
      position,
      itemNumber: `BRK-${String(1000 + position)}`,
      description: `Brake disc office fit no. ${String(position)}`,
    },
    ...{ quantity: '2.5', unitPrice: '4.000001', taxCode: 'S', taxRateBp: 1900, netMinor, taxMinor: netMinor * 0.19 },
    ...changes,
  };
}

function invoice(lines: readonly InvoiceLine[], changes: Partial<InvoiceDocument> = {}): InvoiceDocument {
  const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0);
  const taxMinor = lines.reduce((sum, line) => sum + line.taxMinor, 0);
  const doc: InvoiceDocument = {
    kind: 'invoice',
    legalEntity: {
      name: 'ACME Teile GmbH',
      addressLines: ['Hafenstraße 12', '20457 Hamburg'],
      taxNumber: 'DE123456789',
      email: 'billing@acme.example',
      bank: { iban: 'DE89370400440532013000', bic: 'COBADEFFXXX' },
    },
    customer: {
      ...{ number: 'C-1001', name: 'Ελλάς Łódź Țărănesc Київ Motors', taxNumber: 'PL5252445767' },
      addressLines: ['ul. Piotrkowska 5', '90-001 Łódź'],
    },
    ...{ invoiceNumber: 'DE-2026-000017', invoicedOn: '2026-11-21', dueOn: '2026-12-21', termsDays: 30 },
    ...{ orderNumber: 'SO-10045', purchaseOrder: 'PO-4500012345', currency: 'EUR' },
    shipment: { reference: 'SHP-77', shippedOn: '2026-11-20' },
    lines,
    totals: {
      netMinor,
      taxes: [{ taxCode: 'S', taxRateBp: 1900, netMinor, taxMinor }],
      grossMinor: netMinor + taxMinor,
    },
    ...changes,
  };
  const checked = checkInvoiceDocument(doc);
  assert.ok(checked.ok, 'the figures of the example agree');
  return checked.document;
}

/** The text of each page, pieces joined by blanks. */
async function readPages(pdf: Buffer): Promise<string[]> {
  const task = getDocument({ data: new Uint8Array(pdf), verbosity: VerbosityLevel.ERRORS });
  const document = await task.promise;
  const pages: string[] = [];
  for (let number = 1; number <= document.numPages; number += 1) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    const pieces = items.map((item) => ('str' in item ? item.str : ''));
    pages.push(pieces.join(' ').replace(/\s+/g, ' '));
  }
  await task.destroy();
  return pages;
}

function times(length: number): InvoiceLine[] {
  return Array.from({ length }, (_, index) => lineAt(index + 1));
}

describe('a rendered invoice', () => {
  it('shows every fact, in Latin, Greek and Cyrillic letters alike', async () => {
    const [page = '', ...others] = await readPages(await renderInvoicePdf(invoice(times(2))));
    assert.equal(others.length, 0);
    const facts = ['ACME Teile GmbH', 'Hafenstraße 12', '20457 Hamburg', 'DE123456789', 'billing@acme.example'];
    const buyer = ['Ελλάς Łódź Țărănesc Київ Motors', '90-001 Łódź', 'PL5252445767', 'C-1001'];
    const dates = ['DE-2026-000017', '2026-11-21', '2026-12-21', 'net 30 days', 'SO-10045', 'PO-4500012345', 'SHP-77'];
    const figures = [
      '2026-11-20',
      'BRK-1001',
      'Brake disc office fit no. 2',
      '2.5',
      '4.000001',
      'S 19 %',
      '10.00',
      '20.00',
    ];
    const end = [
      ...['Net total 30.00', 'Tax S 19 % on 30.00 5.70', 'Total 35.70 EUR', 'IBAN: DE89 3704 0044 0532 0130 00'],
      ...['Please pay 35.70 EUR by 2026-12-21 quoting DE-2026-000017.', 'BIC: COBADEFFXXX', 'Page 1 of 1'],
    ];
    for (const fact of [...facts, ...buyer, ...dates, ...figures, ...end]) assert.ok(page.includes(fact), fact);
  });

  it('breaks a hundred lines over pages, each with the table head and its number, and loses none', async () => {
    const doc = invoice(times(100));
    const pages = await readPages(await renderInvoicePdf(doc));
    assert.ok(pages.length >= 3);
    for (const [index, page] of pages.entries()) {
      assert.ok(page.includes(`Page ${String(index + 1)} of ${String(pages.length)}`));
      if (/BRK-\d/.test(page)) assert.ok(page.includes('Unit price'), `page ${String(index + 1)} repeats the head`);
    }
    const text = pages.join(' ');
    for (const line of doc.lines) {
      assert.equal(text.split(`${line.itemNumber} `).length, 2, `${line.itemNumber} stands there once`);
      assert.ok(text.includes(formatDecimal(line.netMinor, 'EUR')));
    }
    assert.ok(pages.at(-1)?.includes('Total 60095.00 EUR'));
    assert.ok(pages.at(-1)?.includes('Please pay 60095.00 EUR'), 'the request stands with the total');
  });

  it('wraps a long description and a word without an end, and keeps what follows', async () => {
    const words = Array.from({ length: 60 }, (_, index) => `word${String(index)}`);
    const lines = [lineAt(1, { description: words.join(' ') }), lineAt(2, { description: 'X'.repeat(200) }), lineAt(3)];
    const text = (await readPages(await renderInvoicePdf(invoice(lines)))).join(' ');
    for (const word of words) assert.ok(text.includes(word), word);
    assert.equal(text.replace(/[^X]/g, '').length, 200 + 'XXX'.length);
    assert.ok(text.includes('Brake disc office fit no. 3'));
  });

  it('never breaks a page inside a figure, however large', async () => {
    const largest = { netMinor: 9_007_199_254_740_991, taxMinor: 0, quantity: '999999999999.999999' };
    const totals = {
      ...{ netMinor: 9_007_199_254_740_991, grossMinor: 9_007_199_254_740_991 },
      taxes: [{ taxCode: 'S', taxRateBp: 1900, netMinor: 9_007_199_254_740_991, taxMinor: 0 }],
    };
    const [page = ''] = await readPages(await renderInvoicePdf(invoice([lineAt(1, largest)], { totals })));
    assert.ok(page.includes('999999999999.999999') && page.includes('Total 90071992547409.91 EUR'));
  });

  it('has the same bytes at every rendering, whatever was rendered between', async () => {
    const doc = invoice(times(30));
    const first = await renderInvoicePdf(doc);
    await renderInvoicePdf(invoice(times(1), { invoiceNumber: 'ÐΩµ-ﬁ-\u00a0\u2126' }));
    const second = await renderInvoicePdf(structuredClone(doc));
    assert.ok(first.equals(second));
    assert.ok(!first.equals(await renderInvoicePdf({ ...doc, invoicedOn: '2026-11-20' })));
  });

  it('says what may be taken off until when, where that was agreed', async () => {
    const agreed = invoice(times(1), { discountTerms: [{ days: 10, percentBp: 200 }] });
    const [page = ''] = await readPages(await renderInvoicePdf(agreed));
    assert.ok(page.includes('Discount 2 % until 2026-12-01'), page);
    const [plain = ''] = await readPages(await renderInvoicePdf(invoice(times(1))));
    assert.ok(!plain.includes('Discount'));
  });

  it('asks for no payment when nothing is to be paid, and does without what is not there', async () => {
    const bare = invoice([lineAt(1, { netMinor: 0, taxMinor: 0 })], {
      legalEntity: { name: 'ACME', addressLines: [] },
      purchaseOrder: null,
      shipment: null,
      termsDays: 0,
    });
    const [page = ''] = await readPages(await renderInvoicePdf(bare));
    assert.ok(page.includes('There is nothing to pay') && !page.includes('Please pay'));
    for (const word of ['IBAN', 'Your order', 'Shipment', 'undefined', 'null']) assert.ok(!page.includes(word), word);
  });
});

describe('a rendered proforma', () => {
  it('asks for the money before the goods, by the number to quote, and names no due date', async () => {
    const doc = invoice(times(2), { kind: 'proforma', invoiceNumber: 'SO-10045', shipment: null });
    const [page = ''] = await readPages(await renderInvoicePdf(doc));
    const facts = ['Proforma invoice SO-10045', 'Reference', 'Please pay 35.70 EUR quoting SO-10045.', 'IBAN: DE89'];
    for (const fact of [...facts, 'once your payment has arrived', 'no tax invoice'])
      assert.ok(page.includes(fact), fact);
    for (const word of ['Due date', 'Payment terms', 'Invoice number', '2026-12-21'])
      assert.ok(!page.includes(word), word);
  });
});

describe('a rendered credit note', () => {
  it('names the invoice that it corrects, and asks for nothing', async () => {
    const doc = invoice(times(2), { kind: 'credit_note', invoiceNumber: 'CN-000001', correctsNumber: 'INV-000017' });
    const [page = ''] = await readPages(await renderInvoicePdf(doc));
    const facts = ['Credit note CN-000001', 'Credit note number', 'Invoice credited', 'Total 35.70 EUR'];
    const end = 'We credit 35.70 EUR to you for invoice INV-000017. There is nothing to pay.';
    for (const fact of [...facts, end]) assert.ok(page.includes(fact), fact);
    for (const word of ['Please pay', 'Due date', 'IBAN']) assert.ok(!page.includes(word), word);
  });
});
