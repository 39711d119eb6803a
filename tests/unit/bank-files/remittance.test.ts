// Remittance advices of CSV and EDI 820 are read with what is paid, reduced and why, and refused where their figures do not agree.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import x12 from 'node-x12';
import { readEdi820 } from '../../../src/domain/bank-files/edi820.ts';
import {
  parseRemittanceCsvMapping,
  readRemittanceCsv,
  type RemittanceCsvMapping,
} from '../../../src/domain/bank-files/remittance-csv.ts';
import type { RemittanceAdvice } from '../../../src/domain/bank-files/remittance-types.ts';
import { readX12Segments } from '../../../src/domain/bank-files/x12-segments.ts';
import { errorOf, OPTIONS, piecesOf } from './events-of.ts';

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

const ISA =
  'ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261101*1200*U*00401*000000001*0*P*>~';
const BPR = 'BPR*C*1475.50*C*ACH*CTX*01*021000021*DA*987654*1512345678**01*122099999*DA*4711*20261102';

/** An interchange of sets, each a list of segments between ST and SE. */
function interchange(...sets: readonly string[][]): string {
  const bodies = sets.map((segments, index) => {
    const control = String(index + 1).padStart(4, '0');
    return [`ST*820*${control}`, ...segments, `SE*${segments.length + 2}*${control}`];
  });
  const group = ['GS*RA*SENDER*RECEIVER*20261101*1200*1*X*004010', ...bodies.flat(), `GE*${sets.length}*1`];
  return `${ISA}${[...group, 'IEA*1*000000001'].join('~')}~`;
}
const FULL = [
  BPR,
  'TRN*1*EFT9921*1512345678',
  'N1*PR*ACME CORPORATION*1*123456789',
  'N1*PE*US*1*987654321',
  'ENT*1',
  'RMR*IV*INV-17**980*1000*20',
  'REF*PO*PO-5',
  'DTM*003*20261001',
  'RMR*IV*INV-18**600*600',
  'ADX*-50.5*04',
  'RMR*CM*CN-3**-54',
];
const edi = (content: string, size?: number) => all(readEdi820(piecesOf(content, size), OPTIONS));
const ediCode = async (content: string): Promise<string> => (await errorOf(edi(content))).code;

describe('an EDI 820', () => {
  it('tells payer, trace, date and what is paid for each document', async () => {
    const [advice, ...rest] = await edi(interchange(FULL));
    assert.equal(rest.length, 0);
    const { lines, place, ...head } = advice ?? assert.fail('no advice');
    assert.deepEqual(head, {
      senderName: 'ACME CORPORATION',
      senderAccount: '021000021/987654',
      trace: 'EFT9921',
      paidOn: '2026-11-02',
      currency: 'USD',
      amountMinor: 147550,
    });
    assert.equal(place, 'segment 3 (ST)');
    assert.deepEqual(lines, [
      { reference: 'INV-17', paidMinor: 98000, reducedMinor: 2000, reasonCode: null, isDiscount: true },
      { reference: 'INV-18', paidMinor: 54950, reducedMinor: 5050, reasonCode: '04', isDiscount: false },
      { reference: 'CN-3', paidMinor: -5400, reducedMinor: 0, reasonCode: null, isDiscount: false },
    ]);
  });

  it('takes RMR04 with the adjustments in it where only so the sum holds', async () => {
    const net = FULL.map((segment) => segment.replace('RMR*IV*INV-18**600*600', 'RMR*IV*INV-18**549.5*600'));
    const [advice] = await edi(interchange(net));
    assert.deepEqual(
      advice?.lines.map((line) => line.paidMinor),
      [98000, 54950, -5400],
    );
  });

  it('tells adjustments that stand by themselves as lines of their own', async () => {
    const [advice] = await edi(interchange(['BPR*C*90*C*ACH', 'ENT*1', 'ADX*-10*11', 'RMR*IV*A**100']));
    assert.deepEqual(advice?.lines, [
      { reference: 'adjustment 11', paidMinor: -1000, reducedMinor: null, reasonCode: '11', isDiscount: false },
      { reference: 'A', paidMinor: 10000, reducedMinor: 0, reasonCode: null, isDiscount: false },
    ]);
    const [named] = await edi(interchange(['BPR*C*90*C*ACH', 'ENT*1', 'ADX*-10*11*CM*DM-9', 'RMR*IV*A**100']));
    assert.equal(named?.lines[0]?.reference, 'DM-9');
  });

  it('holds several sets, other separators and currencies, and line breaks between segments', async () => {
    const yen = ['BPR*C*500*C*ACH', 'CUR*PR*JPY', 'TRN*1*T2', 'ENT*1', 'RMR*IV*A***500'];
    const content = interchange(FULL, yen, ['BPR*C*7*C*ACH', 'TRN*1*T3']);
    const advices = await edi(content);
    assert.deepEqual(
      advices.map((advice) => [advice.trace, advice.currency, advice.amountMinor, advice.lines.length]),
      [
        ['EFT9921', 'USD', 147550, 3],
        ['T2', 'JPY', 500, 1],
        ['T3', 'USD', 700, 0],
      ],
    );
    const other = content.replaceAll('*', '|').replaceAll('~', "'\r\n");
    assert.deepEqual(await edi(other), advices);
    assert.deepEqual((await edi(content + content)).length, 6);
  });

  it('is refused with the figures when the sum is not the amount', async () => {
    const error = await errorOf(edi(interchange(FULL.map((segment) => segment.replace('1475.50', '1475.51')))));
    assert.equal(error.code, 'remittance.sum');
    assert.match(error.message, /147551 USD minor units are paid, but its lines sum to 147550/);
  });

  it('is refused when a count or a control number is wrong, or the file is cut off', async () => {
    const file = interchange(FULL);
    const error = await errorOf(edi(file.replace('SE*13', 'SE*12')));
    assert.equal(error.code, 'bank_file.x12_count');
    assert.match(error.message, /SE counts 12 segments, the file has 13/);
    assert.equal(await ediCode(file.replace('GE*1*', 'GE*2*')), 'bank_file.x12_count');
    assert.equal(await ediCode(file.replace('IEA*1', 'IEA*2')), 'bank_file.x12_count');
    assert.equal(await ediCode(file.replace('SE*13*0001', 'SE*13*0002')), 'bank_file.x12_control');
    assert.equal(await ediCode(file.replace('IEA*1*000000001', 'IEA*1*000000002')), 'bank_file.x12_control');
    assert.equal(await ediCode(file.slice(0, -3)), 'bank_file.cut_off');
    assert.equal(await ediCode(file.slice(0, file.indexOf('GE*'))), 'bank_file.cut_off');
    assert.equal(await ediCode(file.replace('SE*13*0001~', '')), 'bank_file.x12_order');
  });

  it('is refused when it is another set, a debit, or no X12', async () => {
    assert.equal(await ediCode(interchange(FULL).replace('ST*820', 'ST*835')), 'bank_file.x12_not_820');
    assert.equal(await ediCode(interchange(FULL).replace('*C*ACH', '*D*ACH')), 'bank_file.x12_not_a_credit');
    assert.equal(await ediCode(interchange(FULL.slice(1))), 'bank_file.x12_missing');
    assert.equal(await ediCode(interchange([BPR, ...FULL])), 'bank_file.x12_order');
    assert.equal(await ediCode(interchange(FULL).replace('RMR*IV*INV-17', 'RMR*IV*')), 'remittance.no_reference');
    assert.equal(await ediCode(interchange(FULL).replace('**980*', '**9,80*')), 'bank_file.bad_amount');
    assert.equal(await ediCode('UNA:+.? '), 'bank_file.x12_header');
    assert.equal(await ediCode(''), 'bank_file.x12_header');
    assert.equal(await ediCode(ISA), 'bank_file.cut_off');
  });

  it('has the segments that an independent reader finds, however it is cut into pieces', async () => {
    const text = fc.stringMatching(/^[A-Z0-9 .,#-]{0,15}$/);
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(text, text), { maxLength: 10 }),
        fc.integer({ min: 1, max: 200 }),
        async (pairs, size) => {
          const file = interchange([BPR, ...pairs.map(([first, second]) => `NTE*${first}*${second}`)]);
          const ours = await all(readX12Segments(piecesOf(file, size)));
          const theirs = new x12.X12Parser(true).parse(file);
          assert.ok(theirs instanceof x12.X12Interchange);
          const segments = theirs.functionalGroups.flatMap((group) =>
            group.transactions.flatMap((set) => set.segments),
          );
          assert.deepEqual(
            ours.filter(({ tag }) => tag === 'NTE' || tag === 'BPR').map(({ tag, elements }) => [tag, ...elements]),
            segments.map((segment) => [segment.tag, ...segment.elements.map((each) => each.value ?? '')]),
          );
        },
      ),
      { numRuns: 40 },
    );
  });
});

const MAPPING = {
  separator: ',',
  decimalMark: '.',
  dateOrder: 'YMD',
  dateSeparator: '-',
  currency: 'USD',
  advice: { senderName: 'Payer', trace: 'Trace', paidOn: 'Date', amount: 'Total' },
  line: { reference: 'Invoice', paid: 'Paid', discount: 'Discount', reduction: 'Deduction', reason: 'Reason' },
} as const;
const HEAD = 'Payer,Trace,Date,Total,Invoice,Paid,Discount,Deduction,Reason';

function mapped(changes: object = {}): RemittanceCsvMapping {
  const result = parseRemittanceCsvMapping({ ...MAPPING, ...changes });
  return result.ok ? result.mapping : assert.fail(result.refusal.text);
}
const csv = (lines: readonly string[], mapping = mapped()): Promise<RemittanceAdvice[]> =>
  all(readRemittanceCsv(mapping, piecesOf(lines.join('\n')), OPTIONS));

describe('a CSV of remittance advices', () => {
  it('is grouped into advices by trace and payer, wherever the rows stand', async () => {
    const advices = await csv([
      HEAD,
      'ACME,T1,2026-11-02,150.00,INV-1,98.00,2.00,,',
      'Beta,T1,2026-11-02,,INV-9,5.00,,,',
      ',T1,,,INV-10,6.00,,,',
      'ACME,T1,2026-11-02,150.00,INV-2,62.00,,-38.00,06',
      'ACME,T1,,,CN-1,-10.00,,,',
    ]);
    assert.deepEqual(
      advices.map(({ senderName, trace, amountMinor, paidOn }) => [senderName, trace, amountMinor, paidOn]),
      [
        ['ACME', 'T1', 15000, '2026-11-02'],
        ['Beta', 'T1', 1100, '2026-11-02'],
      ],
    );
    assert.deepEqual(advices[0]?.lines, [
      { reference: 'INV-1', paidMinor: 9800, reducedMinor: 200, reasonCode: null, isDiscount: true },
      { reference: 'INV-2', paidMinor: 6200, reducedMinor: 3800, reasonCode: '06', isDiscount: false },
      { reference: 'CN-1', paidMinor: -1000, reducedMinor: 0, reasonCode: null, isDiscount: false },
    ]);
  });

  it('is grouped by payer and date without a trace, and a row that names neither goes on with the one before', async () => {
    const mapping = mapped({
      advice: { senderName: 'Payer', paidOn: 'Date' },
      line: { reference: 'Invoice', paid: 'Paid' },
    });
    const advices = await csv(
      ['Payer,Date,Invoice,Paid', 'A,2026-11-01,1,1', ',,2,2', 'A,2026-11-02,3,3', 'A,2026-11-01,4,4'],
      mapping,
    );
    assert.deepEqual(
      advices.map((advice) => [advice.paidOn, advice.lines.map((line) => line.reference), advice.amountMinor]),
      [
        ['2026-11-01', ['1', '2', '4'], 700],
        ['2026-11-02', ['3'], 300],
      ],
    );
    assert.equal(advices[0]?.lines[0]?.reducedMinor, null);
  });

  it('is refused with the figures when the sum is not the amount, or the amounts differ', async () => {
    const error = await errorOf(csv([HEAD, 'ACME,T1,2026-11-02,100.01,INV-1,100.00,,,']));
    assert.equal(error.code, 'remittance.sum');
    assert.match(error.message, /10001 USD minor units are paid, but its lines sum to 10000/);
    const two = ['ACME,T1,2026-11-02,1.00,A,1.00,,,', 'ACME,T1,2026-11-02,2.00,B,1.00,,,'];
    assert.equal((await errorOf(csv([HEAD, ...two]))).code, 'remittance.two_amounts');
    assert.equal((await errorOf(csv([HEAD, 'ACME,T1,2026-11-02,,A,-1.00,,,']))).code, 'remittance.negative');
  });

  it('is refused where a row names no document or no amount, and when there is none', async () => {
    assert.equal((await errorOf(csv([HEAD, 'ACME,T1,2026-11-02,,,1.00,,,']))).code, 'remittance.no_reference');
    assert.equal((await errorOf(csv([HEAD, 'ACME,T1,2026-11-02,,A,,,,']))).code, 'bank_file.bad_amount');
    assert.equal((await errorOf(csv([HEAD]))).code, 'remittance.empty');
    const many = ['Payer,Date,Invoice,Paid', ...Array.from({ length: 2_001 }, (_, index) => `A,2026-11-01,${index},1`)];
    const mapping = mapped({
      advice: { senderName: 'Payer', paidOn: 'Date' },
      line: { reference: 'Invoice', paid: 'Paid' },
    });
    assert.equal((await errorOf(csv(many, mapping))).code, 'remittance.too_many');
  });

  it('has its mapping checked', () => {
    const problem = (value: unknown): string => {
      const result = parseRemittanceCsvMapping(value);
      return result.ok ? 'accepted' : result.refusal.text;
    };
    assert.match(problem({ ...MAPPING, line: { paid: 'Paid' } }), /mapping\.line\.reference is missing/);
    assert.match(problem({ ...MAPPING, advice: 'x' }), /mapping\.advice must be an object/);
    assert.match(problem({ ...MAPPING, extra: 1 }), /mapping\.extra is not known/);
    assert.match(problem({ ...MAPPING, advice: { trace: 3 } }), /Column 3 is a number/);
  });
});
