// What is written as camt of any version is what the reader finds, and a large file is read in little memory.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { readCamt } from '../../../src/domain/bank-files/camt.ts';
import type { BankLine } from '../../../src/domain/bank-files/types.ts';
import {
  bookedMinor,
  writeCamt,
  type WrittenEntry,
  type WrittenReport,
  type WrittenTransaction,
} from './camt-writer.ts';
import { brokenIn, checksOf, endsOf, eventsOf, linesOf, OPTIONS, SHARED, statementsOf } from './events-of.ts';

const OWN_IBAN = 'DE89370400440532013000';
const text = fc
  .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
  .map(readable)
  .filter((each) => each !== '');
const word = fc.stringMatching(/^[A-Z0-9-]{1,20}$/).filter((each) => !/^(NOREF|NONREF)$/.test(each));
const date = fc.constantFrom('2026-11-19', '2026-12-31', '2027-01-02');
const minor = fc.integer({ min: 1, max: 10_000_000_000 });

/** XML takes no control characters, and blanks around a text are nobody's. */
function readable(each: string): string {
  return each.replaceAll(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]|[\ud800-\udfff]/gu, '').trim();
}

const transaction: fc.Arbitrary<WrittenTransaction> = fc.record({
  amountMinor: minor,
  reference: fc.option(word),
  endToEndId: fc.oneof(word, fc.constant('NOTPROVIDED')),
  name: fc.option(text),
  ultimateName: fc.option(text),
  iban: fc.option(fc.constantFrom('NL91ABNA0417164300', 'AT611904300234573201')),
  texts: fc.array(text, { maxLength: 3 }),
  creditorReference: fc.option(fc.constant('RF18539007547034')),
  document: fc.option(fc.record({ number: word, paidMinor: minor, discountMinor: fc.integer({ min: 1, max: 999 }) })),
  chargesMinor: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 500 })),
  usd: fc.option(fc.record({ minor, rate: fc.constantFrom('1.0834', '0.923') })),
  returnReason: fc.option(fc.constantFrom('AC04', 'MD01')),
});

const entry: fc.Arbitrary<WrittenEntry> = fc
  .record({
    isCredit: fc.boolean(),
    isReversal: fc.boolean(),
    status: fc.constantFrom('BOOK', 'BOOK', 'PDNG', 'INFO'),
    bookedOn: date,
    valueOn: date,
    reference: fc.option(word),
    information: fc.option(text),
    transactions: fc.array(transaction, { maxLength: 4 }),
    alone: minor,
  })
  .map(({ alone, ...rest }) => {
    const sum = rest.transactions.reduce((total, each) => total + (each.amountMinor ?? 0), 0);
    return { ...rest, amountMinor: rest.transactions.length === 0 ? alone : sum };
  });

const report: fc.Arbitrary<WrittenReport> = fc.record({
  message: fc.constantFrom('053', '054'),
  version: fc.constantFrom(2, 4, 8, 13),
  iban: fc.constant(OWN_IBAN),
  openingMinor: fc.integer({ min: -1_000_000, max: 1_000_000 }),
  entries: fc.array(entry, { maxLength: 6 }),
});

const STATUS = { BOOK: 'booked', PDNG: 'pending', INFO: 'information' } as const;

/** What the reader must find of an entry, without places and names of batches. */
function expectedOf(written: WrittenEntry): object[] {
  const head = {
    currency: 'EUR',
    bookedOn: written.bookedOn,
    valueOn: written.valueOn,
    status: STATUS[written.status],
    isReversal: written.isReversal,
    transactionCode: 'PMNT/RCDT/ESCT',
    trace: null,
  };
  const sign = written.isCredit ? 1 : -1;
  const information = written.information === null ? [] : [written.information];
  if (written.transactions.length === 0) {
    return [
      {
        ...head,
        ...NO_FACTS,
        amountMinor: sign * written.amountMinor,
        bankReference: written.reference,
        texts: information,
      },
    ];
  }
  const isBatch = written.transactions.length > 1;
  return written.transactions.map((each, index) => {
    const numbered = isBatch && written.reference !== null ? `${written.reference}/${index + 1}` : written.reference;
    const isOwn = each.reference !== null && !(isBatch && each.reference === written.reference);
    return {
      ...head,
      ...factsOf(each),
      amountMinor: sign * (each.amountMinor ?? assert.fail()),
      bankReference: isOwn ? each.reference : numbered,
      texts: isBatch ? each.texts : [...new Set([...each.texts, ...information])],
    };
  });
}

const NO_FACTS = {
  returnReason: null,
  endToEndId: null,
  counterpartName: null,
  counterpartAccount: null,
  structuredReferences: [],
  remittance: [],
  instructed: null,
  chargesMinor: 0,
};

function factsOf(each: WrittenTransaction): object {
  const { document } = each;
  return {
    returnReason: each.returnReason,
    endToEndId: each.endToEndId === 'NOTPROVIDED' ? null : each.endToEndId,
    counterpartName: each.name ?? each.ultimateName,
    counterpartAccount: each.iban,
    structuredReferences: each.creditorReference === null ? [] : [each.creditorReference],
    remittance:
      document === null
        ? []
        : [
            {
              reference: document.number,
              paidMinor: document.paidMinor,
              reducedMinor: document.discountMinor,
              reasonCode: null,
              isDiscount: true,
            },
          ],
    instructed: each.usd === null ? null : { currency: 'USD', amountMinor: each.usd.minor, rate: each.usd.rate },
    chargesMinor: each.chargesMinor,
  };
}

function withoutPlace(line: BankLine): object {
  const { place, batch, ...rest } = line;
  assert.ok(place !== '' && batch !== '');
  return rest;
}

describe('camt of versions 2, 4, 8 and 13', () => {
  it('gives back what was written, and its totals hold', async () => {
    await fc.assert(
      fc.asyncProperty(report, async (written) => {
        const events = await eventsOf(readCamt, writeCamt(written));
        assert.deepEqual(linesOf(events).map(withoutPlace), written.entries.flatMap(expectedOf));
        assert.deepEqual(brokenIn(events), []);
        const [head] = statementsOf(events);
        assert.deepEqual(head?.account, { number: OWN_IBAN, isIban: true, currency: 'EUR' });
        const [end] = endsOf(events);
        const closing = written.openingMinor + bookedMinor(written.entries);
        assert.equal(end?.closing?.amountMinor, written.message === '053' ? closing : undefined);
        assert.equal(
          checksOf(events).filter((check) => check.what.startsWith('opening')).length,
          written.message === '053' ? 1 : 0,
        );
      }),
      { numRuns: 250 },
    );
  });

  it('shows an amount that was changed on the way, wherever it stands', async () => {
    const amounts =
      /(<(?:Amt|TtlAmt) Ccy="EUR">)(\d+)\.(\d\d)(<\/(?:Amt|TtlAmt)>(?:<CdtDbtInd>|<\/TxAmt>|<Dt>|<\/Btch>))/g;
    await fc.assert(
      fc.asyncProperty(report, fc.nat(), async (written, seed) => {
        const booked = written.entries
          .filter((each) => each.status === 'BOOK')
          .map((each) => ({ ...each, status: 'BOOK' as const }));
        const plain = booked.map((each) => ({
          ...each,
          transactions: each.transactions.map((one) => ({ ...one, chargesMinor: 0 })),
        }));
        const xml = writeCamt({ ...written, entries: plain });
        const places = [...xml.matchAll(amounts)];
        if (places.length === 0) return;
        const place = places[seed % places.length] ?? assert.fail();
        const changed = `${xml.slice(0, place.index)}${place[1]}9${place[2]}.${place[3]}${place[4]}${xml.slice(place.index + place[0].length)}`;
        assert.notDeepEqual(brokenIn(await eventsOf(readCamt, changed)), []);
      }),
      { numRuns: 150 },
    );
  });
});

/** Entries of one batch or many, written while they are read, so that only the reader's memory is measured. */
async function* largeFile(entries: number, transactions: number): AsyncGenerator<Uint8Array, void, undefined> {
  const one: WrittenTransaction = {
    amountMinor: 100,
    reference: null,
    endToEndId: 'E2E-1',
    name: 'Müller & Söhne GmbH',
    ultimateName: null,
    iban: 'NL91ABNA0417164300',
    texts: ['INV-2026-000123 and INV-2026-000124 less discount, with thanks for the good work of this year'],
    creditorReference: 'RF18539007547034',
    document: null,
    chargesMinor: 0,
    usd: null,
    returnReason: null,
  };
  const written: WrittenEntry = {
    amountMinor: 100 * transactions,
    isCredit: true,
    isReversal: false,
    status: 'BOOK',
    bookedOn: '2026-11-19',
    valueOn: '2026-11-19',
    reference: 'REF',
    information: null,
    transactions: [one, one],
  };
  const total = entries * transactions * 100;
  const file = writeCamt({ message: '053', version: 8, iban: OWN_IBAN, openingMinor: total, entries: [written] });
  const [before = '', after = ''] = file.split(/<Ntry>.*<\/Ntry>/s);
  const encoder = new TextEncoder();
  const start = before.replace(/<TxsSummry>.*<\/TxsSummry>/s, '');
  yield encoder.encode(start.replaceAll(/(CLBD.*?<Amt Ccy="EUR">)[\d.]+/gs, `$1${(total * 2) / 100}.00`));
  const entry = /<Ntry>.*<\/Ntry>/s.exec(file)?.[0] ?? assert.fail();
  const details = (/<TxDtls>.*?<\/TxDtls>/s.exec(entry)?.[0] ?? assert.fail()) + '\n';
  const [head = '', tail = ''] = entry.split(/<Btch>.*<\/TxDtls>/s);
  const many = encoder.encode(details.repeat(Math.min(transactions, 100)));
  for (let index = 0; index < entries; index += 1) {
    yield encoder.encode(head);
    for (let sent = 0; sent < transactions; sent += 100) yield await Promise.resolve(many);
    yield encoder.encode(tail);
  }
  yield encoder.encode(after);
}

setFlagsFromString('--expose-gc');
const collectGarbage: unknown = runInNewContext('gc');

/** What of the heap is in use when nothing is left that could be thrown away. */
function liveBytes(): number {
  if (typeof collectGarbage === 'function') Reflect.apply(collectGarbage, undefined, []);
  return process.memoryUsage().heapUsed;
}

async function readLarge(
  entries: number,
  transactions: number,
): Promise<{ lines: number; grownBytes: number; bytes: number }> {
  let lines = 0;
  let bytes = 0;
  let highest = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array, void, undefined> {
    for await (const chunk of largeFile(entries, transactions)) {
      bytes += chunk.length;
      yield chunk;
    }
  };
  const before = liveBytes();
  for await (const event of readCamt(counted(), OPTIONS)) {
    if (event.kind === 'line') lines += 1;
    if (event.kind === 'line' && lines % 8_000 === 0) highest = Math.max(highest, liveBytes());
    if (event.kind === 'statement_end')
      assert.deepEqual(
        event.end.checks.filter((check) => check.declared !== check.found),
        [],
      );
  }
  return { lines, grownBytes: highest - before, bytes };
}

describe('a camt file of many megabytes', { timeout: 60_000 }, () => {
  const heapMax = 16 * 1024 * 1024;

  it('is read in bounded memory, entry by entry', async () => {
    const { lines, bytes, grownBytes } = await readLarge(800, 100);
    assert.equal(lines, 80_000);
    assert.ok(bytes > 39_000_000, String(bytes));
    assert.ok(grownBytes < heapMax, `${grownBytes} bytes`);
  });

  it('is read in bounded memory when it is one entry', async () => {
    const { lines, bytes, grownBytes } = await readLarge(1, 40_000);
    assert.equal(lines, 40_000);
    assert.ok(bytes > 19_000_000, String(bytes));
    assert.ok(grownBytes < heapMax, `${grownBytes} bytes`);
  });
});

describe('camt files that others wrote', { skip: existsSync(SHARED) ? false : `${SHARED} is not there` }, () => {
  const golden = (name: string) => eventsOf(readCamt, readFileSync(`${SHARED}/${name}`));

  it('are read in versions 2, 4 and 8, and their wrong balances show', async () => {
    for (const name of ['camt053-v2-minimal.xml', 'camt053-v4.xml', 'camt053-v8.xml']) {
      const events = await golden(name);
      assert.equal(statementsOf(events)[0]?.account.number, 'NL26VAYB8060476890');
      assert.equal(statementsOf(events)[0]?.sequence, '12312');
      const [line, ...more] = linesOf(events);
      assert.deepEqual(more, []);
      assert.equal(line?.amountMinor, 885);
      assert.deepEqual([line.bookedOn, line.valueOn, line.status], ['2014-12-31', '2015-01-02', 'booked']);
      assert.deepEqual([line.counterpartName, line.counterpartAccount], ['NAME NAME', 'NL56AGDH9619008421']);
      assert.deepEqual(line.structuredReferences, ['4654654654654654']);
      assert.deepEqual(brokenIn(events), [
        'opening + booked = closing: -2700/2700',
        'currencies of the balances (EUR, SEK): 1/2',
      ]);
    }
    const [v8] = linesOf(await golden('camt053-v8.xml'));
    assert.equal(v8?.endToEndId, 'MUELL/FINP/RA12345');
    assert.equal(v8.bankReference, 'AAAASESS-FP-CN_98765/01');
    assert.equal(v8.transactionCode, 'PMNT/RCDT/BOOK');
  });

  it('keep an entry whose transactions tell no amounts as one line with all references', async () => {
    const events = await golden('camt054-v2.xml');
    const [line, ...more] = linesOf(events);
    assert.deepEqual(more, []);
    assert.equal(line?.amountMinor, -20_000_000);
    assert.equal(line.currency, 'SEK');
    assert.equal(line.batch, null);
    assert.deepEqual(line.structuredReferences, [
      'ISR ref number V1',
      'ISR ref number V2',
      'Ref number V3 block 1',
      'Ref number V3 block 2',
    ]);
    assert.equal(line.texts.length, 7);
    assert.equal(line.endToEndId, 'MUELL/FINP/RA12345');
    assert.equal(endsOf(events)[0]?.opening, null);
  });
});
