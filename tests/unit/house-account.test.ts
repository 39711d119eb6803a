// Which of our accounts a bank means by the number it writes.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { accountNumber, houseAccountOf } from '../../src/domain/house-account.ts';

const account = (id: string, number: string) => ({ id, legalEntityId: 'ACME', number, currency: 'EUR' });
const german = account('german', 'DE02120300000000202051');
const french = account('french', 'FR1420041010050500013M02606');
const american = account('american', '021000021/123456789');

function found(number: string, accounts = [german, french, american]): string | null {
  return houseAccountOf({ number, isIban: false, currency: null }, accounts)?.id ?? null;
}

describe('an account in a bank file', () => {
  it('is found by its number, with blanks or in small letters', () => {
    assert.equal(found(accountNumber('de02 1203 0000 0000 2020 51')), 'german');
    assert.equal(found('021000021/123456789'), 'american');
  });

  it('is found by the national number that its IBAN is made of', () => {
    assert.equal(found('12030000/202051'), 'german');
    assert.equal(found('12030000/0000202051'), 'german');
    assert.equal(found('BYLADEM1001/202051'), 'german');
    assert.equal(found('0500013M02606'), 'french');
  });

  it('is found without its routing number, but not under another one', () => {
    assert.equal(found('123456789'), 'american');
    assert.equal(found('026009593/123456789'), null);
    assert.equal(found('10000000/202051'), null);
  });

  it('is nobody’s when the number is short, or when it may be two', () => {
    assert.equal(found('2051'), null);
    assert.equal(found('202051', [german, account('other', 'DE12500105170000202051')]), null);
    assert.equal(found('DE00000000000000000000'), null);
    assert.equal(found(''), null);
  });
});
