// CSV files are read by the mapping a company saved, and refused where the mapping and the file do not fit each other.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { csvReader } from '../../../src/domain/bank-files/csv.ts';
import { parseCsvMapping, type CsvMapping } from '../../../src/domain/bank-files/csv-mapping.ts';
import { brokenIn, checksOf, endsOf, errorOf, eventsOf, linesOf, statementsOf, type Content } from './events-of.ts';

const GERMAN = {
  account: { fixed: 'DE89370400440532013000' },
  currency: { fixed: 'EUR' },
  separator: ';',
  decimalMark: ',',
  thousandsMark: '.',
  dateOrder: 'DMY',
  dateSeparator: '.',
  amount: { kind: 'signed', column: 'Betrag' },
  columns: {
    bookedOn: 'Buchungstag',
    valueOn: 'Valuta',
    counterpartName: 'Name',
    counterpartAccount: 'IBAN',
    texts: ['Verwendungszweck', 'Info'],
  },
} as const;
const HEAD = 'Buchungstag;Valuta;Name;IBAN;Verwendungszweck;Info;Betrag';
const ROWS = [
  '02.11.2026;03.11.2026;ACME GmbH;GB29 NWBK 6016 1331 9268 19;RE 4711;;1.234,56',
  '03.11.2026;;"Smith; ""Sons""";;"two',
  'lines";x;-12,00',
];

function mapped(changes: object = {}, base: object = GERMAN): CsvMapping {
  const result = parseCsvMapping({ ...base, ...changes });
  return result.ok ? result.mapping : assert.fail(result.refusal.text);
}

const read = (content: Content | readonly string[], mapping = mapped()) =>
  eventsOf(
    csvReader(mapping),
    typeof content === 'string' || content instanceof Uint8Array ? content : content.join('\n'),
  );
const code = async (content: readonly string[], mapping = mapped()): Promise<string> =>
  (await errorOf(read(content, mapping))).code;
const amountsOf = async (content: readonly string[], mapping: CsvMapping): Promise<number[]> =>
  linesOf(await read(content, mapping)).map((line) => line.amountMinor);

describe('a CSV file', () => {
  it('is read by its mapping', async () => {
    const events = await read([HEAD, ...ROWS]);
    assert.deepEqual(statementsOf(events)[0]?.account, {
      number: 'DE89370400440532013000',
      isIban: true,
      currency: 'EUR',
    });
    const [first, second] = linesOf(events);
    assert.deepEqual(
      [first?.amountMinor, first?.bookedOn, first?.valueOn, first?.counterpartAccount, first?.texts, first?.place],
      [123456, '2026-11-02', '2026-11-03', 'GB29NWBK60161331926819', ['RE 4711'], 'line 2'],
    );
    assert.deepEqual(
      [second?.amountMinor, second?.valueOn, second?.counterpartName, second?.texts],
      [-1200, '2026-11-03', 'Smith; "Sons"', ['two\nlines', 'x']],
    );
    assert.equal(endsOf(events)[0]?.linesRead, 2);
  });

  it('is read below a header block and above a trailer, with empty rows between', async () => {
    const lines = ['Bank "of" all', 'Konto;DE89', '', HEAD, ';;;;;;', ...ROWS, '', 'Summe;;;;;;1.222,56'];
    assert.deepEqual(await amountsOf(lines, mapped({ trailerLines: 1 })), [123456, -1200]);
    assert.equal(await code(lines), 'bank_file.bad_date');
    const numbered = {
      ...GERMAN,
      header: { kind: 'skip', lines: 4 },
      amount: { kind: 'signed', column: 7 },
      columns: { bookedOn: 1, texts: [5] },
      trailerLines: 1,
    };
    assert.deepEqual(await amountsOf(lines, mapped({}, numbered)), [123456, -1200]);
  });

  it('is read in the encoding of the mapping, and without one in UTF-8 or Windows-1252', async () => {
    const text = [HEAD, '02.11.2026;;Müller & Söhne;;;;5,00'].join('\n');
    const name = async (content: Uint8Array, encoding: string): Promise<string | null | undefined> =>
      linesOf(await read(content, mapped({ encoding })))[0]?.counterpartName;
    assert.equal(await name(Buffer.from(`\ufeff${text}`), 'auto'), 'Müller & Söhne');
    assert.equal(await name(Buffer.from(text, 'latin1'), 'auto'), 'Müller & Söhne');
    assert.equal(await name(Buffer.from(`\ufeff${text}`, 'utf16le'), 'auto'), 'Müller & Söhne');
    assert.equal(await name(Buffer.from(text, 'latin1'), 'iso-8859-15'), 'Müller & Söhne');
    const polish = Buffer.concat([
      Buffer.from(`${HEAD}\n02.11.2026;;`),
      Buffer.from([0xa3]),
      Buffer.from('ukasz;;;;5,00'),
    ]);
    assert.equal(await name(polish, 'windows-1250'), 'Łukasz');
  });

  it('takes the sign from the column, from inverted amounts, from two columns or from a mark', async () => {
    const head = 'Buchungstag;A;B';
    const columns = { bookedOn: 'Buchungstag' };
    const rows = (...cells: string[]): string[] => [head, ...cells.map((each) => `02.11.2026;${each}`)];
    const inverted = mapped({ columns, amount: { kind: 'inverted', column: 'A' } });
    assert.deepEqual(await amountsOf(rows('5,00;', '-7,00;'), inverted), [-500, 700]);
    const two = mapped({ columns, amount: { kind: 'two_columns', debit: 'A', credit: 'B' } });
    assert.deepEqual(
      await amountsOf(rows('5,00;', '-6,00;', ';7,00', '0,00;8,00', ';-9,00'), two),
      [-500, -600, 700, 800, -900],
    );
    assert.equal(await code(rows('5,00;7,00'), two), 'bank_file.bad_amount');
    assert.equal(await code(rows(';'), two), 'bank_file.bad_amount');
    const words = { debitWords: ['S', 'Soll'], creditWords: ['H', 'Haben'] };
    const marked = mapped({ columns, amount: { kind: 'marked', column: 'A', mark: 'B', ...words } });
    assert.deepEqual(await amountsOf(rows('5,00;S', '6,00;haben', '7,00; H '), marked), [-500, 600, 700]);
    assert.equal(await code(rows('5,00;X'), marked), 'bank_file.csv_mark');
  });

  it('reads amounts and dates as they are written, and refuses marks that stand where none can', async () => {
    const one = mapped({ columns: { bookedOn: 'D' }, amount: { kind: 'signed', column: 'A' } });
    const amount = (text: string): Promise<number[]> => amountsOf(['D;A', `02.11.2026;"${text}"`], one);
    const cases: readonly [string, number][] = [
      ['1.234.567,8', 123456780],
      ['1234', 123400],
      ['(12,50)', -1250],
      ['12,50-', -1250],
      ['− 3,00', -300],
      ['€ 1.000,00', 100000],
      ['-1.000,00 EUR', -100000],
      ['12,500', 1250],
    ];
    for (const [text, expected] of cases) assert.deepEqual(await amount(text), [expected], text);
    for (const text of ['12.50', '1,234.56', '1.23,4', '--5', '(5-)', '1e5', '5,001', '', '9'.repeat(50), '5 USD']) {
      assert.equal((await errorOf(amount(text))).code, 'bank_file.bad_amount', text);
    }
    const swiss = mapped({
      columns: { bookedOn: 'D' },
      amount: { kind: 'signed', column: 'A' },
      decimalMark: '.',
      thousandsMark: "'",
    });
    assert.deepEqual(await amountsOf(['D;A', "02.11.2026;1'234.50", '02.11.2026;1’234.50'], swiss), [123450, 123450]);
    const date = async (text: string, dateOrder: string, dateSeparator: string): Promise<string | undefined> => {
      const mapping = mapped({
        columns: { bookedOn: 'D' },
        amount: { kind: 'signed', column: 'A' },
        dateOrder,
        dateSeparator,
      });
      return linesOf(await read(['D;A', `${text};1`], mapping))[0]?.bookedOn;
    };
    assert.equal(await date('2026-11-02T10:00:00Z', 'YMD', '-'), '2026-11-02');
    assert.equal(await date('20261102', 'YMD', ''), '2026-11-02');
    assert.equal(await date('2/11/26', 'DMY', '/'), '2026-11-02');
    assert.equal(await date('11/2/1999 10:00', 'MDY', '/'), '1999-11-02');
    assert.equal((await errorOf(date('30.02.2026', 'DMY', '.'))).code, 'bank_file.bad_date');
    assert.equal((await errorOf(date('13/13/2026', 'MDY', '/'))).code, 'bank_file.bad_date');
  });

  it('is split by account and currency where columns tell them', async () => {
    const mapping = mapped({
      account: { column: 'K' },
      currency: { column: 'W' },
      columns: { bookedOn: 'D' },
      amount: { kind: 'signed', column: 'A' },
    });
    const events = await read(['D;K;W;A', '02.11.2026;1;eur;5', '02.11.2026;1;JPY;5', '02.11.2026;2;JPY;6'], mapping);
    assert.deepEqual(
      statementsOf(events).map(({ account }) => [account.number, account.currency]),
      [
        ['1', 'EUR'],
        ['1', 'JPY'],
        ['2', 'JPY'],
      ],
    );
    assert.deepEqual(
      linesOf(events).map((line) => line.amountMinor),
      [500, 5, 6],
    );
    assert.equal(await code(['D;K;W;A', '02.11.2026;;EUR;5'], mapping), 'bank_file.no_account');
    assert.equal(await code(['D;K;W;A', '02.11.2026;1;XYZ;5'], mapping), 'bank_file.unknown_currency');
  });

  it('holds running balances against the amounts, in either order', async () => {
    const columns = { bookedOn: 'D' };
    const amount = { kind: 'signed', column: 'A' };
    const up = mapped({ columns, amount, balance: { column: 'S', order: 'ascending' } });
    const down = mapped({ columns, amount, balance: { column: 'S', order: 'descending' } });
    const rows = ['01.11.2026;5;105', '02.11.2026;-20;85', '03.11.2026;1;86'];
    const ends = endsOf(await read(['D;A;S', ...rows], up));
    assert.deepEqual(ends[0]?.opening, { amountMinor: 10000, currency: 'EUR', on: '2026-11-01' });
    assert.deepEqual(ends[0]?.closing, { amountMinor: 8600, currency: 'EUR', on: '2026-11-03' });
    assert.deepEqual(endsOf(await read(['D;A;S', ...rows.toReversed()], down))[0]?.opening, ends[0]?.opening);
    assert.deepEqual(brokenIn(await read(['D;A;S', ...rows], up)), []);
    assert.deepEqual(brokenIn(await read(['D;A;S', ...rows.toReversed()], down)), []);
    const missing = ['D;A;S', rows[0] ?? '', rows[2] ?? ''];
    const broken = checksOf(await read(missing, up)).find((check) => check.declared !== check.found);
    assert.deepEqual([broken?.declared, broken?.found, broken?.place], [8600, 10600, 'line 3']);
    assert.ok(brokenIn(await read(['D;A;S', ...rows], down)).length > 0);
  });

  it('holds labelled balances against the amounts', async () => {
    const mapping = mapped({ openingLabel: 'Anfangssaldo', closingLabel: 'Endsaldo:' });
    const lines = ['Anfangssaldo:;;100,00 EUR', HEAD, ...ROWS, '03.11.2026;;ENDSALDO;;;;1.322,56'];
    const events = await read(lines, mapping);
    assert.deepEqual(brokenIn(events), []);
    assert.deepEqual(endsOf(events)[0]?.closing, { amountMinor: 132256, currency: 'EUR', on: '2026-11-03' });
    assert.deepEqual(brokenIn(await read(lines.with(0, 'Anfangssaldo;;100,01'), mapping)), [
      'opening + booked = closing: 132256/132257',
    ]);
  });

  it('tells rows that are not booked yet, and counts them to no balance', async () => {
    const mapping = mapped({
      columns: { bookedOn: 'D', valueOn: 'V' },
      amount: { kind: 'signed', column: 'A' },
      pending: { column: 'T', words: ['vorgemerkt'] },
      openingLabel: 'Alt',
      closingLabel: 'Neu',
    });
    const events = await read(['Alt;1', 'D;V;A;T', '02.11.2026;;5;', ';03.11.2026;7;Vorgemerkt', 'Neu;6'], mapping);
    assert.deepEqual(brokenIn(events), []);
    assert.deepEqual(
      linesOf(events).map((line) => [line.status, line.bookedOn]),
      [
        ['booked', '2026-11-02'],
        ['pending', '2026-11-03'],
      ],
    );
  });

  it('tells a day without movements', async () => {
    const events = await read([HEAD]);
    assert.deepEqual([statementsOf(events).length, linesOf(events).length, endsOf(events).length], [1, 0, 1]);
  });

  it('is refused without its header, with rows of another width, and with a quotation mark left open', async () => {
    const error = await errorOf(read(['Datum;Betrag', '1;2']));
    assert.equal(error.code, 'bank_file.csv_header');
    assert.match(error.message, /lacks "Valuta"/);
    assert.equal(await code([HEAD, '02.11.2026;;x;;a;b;5,00;shifted']), 'bank_file.csv_columns');
    assert.equal(await code([HEAD, '02.11.2026;5,00']), 'bank_file.csv_columns');
    assert.equal(await code([HEAD, '02.11.2026;;"x;;a;b;5,00', ROWS[0] ?? '']), 'bank_file.csv_syntax');
    assert.equal((await errorOf(read([HEAD, ...ROWS, '2.11.2026;;;;;;x']))).place, 'line 5');
  });
});

describe('any CSV file', () => {
  const cell = fc.string({ unit: fc.constantFrom('a', 'B', '"', ';', ',', '\n', ' ', "'", 'ü', '€'), maxLength: 12 });
  const row = fc.record({ minor: fc.integer({ min: -(10 ** 11), max: 10 ** 11 }), name: cell, text: cell });
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const decimal = (minor: number): string => {
    const digits = String(Math.abs(minor)).padStart(3, '0');
    const whole = digits.slice(0, -2).replace(/(\d)(?=(\d{3})+$)/g, '$1.');
    return `${minor < 0 ? '-' : ''}${whole},${digits.slice(-2)}`;
  };

  it('gives back the rows that were written, with balances that hold, however it is cut into pieces', async () => {
    const mapping = mapped({
      columns: { bookedOn: 'D', counterpartName: 'N', texts: ['T'] },
      amount: { kind: 'signed', column: 'A' },
      balance: { column: 'S', order: 'ascending' },
    });
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 20 }), fc.integer({ min: 1, max: 200 }), async (rows, size) => {
        let balance = 0;
        const body = rows.map((each) => {
          balance += each.minor;
          return ['02.11.2026', quoted(each.name), quoted(each.text), decimal(each.minor), decimal(balance)].join(';');
        });
        const file = ['D;N;T;A;S', ...body].join('\n');
        const events = await eventsOf(csvReader(mapping), file, { size });
        assert.deepEqual(brokenIn(events), []);
        assert.deepEqual(
          linesOf(events).map((line) => [line.amountMinor, line.counterpartName, line.texts]),
          rows.map((each) => [
            each.minor,
            each.name.trim() === '' ? null : each.name.trim(),
            each.text.trim() === '' ? [] : [each.text.trim()],
          ]),
        );
      }),
      { numRuns: 60 },
    );
  });
});
