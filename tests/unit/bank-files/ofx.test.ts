// OFX statements are read, SGML and XML alike, and nothing in them makes the reader slow, recurse or guess.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseSync } from 'ofx-js';
import { readOfx } from '../../../src/domain/bank-files/ofx.ts';
import { endsOf, errorOf, eventsOf, linesOf, OPTIONS, statementsOf } from './events-of.ts';

const HEADER = 'OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nENCODING:USASCII\r\nCHARSET:1252\r\n\r\n';
const SIGN_ON =
  '<SIGNONMSGSRSV1><SONRS><STATUS><CODE>0<SEVERITY>INFO</STATUS><DTSERVER>20261103<LANGUAGE>ENG</SONRS></SIGNONMSGSRSV1>';
const ACCOUNT = '<BANKACCTFROM><BANKID>121000358<ACCTID>0012345<ACCTTYPE>CHECKING</BANKACCTFROM>';
const BALANCE =
  '<LEDGERBAL><BALAMT>5000.00<DTASOF>20261102</LEDGERBAL><AVAILBAL><BALAMT>1.00<DTASOF>20261102</AVAILBAL>';
const report = (transactions: string, rest = BALANCE): string =>
  `<OFX>${SIGN_ON}<BANKMSGSRSV1><STMTTRNRS><TRNUID>1<STATUS><CODE>0<SEVERITY>INFO</STATUS><STMTRS><CURDEF>USD${ACCOUNT}` +
  `<BANKTRANLIST><DTSTART>20261101<DTEND>20261102${transactions}</BANKTRANLIST>${rest}</STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>`;
const transaction = (values: string): string => `<STMTTRN><TRNTYPE>CREDIT${values}</STMTTRN>`;
const PLAIN = '<DTPOSTED>20261101<TRNAMT>1<FITID>1';

const read = (file: string) => eventsOf(readOfx, file);
const code = async (file: string): Promise<string> => (await errorOf(read(file))).code;

function inside(value: unknown, path: string): unknown {
  return path.split(' ').reduce((inner: unknown, key) => {
    assert.ok(typeof inner === 'object' && inner !== null && key in inner, key);
    return (inner as Record<string, unknown>)[key];
  }, value);
}

describe('an OFX file', () => {
  it('tells account, balance and transactions of SGML without closing tags', async () => {
    const events = await read(
      HEADER +
        report(
          '\n<STMTTRN>\n<TRNTYPE>CREDIT\n<DTPOSTED>20261101120000.123[-5:EST]\n<DTAVAIL>20261103\n<TRNAMT>1250.50\n' +
            '<FITID>A1\n<NAME>ACME &amp; SONS & CO\n<MEMO>INV 12\nsecond line\n</STMTTRN>' +
            '<STMTTRN><TRNTYPE>CHECK<DTPOSTED>20261102<TRNAMT>-20,00<FITID>A2<CHECKNUM>77<REFNUM>R7' +
            '<PAYEE><NAME>Bob<ADDR1>x</PAYEE><BANKACCTTO><BANKID>021000021<ACCTID>99</BANKACCTTO></STMTTRN>',
        ),
    );
    assert.deepEqual(statementsOf(events)[0]?.account, { number: '121000358/0012345', isIban: false, currency: 'USD' });
    const [credit, check] = linesOf(events);
    assert.deepEqual(
      [
        credit?.amountMinor,
        credit?.bookedOn,
        credit?.valueOn,
        credit?.bankReference,
        credit?.counterpartName,
        credit?.texts,
      ],
      [125050, '2026-11-01', '2026-11-03', 'A1', 'ACME & SONS & CO', ['INV 12 second line']],
    );
    assert.deepEqual(
      [check?.amountMinor, check?.trace, check?.endToEndId, check?.counterpartName, check?.counterpartAccount],
      [-2000, '77', 'R7', 'Bob', '021000021/99'],
    );
    assert.deepEqual(endsOf(events), [
      { opening: null, closing: { amountMinor: 500000, currency: 'USD', on: '2026-11-02' }, checks: [], linesRead: 2 },
    ]);
  });

  it('is read as XML with prolog, comments, CDATA and character references', async () => {
    const [line] = linesOf(
      await read(
        '<?xml version="1.0" encoding="UTF-8"?><?OFX OFXHEADER="200" VERSION="211"?><!-- <STMTTRN> -->' +
          report(
            `<STMTTRN><TRNTYPE>DEP</TRNTYPE><DTPOSTED>20261101</DTPOSTED><TRNAMT>7.00</TRNAMT><FITID>1</FITID><NAME>M&#252;ller &#x26; S&apos;</NAME><MEMO><![CDATA[a <b> & ]] c]]> d</MEMO></STMTTRN>`,
          ),
      ),
    );
    assert.deepEqual([line?.counterpartName, line?.texts], ["Müller & S'", ['a <b> & ]] c d']]);
  });

  it('is read from a single line of any length and in Windows-1252', async () => {
    const many = report(transaction(PLAIN).repeat(5_000));
    assert.equal(linesOf(await read(many)).length, 5_000);
    const bytes = Buffer.from(HEADER + report(transaction(`${PLAIN}<NAME>M\u00fcller`)), 'latin1');
    assert.equal(linesOf(await eventsOf(readOfx, bytes))[0]?.counterpartName, 'Müller');
  });

  it('takes a deleting transaction for the reversal of what it takes back, and a replacing one for information', async () => {
    const [deleted, replaced] = linesOf(
      await read(
        report(
          transaction('<DTPOSTED>20261101<TRNAMT>50<FITID>2<CORRECTFITID>1<CORRECTACTION>DELETE') +
            transaction('<DTPOSTED>20261101<TRNAMT>60<FITID>3<CORRECTFITID>1<CORRECTACTION>REPLACE'),
        ),
      ),
    );
    assert.deepEqual([deleted?.amountMinor, deleted?.isReversal, deleted?.status], [-5000, true, 'booked']);
    assert.deepEqual([replaced?.isReversal, replaced?.status], [false, 'information']);
    assert.match(replaced?.texts[0] ?? '', /replaces transaction 1/);
  });

  it('tells pending transactions and other currencies', async () => {
    const [foreign, pending] = linesOf(
      await read(
        report(transaction(`${PLAIN}<CURRENCY><CURRATE>1.1<CURSYM>JPY</CURRENCY>`)).replace(
          '</BANKTRANLIST>',
          '</BANKTRANLIST><BANKTRANLISTP><DTASOF>20261102<STMTTRNP><TRNTYPE>POS<DTTRAN>20261102<TRNAMT>-5<NAME>P</STMTTRNP></BANKTRANLISTP>',
        ),
      ),
    );
    assert.deepEqual([foreign?.currency, foreign?.amountMinor], ['JPY', 1]);
    assert.deepEqual([pending?.status, pending?.amountMinor], ['pending', -500]);
  });

  it('keeps two payments apart to which the bank gave one identification', async () => {
    const lines = linesOf(await read(report(transaction(PLAIN) + transaction(PLAIN))));
    assert.deepEqual(
      lines.map((line) => line.bankReference),
      ['1', null],
    );
  });

  it('is refused when it is no bank account, names none, or has values that are none', async () => {
    assert.equal(await code('<OFX><CREDITCARDMSGSRSV1><CCSTMTTRNRS><CCSTMTRS>'), 'bank_file.ofx_not_a_bank_account');
    assert.equal(await code(report(transaction(PLAIN)).replace(ACCOUNT, '')), 'bank_file.no_account');
    assert.equal(await code(report(transaction(PLAIN)).replace('<CURDEF>USD', '')), 'bank_file.no_currency');
    assert.equal(await code(report(transaction('<DTPOSTED>20261101<FITID>1'))), 'bank_file.ofx_missing');
    assert.equal(await code(report(transaction('<DTPOSTED>20261131<TRNAMT>1'))), 'bank_file.bad_date');
    assert.equal(await code(report(transaction('<DTPOSTED>yesterday<TRNAMT>1'))), 'bank_file.bad_date');
    assert.equal(await code(report(transaction('<DTPOSTED>20261101<TRNAMT>1e3'))), 'bank_file.bad_amount');
    assert.equal(await code(report(transaction('<DTPOSTED>20261101<TRNAMT>1.005'))), 'bank_file.bad_amount');
    assert.equal(await code('OFXHEADER:100\n'), 'bank_file.ofx_syntax');
    assert.equal(await code(report(transaction(PLAIN)).replace('</BANKMSGSRSV1></OFX>', '')), 'bank_file.cut_off');
    const error = await errorOf(read(report(`\n\n${transaction('\n<DTPOSTED>20261101<TRNAMT>x')}`)));
    assert.equal(error.place, 'line 3');
  });

  it('is refused with a document type, with tags that are none and with texts without end', async () => {
    const bomb = '<!DOCTYPE OFX [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><OFX>&b;</OFX>';
    assert.equal(await code(bomb), 'bank_file.ofx_doctype');
    assert.equal(await code(`<OFX><${'A'.repeat(40)}!`), 'bank_file.ofx_syntax');
    assert.equal(await code('<OFX><STMTRS></OFX>'), 'bank_file.ofx_syntax');
    assert.equal(await code(`<OFX><MEMO>${'x'.repeat(70_000)}</OFX>`), 'bank_file.text_too_long');
    assert.equal(await code(`<OFX>${'<BAL>'.repeat(100)}</OFX>`), 'bank_file.too_deep');
    assert.equal(await code(`<OFX><![CDATA[${'<\n'.repeat(70_000)}`), 'bank_file.text_too_long');
    assert.deepEqual(await read(`<OFX>${'<NESTED>'.repeat(20_000)}</OFX>`), [{ kind: 'file_end', checks: [] }]);
    const hostile = transaction(`<__proto__>1<constructor>2${PLAIN}<toString>3`);
    assert.equal(linesOf(await read(report(hostile)))[0]?.amountMinor, 100);
  });
});

describe('any OFX file', () => {
  const one = fc.record({
    minor: fc.integer({ min: -(10 ** 12), max: 10 ** 12 }).filter((minor) => minor !== 0),
    name: fc.stringMatching(/^[A-Za-z0-9&'.,-]([A-Za-z0-9&'., -]{0,20}[A-Za-z0-9])?$/),
    isClosed: fc.boolean(),
  });
  const decimal = (minor: number): string =>
    `${minor < 0 ? '-' : ''}${String(Math.floor(Math.abs(minor) / 100))}.${String(Math.abs(minor) % 100).padStart(2, '0')}`;
  const write = (given: { minor: number; name: string; isClosed: boolean }[]): string =>
    HEADER +
    report(
      given
        .map(({ minor, name, isClosed }, index) => {
          const text = name.replaceAll('&', '&amp;');
          const value = (tag: string, content: string): string =>
            isClosed ? `<${tag}>${content}</${tag}>\n` : `<${tag}>${content}\n`;
          return `<STMTTRN>\n${value('TRNTYPE', 'OTHER')}${value('DTPOSTED', '20261101')}${value('TRNAMT', decimal(minor))}${value('FITID', String(index))}${value('NAME', text)}</STMTTRN>\n`;
        })
        .join(''),
    );

  it('gives back the transactions that were written, however it is cut into pieces', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(one, { maxLength: 20 }), fc.integer({ min: 1, max: 300 }), async (given, size) => {
        const file = write(given);
        const events = await eventsOf(readOfx, file, { size });
        assert.deepEqual(
          linesOf(events).map((line) => [line.amountMinor, line.counterpartName, line.bankReference]),
          given.map(({ minor, name }, index) => [minor, name, String(index)]),
        );
        assert.deepEqual(await eventsOf(readOfx, file, { options: OPTIONS }), events);
      }),
      { numRuns: 60 },
    );
  });

  it('is read as an independent reader reads it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(one, { minLength: 2, maxLength: 10 }), async (given) => {
        const file = write(given);
        const theirs = inside(parseSync(file), 'OFX BANKMSGSRSV1 STMTTRNRS STMTRS BANKTRANLIST STMTTRN');
        assert.ok(Array.isArray(theirs));
        assert.deepEqual(
          linesOf(await read(file)).map((line) => [
            line.bankReference,
            decimal(line.amountMinor),
            line.counterpartName,
          ]),
          theirs.map((each: Record<string, string>) => [each['FITID'], each['TRNAMT'], each['NAME']]),
        );
      }),
      { numRuns: 40 },
    );
  });
});
