// A mapping is saved only when it can be used, and proposed from the head of a file in the words of six languages.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { csvReader } from '../../../src/domain/bank-files/csv.ts';
import { parseCsvMapping } from '../../../src/domain/bank-files/csv-mapping.ts';
import { suggestMapping } from '../../../src/domain/bank-files/csv-suggest.ts';
import { eventsOf, linesOf } from './events-of.ts';

const MINIMAL = {
  account: { fixed: '4711' },
  currency: { fixed: 'EUR' },
  separator: ';',
  decimalMark: ',',
  dateOrder: 'DMY',
  dateSeparator: '.',
  amount: { kind: 'signed', column: 'Betrag' },
  columns: { bookedOn: 'Datum' },
};
const problem = (value: unknown): string => {
  const result = parseCsvMapping(value);
  assert.ok(!result.ok, 'the mapping was accepted');
  assert.equal(result.refusal.code, 'csv_mapping_invalid');
  return result.refusal.text;
};

describe('a CSV mapping', () => {
  it('has its defaults filled in, and is the same when it is saved and read again', () => {
    const result = parseCsvMapping(MINIMAL);
    assert.ok(result.ok);
    assert.deepEqual(result.mapping.header, { kind: 'find' });
    assert.deepEqual(result.mapping.columns.texts, []);
    assert.deepEqual(parseCsvMapping(JSON.parse(JSON.stringify(result.mapping))), result);
  });

  it('is refused with the path of what is wrong', () => {
    const cases: readonly [unknown, RegExp][] = [
      [null, /^mapping must be an object/],
      [{ ...MINIMAL, separator: 'x' }, /^mapping\.separator must be one of ",", ";"/],
      [{ ...MINIMAL, colour: 1 }, /^mapping\.colour is not known/],
      [{ ...MINIMAL, amount: undefined }, /^mapping\.amount\.kind must be one of "signed"/],
      [{ ...MINIMAL, amount: { kind: 'toString' } }, /^mapping\.amount\.kind/],
      [{ ...MINIMAL, amount: { kind: 'signed' } }, /^mapping\.amount\.column is missing/],
      [{ ...MINIMAL, currency: { fixed: 'EURO' } }, /^mapping\.currency\.fixed must be a currency/],
      [{ ...MINIMAL, account: { fixed: '', column: 'A' } }, /^mapping\.account\.fixed is not known/],
      [{ ...MINIMAL, columns: {} }, /^mapping\.columns\.bookedOn is missing/],
      [{ ...MINIMAL, columns: { bookedOn: 0 } }, /^mapping\.columns\.bookedOn must be a whole number from 1/],
      [{ ...MINIMAL, columns: { bookedOn: 'D', texts: ['a', ''] } }, /^mapping\.columns\.texts\[1\] must be a text/],
      [{ ...MINIMAL, columns: { bookedOn: 'D', texts: new Array(21).fill('a') } }, /0 to 20 entries, not 21/],
      [{ ...MINIMAL, header: { kind: 'skip', lines: 1.5 } }, /^mapping\.header\.lines must be a whole number/],
      [{ ...MINIMAL, encoding: 'utf-7' }, /^mapping\.encoding/],
      [{ ...MINIMAL, trailerLines: 51 }, /^mapping\.trailerLines/],
      [JSON.parse('{"__proto__": {"separator": ";"}}'), /^mapping\.__proto__ is not known/],
    ];
    for (const [value, expected] of cases) assert.match(problem(value), expected);
  });

  it('is refused when its parts contradict each other', () => {
    assert.match(problem({ ...MINIMAL, thousandsMark: ',' }), /both ","/);
    assert.match(problem({ ...MINIMAL, columns: { bookedOn: 1 } }), /Column 1 is a number/);
    assert.match(problem({ ...MINIMAL, header: { kind: 'skip', lines: 1 } }), /"Betrag" is a name/);
    assert.match(problem({ ...MINIMAL, amount: { kind: 'two_columns', debit: 'A', credit: 'A' } }), /same column/);
    const marked = { kind: 'marked', column: 'A', mark: 'B', debitWords: ['d'], creditWords: ['D'] };
    assert.match(problem({ ...MINIMAL, amount: marked }), /marks both/);
  });
});

describe('a proposed mapping', () => {
  const HEADS: readonly [string, string, number[]][] = [
    [
      'English',
      'Account Number,Currency,Date,Description,Paid out,Paid in,Balance\n123,GBP,31/10/2026,TESCO,"1,234.50",,5.00\n123,GBP,01/11/2026,ACME,,7.00,12.00',
      [-123450, 700],
    ],
    [
      'German',
      'Kontoauszug;;\n\nIBAN Auftragskonto;Buchungstag;Valutadatum;Name Zahlungsbeteiligter;Verwendungszweck;Betrag;Waehrung\nDE1;30.10.2026;31.10.2026;ACME;RE 1;1.234,56;EUR\nDE1;31.10.2026;;B;x;-2,00;EUR',
      [123456, -200],
    ],
    [
      'French',
      'Compte;Devise;Date comptable;Libellé;Débit;Crédit\n1;EUR;30/10/2026;VIR ACME;;1 234,56\n1;EUR;31/10/2026;X;5,00;',
      [123456, -500],
    ],
    ['Spanish', 'Cuenta;Divisa;Fecha operación;Concepto;Importe\n1;EUR;30/10/2026;PAGO;1.234,56', [123456]],
    ['Italian', 'Conto;Divisa;Data contabile;Causale;Dare;Avere\n1;EUR;30/10/2026;BONIFICO;;12,00', [1200]],
    [
      'Dutch',
      '"Rekening","Munt","Datum","Omschrijving","Af Bij","Bedrag"\n"1","EUR","20261030","FACTUUR","Bij","1234,56"\n"1","EUR","20261031","X","Af","5,00"',
      [123456, -500],
    ],
  ];

  it('reads the file it was made from, in every language', async () => {
    for (const [language, head, amounts] of HEADS) {
      const proposal = suggestMapping(head);
      assert.deepEqual(proposal?.missing, [], language);
      const result = parseCsvMapping(proposal.mapping);
      assert.ok(result.ok, language);
      const lines = linesOf(await eventsOf(csvReader(result.mapping), head));
      assert.deepEqual(
        lines.map((line) => line.amountMinor),
        amounts,
        language,
      );
      assert.ok(lines.every((line) => line.bookedOn.startsWith('2026-1')));
    }
  });

  it('names what a person has to add, and is none for a file without a header', () => {
    assert.deepEqual(suggestMapping('Date;Text;Foo\n1;2;3')?.missing, ['account', 'currency', 'amount column']);
    assert.equal(suggestMapping('a;b;c\n1;2;3'), null);
    assert.equal(suggestMapping(''), null);
  });

  it('tells the order of dates and of rows from the rows', () => {
    const mapping = suggestMapping('Date,Amount,Balance\n12/31/2026,1.00,5.00\n12/30/2026,1.00,4.00')?.mapping;
    assert.deepEqual([mapping?.dateOrder, mapping?.balance?.order], ['MDY', 'descending']);
  });
});
