// What letters and invoice mails say: every figure once, aligned, in the right words for what is overdue and what is not.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  creditNoteMailText,
  invoiceMailText,
  letterLanguage,
  letterText,
  proformaMailText,
  type InvoiceMail,
  type Letter,
  type LetterItem,
} from '../../src/domain/letter-text.ts';

const OVERDUE: LetterItem = {
  number: 'DE-2026-000017',
  purchaseOrder: null,
  invoicedOn: '2026-10-10',
  dueOn: '2026-11-09',
  openMinor: 123456,
  currency: 'EUR',
  level: 'reminder1',
  daysOverdue: 12,
};
const SOON: LetterItem = {
  ...{ number: 'DE-2026-000021', invoicedOn: '2026-10-25', dueOn: '2026-11-24', openMinor: 5000, currency: 'EUR' },
  ...{ level: 'notice', daysOverdue: -3 },
};

function letter(changes: Partial<Letter> = {}): Letter {
  return {
    level: 'reminder1',
    language: 'en',
    legalEntity: { name: 'ACME Teile GmbH', email: 'billing@acme.example' },
    customer: { name: 'Kunde & Söhne KG' },
    items: [OVERDUE],
    sentOn: '2026-11-21',
    ...changes,
  };
}

function count(text: string, part: string): number {
  return text.split(part).length - 1;
}

describe('a letter', () => {
  it('reads as a whole as it was written', () => {
    const { subject, text } = letterText(letter());
    assert.equal(subject, 'Payment reminder: invoice DE-2026-000017 (ACME Teile GmbH)');
    assert.equal(
      text,
      `Kunde & Söhne KG

Dear Sir or Madam,

Perhaps it has escaped your attention: we have not yet received payment of the invoice below, which was due.

As of 2026-11-21:

Invoice         Dated       Due                Open  Days overdue
--------------  ----------  ----------  -----------  ------------
DE-2026-000017  2026-10-10  2026-11-09  1234.56 EUR            12
--------------  ----------  ----------  -----------  ------------
Total: 1234.56 EUR

We would be grateful if you could pay the open amount in the next few days.

Please quote the invoice number with your payment.
If you have paid in the meantime, please disregard this letter.
If anything is unclear or wrong, please write to billing@acme.example.

Kind regards,
ACME Teile GmbH
`,
    );
  });

  it('has its own subject and words for each level and language', () => {
    const subjects = new Set<string>();
    const texts = new Set<string>();
    for (const language of ['en', 'de', 'fr', 'es']) {
      for (const level of ['notice', 'reminder1', 'reminder2', 'reminder3'] as const) {
        const item = level === 'notice' ? SOON : { ...OVERDUE, level };
        const { subject, text } = letterText(letter({ language, level, items: [item] }));
        subjects.add(subject);
        texts.add(text);
        assert.ok(text.includes(item.number) && text.includes(item.dueOn));
        assert.ok(!text.includes('undefined') && !text.includes('null'));
      }
    }
    assert.equal(subjects.size, 16);
    assert.equal(texts.size, 16);
  });

  it('puts what is overdue and what falls due soon into two sections, overdue first, in every language', () => {
    const headings = { en: 'OVERDUE', de: 'ÜBERFÄLLIG', fr: 'EN RETARD', es: 'VENCIDO' };
    for (const [language, heading] of Object.entries(headings)) {
      const { text, subject } = letterText(letter({ language, items: [SOON, OVERDUE] }));
      assert.ok(text.includes(`\n${heading}\n`));
      assert.ok(text.indexOf(OVERDUE.number) < text.indexOf(SOON.number));
      assert.ok(text.indexOf(heading) < text.indexOf(OVERDUE.number));
      assert.ok(subject.includes(OVERDUE.number), 'the subject speaks of what is overdue');
      assert.ok(!text.includes('-3'), 'no negative days overdue');
      for (const paragraph of text.split('\n\n').slice(2)) {
        assert.equal(paragraph.slice(0, 1), paragraph.slice(0, 1).toUpperCase(), paragraph);
      }
    }
  });

  it('has no section headings when all items are of one kind', () => {
    assert.ok(!letterText(letter()).text.includes('OVERDUE\n'));
    assert.ok(!letterText(letter({ level: 'notice', items: [SOON] })).text.includes('DUE SOON'));
  });

  it('never calls an overdue item merely due soon, nor reminds of one that is not due', () => {
    const lateNotice = letterText(letter({ level: 'notice', items: [{ ...SOON, daysOverdue: 1 }] }));
    assert.match(lateNotice.subject, /^Payment reminder/);
    const dueToday = letterText(letter({ level: 'reminder1', items: [{ ...SOON, daysOverdue: 0 }] }));
    assert.match(dueToday.subject, /^Due soon/);
  });

  it('totals each currency of each section, beyond the safe integers too', () => {
    const items = [
      { ...OVERDUE, number: 'A', openMinor: Number.MAX_SAFE_INTEGER },
      { ...OVERDUE, number: 'B', openMinor: Number.MAX_SAFE_INTEGER },
      { ...OVERDUE, number: 'C', openMinor: 1500, currency: 'JPY' },
      { ...OVERDUE, number: 'D', openMinor: 1001, currency: 'KWD' },
      SOON,
    ];
    const totals = letterText(letter({ items })).text.match(/^Total: .*$/gm);
    assert.deepEqual(totals, [
      'Total: 180143985094819.82 EUR',
      'Total: 1500 JPY',
      'Total: 1.001 KWD',
      'Total: 50.00 EUR',
    ]);
  });

  it('lists items by due date and number whatever order they come in, and counts them in the subject', () => {
    const items = ['C', 'A', 'B'].map((number) => ({
      ...OVERDUE,
      number,
      dueOn: number === 'C' ? '2026-11-01' : '2026-11-09',
    }));
    const { subject, text } = letterText(letter({ items }));
    assert.match(subject, /3 invoices/);
    assert.deepEqual(
      text.match(/^[ABC] /gm)?.map((line) => line.trim()),
      ['C', 'A', 'B'],
    );
  });

  it('shows purchase orders in a column of their own when there are any, aligned', () => {
    const items = [
      { ...OVERDUE, purchaseOrder: '4500012345' },
      { ...OVERDUE, number: 'Ωmega-1', openMinor: 5 },
    ];
    const { text } = letterText(letter({ items }));
    const rows = text.split('\n').filter((line) => /^(Invoice |DE-2026|Ωmega|---)/.test(line));
    assert.equal(rows.length, 5);
    assert.equal(new Set(rows.map((row) => row.length)).size, 1, 'every row is equally long');
    assert.ok(text.includes('Your order') && text.includes('4500012345'));
  });

  it('is one line where it must be, whatever a name contains', () => {
    const forged = letter({
      legalEntity: { name: 'ACME\r\nBcc: eve@evil.example' },
      customer: { name: 'X\u2028Y\nZ' },
      items: [{ ...OVERDUE, number: 'A\nTotal: 0.00 EUR' }],
    });
    const { subject, text } = letterText(forged);
    assert.ok(!/[\r\n]/.test(subject));
    assert.ok(text.startsWith('X Y Z\n'));
    assert.equal(count(text, '\nTotal: '), 1);
  });

  it('falls back to English for a language it lacks and knows regional tags', () => {
    assert.equal(letterLanguage('it'), 'en');
    assert.equal(letterLanguage('fr-CH'), 'fr');
    assert.equal(letterLanguage('DE'), 'de');
    assert.equal(letterText(letter({ language: 'xx' })).text, letterText(letter()).text);
  });

  it('without items is a defect', () => {
    assert.throws(() => letterText(letter({ items: [] })), /defect/);
  });
});

describe('the mail that carries an invoice', () => {
  const mail: InvoiceMail = {
    language: 'en',
    legalEntity: { name: 'ACME Teile GmbH', email: null },
    customer: { name: 'Kunde KG' },
    invoice: {
      ...{ number: 'DE-2026-000017', purchaseOrder: '4500012345', orderNumber: 'SO-10045' },
      ...{ invoicedOn: '2026-11-21', dueOn: '2026-12-21', grossMinor: 11780, currency: 'EUR' },
    },
  };

  it('names number, order, date, amount and what to quote, in every language', () => {
    for (const language of ['en', 'de', 'fr', 'es']) {
      const { subject, text } = invoiceMailText({ ...mail, language });
      assert.ok(subject.includes('DE-2026-000017') && subject.includes('4500012345'));
      for (const fact of ['SO-10045', '4500012345', '2026-11-21', '117.80 EUR', 'Kunde KG', 'ACME Teile GmbH']) {
        assert.ok(text.includes(fact), `${language}: ${fact}`);
      }
      assert.equal(count(text, '2026-12-21'), 2);
    }
  });

  it('asks for no payment when there is nothing to pay', () => {
    const { text } = invoiceMailText({ ...mail, invoice: { ...mail.invoice, grossMinor: 0, purchaseOrder: null } });
    assert.ok(text.includes('nothing to pay') && !text.includes('Please pay'));
    assert.ok(!text.includes('your order'));
  });
});

describe('the mail that carries a proforma or a credit note', () => {
  const parties = { legalEntity: { name: 'ACME Teile GmbH', email: null }, customer: { name: 'Kunde KG' } };
  const money = { issuedOn: '2026-11-21', grossMinor: 11780, currency: 'EUR' };

  it('says what to pay before the goods leave and what to quote, in every language', () => {
    for (const language of ['en', 'de', 'fr', 'es']) {
      const proforma = { orderNumber: 'SO-10045', purchaseOrder: '4500012345', ...money };
      const { subject, text } = proformaMailText({ ...parties, language, proforma });
      assert.ok(subject.includes('SO-10045') && subject.includes('4500012345') && subject.includes('ACME Teile GmbH'));
      for (const fact of ['2026-11-21', '117.80 EUR', 'Kunde KG'])
        assert.ok(text.includes(fact), `${language}: ${fact}`);
      assert.equal(count(text, 'SO-10045'), 2);
    }
  });

  it('names the credit note and the invoice that it is set off against, in every language', () => {
    for (const language of ['en', 'de', 'fr', 'es']) {
      const creditNote = { number: 'CN-000001', invoiceNumber: 'INV-000017', orderNumber: 'SO-10045', ...money };
      const { subject, text } = creditNoteMailText({ ...parties, language, creditNote });
      assert.ok(subject.includes('CN-000001'));
      for (const fact of ['CN-000001', 'SO-10045', '2026-11-21', '117.80 EUR']) {
        assert.ok(text.includes(fact), `${language}: ${fact}`);
      }
      assert.equal(count(text, 'INV-000017'), 2);
    }
  });
});
