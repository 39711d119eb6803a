// Structured creditor references: check digits are held against examples of their standards.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  isBelgianMessage,
  isKid,
  isRf,
  isSwissReference,
  readStructuredReference,
} from '../../../src/domain/matching/structured-reference.ts';

describe('check digits of structured references', () => {
  it('hold for the examples of the standards', () => {
    assert.ok(isRf('RF18539007547034'));
    assert.ok(isSwissReference('210000000003139471430009017'));
    assert.ok(isBelgianMessage('010806817183'));
    assert.ok(isBelgianMessage('000000009797'), 'a remainder of 0 is written 97');
    assert.ok(isKid('12345678903'), 'mod 10');
    assert.ok(isKid('1234567892'), 'mod 11');
  });

  it('find one changed digit', () => {
    const digit = fc.integer({ min: 0, max: 9 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 26 }), digit, (place, other) => {
        const text = '210000000003139471430009017';
        fc.pre(text[place] !== String(other));
        assert.ok(!isSwissReference(text.slice(0, place) + String(other) + text.slice(place + 1)));
      }),
    );
    fc.assert(
      fc.property(fc.integer({ min: 4, max: 15 }), digit, (place, other) => {
        const text = 'RF18539007547034';
        fc.pre(text[place] !== String(other));
        assert.ok(!isRf(text.slice(0, place) + String(other) + text.slice(place + 1)));
      }),
    );
  });

  it('leave our own number as the body', () => {
    assert.deepEqual(readStructuredReference('RF18 5390 0754 7034'), {
      scheme: 'RF',
      text: 'RF18539007547034',
      body: '539007547034',
    });
    assert.equal(readStructuredReference('+++010/8068/17183+++')?.body, '108068171');
    assert.equal(readStructuredReference('21 00000 00003 13947 14300 09017')?.body, '21000000000313947143000901');
    assert.equal(readStructuredReference('not one'), null);
    assert.equal(readStructuredReference('9'.repeat(10_000)), null);
  });
});
