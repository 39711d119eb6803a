// A receivables file in any common shape reads back to the history it was written from, or is refused, never misread.

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { readFile, splitText } from '../../src/cli/pilot/read-file.ts';
import { addDays, daysBetween } from '../../src/domain/dates.ts';
import { formatDecimal } from '../../src/domain/money.ts';
import { readHistory, type HistoryFile } from '../../src/domain/pilot/read-history.ts';

type ReadResult = ReturnType<typeof readHistory>;

interface Invoice {
  number: string;
  customer: string;
  invoicedOn: string;
  termsDays: number;
  amountMinor: number;
  settledAfter: number | null;
  disputed: boolean;
}

function read(
  lines: readonly string[],
  options: Partial<Pick<HistoryFile, 'map' | 'defaultCurrency'>> = {},
): ReadResult {
  const split = splitText(lines.join('\n'));
  if (!split.ok) return split;
  return readHistory({ header: split.header, rows: split.rows, map: {}, defaultCurrency: 'EUR', ...options });
}

function accepted(result: ReadResult): Extract<ReadResult, { ok: true }> {
  if (!result.ok) assert.fail(`refused: ${result.refusal.code} ${result.refusal.text}`);
  return result;
}

function refusal(result: ReadResult): { code: string; text: string; hint: string } {
  if (result.ok) assert.fail(`accepted: ${JSON.stringify(result.report)}`);
  return result.refusal;
}

const numberNames = [
  'Invoice No.',
  'invoice_number',
  'INVOICEID',
  'Rechnungsnr.',
  'N° facture',
  'Nº de factura',
  'Numero fattura',
  'Factuurnummer',
  'Belegnummer',
  'Doc No',
  'Invoice #',
];
const customerNames = [
  'Customer',
  'cust_no',
  'Kundennummer',
  'Code client',
  'Cliente',
  'Klantnr',
  'Debitor',
  'Sold-to party',
  'Codice cliente',
];
const dateNames = [
  'Invoice date',
  'inv_date',
  'Rechnungsdatum',
  "Date d'émission",
  'Fecha de factura',
  'Data fattura',
  'Factuurdatum',
  'Document Date',
  'Belegdatum',
  'Posting Date',
];
const dueNames = [
  'Due date',
  'Net due date',
  'Fälligkeit',
  'Fälligkeitsdatum',
  "Date d'échéance",
  'Fecha de vencimiento',
  'Scadenza',
  'Vervaldatum',
  'due_on',
  'Nettofälligkeit',
  'Payment Due Date',
];
const amountNames = [
  'Amount',
  'Invoice Amount (EUR)',
  'Rechnungsbetrag',
  'Betrag brutto',
  'Montant TTC',
  'Importe total',
  'Importo',
  'Bedrag incl. BTW',
  'total_amount',
  'Betrag in Hauswährung',
];
const settledNames = [
  'Paid on',
  'Clearing date',
  'Ausgleichsdatum',
  'Date de règlement',
  'Fecha de cobro',
  'Data pagamento',
  'Betaald op',
  'SettledDate',
  'settled_at',
  'Payment date',
  'Zahlungseingang am',
];
const disputedNames = ['Disputed', 'In dispute', 'Strittig', 'En litige', 'Contestazione', 'Betwist'];
const yesNo: readonly (readonly [string, string])[] = [
  ['Yes', 'No'],
  ['true', 'false'],
  ['1', '0'],
  ['x', ''],
  ['ja', 'nein'],
  ['Oui', 'Non'],
  ['Sí', 'No'],
  ['J', 'N'],
];

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const germanMonths = [
  'Januar',
  'Februar',
  'März',
  'April',
  'Mai',
  'Juni',
  'Juli',
  'August',
  'September',
  'Oktober',
  'November',
  'Dezember',
];
const part = (iso: string): { y: string; m: string; d: string } => ({
  y: iso.slice(0, 4),
  m: iso.slice(5, 7),
  d: iso.slice(8),
});
const bare = (digits: string): string => String(Number(digits));
const dateWriters: Readonly<Record<string, (iso: string) => string>> = {
  'yyyy-mm-dd': (iso) => iso,
  'yyyy-mm-dd time': (iso) => `${iso}T00:00:00.000Z`,
  'yyyy/mm/dd': (iso) => iso.replaceAll('-', '/'),
  yyyymmdd: (iso) => iso.replaceAll('-', ''),
  'yyyymmdd.0': (iso) => `${iso.replaceAll('-', '')}.0`,
  'm/d/yyyy': (iso) => `${bare(part(iso).m)}/${bare(part(iso).d)}/${part(iso).y}`,
  'mm/dd/yyyy time': (iso) => `${part(iso).m}/${part(iso).d}/${part(iso).y} 12:30 PM`,
  'd/m/yyyy': (iso) => `${bare(part(iso).d)}/${bare(part(iso).m)}/${part(iso).y}`,
  'd.m.yyyy': (iso) => `${part(iso).d}.${part(iso).m}.${part(iso).y}`,
  'd-m-yyyy': (iso) => `${part(iso).d}-${part(iso).m}-${part(iso).y}`,
  'd.m.yy': (iso) => `${part(iso).d}.${part(iso).m}.${part(iso).y.slice(2)}`,
  'm/d/yy': (iso) => `${bare(part(iso).m)}/${bare(part(iso).d)}/${part(iso).y.slice(2)}`,
  'd/m/yy': (iso) => `${part(iso).d}/${part(iso).m}/${part(iso).y.slice(2)}`,
  'yy-mm-dd': (iso) => iso.slice(2),
  'd-MMM-yyyy': (iso) => `${bare(part(iso).d)}-${months[Number(part(iso).m) - 1] ?? ''}-${part(iso).y}`,
  'd-MMM-yy': (iso) =>
    `${part(iso).d}-${(months[Number(part(iso).m) - 1] ?? '').toUpperCase()}-${part(iso).y.slice(2)}`,
  'd. MMMM yyyy': (iso) => `${bare(part(iso).d)}. ${germanMonths[Number(part(iso).m) - 1] ?? ''} ${part(iso).y}`,
  'MMM d, yyyy': (iso) => `${months[Number(part(iso).m) - 1] ?? ''} ${bare(part(iso).d)}, ${part(iso).y}`,
};

const grouped = (text: string, group: string): string => text.replace(/\B(?=(?:\d{3})+(?!\d))/g, group);
function amountWriter(group: string, mark: string): (minor: number) => string {
  return (minor) => {
    const [whole = '', decimals = ''] = formatDecimal(minor, 'EUR').split('.');
    return `${grouped(whole, group)}${mark}${decimals}`;
  };
}
const amountWriters: readonly ((minor: number) => string)[] = [
  amountWriter(',', '.'),
  amountWriter('.', ','),
  amountWriter(' ', ','),
  amountWriter('\u00a0', ','),
  amountWriter("'", '.'),
  amountWriter('’', '.'),
  amountWriter('', '.'),
  amountWriter('', ','),
  (minor) => `€ ${amountWriter('.', ',')(minor)}`,
  (minor) => `${amountWriter(',', '.')(minor)} EUR`,
];

const invoiceArbitrary = fc.record({
  customer: fc.constantFrom('A-1', '000042', 'Müller & Söhne, "Bau"', "O'Brien; Ltd", 'Ünal | Co'),
  day: fc.integer({ min: 0, max: 700 }),
  termsDays: fc.constantFrom(0, 8, 14, 30, 45, 60),
  amountMinor: fc.integer({ min: 1, max: 500_000_000 }),
  settledAfter: fc.option(fc.integer({ min: 0, max: 120 })),
  disputed: fc.boolean(),
});

const invoicesArbitrary = fc.array(invoiceArbitrary, { minLength: 12, maxLength: 40 }).map((rows): Invoice[] =>
  rows.map(({ day, ...row }, index) => ({
    ...row,
    number: String(index + 1).padStart(7, '0'),
    invoicedOn: addDays('2022-01-05', day),
  })),
);

const shapeArbitrary = fc.record({
  names: fc.record({
    number: fc.constantFrom(...numberNames),
    customer: fc.constantFrom(...customerNames),
    date: fc.constantFrom(...dateNames),
    due: fc.constantFrom(...dueNames),
    amount: fc.constantFrom(...amountNames),
    settled: fc.constantFrom(...settledNames),
    disputed: fc.constantFrom(...disputedNames),
  }),
  dates: fc.constantFrom(...Object.keys(dateWriters)),
  dueDates: fc.option(fc.constantFrom(...Object.keys(dateWriters)), { freq: 4 }),
  amounts: fc.constantFrom(...amountWriters),
  yesNo: fc.constantFrom(...yesNo),
  openAs: fc.constantFrom('', '-', 'n/a', 'NULL'),
  separator: fc.constantFrom(',', ';', '\t', '|'),
  hasTermsInsteadOfDue: fc.boolean(),
  order: fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8], { minLength: 9 }),
  linesAbove: fc.constantFrom<readonly string[]>(
    [],
    ['Open items list'],
    ['ACME Ltd', '', 'Printed 2024-01-31'],
    ['sep=;'],
  ),
});
type Shape = typeof shapeArbitrary extends fc.Arbitrary<infer T> ? T : never;

function quote(cell: string, separator: string): string {
  return cell.includes(separator) || /["\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}

/** Nobody writes two orders of numbers with one separator in one file, and no reader could tell. */
function dueFormat(shape: Shape): string {
  const separator = /[-/.]/.exec(shape.dates)?.[0];
  return shape.dueDates !== null && /[-/.]/.exec(shape.dueDates)?.[0] !== separator ? shape.dueDates : shape.dates;
}

function writeFileText(invoices: readonly Invoice[], shape: Shape): string[] {
  const date = dateWriters[shape.dates] ?? ((iso: string) => iso);
  const dueDate = dateWriters[dueFormat(shape)] ?? date;
  const dueName = shape.hasTermsInsteadOfDue ? 'Payment terms (days)' : shape.names.due;
  const { names } = shape;
  const header = [
    names.number,
    names.customer,
    names.date,
    dueName,
    names.amount,
    names.settled,
    names.disputed,
    'Days to settle',
    'Note',
  ];
  const rows = invoices.map((invoice) => [
    invoice.number,
    invoice.customer,
    date(invoice.invoicedOn),
    shape.hasTermsInsteadOfDue ? String(invoice.termsDays) : dueDate(addDays(invoice.invoicedOn, invoice.termsDays)),
    shape.amounts(invoice.amountMinor),
    invoice.settledAfter === null ? shape.openAs : date(addDays(invoice.invoicedOn, invoice.settledAfter)),
    invoice.disputed ? shape.yesNo[0] : shape.yesNo[1],
    String(invoice.settledAfter ?? ''),
    'see file',
  ]);
  const lines = [header, ...rows].map((cells) =>
    shape.order.map((column) => quote(cells[column] ?? '', shape.separator)).join(shape.separator),
  );
  return [...shape.linesAbove, ...lines];
}

function expected(invoices: readonly Invoice[]): Record<string, unknown>[] {
  return invoices
    .map((invoice) => ({
      number: invoice.number,
      customer: invoice.customer,
      invoicedOn: invoice.invoicedOn,
      dueOn: addDays(invoice.invoicedOn, invoice.termsDays),
      termsDays: invoice.termsDays,
      amountMinor: invoice.amountMinor,
      settledOn: invoice.settledAfter === null ? null : addDays(invoice.invoicedOn, invoice.settledAfter),
      disputed: invoice.disputed,
    }))
    .sort((a, b) =>
      a.invoicedOn === b.invoicedOn ? (a.number < b.number ? -1 : 1) : a.invoicedOn < b.invoicedOn ? -1 : 1,
    );
}

function withoutLines(result: Extract<ReadResult, { ok: true }>): Record<string, unknown>[] {
  return result.history.invoices.map(({ line, country, ...rest }) => {
    assert.ok(line > 0);
    assert.equal(country, null);
    return rest;
  });
}

test('a file in any shape reads back to what was written, or is refused as ambiguous, and is never misread', () => {
  let read1 = 0;
  let refused = 0;
  fc.assert(
    fc.property(invoicesArbitrary, shapeArbitrary, (invoices, shape) => {
      const result = read(writeFileText(invoices, shape));
      if (!result.ok && /_ambiguous$/.test(result.refusal.code) && result.refusal.code !== 'column_ambiguous') {
        refused += 1;
        // Only dates of numbers alone may be ambiguous: two decimals always tell the amounts.
        assert.equal(result.refusal.code, 'dates_ambiguous');
        assert.match(`${shape.dates} ${dueFormat(shape)}`, /[-/.]yy(?!y)|yy-mm|[/-]yyyy/);
        return;
      }
      const ok = accepted(result);
      assert.deepEqual(ok.report.rejected, []);
      assert.deepEqual(withoutLines(ok), expected(invoices));
      read1 += 1;
    }),
    { numRuns: 500 },
  );
  assert.ok(read1 > refused * 10, `${String(refused)} of ${String(read1 + refused)} files were refused`);
});

test('with days beyond the twelfth every four-digit-year format is told apart', () => {
  const invoices: Invoice[] = [3, 17, 29].map((day, index) => ({
    number: `N${String(index)}`,
    customer: 'C',
    invoicedOn: `2023-05-${String(day).padStart(2, '0')}`,
    termsDays: 30,
    amountMinor: 123_456,
    settledAfter: 20,
    disputed: false,
  }));
  for (const [format, write] of Object.entries(dateWriters)) {
    if (/yy-mm|\byy\b/.test(format.replaceAll('yyyy', ''))) continue;
    const lines = invoices.map((each) =>
      [each.number, each.customer, write(each.invoicedOn), write(addDays(each.invoicedOn, 30)), '1234.56'].join(';'),
    );
    const result = accepted(read(['Invoice;Customer;Date;Due date;Amount', ...lines]));
    assert.deepEqual(
      result.history.invoices.map((each) => [each.invoicedOn, daysBetween(each.invoicedOn, each.dueOn)]),
      invoices.map((each) => [each.invoicedOn, 30]),
      format,
    );
  }
});

test('dates that day-first and month-first both explain are refused, and --map dates= decides', () => {
  const lines = [
    'Invoice no,Customer,Invoice date,Due date,Amount',
    'A,C,01/02/2023,03/04/2023,5.00',
    'B,C,02/03/2023,04/05/2023,6.00',
  ];
  const refused = refusal(read(lines));
  assert.equal(refused.code, 'dates_ambiguous');
  assert.match(refused.hint, /--map dates=dmy or --map dates=mdy/);
  assert.match(refused.text, /01\/02\/2023/);
  assert.equal(accepted(read(lines, { map: { dates: 'dmy' } })).history.invoices[0]?.invoicedOn, '2023-02-01');
  assert.equal(accepted(read(lines, { map: { dates: 'mdy' } })).history.invoices[0]?.invoicedOn, '2023-01-02');
  assert.equal(refusal(read(lines, { map: { dates: 'ymd' } })).code, 'dates_unreadable');
  assert.equal(refusal(read(lines, { map: { dates: 'american' } })).code, 'map_value_unknown');
});

test('one column that tells day from month tells it for the columns with the same separator', () => {
  const lines = [
    'Invoice no,Customer,Invoice date,Due date,Amount',
    'A,C,1/2/2023,1/31/2023,5.00',
    'B,C,2/3/2023,3/5/2023,6.00',
  ];
  const result = accepted(read(lines));
  assert.deepEqual(result.report.dateFormats, { date: 'm/d/yyyy', due: 'm/d/yyyy' });
  assert.equal(result.history.invoices[0]?.invoicedOn, '2023-01-02');
});

test('an order under which invoices would be due before they were written is out', () => {
  const rows = [1, 2, 3, 4, 5, 6].map(
    (month) => `N${String(month)},C,12/0${String(month)}/2023,05/0${String(month + 1)}/2023,5.00`,
  );
  const result = accepted(read(['Invoice no,Customer,Invoice date,Due date,Amount', ...rows]));
  assert.deepEqual(result.report.dateFormats, { date: 'd/m/yyyy', due: 'd/m/yyyy' });
});

test('a few broken dates reject their rows and not the file', () => {
  const good = Array.from(
    { length: 20 },
    (_, index) => `N${String(index)},C,${String(index + 3)}/1/2023,28/2/2023,5.00`,
  );
  const bad = [
    'X1,C,30/2/2023,28/2/2023,5.00',
    'X2,C,soon,28/2/2023,5.00',
    'X3,C,,28/2/2023,5.00',
    'X4,C,2/3/0213,28/2/2023,5.00',
    'X5,C,1/25/2023,28/2/2023,5.00',
  ];
  const result = accepted(read(['Invoice no,Customer,Invoice date,Due date,Amount', ...good, ...bad]));
  assert.equal(result.report.accepted.count, 20);
  assert.deepEqual(
    result.report.rejected.map((row) => [row.line, row.code]),
    [
      [22, 'unreadable_date'],
      [23, 'unreadable_date'],
      [24, 'missing_date'],
      [25, 'unreadable_date'],
      [26, 'unreadable_date'],
    ],
  );
});

test('two-digit years up to 69 are of this century, later ones of the last', () => {
  const lines = [
    'Invoice no,Customer,Date,Due date,Amount',
    'A,C,15-Jan-69,20-Jan-69,5.00',
    'B,C,15-Jan-70,20-Jan-70,5.00',
  ];
  assert.deepEqual(
    accepted(read(lines)).history.invoices.map((each) => each.invoicedOn),
    ['1970-01-15', '2069-01-15'],
  );
});

test('amounts that are whole thousands or decimals alike are refused, and --map decimals= decides', () => {
  for (const [one, two] of [
    ['"1,234"', '"56,789"'],
    ['1.234', '500'],
  ] as const) {
    const lines = [
      'Invoice no,Customer,Date,Due date,Amount',
      `A,C,2023-01-02,2023-02-01,${one}`,
      `B,C,2023-01-02,2023-02-01,${two}`,
    ];
    const refused = refusal(read(lines));
    assert.equal(refused.code, 'decimals_ambiguous');
    assert.match(refused.hint, /--map decimals=point or --map decimals=comma/);
  }
  const lines = ['Invoice no;Customer;Date;Due date;Amount', 'A;C;2023-01-02;2023-02-01;1,234'];
  assert.equal(accepted(read(lines, { map: { decimals: 'point' } })).history.invoices[0]?.amountMinor, 123_400);
  const asComma = accepted(read(lines, { map: { decimals: 'comma' } }));
  assert.equal(asComma.report.rejected[0]?.code, 'amount_too_precise');
});

test('one amount that can only be read one way decides for the column', () => {
  const header = 'Invoice no;Customer;Date;Due date;Amount';
  const amounts = (values: string[]): (number | undefined)[] => {
    const rows = values.map((value, index) => `N${String(index)};C;2023-01-02;2023-02-01;${value}`);
    return accepted(read([header, ...rows])).history.invoices.map((each) => each.amountMinor);
  };
  assert.deepEqual(amounts(['1.234', '5,50']), [123_400, 550]);
  assert.deepEqual(amounts(['1,234', '5.50']), [123_400, 550]);
  assert.deepEqual(amounts(['1.234.567', '1.000']), [123_456_700, 100_000]);
  assert.deepEqual(amounts(['12', '1234']), [1_200, 123_400]);
  assert.deepEqual(amounts(['1.2', '1234.5600']), [120, 123_456]);
  assert.deepEqual(amounts(['12,34,567.80', '100.00']), [123_456_780, 10_000]);
  assert.deepEqual(amounts(['0.07', '90071992547409.91']), [7, 9_007_199_254_740_991]);
});

test('every bad row is rejected with its line and the reason, and the rest is read', () => {
  const lines = [
    'Invoice no;Customer;Date;Due date;Amount;Paid on;Disputed;Currency',
    'A;C;2023-01-02;2023-02-01;5,00;;no;EUR',
    ';C;2023-01-02;2023-02-01;5,00;;no;EUR',
    'B;;2023-01-02;2023-02-01;5,00;;no;EUR',
    'A;D;2023-01-03;2023-02-01;5,00;;no;EUR',
    'D;C;2023-01-02;2023-02-01;0,00;;no;EUR',
    'E;C;2023-01-02;2023-02-01;-5,00;;no;EUR',
    'F;C;2023-01-02;2023-02-01;5,00-;;no;EUR',
    'G;C;2023-01-02;2023-02-01;(5,00);;no;EUR',
    'H;C;2023-01-02;2023-01-01;5,00;;no;EUR',
    'I;C;2023-01-02;2023-02-01;5,00;2023-01-01;no;EUR',
    'J;C;2023-01-02;2023-02-01;5,001;;no;EUR',
    'K;C;2023-01-02;2023-02-01;five;;no;EUR',
    'L;C;2023-01-02;2023-02-01;5,00;;perhaps;EUR',
    'M;C;2023-01-02;2023-02-01;5,00;;no;USD',
    'N;C;2023-01-02;2023-02-01;5,00;;no;ZZZ',
    'O;C;2023-01-02;2023-02-01;;;no;EUR',
    'P;C;2023-01-02;;5,00;;no;EUR',
    'Q;C;with;semicolon;2023-01-02;2023-02-01;5,00;;no;EUR',
    'R;C;2023-01-02;2023-02-01;5,0',
    'S;C;2023-01-02;2023-02-01;5,00;2023-01-02;ja;EUR',
    ...Array.from({ length: 30 }, (_, index) => `Z${String(index)};C;2023-01-02;2023-02-01;5,00;;;`),
  ];
  const result = accepted(read(lines));
  assert.deepEqual(
    result.report.rejected.map((row) => [row.line, row.code]),
    [
      [3, 'missing_invoice_number'],
      [4, 'missing_customer'],
      [5, 'duplicate_invoice_number'],
      [6, 'amount_not_positive'],
      [7, 'amount_not_positive'],
      [8, 'amount_not_positive'],
      [9, 'amount_not_positive'],
      [10, 'due_before_invoice'],
      [11, 'settled_before_invoice'],
      [12, 'amount_too_precise'],
      [13, 'unreadable_amount'],
      [14, 'unreadable_disputed'],
      [15, 'other_currency'],
      [16, 'unknown_currency'],
      [17, 'missing_amount'],
      [18, 'missing_date'],
      [19, 'wrong_cell_count'],
      [20, 'wrong_cell_count'],
    ],
  );
  assert.match(result.report.rejected[2]?.reason ?? '', /lines 2 and 5/);
  assert.equal(result.report.rowsRead, 50);
  assert.deepEqual(result.report.accepted, { count: 32, amountByCurrency: { EUR: '160.00' } });
});

test('amounts are exact in the minor unit of the currency', () => {
  const header = 'Invoice no;Customer;Date;Due date;Amount;Currency';
  const yen = accepted(read([header, 'A;C;2023-01-02;2023-02-01;24168654;JPY', 'B;C;2023-01-02;2023-02-01;10.5;JPY']));
  assert.equal(yen.history.currency, 'JPY');
  assert.deepEqual(
    yen.history.invoices.map((each) => each.amountMinor),
    [24_168_654],
  );
  assert.equal(yen.report.rejected[0]?.code, 'amount_too_precise');
  const dinar = accepted(read([header, 'A;C;2023-01-02;2023-02-01;10.5;KWD', 'B;C;2023-01-02;2023-02-01;0.125;KWD']));
  assert.deepEqual(
    dinar.history.invoices.map((each) => each.amountMinor),
    [10_500, 125],
  );
});

test('columns: a missing one is refused with the list and the way to map it', () => {
  const refused = refusal(read(['Ref,Who,When,How much', 'A,C,2023-01-02,5.00']));
  assert.equal(refused.code, 'columns_missing');
  assert.match(refused.text, /Ref, Who, When, How much/);
  assert.match(refused.hint, /--map due=ColumnName/);
  const mapped = read(['Ref,Who,When,How much,Days', 'A,C,2023-01-02,5.00,10'], {
    map: { invoice: 'Ref', customer: 'who', date: '#3', amount: 'how-much', terms: 'Days' },
  });
  assert.equal(accepted(mapped).history.invoices[0]?.dueOn, '2023-01-12');
});

test('columns: unknown keys and names are refused, and a dash takes a guess away', () => {
  const lines = ['Invoice no,Customer,Date,Due date,Amount,Paid on', 'A,C,2023-01-02,2023-02-01,5.00,2023-01-09'];
  assert.equal(refusal(read(lines, { map: { colour: 'Date' } })).code, 'map_key_unknown');
  assert.equal(refusal(read(lines, { map: { due: 'Nowhere' } })).code, 'map_column_unknown');
  assert.equal(accepted(read(lines)).history.invoices[0]?.settledOn, '2023-01-09');
  assert.equal(accepted(read(lines, { map: { settled: '-' } })).history.invoices[0]?.settledOn, null);
});

test('columns: two that are equally good are refused, by name or by position', () => {
  const refused = refusal(
    read([
      'Invoice no,Customer,Date,Due date,Amount,Payment date,Clearing date',
      'A,C,2023-01-02,2023-02-01,5.00,2023-01-09,2023-01-10',
    ]),
  );
  assert.equal(refused.code, 'column_ambiguous');
  assert.match(refused.hint, /settled=Payment date.*settled=Clearing date/);
  const twice = refusal(
    read(['Invoice no,Customer,Date,Due date,Amount,Amount', 'A,C,2023-01-02,2023-02-01,5.00,6.00']),
  );
  assert.match(twice.hint, /#5.*#6/);
});

test('columns: a count of days or a flag is never taken for the settled date', () => {
  for (const name of [
    'Days to settle',
    'DaysToSettle',
    'Days paid late',
    'Paid',
    'Tage bis Zahlungseingang',
    'Promised payment date',
    'Settled amount',
  ]) {
    const value = name === 'Paid' ? 'yes' : name.startsWith('Promised') ? '2023-01-09' : '13';
    const result = accepted(
      read([`Invoice no,Customer,Date,Due date,Amount,${name}`, `A,C,2023-01-02,2023-02-01,5.00,${value}`]),
    );
    assert.equal(result.report.columns.settled, null, name);
    assert.equal(result.history.invoices[0]?.settledOn, null);
  }
});

test('columns: exports of common systems are understood without help', () => {
  const cases: readonly (readonly [string, string, Record<string, string | null>])[] = [
    [
      'business_code,cust_number,name_customer,clear_date,buisness_year,doc_id,posting_date,document_create_date,document_create_date.1,due_in_date,invoice_currency,document type,posting_id,area_business,total_open_amount,baseline_create_date,cust_payment_terms,invoice_id,isOpen',
      'U001,0200769623,WAL-MAR corp,2020-02-11 00:00:00,2020.0,1930438491.0,2020-01-26,20200125,20200126,20200210.0,USD,RV,1.0,,54273.28,20200126.0,NAH4,1930438491.0,0',
      {
        invoice: 'invoice_id',
        customer: 'cust_number',
        date: 'posting_date',
        due: 'due_in_date',
        amount: 'total_open_amount',
        settled: 'clear_date',
        currency: 'invoice_currency',
      },
    ],
    [
      'Debitor;Zuordnung;Belegnummer;Belegart;Belegdatum;Buchungsdatum;Nettofälligkeit;Betrag in Hauswährung;Hauswährung;Ausgleichsdatum;Ausgleichsbeleg',
      '100023;X;1800000123;DR;02.01.2023;03.01.2023;01.02.2023;1.190,00;EUR;00.00.0000;',
      {
        invoice: 'Belegnummer',
        customer: 'Debitor',
        date: 'Belegdatum',
        due: 'Nettofälligkeit',
        amount: 'Betrag in Hauswährung',
        settled: 'Ausgleichsdatum',
        currency: 'Hauswährung',
      },
    ],
    [
      'ContactName,InvoiceNumber,Reference,InvoiceDate,DueDate,Total,TaxTotal,InvoiceAmountPaid,InvoiceAmountDue,Currency,Country',
      'ACME,INV-1,po 5,2023-01-02,2023-02-01,119.00,19.00,0.00,119.00,EUR,DE',
      {
        invoice: 'InvoiceNumber',
        customer: 'ContactName',
        date: 'InvoiceDate',
        due: 'DueDate',
        amount: 'Total',
        settled: null,
        country: 'Country',
      },
    ],
    [
      'Numéro de facture;Client;Date de facture;Échéance;Montant TTC;Réglée le;Litige;Pays;Devise',
      'F1;Dupont;02/01/2023;31/01/2023;1 190,00 €;;Non;FR;EUR',
      {
        invoice: 'Numéro de facture',
        customer: 'Client',
        date: 'Date de facture',
        due: 'Échéance',
        amount: 'Montant TTC',
        settled: 'Réglée le',
        disputed: 'Litige',
        country: 'Pays',
        currency: 'Devise',
      },
    ],
  ];
  for (const [header, row, columns] of cases) {
    const result = accepted(read([header, row]));
    for (const [field, name] of Object.entries(columns)) {
      assert.equal(
        Object.entries(result.report.columns).find(([key]) => key === field)?.[1],
        name,
        `${field} of ${header}`,
      );
    }
    assert.equal(result.report.accepted.count, 1, JSON.stringify(result.report.rejected));
  }
});

test('a file is read in UTF-8, UTF-16 and Latin-1 alike', () => {
  const folder = mkdtempSync(join(tmpdir(), 'quittance-pilot-'));
  try {
    const text = 'Rechnungsnr.;Kunde;Rechnungsdatum;Fälligkeit;Betrag\r\nA;Müller;31.01.2023;28.02.2023;1.234,50\r\n';
    const utf16be = Buffer.from(text, 'utf16le').swap16();
    const bytes: Record<string, Buffer> = {
      'utf-8': Buffer.from(text),
      'utf-8 with mark': Buffer.from(`\ufeff${text}`),
      'utf-16le with mark': Buffer.from(`\ufeff${text}`, 'utf16le'),
      'utf-16le': Buffer.from(text, 'utf16le'),
      'utf-16be': utf16be,
      'windows-1252': Buffer.from(text, 'latin1'),
    };
    for (const [name, content] of Object.entries(bytes)) {
      const path = join(folder, 'file.csv');
      writeFileSync(path, content);
      const split = readFile(path);
      if (!split.ok) assert.fail(`${name}: ${split.refusal.text}`);
      assert.equal(split.encoding, name.split(' ')[0]);
      assert.deepEqual(split.header, ['Rechnungsnr.', 'Kunde', 'Rechnungsdatum', 'Fälligkeit', 'Betrag']);
      const result = accepted(readHistory({ header: split.header, rows: split.rows, map: {}, defaultCurrency: 'EUR' }));
      assert.equal(result.history.invoices[0]?.customer, 'Müller');
    }
    const missing = readFile(join(folder, 'none.csv'));
    assert.equal(missing.ok ? '' : missing.refusal.code, 'file_not_found');
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('line numbers are those of the file, whatever stands between', () => {
  const lines = [
    'Title',
    '',
    'Invoice no,Customer,Date,Due date,Amount',
    '',
    'A,"two',
    'lines",2023-01-02,2023-02-01,5.00',
    ',,,,',
    'B,C,2023-01-02,2023-02-01,5.00',
  ];
  const result = accepted(read(lines));
  assert.deepEqual(
    result.history.invoices.map((each) => [each.number, each.line]),
    [
      ['A', 5],
      ['B', 8],
    ],
  );
});

test('a text without header, rows or whole quotes is refused', () => {
  const code = (lines: string[]): string => refusal(read(lines)).code;
  assert.equal(code(['']), 'file_empty');
  assert.equal(code(['just words', 'and more words']), 'no_header_row');
  assert.equal(code(['1,2,3', '4,5,6']), 'no_header_row');
  assert.equal(code(['Invoice no,Customer,Date,Due date,Amount']), 'no_rows');
  assert.equal(code(['Invoice no,Customer,Date,Due date,Amount', 'A,"C,2023-01-02,2023-02-01,5.00']), 'file_broken');
});

const realFile = '../shared/data/receivables/receivables-2012-2013.csv';
test(
  'the shared file of 2,466 real invoices is read whole',
  { skip: existsSync(realFile) ? false : `${realFile} is not there` },
  () => {
    const split = readFile(realFile);
    if (!split.ok) assert.fail(split.refusal.text);
    const result = accepted(readHistory({ header: split.header, rows: split.rows, map: {}, defaultCurrency: 'USD' }));
    assert.equal(result.report.accepted.count, 2466);
    assert.deepEqual(result.report.rejected, []);
    assert.deepEqual(result.report.dateFormats, { date: 'm/d/yyyy', due: 'm/d/yyyy', settled: 'm/d/yyyy' });
    assert.equal(result.history.invoices.filter((each) => each.disputed).length, 561);
    assert.ok(result.history.invoices.every((each) => each.termsDays === 30 && each.settledOn !== null));
  },
);
