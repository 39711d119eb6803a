// Which advice belongs to which money, and when a person is asked.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { joinAdvices, type SeekingAdvice, type SoughtMoney } from '../../src/domain/advice-join.ts';

const advice = (id: string, more: Partial<SeekingAdvice> = {}): SeekingAdvice => ({
  ...{ id, senderName: 'Miller Ltd', senderAccount: null, trace: null, paidOn: '2026-03-01', currency: 'EUR' },
  ...{ amountMinor: 10_000, customerIds: [] },
  ...more,
});
const money = (id: string, more: Partial<SoughtMoney> = {}): SoughtMoney => ({
  ...{ id, bookedOn: '2026-03-02', currency: 'EUR', amountMinor: 10_000, payerName: 'MILLER LTD', payerAccount: null },
  ...{ references: [], customerIds: [] },
  ...more,
});

describe('joining advice to money', () => {
  it('follows the trace before anything else', () => {
    const found = joinAdvices(
      [advice('a', { trace: 'EFT-1', senderName: null })],
      [money('m'), money('n', { references: ['eft 1'] })],
    );
    assert.deepEqual(found, { joined: [{ adviceId: 'a', moneyId: 'n' }], tied: [] });
  });

  it('goes by amount and payer without one, never by the amount alone', () => {
    assert.deepEqual(joinAdvices([advice('a')], [money('m')]).joined, [{ adviceId: 'a', moneyId: 'm' }]);
    assert.deepEqual(joinAdvices([advice('a')], [money('m', { payerName: 'Jones plc' })]), { joined: [], tied: [] });
    const known = joinAdvices(
      [advice('a', { customerIds: ['c'] })],
      [money('m', { payerName: 'J', customerIds: ['c'] })],
    );
    assert.equal(known.joined.length, 1, 'both are known as the same customer');
    assert.equal(joinAdvices([advice('a')], [money('m', { amountMinor: 10_001 })]).joined.length, 0);
    assert.equal(joinAdvices([advice('a')], [money('m', { bookedOn: '2026-06-02' })]).joined.length, 0);
  });

  it('leaves a tie to a person, on either side', () => {
    const several = joinAdvices([advice('a')], [money('m'), money('n')]);
    assert.deepEqual(several, { joined: [], tied: [{ adviceId: 'a', moneyIds: ['m', 'n'] }] });
    const both = joinAdvices([advice('a'), advice('b')], [money('m')]);
    assert.deepEqual(both.joined, []);
    assert.deepEqual(
      both.tied.map(({ adviceId }) => adviceId),
      ['a', 'b'],
    );
  });

  it('asks when the trace names money of another amount', () => {
    const found = joinAdvices([advice('a', { trace: 'T' })], [money('m', { references: ['T'], amountMinor: 9_000 })]);
    assert.deepEqual(found, { joined: [], tied: [{ adviceId: 'a', moneyIds: ['m'] }] });
  });

  it('settles what is traced first, so that it makes no tie for others', () => {
    const found = joinAdvices(
      [advice('a', { trace: 'T' }), advice('b')],
      [money('m', { references: ['T'] }), money('n')],
    );
    assert.deepEqual(found.joined, [
      { adviceId: 'a', moneyId: 'm' },
      { adviceId: 'b', moneyId: 'n' },
    ]);
  });

  it('joins one advice to one money, whatever their number and order', () => {
    const names = fc.constantFrom('Miller Ltd', 'Jones plc', null);
    const trace = fc.constantFrom('T1', 'T2', null);
    const amountMinor = fc.constantFrom(100, 200);
    const advices = fc.array(fc.record({ senderName: names, trace, amountMinor }), { maxLength: 8 });
    const moneys = fc.array(fc.record({ payerName: names, trace, amountMinor }), { maxLength: 8 });
    fc.assert(
      fc.property(advices, moneys, (told, came) => {
        const asked = told.map((one, index) => advice(`a${String(index)}`, one));
        const sought = came.map(({ trace: reference, ...one }, index) =>
          money(`m${String(index)}`, { ...one, references: reference === null ? [] : [reference] }),
        );
        const { joined, tied } = joinAdvices(asked, sought);
        assert.equal(new Set(joined.map(({ adviceId }) => adviceId)).size, joined.length);
        assert.equal(new Set(joined.map(({ moneyId }) => moneyId)).size, joined.length);
        const turned = joinAdvices([...asked].reverse(), [...sought].reverse());
        const byId = (found: typeof joined): string[] => found.map((one) => JSON.stringify(one)).sort();
        assert.deepEqual(byId(turned.joined), byId(joined));
        assert.equal(turned.tied.length, tied.length);
      }),
    );
  });
});
