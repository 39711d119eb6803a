// Whatever bytes come, the readers of camt, MT940 and MT942 read them or refuse them, the same in any pieces, and come to an end.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readCamt } from '../../../src/domain/bank-files/camt.ts';
import { readMt940, readMt942 } from '../../../src/domain/bank-files/mt940.ts';
import type { BankFileReader } from '../../../src/domain/bank-files/types.ts';
import { writeCamt, type WrittenEntry, type WrittenTransaction } from './camt-writer.ts';
import { errorOf, eventsOf, isReadOrRefused, OPTIONS, piecesOf, SHARED } from './events-of.ts';
import { mutated, type Breaking } from './mutated.ts';

const TRANSACTION: WrittenTransaction = {
  amountMinor: 1250,
  reference: 'T1',
  endToEndId: 'E1',
  name: 'Müller & Co',
  ultimateName: 'Parent',
  iban: 'NL91ABNA0417164300',
  texts: ['INV-1', 'thanks'],
  creditorReference: 'RF18539007547034',
  document: { number: 'INV-1', paidMinor: 1200, discountMinor: 50 },
  chargesMinor: 5,
  usd: { minor: 1300, rate: '1.1' },
  returnReason: 'AC04',
};
const ENTRY: WrittenEntry = {
  amountMinor: 2500,
  isCredit: true,
  isReversal: false,
  status: 'BOOK',
  bookedOn: '2026-11-19',
  valueOn: '2026-11-19',
  reference: 'B1',
  information: 'batch',
  transactions: [TRANSACTION, TRANSACTION],
};
const camt = (message: '053' | '054', version: number): string =>
  writeCamt({
    message,
    version,
    iban: 'DE89370400440532013000',
    openingMinor: 100,
    entries: [ENTRY, { ...ENTRY, transactions: [] }],
  });
const MT940 =
  '{1:F01X}{2:I940X}{4:\n:20:S\n:25:1/2EUR\n:28C:1/1\n:60F:C261119EUR1,00\n:61:2611191119CR1,00NTRFREF//BANK\n/OCMT/USD1,1//CHGS/EUR0,1/\n:86:166?00X?20EREF+E?21SVWZ+INV-1?30COBADEFF?31NL91ABNA0417164300?32Müller\n:61:261119D1,NMSC\n:86:/EREF/E/NAME/N/REMI/STRD/CUR/RF18539007547034/\n:62M:C261119EUR1,00\n-}\n:20:S\n:25:1\n:28:1\n:60M:C261119EUR1,\n:61:261119RD1,NRTI\n:86:plain text of a payment\nNL91ABNA0417164300\n:62F:C261119EUR2,\n-';
const MT942 =
  ':20:S\n:25:1\n:28C:1\n:34F:EURD0,\n:13D:2611191200+0100\n:61:261119C1,NTRFA\n:86:EREF+E SVWZ+INV-1\n:61:261119ED2,NTRFB\n:90D:1EUR2,\n:90C:1EUR1,\n-';

const READERS: readonly [string, BankFileReader, string][] = [
  ['camt.053 version 8', readCamt, camt('053', 8)],
  ['camt.054 version 2', readCamt, camt('054', 2)],
  ['MT940', readMt940, MT940],
  ['MT942', readMt942, MT942],
];

const JUNK = [
  ...['\n', '\r', ':', '-', '-}', '{4:', ':20:', ':61:', ':62F:', ':86:', '?20', '/REMI/', '<', '>', '</', '&', '&#0;'],
  ...[
    '<![CDATA[',
    '<!--',
    '<!DOCTYPE a>',
    '<?x',
    '<Ntry>',
    '<TxDtls>',
    '</Ntry>',
    '<Stmt>',
    '\0',
    '\ufeff',
    '"',
    '__proto__',
  ],
];

const BREAKING: Breaking = { junk: JUNK, repeated: ['9', ' ', '<A>', '/', '?20', '0'], lengthMax: 60 };

/** All that the reader tells of the bytes, its refusal included. */
async function outcome(reader: BankFileReader, bytes: Uint8Array, size: number): Promise<string> {
  const events: unknown[] = [];
  try {
    for await (const event of reader(piecesOf(bytes, size), OPTIONS)) events.push(event);
  } catch (error) {
    return JSON.stringify([events, String(error)]);
  }
  return JSON.stringify(events);
}

for (const [name, reader, valid] of READERS) {
  describe(`a file read as ${name}`, { timeout: 120_000 }, () => {
    it('is read when it is right', async () => {
      assert.ok((await eventsOf(reader, valid)).some((event) => event.kind === 'line'));
    });

    it('is read or refused, whatever its bytes are', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), (bytes) =>
          isReadOrRefused(() => reader(piecesOf(bytes), OPTIONS)),
        ),
        { numRuns: 150 },
      );
    });

    it('is read or refused when it was right and something happened to it, the same in any pieces', async () => {
      await fc.assert(
        fc.asyncProperty(mutated(valid, BREAKING), fc.integer({ min: 1, max: 50 }), async (bytes, size) => {
          await isReadOrRefused(() => reader(piecesOf(bytes), OPTIONS));
          assert.equal(await outcome(reader, bytes, size), await outcome(reader, bytes, 65_536));
        }),
        { numRuns: 250 },
      );
    });

    it('closes its source when its reader is left early', async () => {
      let isClosed = false;
      const source = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
        try {
          yield* piecesOf(valid + ' '.repeat(40_000), 1_000);
        } finally {
          isClosed = true;
        }
      };
      const events = reader(source(), OPTIONS);
      await events.next();
      await events.return();
      assert.equal(isClosed, true);
    });
  });
}

describe('a statement whose end is missing', { timeout: 60_000 }, () => {
  const cutAnywhere = (reader: BankFileReader, whole: string): Promise<void> =>
    fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (cut) => {
        const error = await errorOf(eventsOf(reader, whole.slice(0, cut)));
        assert.match(error.code, /^bank_file\./);
      }),
      { numRuns: 200 },
    );

  it('is refused as camt wherever it was cut', () => cutAnywhere(readCamt, camt('053', 8).trimEnd()));

  it('is refused as MT940 when it was cut before the closing balance', () =>
    cutAnywhere(readMt940, MT940.slice(0, MT940.indexOf(':62M:C261119EUR1') + ':62M:C261119EUR1'.length)));

  it('is refused as MT940 when another message has only begun', async () => {
    const begun = MT940.slice(0, MT940.indexOf('-}') + '-}\n:20:S\n'.length);
    assert.match((await errorOf(eventsOf(readMt940, begun))).code, /^bank_file\./);
  });
});

describe('a statement made to cost time or memory', { timeout: 60_000 }, () => {
  it('is refused by the name of a limit', async () => {
    const code = async (text: string): Promise<string> => (await errorOf(eventsOf(readMt940, text))).code;
    const before = MT940.slice(0, MT940.indexOf('166?'));
    assert.equal(await code(before + 'x'.repeat(70_000)), 'bank_file.text_too_long');
    assert.equal(await code(before + 'x\n'.repeat(600)), 'bank_file.text_too_long');
    assert.equal(await code(`${before}${`${'x'.repeat(60_000)}\n`.repeat(2)}`), 'bank_file.text_too_long');
  });

  it('is read soon when its texts are such as slow readers down', async () => {
    const texts = [' ', '/', '?20', 'SVWZ+', 'EREF: ', '/REMI/', '/ ', 'NL91', 'A0'];
    for (const text of texts) {
      const long = `${text.repeat(Math.floor(60_000 / text.length))}x`;
      for (const start of ['', '166?20', '/REMI/', 'SVWZ+']) {
        const file = MT940.replace('plain text of a payment', start + long);
        assert.ok((await eventsOf(readMt940, file)).length > 0);
      }
    }
  });
});

describe('statements that others wrote', { skip: existsSync(SHARED) ? false : `${SHARED} is not there` }, () => {
  it('are read or refused the same in any pieces', async () => {
    for (const name of readdirSync(SHARED)) {
      const reader = name.startsWith('camt') ? readCamt : readMt940;
      const bytes = readFileSync(`${SHARED}/${name}`);
      for (const size of [1, 7, 4_096]) {
        assert.equal(await outcome(reader, bytes, size), await outcome(reader, bytes, 65_536), name);
      }
    }
  });
});
