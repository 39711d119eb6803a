// What makes a line of a bank file the same line when it is told again.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { bankLine } from '../../src/domain/bank-files/line-fields.ts';
import { baseIdentity } from '../../src/domain/bank-line-identity.ts';

const given = { amountMinor: 11_900, currency: 'EUR', bookedOn: '2026-01-15', place: 'line 1' };

describe('the identity of a bank line', () => {
  it('is the bank’s reference with day and amount, whatever its text says', () => {
    const one = bankLine({ ...given, bankReference: 'R1', texts: ['INV-1'] });
    assert.equal(baseIdentity(one), baseIdentity(bankLine({ ...given, bankReference: 'R1', texts: ['Invoice 1'] })));
    const others = [{ bookedOn: '2026-01-16' }, { amountMinor: 1 }, { bankReference: 'R2' }];
    for (const other of others) assert.notEqual(baseIdentity(one), baseIdentity(bankLine({ ...one, ...other })));
  });

  it('is everything the bank tells where there is no reference, but not where in the file it stands', () => {
    const one = bankLine({ ...given, texts: ['INV-1'], counterpartName: 'Payer' });
    assert.equal(baseIdentity(one), baseIdentity({ ...one, place: 'line 7', batch: 'B' }));
    for (const other of [{ texts: ['INV-2'] }, { valueOn: '2026-01-16' }, { counterpartName: null }]) {
      assert.notEqual(baseIdentity(one), baseIdentity(bankLine({ ...one, ...other })));
    }
  });

  it('of a pending line is another than that of the booked one', () => {
    const one = bankLine({ ...given, bankReference: 'R1' });
    assert.notEqual(baseIdentity(one), baseIdentity({ ...one, status: 'pending' }));
  });

  it('stays short for a reference of any length', () => {
    const long = bankLine({ ...given, bankReference: 'R'.repeat(10_000) });
    assert.ok(baseIdentity(long).length < 200);
    assert.notEqual(baseIdentity(long), baseIdentity({ ...long, bankReference: `${'R'.repeat(9_999)}S` }));
  });
});
