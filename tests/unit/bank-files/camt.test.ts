// What single parts of camt messages mean for the line, and which files are refused with which words.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { readCamt } from '../../../src/domain/bank-files/camt.ts';
import type { BankLine } from '../../../src/domain/bank-files/types.ts';
import { brokenIn, checksOf, endsOf, errorOf, eventsOf, linesOf, statementsOf } from './events-of.ts';

const IBAN = 'DE89370400440532013000';
const ACCOUNT = `<Id>S</Id><Acct><Id><IBAN>${IBAN}</IBAN></Id><Ccy>EUR</Ccy></Acct>`;
const HEAD = '<Sts>BOOK</Sts><BookgDt><Dt>2026-11-19</Dt></BookgDt><ValDt><Dt>2026-11-20</Dt></ValDt>';

const inDocument = (body: string, space = 'urn:iso:std:iso:20022:tech:xsd:camt.053.001.08'): string =>
  `<Document xmlns="${space}"><BkToCstmrStmt>${body}</BkToCstmrStmt></Document>`;
const statement = (body: string): string => inDocument(`<Stmt>${ACCOUNT}${body}</Stmt>`);
const bal = (code: string, amount: string, side = 'CRDT', currency = 'EUR'): string =>
  `<Bal><Tp><CdOrPrtry><Cd>${code}</Cd></CdOrPrtry></Tp><Amt Ccy="${currency}">${amount}</Amt><CdtDbtInd>${side}</CdtDbtInd><Dt><Dt>2026-11-19</Dt></Dt></Bal>`;
const entry = (amount: string, rest = '', side = 'CRDT'): string =>
  `<Ntry><Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>${side}</CdtDbtInd>${HEAD}${rest}</Ntry>`;
const details = (...transactions: string[]): string =>
  `<NtryDtls>${transactions.map((each) => `<TxDtls>${each}</TxDtls>`).join('')}</NtryDtls>`;
const own = (amount: string, rest = ''): string => `<Amt Ccy="EUR">${amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>${rest}`;

const read = (xml: string | Uint8Array) => eventsOf(readCamt, xml);
const lines = async (body: string): Promise<BankLine[]> => linesOf(await read(statement(body)));
const line = async (body: string): Promise<BankLine> => {
  const [first, ...more] = await lines(body);
  assert.deepEqual(more, []);
  return first ?? assert.fail('no line');
};
const code = async (xml: string | Uint8Array): Promise<string> => (await errorOf(read(xml))).code;

describe('a camt report', () => {
  it('holds when opening and booked entries make the closing balance; pending ones move nothing', async () => {
    const pending = entry('99.00').replace('BOOK', 'PDNG');
    const good = statement(bal('PRCD', '10.00') + bal('CLBD', '4.50') + entry('5.50', '', 'DBIT') + pending);
    const events = await read(good);
    assert.deepEqual(brokenIn(events), []);
    assert.deepEqual(
      linesOf(events).map((each) => [each.amountMinor, each.status]),
      [
        [-550, 'booked'],
        [9900, 'pending'],
      ],
    );
    assert.equal(endsOf(events)[0]?.linesRead, 2);
    assert.deepEqual(brokenIn(await read(good.replace('4.50', '4.51'))), ['opening + booked = closing: 451/450']);
  });

  it('takes interim balances for the pages of a statement', async () => {
    const first = await read(statement(bal('OPBD', '1.00') + bal('ITBD', '2.00') + entry('1.00')));
    assert.deepEqual(brokenIn(first), []);
    assert.equal(endsOf(first)[0]?.closing?.amountMinor, 200);
    const middle = await read(statement(bal('ITBD', '2.00') + bal('ITBD', '5.00') + entry('3.00')));
    assert.deepEqual([endsOf(middle)[0]?.opening?.amountMinor, endsOf(middle)[0]?.closing?.amountMinor], [200, 500]);
    const last = await read(statement(bal('ITBD', '5.00') + bal('CLBD', '4.00') + entry('1.00', '', 'DBIT')));
    assert.equal(endsOf(last)[0]?.opening?.amountMinor, 500);
    assert.equal(checksOf(last).length, 1);
  });

  it('shows entries in another currency than the balances', async () => {
    const other = entry('3.00').replace('"EUR"', '"SEK"');
    const events = await read(statement(bal('OPBD', '1.00') + bal('CLBD', '2.00') + entry('1.00') + other));
    assert.deepEqual(brokenIn(events), ['booked entries in EUR: 2/1']);
  });

  it('checks numbers and sums, which may count pending entries or not', async () => {
    const part = (name: string, number: number, sum: string): string =>
      `<${name}><NbOfNtries>${number}</NbOfNtries><Sum>${sum}</Sum></${name}>`;
    const net = '<TtlNetNtry><Amt>1.00</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry>';
    const entries = entry('3.00') + entry('2.00', '', 'DBIT') + entry('7.00').replace('BOOK', 'PDNG');
    const summary = (total: string): string =>
      `<TxsSummry>${total}${part('TtlCdtNtries', 2, '10.00')}${part('TtlDbtNtries', 1, '2.00')}</TxsSummry>`;
    const booked = part('TtlNtries', 2, '5.00').replace('</TtlNtries>', `${net}</TtlNtries>`);
    const events = await read(statement(summary(booked) + entries));
    assert.deepEqual(brokenIn(events), []);
    assert.equal(checksOf(events).length, 7);
    assert.deepEqual(brokenIn(await read(statement(summary(part('TtlNtries', 4, '12.01')) + entries))), [
      'number of entries: 4/3',
      'sum of entries: 1201/1200',
    ]);
    const v2 = '<TtlNetNtryAmt>3.00</TtlNetNtryAmt><CdtDbtInd>DBIT</CdtDbtInd>';
    const wrong = await read(statement(`<TxsSummry><TtlNtries>${v2}</TtlNtries></TxsSummry>${entry('3.00')}`));
    assert.deepEqual(brokenIn(wrong), ['net sum of entries: -300/300']);
  });

  it('is one of several in a file, each with its own totals', async () => {
    const one = (number: string, closing: string): string =>
      `<Stmt><Id>${number}</Id><Acct><Id><Othr><Id>${number}</Id></Othr></Id></Acct>${bal('OPBD', '0.00')}${bal('CLBD', closing)}${entry('1.00')}</Stmt>`;
    const events = await read(inDocument(one('4711', '1.00') + one('4712', '2.00')));
    assert.deepEqual(
      statementsOf(events).map(({ account }) => [account.number, account.isIban, account.currency]),
      [
        ['4711', false, 'EUR'],
        ['4712', false, 'EUR'],
      ],
    );
    assert.deepEqual(brokenIn(events), ['opening + booked = closing: 200/100']);
  });
});

describe('a camt entry', () => {
  it('has the sign of CdtDbtInd when it takes back an earlier one', async () => {
    const back = await line(entry('5.00', '', 'CRDT').replace('<Sts>', '<RvslInd>true</RvslInd><Sts>'));
    assert.deepEqual([back.amountMinor, back.isReversal], [500, true]);
  });

  it('is split into its transactions, each named by its place where the bank names only the batch', async () => {
    const rest = `<AcctSvcrRef>B1</AcctSvcrRef>${details(
      own('1.00', '<Refs><AcctSvcrRef>B1</AcctSvcrRef></Refs>'),
      own('2.00', '<Refs><AcctSvcrRef>OWN</AcctSvcrRef></Refs>'),
      own('3.00'),
    )}`;
    const split = await lines(entry('1.00') + entry('6.00', rest));
    assert.deepEqual(
      split.map((each) => [each.amountMinor, each.bankReference, each.batch]),
      [
        [100, null, null],
        [100, 'B1/1', '2/B1'],
        [200, 'OWN', '2/B1'],
        [300, 'B1/3', '2/B1'],
      ],
    );
  });

  it('shows when its transactions, their number or sum are not what it says', async () => {
    const batch = '<Btch><NbOfTxs>3</NbOfTxs><TtlAmt Ccy="EUR">4.00</TtlAmt></Btch>';
    const body = entry('5.00', details(own('1.00'), own('2.00')).replace('<TxDtls>', `${batch}<TxDtls>`));
    assert.deepEqual(brokenIn(await read(statement(body))), [
      'transactions of the entry = entry: 500/300',
      'transactions in the batch: 3/2',
      'sum of the batch: 400/300',
    ]);
  });

  it('counts a transaction of the other direction against the others', async () => {
    const back = own('1.00').replace('CRDT', 'DBIT');
    const events = await read(statement(entry('4.00', details(own('5.00'), back))));
    assert.deepEqual(
      linesOf(events).map((each) => each.amountMinor),
      [500, -100],
    );
    assert.deepEqual(brokenIn(events), []);
  });

  it('takes charges off its transactions where that makes their sum right', async () => {
    const charged = own('5.00', '<Chrgs><Rcrd><Amt Ccy="EUR">0.50</Amt></Rcrd></Chrgs>');
    const events = await read(statement(entry('9.50', details(charged, own('5.00')))));
    assert.deepEqual(
      linesOf(events).map((each) => [each.amountMinor, each.chargesMinor]),
      [
        [450, 50],
        [500, 0],
      ],
    );
    assert.deepEqual(brokenIn(events), []);
  });

  it('with one transaction has the amount of the account, not the one that was ordered', async () => {
    const foreign =
      '<AmtDtls><InstdAmt><Amt Ccy="USD">11.00</Amt></InstdAmt><CntrValAmt><Amt Ccy="EUR">10.20</Amt><CcyXchg><SrcCcy>USD</SrcCcy><XchgRate>1.0784</XchgRate></CcyXchg></CntrValAmt></AmtDtls>';
    const charges = '<Chrgs><Rcrd><Amt Ccy="EUR">0.20</Amt><ChrgInclInd>true</ChrgInclInd></Rcrd></Chrgs>';
    const paid = await line(entry('10.00', details(foreign + charges)));
    assert.equal(paid.amountMinor, 1000);
    assert.equal(paid.chargesMinor, 20);
    assert.deepEqual(paid.instructed, { currency: 'USD', amountMinor: 1100, rate: '1.0784' });
    const zero = await line(entry('8.85', details('<Amt Ccy="SEK">0</Amt>')));
    assert.deepEqual([zero.amountMinor, zero.instructed], [885, null]);
  });

  it('without amounts of its transactions stays one line that tells what they agree on', async () => {
    const party = (name: string): string => `<RltdPties><Dbtr><Pty><Nm>${name}</Nm></Pty></Dbtr></RltdPties>`;
    const strd = (ref: string): string => `<RmtInf><Strd><CdtrRefInf><Ref>${ref}</Ref></CdtrRefInf></Strd></RmtInf>`;
    const body = details(party('A') + strd('R1'), party('A') + strd('R2'));
    const whole = await line(entry('5.00', `${body}<AddtlNtryInf>two of them</AddtlNtryInf>`));
    assert.equal(whole.amountMinor, 500);
    assert.equal(whole.counterpartName, 'A');
    assert.deepEqual(whole.structuredReferences, ['R1', 'R2']);
    assert.deepEqual(whole.texts, ['two of them']);
    const differing = await line(entry('5.00', details(party('A'), party('B'))));
    assert.equal(differing.counterpartName, null);
  });

  it('is handed on transaction by transaction when it has very many, and a missing one still shows', async () => {
    const many = details(...Array.from({ length: 1_000 }, () => own('1.00')));
    const events = await read(statement(entry('1001.00', many)));
    assert.equal(linesOf(events).length, 1_000);
    assert.deepEqual(brokenIn(events), ['transactions of the entry = entry: 100100/100000']);
    const blind = details(
      ...Array.from({ length: 1_000 }, (_, index) => `<Refs><EndToEndId>E${index}</EndToEndId></Refs>`),
    );
    assert.equal((await line(entry('1001.00', blind))).amountMinor, 100_100);
  });

  it('of nothing informs', async () => {
    assert.equal((await line(entry('0.00'))).status, 'information');
  });
});

describe('a camt transaction', () => {
  it('that comes back names why, and the one it was drawn from', async () => {
    const parties =
      '<RltdPties><Dbtr><Nm>Customer</Nm></Dbtr><DbtrAcct><Id><IBAN>NL91ABNA0417164300</IBAN></Id></DbtrAcct><Cdtr><Nm>We</Nm></Cdtr></RltdPties>';
    const returned = '<RtrInf><Rsn><Cd>MD06</Cd></Rsn><AddtlInf>refund asked</AddtlInf></RtrInf>';
    const refs = '<Refs><EndToEndId>OUR-DEBIT-1</EndToEndId><MndtId>M-1</MndtId></Refs>';
    const back = await line(entry('5.00', details(refs + parties + returned), 'DBIT'));
    assert.equal(back.amountMinor, -500);
    assert.equal(back.returnReason, 'MD06');
    assert.deepEqual([back.counterpartName, back.counterpartAccount], ['Customer', 'NL91ABNA0417164300']);
    assert.equal(back.endToEndId, 'OUR-DEBIT-1');
    assert.deepEqual(back.texts, ['refund asked', 'MREF+M-1']);
  });

  it('never has our own account as the other side', async () => {
    const parties = `<RltdPties><Dbtr><Nm>We</Nm></Dbtr><DbtrAcct><Id><IBAN>${IBAN}</IBAN></Id></DbtrAcct><Cdtr><Nm>They</Nm></Cdtr><CdtrAcct><Id><Othr><Id>123</Id></Othr></Id></CdtrAcct></RltdPties>`;
    const paid = await line(entry('5.00', details(parties)));
    assert.deepEqual([paid.counterpartName, paid.counterpartAccount], ['They', '123']);
  });

  it('tells documents with credit notes, deductions and reasons', async () => {
    const part = (nb: string, type: string, amounts: string): string =>
      `<Strd><RfrdDocInf><Tp><CdOrPrtry><Cd>${type}</Cd></CdOrPrtry></Tp><Nb>${nb}</Nb></RfrdDocInf><RfrdDocAmt>${amounts}</RfrdDocAmt></Strd>`;
    const amount = (name: string, value: string, currency = 'EUR'): string =>
      `<${name} Ccy="${currency}">${value}</${name}>`;
    const adjusted = `<AdjstmntAmtAndRsn>${amount('Amt', '3.00')}<CdtDbtInd>DBIT</CdtDbtInd><Rsn>DAMG</Rsn></AdjstmntAmtAndRsn>`;
    const text = `<RmtInf>${part('I-1', 'CINV', amount('DuePyblAmt', '10.00') + adjusted + amount('RmtdAmt', '7.00'))}${part('C-1', 'CREN', amount('RmtdAmt', '2.00'))}${part('I-2', 'CINV', amount('RmtdAmt', '9.00', 'USD'))}<Strd><RfrdDocInf><Nb>I-3</Nb></RfrdDocInf><RfrdDocInf><Nb>I-4</Nb></RfrdDocInf></Strd></RmtInf>`;
    const { remittance } = await line(entry('5.00', details(text)));
    const nothing = { paidMinor: null, reducedMinor: null, reasonCode: null, isDiscount: false };
    assert.deepEqual(remittance, [
      { reference: 'I-1', paidMinor: 700, reducedMinor: 300, reasonCode: 'DAMG', isDiscount: false },
      { ...nothing, reference: 'C-1', paidMinor: -200 },
      { ...nothing, reference: 'I-2' },
      { ...nothing, reference: 'I-3' },
      { ...nothing, reference: 'I-4' },
    ]);
  });
});

describe('a camt file', () => {
  const good = statement(entry('1.00', '<AddtlNtryInf>Müller &amp; Söhne</AddtlNtryInf>'));
  const textIn = async (bytes: string | Uint8Array): Promise<string | undefined> =>
    linesOf(await read(bytes))[0]?.texts[0];

  it('is read in UTF-8, UTF-16 and Latin-1, with a mark or a declaration', async () => {
    const utf16 = Buffer.from(`\ufeff<?xml version="1.0" encoding="UTF-16"?>${good}`, 'utf16le');
    const latin = Buffer.from(`<?xml version="1.0" encoding="ISO-8859-1"?>${good}`, 'latin1');
    for (const each of [good, `\ufeff${good}`, utf16, Buffer.from(utf16).swap16(), latin]) {
      assert.equal(await textIn(each), 'Müller & Söhne');
    }
    assert.equal(await code(Buffer.from(good, 'latin1')), 'bank_file.bad_encoding');
    assert.equal(await code(`<?xml version="1.0" encoding="EBCDIC"?>${good}`), 'bank_file.bad_encoding');
  });

  it('is read with prefixes, in an envelope, in a national or newer version', async () => {
    const prefixed = good.replaceAll(/<(\/?)([A-Z])/g, '<$1c:$2').replace('xmlns=', 'xmlns:c=');
    const newer = good.replace('053.001.08', '053.001.27');
    const national = good.replace(
      'urn:iso:std:iso:20022:tech:xsd:camt.053.001.08',
      'ISO:camt.053.001.02:APC:STUZZA:payments:003',
    );
    for (const each of [prefixed, `<Envelope><Header/>${good}</Envelope>`, newer, national]) {
      assert.equal(await textIn(each), 'Müller & Söhne');
    }
  });

  it('is refused when it is another message or none', async () => {
    assert.equal(await code(good.replaceAll('camt.053', 'camt.052')), 'bank_file.interim_report');
    assert.equal(
      await code(good.replaceAll('BkToCstmrStmt', 'BkToCstmrAcctRpt').replace('camt.053', 'x')),
      'bank_file.interim_report',
    );
    assert.equal(await code(good.replace('001.08', '001.01')), 'bank_file.unknown_version');
    assert.equal(await code('<html/>'), 'bank_file.not_camt');
    assert.equal(await code(inDocument('<GrpHdr/>')), 'bank_file.empty');
    assert.equal(await code(''), 'bank_file.bad_xml');
  });

  it('is refused with the place when its XML is broken or dangerous', async () => {
    const cut = await errorOf(read(good.slice(0, -30).replace('<Ntry>', '\n<Ntry>')));
    assert.equal(cut.code, 'bank_file.bad_xml');
    assert.match(cut.place, /^line 2, column \d+$/);
    const bomb = '<!DOCTYPE a [<!ENTITY x "xxxxxxxxxx"><!ENTITY y "&x;&x;&x;&x;">]>';
    assert.equal(await code(bomb + good), 'bank_file.doctype_refused');
    assert.equal(await code(`<!DOCTYPE a SYSTEM "file:///etc/passwd">${good}`), 'bank_file.doctype_refused');
    assert.equal(await code(good.replace('&amp;', '&file;')), 'bank_file.bad_xml');
    assert.equal(await code('<a>'.repeat(100_000)), 'bank_file.too_deep');
  });

  it('is refused by the name of a limit when a part of it is too large', async () => {
    const long = 'x'.repeat(200_000);
    assert.equal(await code(good.replace('Söhne', long)), 'bank_file.text_too_long');
    assert.equal(await code(`<${long}`), 'bank_file.text_too_long');
    assert.equal(await code(`<a b="${long}`), 'bank_file.text_too_long');
    const strd = '<Strd><CdtrRefInf><Ref>R</Ref></CdtrRefInf></Strd>'.repeat(2_001);
    assert.equal(
      await code(statement(entry('1.00', details(`<RmtInf>${strd}</RmtInf>`)))),
      'bank_file.too_many_remittance_lines',
    );
    assert.equal(await code(statement(entry('1.00', '<X/>'.repeat(100_001)))), 'bank_file.too_many_elements');
  });

  it('is refused with the place when an entry lacks or garbles what it needs', async () => {
    const refused: [string, string, string][] = [
      ['<Amt Ccy="EUR">1.00</Amt>', '', 'bank_file.no_amount'],
      ['1.00', '1.001', 'bank_file.bad_amount'],
      ['1.00', '-1.00', 'bank_file.bad_amount'],
      ['1.00', '1,00', 'bank_file.bad_amount'],
      ['1.00', `0.${'0'.repeat(60_000)}1`, 'bank_file.bad_amount'],
      ['1.00', '90071992547409.93', 'bank_file.bad_amount'],
      ['"EUR"', '"ZZZ"', 'bank_file.unknown_currency'],
      ['<CdtDbtInd>CRDT</CdtDbtInd>', '', 'bank_file.bad_direction'],
      ['CRDT', 'BOTH', 'bank_file.bad_direction'],
      ['<Sts>BOOK</Sts>', '', 'bank_file.bad_status'],
      ['2026-11-19', '2026-02-30', 'bank_file.bad_date'],
    ];
    for (const [from, to, expected] of refused) {
      const error = await errorOf(read(statement(entry('1.00')).replace(from, to)));
      assert.equal(error.code, expected, to);
      assert.equal(error.place, 'statement 1, entry 1 (line 1)');
    }
    assert.equal(await code(inDocument(`<Stmt><Id>1</Id>${entry('1.00')}</Stmt>`)), 'bank_file.no_account');
  });

  it('keeps amounts that a float would lose', async () => {
    assert.equal((await line(entry('90071992547409.91'))).amountMinor, Number.MAX_SAFE_INTEGER);
    assert.equal((await line(entry('1.10000'))).amountMinor, 110);
    const yen = entry('2700').replace('"EUR"', '"JPY"');
    assert.equal((await line(yen)).amountMinor, 2700);
  });

  it('keeps no more of the texts than a line may have', async () => {
    const many = `<RmtInf>${'<Ustrd>'.concat('x'.repeat(140), '</Ustrd>').repeat(100)}</RmtInf>`;
    const { texts } = await line(entry('1.00', details(many)));
    assert.ok(texts.join('').length <= 4_000);
  });
});
