// Lockbox files in fixed columns are read cheque by cheque, with the invoices they pay and totals that are held against them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readLockbox } from '../../../src/domain/bank-files/lockbox.ts';
import { brokenIn, checksOf, endsOf, errorOf, eventsOf, linesOf, statementsOf } from './events-of.ts';

const pad = (value: string | number, size: number): string => String(value).padStart(size, '0');
const header = '101DEST000001122099999 2611020915'.replace('122099999 ', '0122099999');
const service = `2${'DESTORIGIN'.padEnd(20)}${pad(0, 10)}4000800802`;
const batchHeader = (batch: number): string => `5${pad(batch, 3)}0000004711261102DESTORIGIN`;
const cheque = (batch: number, item: number, minor: number): string =>
  `6${pad(batch, 3)}${pad(item, 3)}${pad(minor, 10)}021000021${pad(987654, 10)}${pad(5000 + item, 10)}110126ACME CORPORATION`;
const overflow = (batch: number, item: number, rest: string): string => `4${pad(batch, 3)}${pad(item, 3)}6010${rest}`;
const invoice = (reference: string, paid: number, deducted: number, reason: string): string =>
  `${reference.padEnd(16)}${pad(paid, 10)}${pad(deducted, 10)}${reason.padEnd(3)}`;
const batchTotal = (batch: number, count: number, minor: number): string =>
  `7${pad(batch, 3)}0000004711261102${pad(count, 3)}${pad(minor, 10)}`;
const boxTotal = (count: number, minor: number): string => `80000000004711261102${pad(count, 4)}${pad(minor, 10)}`;

const FILE = [
  header,
  service,
  batchHeader(1),
  cheque(1, 1, 150000),
  overflow(1, 1, `${invoice('INV-2026-17', 100000, 2000, '024')}SHORT`),
  overflow(1, 1, invoice('INV-2026-18', 50000, 0, '')),
  cheque(1, 2, 2500),
  overflow(1, 2, 'PLEASE SEE THE LETTER IN THE ENVELOPE'),
  batchTotal(1, 2, 152500),
  batchHeader(2),
  cheque(2, 1, 100),
  batchTotal(2, 1, 100),
  boxTotal(3, 152600),
  `9${pad(14, 6)}`,
];
const read = (lines: readonly string[]) => eventsOf(readLockbox, lines.join('\r\n'));
const code = async (lines: readonly string[]): Promise<string> => (await errorOf(read(lines))).code;
const withLine = (at: number, line: string): string[] => FILE.map((each, index) => (index === at ? line : each));

describe('a lockbox file', () => {
  it('tells one line for each cheque, with its payer, number and invoices', async () => {
    const events = await read(FILE);
    assert.deepEqual(brokenIn(events), []);
    assert.equal(checksOf(events).length, 7);
    assert.deepEqual(
      statementsOf(events).map(({ account }) => account),
      [{ number: '0122099999/0004711', isIban: false, currency: 'USD' }],
    );
    assert.equal(endsOf(events)[0]?.linesRead, 3);
    const [first, second, third] = linesOf(events);
    assert.deepEqual(
      [
        first?.amountMinor,
        first?.bookedOn,
        first?.trace,
        first?.counterpartAccount,
        first?.counterpartName,
        first?.batch,
      ],
      [150000, '2026-11-02', '5001', '021000021/987654', 'ACME CORPORATION', '001'],
    );
    assert.deepEqual(first?.remittance, [
      { reference: 'INV-2026-17', paidMinor: 100000, reducedMinor: 2000, reasonCode: '024', isDiscount: false },
      { reference: 'INV-2026-18', paidMinor: 50000, reducedMinor: 0, reasonCode: null, isDiscount: false },
    ]);
    assert.deepEqual(first.texts, ['SHORT']);
    assert.deepEqual([second?.remittance, second?.texts], [[], ['PLEASE SEE THE LETTER IN THE ENVELOPE']]);
    assert.deepEqual([third?.amountMinor, third?.batch], [100, '002']);
  });

  it('gives a cheque no reference of the bank, because item numbers begin anew with each transmission', async () => {
    assert.deepEqual(
      linesOf(await read(FILE)).map((line) => line.bankReference),
      [null, null, null],
    );
  });

  it('shows every total and count that is wrong, with both figures', async () => {
    assert.deepEqual(brokenIn(await read(withLine(8, batchTotal(1, 3, 152501)))), [
      'number of cheques in batch 001: 3/2',
      'total of batch 001: 152501/152500',
    ]);
    assert.deepEqual(brokenIn(await read(withLine(12, boxTotal(2, 152500)))), [
      'number of cheques in lockbox 0004711: 2/3',
      'total of lockbox 0004711: 152500/152600',
    ]);
    assert.deepEqual(brokenIn(await read(FILE.toSpliced(5, 1))), ['number of records in the file: 14/13']);
  });

  it('is refused where the columns are others than those that are read', async () => {
    const error = await errorOf(read(withLine(3, '600100100001500,0021000021')));
    assert.equal(error.code, 'bank_file.lockbox_layout');
    assert.match(error.message, /line 4: columns 8 to 17 of record 6 \(amount\)/);
    assert.equal(
      await code(withLine(3, cheque(1, 1, 150000).replace('021000021', 'ACMECORPX'))),
      'bank_file.lockbox_layout',
    );
    assert.equal(await code(withLine(8, '7001')), 'bank_file.lockbox_layout');
    assert.equal(await code(withLine(2, batchHeader(1).replace('261102', '269902'))), 'bank_file.bad_date');
    assert.equal(await code(withLine(3, 'x'.repeat(201))), 'bank_file.lockbox_record');
  });

  it('is refused when records are out of order or missing', async () => {
    assert.equal(await code(FILE.slice(1)), 'bank_file.lockbox_order');
    assert.equal(await code(FILE.toSpliced(2, 1)), 'bank_file.lockbox_order');
    assert.equal(await code(FILE.toSpliced(3, 1)), 'bank_file.lockbox_order');
    assert.equal(await code(FILE.toSpliced(8, 1)), 'bank_file.lockbox_order');
    assert.equal(await code(FILE.toSpliced(12, 1)), 'bank_file.lockbox_order');
    assert.equal(await code(withLine(4, overflow(1, 2, invoice('A', 1, 0, '')))), 'bank_file.lockbox_order');
    assert.equal(await code(withLine(3, cheque(2, 1, 5))), 'bank_file.lockbox_order');
    assert.equal(await code(FILE.slice(0, -1)), 'bank_file.cut_off');
    assert.equal(await code(withLine(1, '3')), 'bank_file.lockbox_record');
  });
});

describe('any lockbox file', () => {
  const item = fc.record({
    minor: fc.integer({ min: 1, max: 9_999_999_999 }),
    invoices: fc.array(
      fc.record({
        reference: fc.stringMatching(/^[A-Z0-9][A-Z0-9-]{0,15}$/),
        paid: fc.integer({ min: 0, max: 9_999_999_999 }),
        deducted: fc.integer({ min: 0, max: 9_999_999_999 }),
      }),
      { maxLength: 5 },
    ),
  });

  it('gives back the cheques and invoices that were written, however it is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(item, { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 300 }),
        async (items, size) => {
          const total = items.reduce((sum, each) => sum + each.minor, 0);
          fc.pre(total <= 9_999_999_999);
          const body = items.flatMap((each, index) => [
            cheque(7, index + 1, each.minor),
            ...each.invoices.map((one) => overflow(7, index + 1, invoice(one.reference, one.paid, one.deducted, '11'))),
          ]);
          const lines = [
            header,
            service,
            batchHeader(7),
            ...body,
            batchTotal(7, items.length, total),
            boxTotal(items.length, total),
          ];
          const file = [...lines, `9${pad(lines.length + 1, 6)}`].join('\n');
          const events = await eventsOf(readLockbox, file, { size });
          assert.deepEqual(brokenIn(events), []);
          assert.deepEqual(
            linesOf(events).map((line) => [
              line.amountMinor,
              line.remittance.map((one) => [one.reference, one.paidMinor, one.reducedMinor]),
            ]),
            items.map((each) => [each.minor, each.invoices.map((one) => [one.reference, one.paid, one.deducted])]),
          );
        },
      ),
      { numRuns: 60 },
    );
  });
});
