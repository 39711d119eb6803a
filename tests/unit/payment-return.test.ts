// Returned payments: what their reason asks for, what may be booked, and what is undone for them, to the minor unit.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  checkReturn,
  isReturnKind,
  mayRetry,
  planReturn,
  RETRIES_MAX,
  RETURN_ACTIONS,
  returnAction,
  returnReason,
  type ReturnAction,
  type ReturnTold,
  type StandingAllocation,
} from '../../src/domain/payment-return.ts';

const CODES: Readonly<Record<ReturnAction, string>> = {
  retry: 'AM04 R01',
  ask_data: 'AC01 AC04 AC06 R02 R03 R04',
  stop: 'MD01 MD06 MD07 R07 R10',
  person: 'MS02 MS03',
};

describe('the reason of a return', () => {
  for (const [action, codes] of Object.entries(CODES)) {
    it(`${codes} asks for "${action}"`, () => {
      for (const code of codes.split(' ')) {
        assert.equal(returnAction(code), action, code);
        assert.notEqual(returnReason(code), returnReason('XX99'), code);
      }
    });
  }

  it('needs a person when it is not known, and is read as it was typed', () => {
    for (const code of ['', 'XX99', 'R99', 'constructor']) assert.equal(returnAction(code), 'person', code);
    assert.equal(returnReason('XX99'), 'a reason that is not known');
    assert.equal(returnAction(' am04 '), 'retry');
    assert.equal(returnReason('r01'), 'insufficient funds');
  });

  it('has words for each action', () => {
    assert.deepEqual(Object.keys(RETURN_ACTIONS).sort(), Object.keys(CODES).sort());
    assert.equal(new Set(Object.values(RETURN_ACTIONS)).size, Object.keys(CODES).length);
  });

  it('allows two more tries for a lack of cover, and none for anything else', () => {
    assert.deepEqual(
      [1, 2, 3].map((timesReturned) => mayRetry('R01', timesReturned)),
      [true, true, false],
    );
    assert.equal(RETRIES_MAX, 2);
    for (const code of ['AC04', 'R10', 'MS03', 'XX99']) assert.equal(mayRetry(code, 1), false, code);
  });
});

describe('a return', () => {
  const TOLD: ReturnTold = {
    amountMinor: 600,
    paymentMinor: 1_000,
    returnedMinor: 300,
    refundedMinor: 100,
    currency: 'EUR',
    kind: 'chargeback',
    returnedOn: '2026-04-01',
    today: '2026-04-01',
  };
  const cases: readonly [string, Partial<ReturnTold>, string][] = [
    ['may take all that is left of the payment', {}, 'ok'],
    ['is refused a cent above it', { amountMinor: 601 }, 'return_exceeds_payment'],
    ['is refused when all went back before', { amountMinor: 1, returnedMinor: 900 }, 'return_exceeds_payment'],
    ['is refused over nothing', { amountMinor: 0 }, 'return_amount_invalid'],
    ['is refused over less than nothing', { amountMinor: -1 }, 'return_amount_invalid'],
    ['may be told late', { returnedOn: '2025-01-01' }, 'ok'],
    ['is refused from tomorrow', { returnedOn: '2026-04-02' }, 'returned_in_the_future'],
    ['is refused of an unknown kind', { kind: 'refund' }, 'return_kind_unknown'],
  ];
  for (const [name, changes, expected] of cases) {
    it(name, () => {
      const result = checkReturn({ ...TOLD, ...changes });
      assert.equal(result.ok ? 'ok' : result.refusal.code, expected);
      assert.ok(result.ok || (result.refusal.text !== '' && result.refusal.hint !== ''));
    });
  }

  it('is refused with the figures', () => {
    const result = checkReturn({ ...TOLD, amountMinor: 601 });
    assert.ok(!result.ok);
    assert.equal(
      result.refusal.text,
      '6.01 EUR cannot be returned: of the payment of 10.00 EUR, 3.00 EUR was returned and 1.00 EUR refunded, so 6.00 EUR is left.',
    );
  });

  it('is of one of three kinds', () => {
    for (const kind of ['returned_debit', 'chargeback', 'bounced_cheque']) assert.equal(isReturnKind(kind), true);
    assert.equal(isReturnKind(''), false);
  });
});

describe('what a return undoes', () => {
  const NEWEST: StandingAllocation = { entryId: 9, itemId: 'b', amountMinor: 70 };
  const MIDDLE: StandingAllocation = { entryId: 5, itemId: 'a', amountMinor: 20 };
  const OLDEST: StandingAllocation = { entryId: 2, itemId: 'b', amountMinor: 10 };
  const cases: readonly [string, [amount: number, unapplied: number], ReturnType<typeof planReturn>][] = [
    ['is nothing where enough is unapplied', [40, 50], { fromUnappliedMinor: 40, reverse: [], reallocate: null }],
    ['is nothing where just enough is', [50, 50], { fromUnappliedMinor: 50, reverse: [], reallocate: null }],
    ['is the newest allocation first', [70, 0], { fromUnappliedMinor: 0, reverse: [NEWEST], reallocate: null }],
    [
      'is a whole allocation, of which the rest is applied again',
      [71, 50],
      { fromUnappliedMinor: 50, reverse: [NEWEST], reallocate: { itemId: 'b', amountMinor: 49 } },
    ],
    [
      'is as many as it needs',
      [75, 0],
      { fromUnappliedMinor: 0, reverse: [NEWEST, MIDDLE], reallocate: { itemId: 'a', amountMinor: 15 } },
    ],
    [
      'is all of them for the whole payment',
      [150, 50],
      { fromUnappliedMinor: 50, reverse: [NEWEST, MIDDLE, OLDEST], reallocate: null },
    ],
  ];
  for (const [name, [amountMinor, unappliedMinor], expected] of cases) {
    it(name, () => {
      const allocations = [NEWEST, MIDDLE, OLDEST];
      assert.deepEqual(planReturn({ amountMinor, unappliedMinor, allocations }), expected);
    });
  }

  it('is a defect where the payment has less than that', () => {
    const short = { amountMinor: 151, unappliedMinor: 50, allocations: [NEWEST, MIDDLE, OLDEST] };
    assert.throws(() => planReturn(short), /defect/);
  });

  it('sums to the return to the minor unit, touches no allocation more than it needs, and leaves each item its share', () => {
    const amount = fc.oneof(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 10 ** 14 }));
    const drafts = fc.array(fc.record({ itemId: fc.constantFrom('a', 'b', 'c'), amountMinor: amount }), {
      maxLength: 8,
    });
    fc.assert(
      fc.property(drafts, fc.nat(500), fc.double({ min: 0, max: 1, noNaN: true }), (all, unappliedMinor, share) => {
        const allocations = all.map((one, index) => ({ ...one, entryId: 100 - index }));
        const paymentMinor = all.reduce((sum, one) => sum + one.amountMinor, unappliedMinor);
        const amountMinor = Math.min(paymentMinor, Math.ceil(paymentMinor * share));
        const { fromUnappliedMinor, reverse, reallocate } = planReturn({ amountMinor, unappliedMinor, allocations });

        const reversedMinor = reverse.reduce((sum, one) => sum + one.amountMinor, 0);
        assert.equal(fromUnappliedMinor + reversedMinor - (reallocate?.amountMinor ?? 0), amountMinor);
        assert.ok(fromUnappliedMinor <= unappliedMinor);
        assert.ok(reverse.length === 0 || fromUnappliedMinor === unappliedMinor);
        assert.deepEqual(reverse, allocations.slice(0, reverse.length));
        const last = reverse.at(-1);
        const withoutLast = fromUnappliedMinor + reversedMinor - (last?.amountMinor ?? 0);
        assert.ok(last === undefined || withoutLast < amountMinor);
        if (reallocate === null) return;
        assert.equal(reallocate.itemId, last?.itemId);
        assert.ok(reallocate.amountMinor > 0 && reallocate.amountMinor < (last?.amountMinor ?? 0));
      }),
    );
  });
});
