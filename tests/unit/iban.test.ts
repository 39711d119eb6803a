// IBANs are read as people write them, and a mistyped one is refused.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseIban } from '../../src/domain/iban.ts';

/** Examples of the IBAN registry. */
const VALID = [
  'DE89370400440532013000',
  'GB29NWBK60161331926819',
  'FR1420041010050500013M02606',
  'NO9386011117947',
  'MT84MALT011000012345MTLCAST001S',
  'LC55HEMM000100010012001200023015',
];

describe('an IBAN', () => {
  it('is accepted with its check digits, with blanks and in small letters as well', () => {
    for (const iban of VALID) {
      assert.equal(parseIban(iban), iban);
      assert.equal(parseIban(iban.replace(/(.{4})/g, '$1 ').toLowerCase()), iban);
    }
  });

  it('is refused when one character differs, or two that stand side by side change places', () => {
    for (const iban of VALID) {
      for (let at = 4; at < iban.length; at += 1) {
        const digit = iban[at] === '7' ? '8' : '7';
        assert.equal(parseIban(iban.slice(0, at) + digit + iban.slice(at + 1)), null, `${iban} at ${at}`);
        const [left, right] = [iban[at] ?? '', iban[at + 1] ?? ''];
        if (right === '' || left === right) continue;
        assert.equal(
          parseIban(iban.slice(0, at) + right + left + iban.slice(at + 2)),
          null,
          `${iban} swapped at ${at}`,
        );
      }
    }
  });

  it('is refused when it is none', () => {
    for (const text of [
      '',
      'DE',
      '370400440532013000',
      'DE8937040044',
      `DE89${'1'.repeat(40)}`,
      'DE89-3704-0044-0532-0130-00',
    ])
      assert.equal(parseIban(text), null, text);
  });
});
