// The format of a bank file is told by its content, and never by its name alone.

import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { detectFormat } from '../../../src/domain/bank-files/detect.ts';
import { SHARED } from './events-of.ts';

const detect = (text: string, name: string | null = null) => detectFormat(Buffer.from(text), name);

describe('the format of a bank file', () => {
  it('is told by what stands in it', () => {
    const cases: readonly [string, string][] = [
      [
        '<?xml version="1.0"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt>',
        'camt.053',
      ],
      ['\ufeff<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.13">', 'camt.054'],
      ['<ns2:Document xmlns:ns2="x"><ns2:BkToCstmrStmt>', 'camt.053'],
      ['{1:F01BANKDEFFAXXX0000000000}{2:O9400000}{4:\n:20:X', 'mt940'],
      ['{1:F01BANKDEFFAXXX0000000000}{2:I942X}{4:\n:20:X', 'mt942'],
      [':20:STARTUMSE\n:25:10010010/1111\n:28C:1/1\n:60F:C261101EUR1,00', 'mt940'],
      ['ABNANL2A\n940\nABNANL2A\n:20:ABN\n:25:1\n:28:1\n:60F:C1', 'mt940'],
      [':20:X\n:25:1\n:28C:1\n:34F:EUR0,\n:13D:2611', 'mt942'],
      ['01,122099999,123456789,261103,0600,7,,,2/\n02,1,2,1,261102,,,/', 'bai2'],
      [`101${'D'.repeat(10)}${'0'.repeat(10)}2611020915\n2${'D'.repeat(20)}${'0'.repeat(20)}`, 'lockbox'],
      ['OFXHEADER:100\nDATA:OFXSGML\n\n<OFX>', 'ofx'],
      ['<?xml version="1.0"?><?OFX OFXHEADER="200"?><OFX>', 'ofx'],
      ['Datum;Betrag;Text\n1;2;3\n4;5;6', 'csv'],
      ['Kontoauszug\n\nDate\tAmount\tText\n1\t2\t3', 'csv'],
      ['"Date","Amount","Text"\n"1","2","3"', 'csv'],
    ];
    for (const [text, expected] of cases) assert.equal(detect(text), expected, text);
    assert.equal(detectFormat(Buffer.from('\ufeffDate;Amount;Text\n1;2;3', 'utf16le'), null), 'csv');
  });

  it('is unknown when nothing tells it', () => {
    const texts = [
      '',
      '   ',
      'words only',
      '<html><body>camt</body></html>',
      '{"a": 1, "b": [1,2,3]}',
      'ISA*00*          *00*          *ZZ*',
      '%PDF-1.7,\u0001,',
      'PK\u0003\u0004,,,\n,,,',
      'one; two; words\nand a line',
    ];
    for (const text of texts) assert.equal(detect(text), null, text);
  });

  it('is not taken from the name against the content', () => {
    assert.equal(detect('01,122099999,123456789,261103,0600,7,,,2/\n02,1,2,1,261102,,,/', 'statement.csv'), 'bai2');
    assert.equal(detect('words only', 'statement.csv'), null);
    assert.equal(detect('words only', 'camt.053.xml'), null);
    assert.equal(detect('Datum;Betrag;Text', 'statement.csv'), 'csv');
    assert.equal(detect('Datum;Betrag;Text', null), null);
  });

  it('is told for every shared file', { skip: existsSync(SHARED) ? false : `${SHARED} is not there` }, () => {
    const expected = { camt053: 'camt.053', camt054: 'camt.054', mt940: 'mt940', bai2: 'bai2' } as const;
    for (const name of readdirSync(SHARED)) {
      const format = Object.entries(expected).find(([start]) => name.startsWith(start))?.[1];
      assert.equal(detectFormat(readFileSync(`${SHARED}/${name}`), null), format, name);
    }
  });
});
