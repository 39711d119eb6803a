// Lines, amounts and totals as all readers of text files share them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readAmount, readMinorDigits } from '../../../src/domain/bank-files/amounts.ts';
import { limitBytes, readTextLines, type TextLine } from '../../../src/domain/bank-files/text-lines.ts';
import { checkBalances, checkSum, FileBudget, RunningTotal } from '../../../src/domain/bank-files/totals.ts';
import { BANK_FILE_LIMITS, BankFileError } from '../../../src/domain/bank-files/types.ts';
import { formatDecimal } from '../../../src/domain/money.ts';
import { errorOf, piecesOf, type Content } from './events-of.ts';

async function linesIn(content: Content, size?: number): Promise<TextLine[]> {
  const lines: TextLine[] = [];
  for await (const line of readTextLines(piecesOf(content, size))) lines.push(line);
  return lines;
}
const textsIn = async (content: Content): Promise<string[]> => (await linesIn(content)).map((line) => line.text);
const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof BankFileError) return error.code;
    throw error;
  }
  return 'none';
};

describe('the lines of a text file', () => {
  it('end with any line break and are counted with the empty ones', async () => {
    assert.deepEqual(await linesIn('a\r\nb\n\nc\rd'), [
      { text: 'a', number: 1 },
      { text: 'b', number: 2 },
      { text: '', number: 3 },
      { text: 'c', number: 4 },
      { text: 'd', number: 5 },
    ]);
    assert.deepEqual(await linesIn(''), []);
  });

  it('are the same however the bytes are cut', async () => {
    const part = fc.constantFrom('a', 'ü', '€', '\n', '\r', '\r\n', '\ufeff');
    const content = fc.oneof(
      fc.array(part).map((parts) => Buffer.from(parts.join(''))),
      fc.array(part).map((parts) => Buffer.from(`\ufeff${parts.join('')}`, 'utf16le')),
    );
    await fc.assert(
      fc.asyncProperty(content, fc.integer({ min: 1, max: 5 }), async (bytes, size) => {
        assert.deepEqual(await linesIn(bytes, size), await linesIn(bytes));
      }),
      { numRuns: 300 },
    );
  });

  it('are UTF-8, UTF-16 by their mark, else Windows-1252', async () => {
    assert.deepEqual(await textsIn('\ufeffMüller'), ['Müller']);
    assert.deepEqual(await textsIn(Buffer.from('\ufeffMüller\n€', 'utf16le')), ['Müller', '€']);
    assert.deepEqual(await textsIn(Buffer.from('\ufeffMüller\n€', 'utf16le').swap16()), ['Müller', '€']);
    assert.deepEqual(await textsIn(Buffer.from([0x4d, 0xfc, 0x0a, 0x80])), ['Mü', '€']);
    assert.equal((await errorOf(linesIn(Buffer.from([0xff, 0xfe, 0x00, 0xdc])))).code, 'bank_file.bad_encoding');
  });

  it('are refused when one is too long, or the file too large', async () => {
    const most = 'x'.repeat(BANK_FILE_LIMITS.textCharsMax);
    assert.deepEqual(await textsIn(most), [most]);
    const error = await errorOf(linesIn(`a\n${most}x`));
    assert.deepEqual([error.code, error.place], ['bank_file.text_too_long', 'line 2']);
    const piece = new Uint8Array(64 * 1024 * 1024);
    const endless = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
      for (;;) yield await Promise.resolve(piece);
    };
    assert.equal((await errorOf(limitBytes(endless()))).code, 'bank_file.too_large');
  });
});

describe('an amount in a file', () => {
  const read = (text: string, currency = 'EUR', mark: ',' | '.' | 'either' = 'either'): number =>
    readAmount({ text, currency, mark, place: 'line 1' });

  it('is read exactly in every spelling of banks', () => {
    const spellings: [string, string, number][] = [
      ['1234,56', 'EUR', 123456],
      ['1234.5', 'EUR', 123450],
      ['12,', 'EUR', 1200],
      [',05', 'EUR', 5],
      ['+3', 'EUR', 300],
      ['-3.10', 'EUR', -310],
      ['-0', 'EUR', 0],
      ['000012', 'JPY', 12],
      ['12,000', 'JPY', 12],
      ['1.234', 'KWD', 1234],
      [' 1.10000 ', 'EUR', 110],
    ];
    for (const [text, currency, minor] of spellings) assert.equal(read(text, currency), minor, text);
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom('EUR', 'JPY', 'KWD'), (minor, currency) => {
        assert.equal(read(formatDecimal(minor, currency), currency), minor === 0 ? 0 : minor);
      }),
    );
  });

  it('is refused when it is none, is finer than the currency or in none', () => {
    const wrong = [
      '',
      '.',
      ',',
      '-',
      '1 000',
      '1.000,00',
      '1,000.00',
      '1e3',
      '0x1',
      '١',
      '1.001',
      '90071992547409.92',
      '9'.repeat(50),
    ];
    for (const text of wrong)
      assert.equal(
        codeOf(() => read(text)),
        'bank_file.bad_amount',
        text,
      );
    assert.equal(
      codeOf(() => read('1,0', 'EUR', '.')),
      'bank_file.bad_amount',
    );
    assert.equal(
      codeOf(() => read('1.0', 'EUR', ',')),
      'bank_file.bad_amount',
    );
    assert.equal(
      codeOf(() => read('1', 'ABC')),
      'bank_file.unknown_currency',
    );
  });

  it('in digits is minor units already', () => {
    assert.equal(readMinorDigits('-000125000', 'line 1'), -125000);
    assert.equal(readMinorDigits('+1', 'line 1'), 1);
    for (const text of ['', '1.0', '9007199254740992', '1'.repeat(19)]) {
      assert.equal(
        codeOf(() => readMinorDigits(text, 'line 1')),
        'bank_file.bad_amount',
        text,
      );
    }
  });
});

describe('totals of a file', () => {
  const balance = (amountMinor: number, currency = 'EUR') => ({ amountMinor, currency, on: '2026-11-19' });

  it('are sums that do not overflow on the way', () => {
    const total = new RunningTotal();
    for (const minor of [Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER, -Number.MAX_SAFE_INTEGER]) total.add(minor);
    assert.equal(total.count, 3);
    const sum = { what: 's', declared: Number.MAX_SAFE_INTEGER, currency: 'EUR', place: 'line 1' };
    assert.equal(checkSum({ ...sum, found: total.sumMinor }).found, Number.MAX_SAFE_INTEGER);
    assert.equal(
      codeOf(() => checkSum({ ...sum, found: total.sumMinor + 1n })),
      'bank_file.total_too_large',
    );
  });

  it('show balances that do not follow from each other or are in two currencies', () => {
    const place = 'line 1';
    const checks = checkBalances({ opening: balance(5), closing: balance(8), bookedMinor: 2n, place });
    assert.deepEqual(
      checks.map((check) => [check.declared, check.found]),
      [[8, 7]],
    );
    const other = checkBalances({ opening: balance(5), closing: balance(7, 'SEK'), bookedMinor: 2n, place });
    assert.deepEqual(
      other.map((check) => [check.unit, check.declared, check.found]),
      [
        ['minor', 7, 7],
        ['count', 1, 2],
      ],
    );
  });

  it('end at the most statements and lines a file may have', () => {
    const budget = new FileBudget();
    for (let index = 0; index < BANK_FILE_LIMITS.statementsMax; index += 1) budget.addStatement('line 1');
    assert.equal(
      codeOf(() => budget.addStatement('line 1')),
      'bank_file.too_many_statements',
    );
    for (let index = 0; index < BANK_FILE_LIMITS.linesMax; index += 1) budget.addLine('line 1');
    assert.equal(
      codeOf(() => budget.addLine('line 1')),
      'bank_file.too_many_lines',
    );
  });
});
