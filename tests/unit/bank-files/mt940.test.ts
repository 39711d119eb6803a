// MT940 and MT942 are read as banks write them: signs, dates, references, texts in four manners, pages and totals.

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { readMt940, readMt942 } from '../../../src/domain/bank-files/mt940.ts';
import type { BankLine } from '../../../src/domain/bank-files/types.ts';
import { brokenIn, checksOf, endsOf, errorOf, eventsOf, linesOf, OPTIONS, SHARED, statementsOf } from './events-of.ts';

const message = (body: string, closing = 'C261120EUR1,00', opening = 'C261119EUR1,00'): string =>
  `:20:STMT\n:25:DE89370400440532013000\n:28C:17/1\n:60F:${opening}\n${body}\n:62F:${closing}\n-\n`;
const read = (text: string | Uint8Array) => eventsOf(readMt940, text);
const interim = (body: string) => eventsOf(readMt942, `:20:X\n:25:4711\n:28C:1\n${body}\n-`);
const code = async (text: string): Promise<string> => (await errorOf(read(text))).code;
const first = (lines: readonly BankLine[]): BankLine => lines[0] ?? assert.fail('no line');
const line = async (body: string): Promise<BankLine> => first(linesOf(await read(message(body))));
const details = (text: string, code61 = 'NTRF'): Promise<BankLine> =>
  line(`:61:261119C1,00${code61}NONREF\n:86:${text}`);

describe('an MT940 message', () => {
  it('tells account, number, balances and lines, and holds', async () => {
    const body = ':61:2611201119CR5,50NTRFCUST-1//BANK-1\nsupplement\n:86:free text\n:61:261120D6,NCHG';
    const events = await read(message(body, 'C261120EUR0,50'));
    assert.deepEqual(statementsOf(events), [
      {
        statementId: 'STMT',
        sequence: '17/1',
        account: { number: 'DE89370400440532013000', isIban: true, currency: 'EUR' },
        place: 'line 1',
      },
    ]);
    assert.deepEqual(brokenIn(events), []);
    assert.deepEqual(endsOf(events)[0]?.closing, { amountMinor: 50, currency: 'EUR', on: '2026-11-20' });
    const [credit, debit] = linesOf(events);
    assert.equal(credit?.amountMinor, 550);
    assert.deepEqual([credit.bookedOn, credit.valueOn], ['2026-11-19', '2026-11-20']);
    assert.deepEqual([credit.endToEndId, credit.bankReference, credit.transactionCode], ['CUST-1', 'BANK-1', 'NTRF']);
    assert.deepEqual(credit.texts, ['supplement', 'free text']);
    assert.equal(credit.place, 'line 5');
    assert.deepEqual([debit?.amountMinor, debit?.endToEndId, debit?.texts.length], [-600, null, 0]);
    const wrong = await read(message(body, 'C261120EUR0,51'));
    assert.deepEqual(brokenIn(wrong), ['opening + booked = closing: 51/50']);
  });

  it('is found inside the blocks of the network, after control characters, and joined to the next one', async () => {
    const block = '{1:F01BANKDEFFAXXX0000000000}{2:I940BANKDEFFXXXXN}{4:';
    const one = message(':61:261119C1,00NTRFNONREF\n:61:261119D1,00NTRFNONREF').replace(/-\n$/, '-}');
    const inBlocks = [
      `${block}\n${one}{5:{CHK:1}}\n${block}\n${one}`,
      `\u0001${block}\r\n${one.replaceAll('\n', '\r\n')}\u0003\u0001${block}\r\n${one}`,
      `${block}\n${one}$${block}\n${one}`,
      `${block}\n${one}{5:}${block}\n${one}`,
      one.replace('-}', '') + one.replace('-}', ''),
      `BANKNL2A\n940\nBANKNL2A\n${one.replace('-}', '-XXX')}\nBANKNL2A\n940\n${one}`,
    ];
    for (const each of inBlocks) {
      const events = await read(each);
      assert.equal(statementsOf(events).length, 2, each);
      assert.equal(linesOf(events).length, 4);
      assert.deepEqual(brokenIn(events), []);
    }
  });

  it('gives signs to all marks: a credit taken back goes out, a debit taken back comes in, expected ones are pending', async () => {
    const marks = ['C', 'D', 'RC', 'RD', 'EC', 'ED', 'CR', 'DR', 'RCR'];
    const read61 = await Promise.all(marks.map((mark) => line(`:61:261119${mark}2,50NTRFNONREF`)));
    assert.deepEqual(
      read61.map((each) => [each.amountMinor, each.isReversal, each.status]),
      [
        [250, false, 'booked'],
        [-250, false, 'booked'],
        [-250, true, 'booked'],
        [250, true, 'booked'],
        [250, false, 'pending'],
        [-250, false, 'pending'],
        [250, false, 'booked'],
        [-250, false, 'booked'],
        [-250, true, 'booked'],
      ],
    );
    const events = await read(message(':61:261119EC2,50NTRFNONREF'));
    assert.deepEqual(brokenIn(events), []);
  });

  it('reads days beyond the turn of the year, the 30th of February and years of the last century', async () => {
    const dates = async (text: string): Promise<string[]> => {
      const each = await line(`:61:${text}C1,NTRFNONREF`);
      return [each.valueOn, each.bookedOn];
    };
    assert.deepEqual(await dates('2601021231'), ['2026-01-02', '2025-12-31']);
    assert.deepEqual(await dates('2512310102'), ['2025-12-31', '2026-01-02']);
    assert.deepEqual(await dates('2602300302'), ['2026-02-28', '2026-03-02']);
    assert.deepEqual(await dates('2802300229'), ['2028-02-29', '2028-02-29']);
    assert.deepEqual(await dates('991231'), ['1999-12-31', '1999-12-31']);
    assert.equal(await code(message(':61:260431C1,NTRFNONREF')), 'bank_file.bad_date');
    assert.equal(await code(message(':61:2604301345C1,NTRFNONREF')), 'bank_file.bad_date');
  });

  it('knows the account whatever its form', async () => {
    const account = async (text: string): Promise<unknown[]> => {
      const [head] = statementsOf(await read(message('').replace('DE89370400440532013000', text)));
      return [head?.account.number, head?.account.isIban];
    };
    assert.deepEqual(await account('DE89370400440532013000EUR'), ['DE89370400440532013000', true]);
    assert.deepEqual(await account('COBADEFF/DE89370400440532013000'), ['DE89370400440532013000', true]);
    assert.deepEqual(await account('50880050/0194777102888EUR'), ['50880050/0194777102888', false]);
    assert.deepEqual(await account('0001234567'), ['0001234567', false]);
    assert.deepEqual(await account('DE89 3704 0044 0532 0130 00'), ['DE89370400440532013000', true]);
  });

  it('checks each page of a statement and that one follows the other', async () => {
    const page = (opening: string, closing: string): string =>
      `:20:S\n:25:1\n:28C:1/1\n:60${opening}\n:61:261119C1,NTRFNONREF\n:62${closing}\n-\n`;
    const good = page('F:C261118EUR1,', 'M:C261119EUR2,') + page('M:C261119EUR2,', 'F:C261119EUR3,');
    const events = await read(good);
    assert.deepEqual(brokenIn(events), []);
    assert.equal(checksOf(events).length, 3);
    const torn = page('F:C261118EUR1,', 'M:C261119EUR2,') + page('M:C261119EUR4,', 'F:C261119EUR5,');
    assert.deepEqual(brokenIn(await read(torn)), ['opening of the page = closing of the page before: 400/200']);
  });

  it('is read when a bank has broken lines in the middle of a value', async () => {
    const broken = await line(':61:1811261126CR\n30,00N062NONREF\n:\n:86:166?00GUTSCHR. UEBERWEISUNG?20SVWZ+Test');
    assert.deepEqual([broken.amountMinor, broken.bookedOn, broken.transactionCode], [3000, '2018-11-26', 'N062/166']);
    assert.deepEqual(broken.texts, ['GUTSCHR. UEBERWEISUNG', 'Test']);
    const slid = await line(':61:261119C1,00NTRFCUSTOMER-REFERENC\n//BANKREF\n/OCMT/USD11,00//CHGS/EUR0,20/');
    assert.deepEqual([slid.endToEndId, slid.bankReference], ['CUSTOMER-REFERENC', 'BANKREF']);
    assert.deepEqual(slid.instructed, { currency: 'USD', amountMinor: 1100, rate: null });
    assert.deepEqual([slid.chargesMinor, slid.texts], [20, []]);
  });

  it('is refused with the place when it is cut, garbled or another', async () => {
    const good = message(':61:261119C1,00NTRFNONREF');
    const refused: [string, string][] = [
      [good.slice(0, good.indexOf(':62F')), 'bank_file.cut_short'],
      [good.slice(good.indexOf(':28C')), 'bank_file.no_account'],
      [good.replace(/:60F:.*\n/, ''), 'bank_file.cut_short'],
      [good.replace('C1,00', 'X1,00'), 'bank_file.bad_movement'],
      [good.replace('C1,00', 'C1,001'), 'bank_file.bad_amount'],
      [good.replace('C261120EUR1,00', 'C261120EUR1.000,00'), 'bank_file.bad_balance'],
      [good.replace('C261120EUR', 'C261120ZZZ'), 'bank_file.unknown_currency'],
      [good.replace(':62F:', ':34F:EURD0,\n:62F:'), 'bank_file.other_format'],
      ['', 'bank_file.empty'],
      ['just words\nand more', 'bank_file.empty'],
    ];
    for (const [text, expected] of refused) assert.equal(await code(text), expected, text);
    const error = await errorOf(read(good.replace('C1,00', 'X1,00')));
    assert.equal(error.place, 'line 5');
  });

  it('moves nothing by a movement of nothing', async () => {
    assert.equal((await line(':61:261119CR0,00NCHGNONREF')).status, 'information');
  });

  it('is read in Latin-1 as well as in UTF-8', async () => {
    const text = message(':61:261119C1,00NTRFNONREF\n:86:Müller Straße');
    for (const bytes of [Buffer.from(text), Buffer.from(text, 'latin1'), Buffer.from(`\ufeff${text}`, 'utf16le')]) {
      assert.deepEqual(first(linesOf(await read(bytes))).texts, ['Müller Straße']);
    }
  });
});

describe('the text of an MT940 movement', () => {
  it('in German subfields tells purpose, name, account and references, wherever lines are cut', async () => {
    const whole =
      '166?00GUTSCHRIFT?109310?20EREF+E2E-4711?21MREF+MANDAT-1?22SVWZ+Rechnung INV-2026-000?23123 vom 3.11. abzgl. Skonto?24ABWA+Erika Muster?30COBADEFFXXX?31NL91ABNA0417164300?32Mustermann Handelsgesellsch?33aft mbH?34000';
    const cut = whole.replaceAll(/(.{65})/g, '$1\n');
    const expected = {
      endToEndId: 'E2E-4711',
      counterpartName: 'Mustermann Handelsgesellschaft mbH',
      counterpartAccount: 'NL91ABNA0417164300',
      texts: ['GUTSCHRIFT', 'Erika Muster', 'Rechnung INV-2026-000123 vom 3.11. abzgl. Skonto', 'MREF+MANDAT-1'],
      transactionCode: 'NTRF/166',
      returnReason: null,
    };
    const found = await details(cut);
    const { endToEndId, counterpartName, counterpartAccount, texts, transactionCode, returnReason } = found;
    assert.deepEqual(
      { endToEndId, counterpartName, counterpartAccount, texts, transactionCode, returnReason },
      expected,
    );
  });

  it('in German subfields gives back a purpose however it is cut', async () => {
    const purpose = fc.stringMatching(/^[A-Za-z][A-Za-z0-9 .,-]{20,150}[a-z]$/).filter((text) => !/ {2}/.test(text));
    await fc.assert(
      fc.asyncProperty(
        purpose,
        fc.integer({ min: 5, max: 27 }),
        fc.integer({ min: 20, max: 65 }),
        async (text, size, width) => {
          const tagged = `SVWZ+${text}`;
          const pieces = tagged.match(new RegExp(`.{1,${Math.max(size, 17)}}`, 'g')) ?? [];
          const keys = [...Array.from({ length: 10 }, (_, index) => `2${index}`), '60', '61', '62', '63'];
          const subfields = pieces.slice(0, keys.length).map((piece, index) => `?${keys[index]}${piece}`);
          const lines = `166?00X${subfields.join('')}`.match(new RegExp(`.{1,${width}}`, 'g')) ?? [];
          // A line of the field that begins like a tag or an end is one to any reader.
          fc.pre(lines.every((each, index) => index === 0 || !/^[:{-]|^\s*$/.test(each)));
          const { texts } = await details(lines.join('\n'));
          assert.equal(texts[1], pieces.slice(0, keys.length).join('').slice(5).trim());
        },
      ),
      { numRuns: 150 },
    );
  });

  it('in German subfields without tags keeps lines apart that were not full', async () => {
    const { texts } = await details(
      '051?00GUTSCHRIFT?20RE 4711?21KD 123456?22?32Muster?30500105175?31648489890'.replace('?22', ''),
    );
    assert.deepEqual(texts, ['GUTSCHRIFT', 'RE 4711 KD 123456']);
    const named = await details('051?20RE 4711?30500105175?31648489890');
    assert.equal(named.counterpartAccount, '500105175/648489890');
  });

  it('of a returned debit tells why and what it cost', async () => {
    const back = await details('109?00RUECKLASTSCHRIFT?20EREF+OUR-1?21COAM+3,00?22SVWZ+RETOURE AC04?34911');
    assert.deepEqual([back.returnReason, back.chargesMinor, back.endToEndId], ['AC04', 300, 'OUR-1']);
    assert.equal((await details('109?20EREF+OUR-1?34914')).returnReason, '914');
    assert.equal((await details('returned unpaid', 'NRTI')).returnReason, 'RTI');
    assert.equal((await details('/TRTP/RETURN/EREF/OUR-2/RTRN/MD06//NAME/X')).returnReason, 'MD06');
  });

  it('in Dutch slash codes tells references, names and remittance, cut anywhere', async () => {
    const whole =
      '/TRTP/SEPA OVERBOEKING/IBAN/NL91ABNA0417164300/BIC/ABNANL2A/NAME/J. JANSEN B.V./REMI/FACTUUR 2026/000123 EN 124/EREF/E2E-9';
    const found = await details(whole.replaceAll(/(.{65})/g, '$1\n'));
    assert.deepEqual([found.counterpartName, found.counterpartAccount], ['J. JANSEN B.V.', 'NL91ABNA0417164300']);
    assert.deepEqual(found.texts, ['FACTUUR 2026/000123 EN 124', 'SEPA OVERBOEKING']);
    assert.equal(found.endToEndId, 'E2E-9');
    const ing = await details(
      '/EREF/NOTPROVIDED//CNTP/NL91ABNA0417164300/ABNANL2A/JANSEN///REMI/STRD/CUR/RF18539007547034/',
    );
    assert.deepEqual(ing.structuredReferences, ['RF18539007547034']);
    assert.deepEqual(
      [ing.counterpartName, ing.counterpartAccount, ing.endToEndId],
      ['JANSEN', 'NL91ABNA0417164300', null],
    );
    const free = await details('/REMI/USTD//INV-1/NAME/X');
    assert.deepEqual(free.texts, ['INV-1']);
  });

  it('in tags without subfields is told apart', async () => {
    const found = await details(
      'SEPA CREDIT EREF+E-1KREF+K-1SVWZ+INV 4711 and 4712 IBAN+NL91ABNA0417164300ABWA+Parent Ltd',
    );
    assert.deepEqual(found.texts, ['SEPA CREDIT', 'INV 4711 and 4712']);
    assert.deepEqual(
      [found.endToEndId, found.counterpartName, found.counterpartAccount],
      ['E-1', 'Parent Ltd', 'NL91ABNA0417164300'],
    );
  });

  it('in plain words is joined where a line was full, else with a blank, and gives the only IBAN', async () => {
    const full = `${'PAYMENT OF '.padEnd(61, 'x')} 471`;
    const joined = await details(`${full}\n1 DUE\nTHANKS NL91ABNA0417164300`);
    assert.equal(joined.texts[0], `${full}1 DUE THANKS NL91ABNA0417164300`);
    assert.equal(joined.counterpartAccount, 'NL91ABNA0417164300');
    assert.equal((await details('123.20 EUR paid')).texts[0], '123.20 EUR paid');
  });

  it('may come in several fields', async () => {
    assert.deepEqual((await details('one\n:NS:22X\n:86:two')).texts, ['one two']);
  });

  it('of a cheque has its number as the trace', async () => {
    const cheque = await line(':61:261119C1,00NCHK000123//B');
    assert.deepEqual([cheque.trace, cheque.endToEndId], ['000123', null]);
  });
});

describe('an MT942 message', () => {
  it('tells lines, has no balances and holds by numbers and sums', async () => {
    const body =
      ':34F:EURD0,\n:34F:EURC0,\n:13D:2611191200+0100\n:61:261119D2,NTRFA\n:86:x\n:61:261119C3,NTRFB\n:61:261119EC9,NTRFC\n:90D:1EUR2,\n:90C:1EUR3,';
    const events = await interim(body);
    assert.deepEqual(
      linesOf(events).map((each) => [each.amountMinor, each.status]),
      [
        [-200, 'booked'],
        [300, 'booked'],
        [900, 'pending'],
      ],
    );
    assert.deepEqual(brokenIn(events), []);
    assert.equal(endsOf(events)[0]?.opening, null);
    assert.equal(checksOf(events).length, 4);
    assert.deepEqual(brokenIn(await interim(body.replace('1EUR3,', '2EUR12,'))), []);
    assert.deepEqual(brokenIn(await interim(body.replace('1EUR3,', '2EUR12,01'))), ['sum of credits: 1201/1200']);
    assert.deepEqual(brokenIn(await interim(body.replace('1EUR2,', '3EUR2,'))), ['number of debits: 3/1']);
  });

  it('takes the currency of the account when it tells none, and is refused without', async () => {
    const text = ':20:X\n:25:4711\n:28C:1\n:61:261119D2,NTRFA\n-';
    const events = await eventsOf(readMt942, text, { options: { ...OPTIONS, accountCurrency: 'SEK' } });
    assert.equal(linesOf(events)[0]?.currency, 'SEK');
    assert.equal((await errorOf(eventsOf(readMt942, text))).code, 'bank_file.unknown_currency');
  });

  it('is not confused with an MT940', async () => {
    assert.equal((await errorOf(eventsOf(readMt942, message('')))).code, 'bank_file.other_format');
  });
});

describe('MT940 files that others wrote', { skip: existsSync(SHARED) ? false : `${SHARED} is not there` }, () => {
  const golden = (name: string) => read(readFileSync(`${SHARED}/${name}`));

  it('of a Dutch bank are read with their head lines; balances that were made up show', async () => {
    const events = await golden('mt940-abn-amro.sta');
    assert.deepEqual(
      statementsOf(events).map((each) => [each.account.number, each.sequence]),
      [
        ['517852257', '19321/1'],
        ['517852257', '19322/1'],
      ],
    );
    const lines = linesOf(events);
    assert.deepEqual(
      lines.map((each) => each.amountMinor),
      [-900, -1159, -1163, -1180, -1345, -1549, -10700, -14148, -949, -1500],
    );
    assert.match(
      lines[0]?.texts[0] ?? '',
      /^GIRO 428428 KPN - DIGITENNE BETALINGSKENM\. 0000000421886595314606715 BETREFT FACTUUR/,
    );
    assert.deepEqual([lines[1]?.valueOn, lines[1]?.bookedOn], ['2011-05-21', '2011-05-23']);
    assert.deepEqual(brokenIn(events), [
      'opening + booked = closing: 87684/291484',
      'opening + booked = closing: 184975/285235',
    ]);
  });

  it('of another are read up to their own end mark', async () => {
    const events = await golden('mt940-ing.sta');
    assert.deepEqual(
      linesOf(events).map((each) => each.amountMinor),
      [-2503, -303, -111, -2000, -110, 368, 100],
    );
    assert.equal(linesOf(events)[2]?.endToEndId, 'TMG TANGO');
    assert.deepEqual(brokenIn(events), ['opening + booked = closing: 347/-4559']);
  });

  it('without any account are refused, because nobody can tell whose money it is', async () => {
    const error = await errorOf(golden('mt940-sparkasse.sta'));
    assert.deepEqual([error.code, error.place], ['bank_file.no_account', 'line 1']);
  });
});
