// Whatever bytes come, the readers of BAI2, lockbox, OFX, CSV and remittance files read them or refuse them, and always come to an end.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readBai2 } from '../../../src/domain/bank-files/bai2.ts';
import { csvReader } from '../../../src/domain/bank-files/csv.ts';
import { parseCsvMapping } from '../../../src/domain/bank-files/csv-mapping.ts';
import { suggestMapping } from '../../../src/domain/bank-files/csv-suggest.ts';
import { detectFormat } from '../../../src/domain/bank-files/detect.ts';
import { readEdi820 } from '../../../src/domain/bank-files/edi820.ts';
import { readLockbox } from '../../../src/domain/bank-files/lockbox.ts';
import { readOfx } from '../../../src/domain/bank-files/ofx.ts';
import { parseRemittanceCsvMapping, readRemittanceCsv } from '../../../src/domain/bank-files/remittance-csv.ts';
import { errorOf, isReadOrRefused, OPTIONS, piecesOf } from './events-of.ts';
import { mutated, type Breaking } from './mutated.ts';

const FORMS = { separator: ';', decimalMark: ',', thousandsMark: '.', dateOrder: 'DMY', dateSeparator: '.' } as const;
const csvMapping = parseCsvMapping({
  ...FORMS,
  account: { fixed: '4711' },
  currency: { column: 'C' },
  amount: { kind: 'two_columns', debit: 'S', credit: 'H' },
  columns: { bookedOn: 'D', valueOn: 'V', texts: ['T'] },
  balance: { column: 'B', order: 'ascending' },
  openingLabel: 'Alt',
  closingLabel: 'Neu',
});
assert.ok(csvMapping.ok);
const adviceMapping = parseRemittanceCsvMapping({
  ...FORMS,
  currency: 'EUR',
  advice: { trace: 'T', paidOn: 'D', amount: 'A' },
  line: { reference: 'R', paid: 'P', discount: 'S' },
});
assert.ok(adviceMapping.ok);

type Reading = (chunks: AsyncIterable<Uint8Array>) => AsyncIterable<unknown>;
const READERS: readonly [string, Reading, string][] = [
  [
    'BAI2',
    (chunks) => readBai2(chunks, OPTIONS),
    '01,1,2,261103,0600,1,80,1,2/\n02,2,122099999,1,261102,,USD,2/\n03,77,USD,010,1000,,,015,1300,,/\n16,142,500,S,1,2,3,REF,CUST,TEXT/\n88,MORE\n16,451,200,D,1,0,200,,,X/\n49,3000,5/\n98,3000,1,7/\n99,3000,1,9/',
  ],
  [
    'lockbox',
    (chunks) => readLockbox(chunks, OPTIONS),
    `101DEST00000101220999992611020915\n5001000000471126110200000000000000000000\n6001001000000010002100002100009876540000005001110126ACME\n40010016010INVOICE-17      00000001000000000000\n700100000047112611020010000000100\n8000000000471126110200010000000100\n9000007`,
  ],
  [
    'OFX',
    (chunks) => readOfx(chunks, OPTIONS),
    'OFXHEADER:100\n\n<OFX><STMTRS><CURDEF>USD<BANKACCTFROM><BANKID>1<ACCTID>2</BANKACCTFROM><BANKTRANLIST><STMTTRN><TRNTYPE>CREDIT<DTPOSTED>20261101<TRNAMT>1.00<FITID>1<NAME>A &amp; B<MEMO><![CDATA[<x>]]></STMTTRN></BANKTRANLIST><LEDGERBAL><BALAMT>1<DTASOF>20261101</LEDGERBAL></STMTRS></OFX>',
  ],
  [
    'CSV',
    csvReaderOf(),
    'Alt;1.000,00\n\nD;V;T;S;H;B;C\n02.11.2026;03.11.2026;"a;""b""\nc";;1.234,56;2.234,56;EUR\n03.11.2026;;x;34,56;;2.200,00;EUR\nNeu;2.200,00\n',
  ],
  [
    'EDI 820',
    (chunks) => readEdi820(chunks, OPTIONS),
    'ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261101*1200*U*00401*000000001*0*P*>~GS*RA*S*R*20261101*1200*1*X*004010~ST*820*0001~BPR*C*90*C*ACH*CTX*01*021000021*DA*1~TRN*1*T1~CUR*PR*USD~ENT*1~RMR*IV*A**100*100~ADX*-10*04~SE*8*0001~GE*1*1~IEA*1*000000001~',
  ],
  [
    'CSV of advices',
    (chunks) => readRemittanceCsv(adviceMapping.mapping, chunks, OPTIONS),
    'T;D;A;R;P;S\n1;02.11.2026;3,00;INV-1;1,00;0,02\n1;;3,00;INV-2;2,00;\n2;03.11.2026;;"X";5,00;\n',
  ],
];

function csvReaderOf(): Reading {
  return (chunks) => csvReader(csvMapping.ok ? csvMapping.mapping : assert.fail())(chunks, OPTIONS);
}

const BREAKING: Breaking = {
  junk: ['\n', '\r', '"', '/', ',', ';', '~', '<', '>', '-', '\0', '\ufeff', '88,', '<![CDATA[', '__proto__'],
  repeated: ['9', ' ', '<A>', '"', '0'],
  lengthMax: 20,
};

for (const [name, reading, valid] of READERS) {
  describe(`a file read as ${name}`, { timeout: 120_000 }, () => {
    it('is read when it is right', async () => {
      for await (const event of reading(piecesOf(valid))) assert.ok(event);
    });

    it('is read or refused, whatever its bytes are', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), (bytes) => isReadOrRefused(() => reading(piecesOf(bytes)))),
        { numRuns: 150 },
      );
    });

    it('is read or refused when it was right and something happened to it, the same in any pieces', async () => {
      const outcome = async (bytes: Uint8Array, size: number): Promise<string> => {
        const events: unknown[] = [];
        try {
          for await (const event of reading(piecesOf(bytes, size))) events.push(event);
        } catch (error) {
          return JSON.stringify([events, String(error)]);
        }
        return JSON.stringify(events);
      };
      await fc.assert(
        fc.asyncProperty(mutated(valid, BREAKING), fc.integer({ min: 1, max: 50 }), async (bytes, size) => {
          await isReadOrRefused(() => reading(piecesOf(bytes)));
          assert.equal(await outcome(bytes, size), await outcome(bytes, 65_536));
        }),
        { numRuns: 250 },
      );
    });

    it('closes its source when its reader is left early', async () => {
      let isClosed = false;
      const source = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
        try {
          // One byte at a time, so that there is more to come whenever the first event is there.
          yield* piecesOf(valid, 1);
        } finally {
          isClosed = true;
        }
      };
      const events = reading(source())[Symbol.asyncIterator]();
      await events.next();
      await events.return?.();
      assert.equal(isClosed, true);
    });
  });
}

describe('a file made to cost time or memory', { timeout: 60_000 }, () => {
  const codeOf = async (name: string, content: string): Promise<string> => {
    const reading = READERS.find(([each]) => each === name)?.[1] ?? assert.fail(name);
    return (await errorOf(reading(piecesOf(content)))).code;
  };

  it('is refused by the name of a limit', async () => {
    assert.equal(await codeOf('BAI2', `01,${'1'.repeat(70_000)}`), 'bank_file.text_too_long');
    const continued = `01,1,2,261103,0600,1,80,1,2/\n02,2,1,1,261102,,USD,2/\n03,77,USD\n${'88,010,1,,/\n'.repeat(12_000)}`;
    assert.equal(await codeOf('BAI2', continued), 'bank_file.text_too_long');
    assert.equal(await codeOf('CSV', 'x\n'.repeat(201)), 'bank_file.csv_header');
    assert.equal(
      await codeOf('CSV', `D;V;T;S;H;B;C\n"${'x'.repeat(60_000)}\n${'y'.repeat(60_000)}`),
      'bank_file.csv_syntax',
    );
    assert.equal(
      await codeOf('EDI 820', `${READERS[4]?.[2].slice(0, 106) ?? ''}GS*${'x'.repeat(70_000)}~`),
      'bank_file.text_too_long',
    );
    assert.equal(await codeOf('OFX', `<OFX><STMTRS><CURDEF>${'&#x'.repeat(30_000)}`), 'bank_file.text_too_long');
  });

  it('is refused without looking at an amount of many digits', async () => {
    const digits = `0.${'0'.repeat(60_000)}1`;
    const ofx = READERS[2]?.[2].replace('<TRNAMT>1.00', `<TRNAMT>${digits}`) ?? '';
    assert.equal(await codeOf('OFX', ofx), 'bank_file.bad_amount');
    assert.equal(
      await codeOf('EDI 820', READERS[4]?.[2].replace('**100*', `**${digits}*`) ?? ''),
      'bank_file.bad_amount',
    );
    assert.equal(await codeOf('CSV', READERS[3]?.[2].replace('34,56', digits) ?? ''), 'bank_file.bad_amount');
  });
});

describe('what guesses from the head of a file', () => {
  it('answers for any bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), (bytes) => {
        detectFormat(bytes, 'x.csv');
        suggestMapping(Buffer.from(bytes).toString('latin1'));
      }),
      { numRuns: 300 },
    );
    for (const [, , valid] of READERS) {
      fc.assert(
        fc.property(mutated(valid, BREAKING), (bytes) => {
          detectFormat(bytes, null);
          suggestMapping(Buffer.from(bytes).toString('latin1'));
        }),
        { numRuns: 60 },
      );
    }
  });
});
