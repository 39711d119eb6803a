// BAI2 is read with its continuations, funds types and control totals, and every figure that is wrong shows.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readBai2 } from '../../../src/domain/bank-files/bai2.ts';
import { brokenIn, checksOf, endsOf, errorOf, eventsOf, linesOf, OPTIONS, SHARED, statementsOf } from './events-of.ts';

const FILE = [
  '01,122099999,123456789,261103,0600,7,,,2/',
  '02,123456789,122099999,1,261102,2400,USD,2/',
  '03,0004567,,010,500000,,,015,612345,,,100,130000,2,/',
  '88,400,17655,1,/',
  '16,165,100000,V,261103,1200,BREF1,CUST1,ACME CORP INV-17, 50/50 SPLIT/',
  '88,SECOND TEXT TRN*1*EFT9921*1234567890~/',
  '16,115,30000,S,10000,20000,0,,00000,LOCKBOX DEPOSIT',
  '16,557,17655,D,2,0,10000,1,7655,RET9,,RETURNED DEBIT R01 NOT SUFFICIENT FUNDS/',
  '16,890,,,,,NOT MONEY/',
  '49,1407655,8/',
  '98,1407655,1,10/',
  '99,1407655,1,12/',
];

const read = (lines: readonly string[], accountCurrency: string | null = null) =>
  eventsOf(readBai2, lines.join('\n'), { options: { ...OPTIONS, accountCurrency } });
const code = async (lines: readonly string[]): Promise<string> => (await errorOf(read(lines))).code;
const withLine = (at: number, line: string): string[] => FILE.map((each, index) => (index === at ? line : each));

describe('a BAI2 file', () => {
  it('tells accounts, balances and details', async () => {
    const events = await read(FILE);
    assert.deepEqual(statementsOf(events), [
      {
        statementId: null,
        sequence: '7',
        account: { number: '122099999/0004567', isIban: false, currency: 'USD' },
        place: 'line 3',
      },
    ]);
    const [end] = endsOf(events);
    assert.deepEqual(end?.opening, { amountMinor: 500000, currency: 'USD', on: '2026-11-02' });
    assert.deepEqual(end?.closing, { amountMinor: 612345, currency: 'USD', on: '2026-11-02' });
    assert.equal(end?.linesRead, 4);
    assert.deepEqual(brokenIn(events), []);
    assert.equal(checksOf(events).length, 13);
  });

  it('tells each detail with its sign, references, texts and date, whatever its funds type', async () => {
    const [ach, lockbox, returned, note] = linesOf(await read(FILE));
    assert.deepEqual(
      [ach?.amountMinor, ach?.bookedOn, ach?.valueOn, ach?.bankReference, ach?.endToEndId, ach?.trace],
      [100000, '2026-11-02', '2026-11-03', 'BREF1', 'CUST1', 'EFT9921'],
    );
    assert.deepEqual(ach?.texts, ['ACME CORP INV-17, 50/50 SPLIT', 'SECOND TEXT TRN*1*EFT9921*1234567890~']);
    assert.deepEqual(
      [lockbox?.amountMinor, lockbox?.bankReference, lockbox?.endToEndId, lockbox?.texts],
      [30000, null, null, ['LOCKBOX DEPOSIT']],
    );
    assert.deepEqual(
      [returned?.amountMinor, returned?.isReversal, returned?.returnReason, returned?.bankReference],
      [-17655, true, 'R01', 'RET9'],
    );
    assert.deepEqual([note?.status, note?.amountMinor, note?.texts], ['information', 0, ['NOT MONEY']]);
  });

  it('is read with a record cut by continuations at any field, and with text cut in the middle of a word', async () => {
    const cut = [
      ...FILE.slice(0, 4),
      '16,165,100000/',
      '88,V,261103/',
      '88,1200,BREF1/',
      '88,CUST1,ACME/',
      ...FILE.slice(6),
    ];
    const [ach] = linesOf(await read(cut));
    assert.deepEqual(
      [ach?.amountMinor, ach?.bankReference, ach?.endToEndId, ach?.texts],
      [100000, 'BREF1', 'CUST1', ['ACME']],
    );
    const wide = ['01,122099999,123456789,261103,0600,7,40,,2/', ...FILE.slice(1, 4)];
    const full = '16,165,100000,0,B,C,PAYMENT OF INVOICE 2026-00'.slice(0, 50);
    const lines = [...wide, full, '88,0123 AND MORE/', ...FILE.slice(6)];
    assert.deepEqual(linesOf(await read(lines))[0]?.texts, ['PAYMENT OF INVOICE 2026-000123 AND MORE']);
  });

  it('takes the currency of the account, else of the group, else as asked, else dollars', async () => {
    const currencies = async (account: string, group: string, asked: string | null): Promise<(string | null)[]> => {
      const lines = withLine(1, `02,123456789,122099999,1,261102,2400,${group},2/`);
      const events = await read(
        lines.map((line) => line.replace('03,0004567,,', `03,0004567,${account},`)),
        asked,
      );
      return statementsOf(events).map((statement) => statement.account.currency);
    };
    assert.deepEqual(await currencies('CAD', 'EUR', 'GBP'), ['CAD']);
    assert.deepEqual(await currencies('', 'EUR', 'GBP'), ['EUR']);
    assert.deepEqual(await currencies('', '', 'GBP'), ['GBP']);
    assert.deepEqual(await currencies('', '', null), ['USD']);
  });

  it('shows every total and count that is wrong, with both figures', async () => {
    assert.deepEqual(brokenIn(await read(withLine(2, '03,0004567,,010,500000,,,015,612346,,,100,130000,2,/'))), [
      'control total of the account: 1407655/1407656',
      'opening + booked = closing: 612346/612345',
      'control total of the group 1: 1407655/1407656',
      'control total of the file: 1407655/1407656',
    ]);
    assert.deepEqual(brokenIn(await read(withLine(2, '03,0004567,,010,500000,,,015,612345,,,100,130000,3,/'))), [
      'number of credits (100): 3/2',
    ]);
    assert.deepEqual(brokenIn(await read(FILE.toSpliced(8, 1))), [
      'number of records in the account: 8/7',
      'number of records in the group 1: 10/9',
      'number of records in the file: 12/11',
    ]);
    assert.deepEqual(brokenIn(await read(withLine(11, '99,1407655,2,12/'))), ['number of groups in the file: 2/1']);
    assert.deepEqual(brokenIn(await read(withLine(10, '98,1407655,3,10/'))), [
      'number of accounts in the group 1: 3/1',
    ]);
  });

  it('holds no balance against details that are not all there', async () => {
    const interim = await read(withLine(1, '02,123456789,122099999,1,261102,2400,USD,3/'));
    assert.ok(!checksOf(interim).some((check) => check.what.startsWith('opening')));
    assert.deepEqual([...new Set(linesOf(interim).map((line) => line.status))], ['pending', 'information']);
    const balancesAlone = [
      ...FILE.slice(0, 3).map((line) => line.replace('100,130000,2,/', '')),
      '49,1112345,2/',
      '98,1112345,1,4/',
      '99,1112345,1,6/',
    ];
    const events = await read(balancesAlone);
    assert.deepEqual(brokenIn(events), []);
    assert.equal(endsOf(events)[0]?.closing?.amountMinor, 612345);
  });

  it('is refused when it is a test, a deletion, of another version, out of order or cut off', async () => {
    assert.equal(await code(withLine(1, '02,123456789,122099999,4,261102,2400,USD,2/')), 'bank_file.bai2_status');
    assert.equal(await code(withLine(1, '02,123456789,122099999,2,261102,2400,USD,2/')), 'bank_file.bai2_status');
    assert.equal(await code(withLine(0, '01,122099999,123456789,261103,0600,7,,,3/')), 'bank_file.bai2_version');
    assert.equal(await code(FILE.slice(1)), 'bank_file.bai2_order');
    assert.equal(await code(FILE.toSpliced(2, 2)), 'bank_file.bai2_order');
    assert.equal(await code(FILE.toSpliced(9, 1)), 'bank_file.bai2_order');
    assert.equal(await code([...FILE, FILE[0] ?? '']), 'bank_file.bai2_order');
    assert.equal(await code(FILE.slice(0, 11)), 'bank_file.cut_off');
    assert.equal(await code(withLine(6, 'words')), 'bank_file.bai2_record');
  });

  it('is refused where a field cannot be what it should', async () => {
    const detail = (text: string): Promise<string> => code(withLine(6, `16,${text}/`));
    assert.equal(await detail('115,300.00,0'), 'bank_file.bad_amount');
    assert.equal(await detail('115,30000,Q'), 'bank_file.bai2_funds_type');
    assert.equal(await detail('115,30000,V,261332,'), 'bank_file.bad_date');
    assert.equal(await detail('115,30000,D,999,'), 'bank_file.bai2_funds_type');
    assert.equal(await detail('11X,30000,0'), 'bank_file.bai2_type_code');
    assert.equal(await code(withLine(9, '49,1407655,eight/')), 'bank_file.bad_count');
    assert.equal(await code(FILE.map((line) => line.replace(',USD,', ',XXX,'))), 'bank_file.unknown_currency');
    const error = await errorOf(read(withLine(6, '16,115,1.5,0/')));
    assert.equal(error.place, 'line 7');
  });

  it('tells the signs of type codes, and a minus sign on top of them', async () => {
    const amounts = async (typeCode: string, amount: string): Promise<(number | string)[]> => {
      const [line] = linesOf(await read(withLine(6, `16,${typeCode},${amount},0,,,X/`))).slice(1);
      return [line?.amountMinor ?? 'none', line?.status ?? 'none'];
    };
    assert.deepEqual(await amounts('399', '5'), [5, 'booked']);
    assert.deepEqual(await amounts('400', '5'), [-5, 'booked']);
    assert.deepEqual(await amounts('475', '-5'), [5, 'booked']);
    assert.deepEqual(await amounts('720', '5'), [5, 'information']);
    assert.deepEqual(await amounts('921', '5'), [5, 'booked']);
    assert.deepEqual(await amounts('961', '5'), [-5, 'booked']);
  });
});

describe('any BAI2 file', () => {
  const word = fc.stringMatching(/^[A-Z0-9][A-Z0-9 ,.\/-]{0,20}[A-Z0-9]$/);
  const detail = fc.record({
    isCredit: fc.boolean(),
    minor: fc.integer({ min: 1, max: 10 ** 12 }),
    reference: fc.stringMatching(/^[A-Z1-9]{1,12}$/),
    text: word,
    isContinued: fc.boolean(),
  });
  const write = (details: readonly (typeof detail extends fc.Arbitrary<infer Value> ? Value : never)[]): string => {
    const movement = details.reduce((sum, each) => sum + (each.isCredit ? each.minor : -each.minor), 0);
    const body = details.flatMap(({ isCredit, minor, reference, text, isContinued }) => {
      const start = `16,${isCredit ? '142' : '451'},${minor},0,${reference},`;
      return isContinued ? [`${start}/`, `88,${text}/`] : [`${start},${text}`];
    });
    const total = details.reduce((sum, each) => sum + each.minor, 1000 + 1000 + movement);
    const records = body.length + 2;
    return [
      '01,1,2,261103,0600,1,,,2/',
      '02,2,122099999,1,261102,,USD,2/',
      `03,77,USD,010,1000,,,015,${1000 + movement},,/`,
      ...body,
      `49,${total},${records}/`,
      `98,${total},1,${records + 2}/`,
      `99,${total},1,${records + 4}/`,
      '',
    ].join('\r\n');
  };

  it('gives back the details that were written, with totals that hold, however it is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(detail, { maxLength: 30 }), fc.integer({ min: 1, max: 400 }), async (details, size) => {
        const file = write(details);
        const events = await eventsOf(readBai2, file);
        assert.deepEqual(brokenIn(events), []);
        assert.deepEqual(
          linesOf(events).map((line) => [line.amountMinor, line.bankReference, line.texts]),
          details.map((each) => [each.isCredit ? each.minor : -each.minor, each.reference, [each.text]]),
        );
        assert.deepEqual(await eventsOf(readBai2, file, { size }), events);
      }),
      { numRuns: 60 },
    );
  });
});

const realFile = `${SHARED}/bai2-sample1.txt`;
describe('the shared BAI2 file', { skip: existsSync(realFile) ? false : `${realFile} is not there` }, () => {
  it('is read with all its totals and counts', async () => {
    const events = await eventsOf(readBai2, readFileSync(realFile));
    assert.deepEqual(brokenIn(events), []);
    assert.equal(checksOf(events).length, 18);
    assert.deepEqual(
      endsOf(events).map((end) => end.linesRead),
      [11, 6],
    );
    assert.deepEqual(statementsOf(events)[0]?.account, { number: '10200123456', isIban: false, currency: 'CAD' });
    const [first] = linesOf(events);
    assert.deepEqual(
      [first?.amountMinor, first?.bookedOn, first?.valueOn, first?.texts],
      [-2500, '2006-03-17', '2006-03-16', ['RETURNED CHEQUE']],
    );
    assert.equal(
      linesOf(events).reduce((sum, line) => sum + line.amountMinor, 0),
      0,
    );
  });
});
