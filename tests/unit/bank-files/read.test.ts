// The one door to the readers holds every format to the limits and lets out no error but the file's own and the source's.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { parseCsvMapping } from '../../../src/domain/bank-files/csv-mapping.ts';
import { detectFormat, detectRemittanceFormat } from '../../../src/domain/bank-files/detect.ts';
import { readBankFile, readRemittanceFile } from '../../../src/domain/bank-files/read.ts';
import { BANK_FILE_FORMATS, BANK_FILE_LIMITS, type BankFileEvent } from '../../../src/domain/bank-files/types.ts';
import { errorOf, linesOf, OPTIONS, piecesOf, SHARED } from './events-of.ts';

const parsed = parseCsvMapping({
  account: { column: 'K' },
  currency: { fixed: 'EUR' },
  separator: ';',
  decimalMark: ',',
  dateOrder: 'YMD',
  dateSeparator: '-',
  amount: { kind: 'signed', column: 'A' },
  columns: { bookedOn: 'D' },
});
const mapping = parsed.ok ? parsed.mapping : assert.fail(parsed.refusal.text);

async function* repeated(head: string, row: (index: number) => string, count: number): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(Buffer.from(head));
  for (let at = 0; at < count; at += 1_000) {
    yield Buffer.from(Array.from({ length: Math.min(1_000, count - at) }, (_, index) => row(at + index)).join(''));
  }
}

describe('a bank file', () => {
  it('is read by its format', async () => {
    const events: BankFileEvent[] = [];
    const file = piecesOf('D;K;A\n2026-11-02;1;5,00\n');
    for await (const event of readBankFile('csv', file, { ...OPTIONS, mapping })) events.push(event);
    assert.deepEqual(
      linesOf(events).map((line) => line.amountMinor),
      [500],
    );
  });

  it('is refused when it holds nothing of the format, or a CSV file has no mapping', async () => {
    for (const format of BANK_FILE_FORMATS) {
      const { code } = await errorOf(readBankFile(format, piecesOf(''), { ...OPTIONS, mapping }));
      assert.match(code, /^bank_file\./, format);
    }
    const error = await errorOf(readBankFile('csv', piecesOf('x'), { ...OPTIONS, mapping: null }));
    assert.equal(error.code, 'bank_file.csv_no_mapping');
    const empty = await errorOf(readBankFile('csv', piecesOf('D;K;A\n'), { ...OPTIONS, mapping }));
    assert.equal(empty.code, 'bank_file.empty');
  });

  it('is refused when it has more statements than the limit', async () => {
    const count = BANK_FILE_LIMITS.statementsMax + 1;
    const file = repeated('D;K;A\n', (index) => `2026-11-02;${index};5,00\n`, count);
    const error = await errorOf(readBankFile('csv', file, { ...OPTIONS, mapping }));
    assert.equal(error.code, 'bank_file.too_many_statements');
    assert.match(error.message, /statementsMax/);
  });

  it('is refused when it has more bytes than the limit, without being read on', async () => {
    const lineBytes = 32 * 1024;
    const piece = new Uint8Array(16 * 1024 * 1024).fill(0x20);
    for (let at = lineBytes - 1; at < piece.length; at += lineBytes) piece[at] = 0x0a;
    let pieces = 0;
    const endless = async function* (): AsyncGenerator<Uint8Array> {
      for (;;) {
        pieces += 1;
        yield await Promise.resolve(piece);
      }
    };
    const error = await errorOf(readBankFile('lockbox', endless(), { ...OPTIONS, mapping: null }));
    assert.equal(error.code, 'bank_file.too_large');
    assert.equal(pieces, BANK_FILE_LIMITS.bytesMax / piece.length + 1);
  });

  it('lets an error of its source through as it is', async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield await Promise.resolve(Buffer.from('D;K;A\n'));
      throw new Error('the connection is gone');
    };
    await assert.rejects(async () => {
      for await (const event of readBankFile('csv', broken(), { ...OPTIONS, mapping })) assert.ok(event);
    }, /^Error: the connection is gone$/);
  });

  it(
    'is read to its end for every shared file',
    { skip: existsSync(SHARED) ? false : `${SHARED} is not there` },
    async () => {
      for (const name of readdirSync(SHARED)) {
        const bytes = readFileSync(`${SHARED}/${name}`);
        const format = detectFormat(bytes, name) ?? assert.fail(name);
        const events: BankFileEvent[] = [];
        try {
          for await (const event of readBankFile(format, piecesOf(bytes), {
            accountCurrency: 'EUR',
            today: '2026-11-22',
            mapping: null,
          })) {
            events.push(event);
          }
        } catch (error) {
          // One of them is a fragment without any head.
          assert.equal(name, 'mt940-sparkasse.sta', String(error));
          continue;
        }
        assert.equal(events.at(-1)?.kind, 'file_end', name);
        assert.ok(linesOf(events).length > 0, name);
      }
    },
  );
});

describe('a file of remittance advices', () => {
  it('is told by its content and read by its format', async () => {
    const file =
      'ISA*00*          *00*          *ZZ*SENDER         *ZZ*RECEIVER       *261101*1200*U*00401*000000001*0*P*>~GS*RA*S*R*20261101*1200*1*X*004010~ST*820*0001~BPR*C*90*C*ACH~SE*3*0001~GE*1*1~IEA*1*000000001~';
    assert.equal(detectRemittanceFormat(Buffer.from(file), null), 'edi820');
    assert.equal(detectRemittanceFormat(Buffer.from('a,b,c\n1,2,3'), null), 'csv');
    assert.equal(detectRemittanceFormat(Buffer.from('words'), 'x.csv'), null);
    const amounts: number[] = [];
    for await (const advice of readRemittanceFile('edi820', piecesOf(file), { ...OPTIONS, mapping: null }))
      amounts.push(advice.amountMinor);
    assert.deepEqual(amounts, [9000]);
    const error = await errorOf(readRemittanceFile('csv', piecesOf('a'), { ...OPTIONS, mapping: null }));
    assert.equal(error.code, 'bank_file.csv_no_mapping');
  });
});
