// Bank lines that no open item explains: what they are by the facts alone, and that it does not depend on their order.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { OtherDoor } from '../../src/domain/bank-line.ts';
import type { DoorFacts, DoorLine, Earlier, ExpectedPayout, ToldPayment } from '../../src/domain/doors/facts.ts';
import { RETURN_FEE_MAX_MINOR, takenBackOf } from '../../src/domain/doors/money-out.ts';
import { oneToOne } from '../../src/domain/doors/one-to-one.ts';
import { isReturnCode } from '../../src/domain/doors/return-code.ts';
import { decideDoors } from '../../src/domain/other-doors.ts';

const CREDIT: DoorLine = {
  ...{
    id: 'line',
    accountId: 'giro',
    amountMinor: 10_000,
    currency: 'EUR',
    bookedOn: '2026-01-20',
    valueOn: '2026-01-20',
  },
  ...{
    isReversal: false,
    returnReason: null,
    bankReference: null,
    endToEndId: null,
    trace: null,
    transactionCode: null,
  },
  ...{ counterpartName: null, counterpartAccount: null, texts: [], structuredReferences: [], remittance: [] },
  ...{ instructed: null, chargesMinor: 0 },
};
const DEBIT: DoorLine = { ...CREDIT, amountMinor: -10_000, returnReason: 'AM04' };
const TOLD: ToldPayment = {
  ...{
    id: 'payment',
    source: 'psp',
    sourceId: 'ch_3NxQ7',
    customerId: 'customer',
    amountMinor: 10_000,
    currency: 'EUR',
  },
  ...{ valueOn: '2026-01-15', reference: 'RE-1001', isPaidOut: false },
};
const PAYOUT: ExpectedPayout = {
  ...{ id: 'payout', source: 'stripe', payoutId: 'po_88412', currency: 'EUR', netMinor: 10_000, paidOn: '2026-01-19' },
};
const NOTHING: DoorFacts = {
  ...{ payments: [], payouts: [], payers: new Map(), customersLines: new Set(), earlier: [], refunds: [] },
  ownAccounts: new Set(),
};
const CARD: Earlier = {
  line: null,
  ...{ currency: 'EUR', bookedOn: '2026-01-02' },
  payment: { id: 'payment', sourceId: 'E2E-77', currency: 'EUR', amountMinor: 10_000, leftMinor: 10_000, returns: [] },
};

function lineOf(line: Partial<DoorLine>, state: 'open' | 'applied' = 'applied'): NonNullable<Earlier['line']> {
  const { id, accountId, amountMinor, bankReference, endToEndId, trace, counterpartName, counterpartAccount, texts } = {
    ...CREDIT,
    id: 'before',
    ...line,
  };
  return {
    id,
    accountId,
    state,
    amountMinor,
    bankReference,
    endToEndId,
    trace,
    counterpartName,
    counterpartAccount,
    texts,
  };
}

function decide(line: Partial<DoorLine>, facts: Partial<DoorFacts>): OtherDoor | undefined {
  const { id } = { ...CREDIT, ...line };
  return decideDoors([{ ...CREDIT, ...line }], { ...NOTHING, ...facts }).get(id);
}

/** What it is, in short: the kind, and of a question its code. */
function kind(door: OtherDoor | undefined): string {
  if (door === undefined) return 'matcher';
  if (door.kind === 'ask') return `ask ${door.reasons[0]?.code ?? ''}`;
  return door.kind === 'ignore' ? `ignore ${door.reason.code}` : door.kind;
}

describe('money of a payment that was told before', () => {
  const payments = [TOLD];

  it('is recognised by the source’s own ID, wherever the line has it', () => {
    for (const line of [
      { endToEndId: 'ch_3NxQ7' },
      { bankReference: 'CH_3NXQ7' },
      { trace: 'ch-3nxq7' },
      { texts: ['Payment', 'ref ch_3NxQ7 thanks'] },
      { texts: ['ref ch_3N', 'xQ7'] },
    ]) {
      const door = decide(line, { payments });
      assert.equal(kind(door), 'clear_payment', JSON.stringify(line));
    }
  });

  it('is recognised by the words of the payer, but not where the source pays out sums', () => {
    assert.equal(kind(decide({ texts: ['RE-1001'] }, { payments })), 'clear_payment');
    assert.equal(kind(decide({ texts: ['RE-1001'] }, { payments: [{ ...TOLD, isPaidOut: true }] })), 'matcher');
    assert.equal(kind(decide({ texts: ['RE-1001 and RE-1002'] }, { payments })), 'matcher');
  });

  it('is asked about when only payer and amount are the same, and goes to the matcher when they name other things', () => {
    const payers = new Map([['customer', { accounts: ['DE89 3704 0044 0532 0130 00'], names: ['Kunde AG'] }]]);
    const byAccount = { counterpartAccount: 'DE89370400440532013000' };
    assert.equal(kind(decide(byAccount, { payments, payers })), 'ask maybe_told_before');
    assert.equal(kind(decide({ counterpartName: 'KUNDE AG' }, { payments, payers })), 'ask maybe_told_before');
    assert.equal(kind(decide({ ...byAccount, texts: ['RE-2002'] }, { payments, payers })), 'matcher');
    assert.equal(kind(decide({ counterpartName: 'Someone else' }, { payments, payers })), 'matcher');
    assert.equal(kind(decide(byAccount, { payments: [{ ...TOLD, valueOn: '2025-12-20' }], payers })), 'matcher');
  });

  it('is asked about when the line names it and brings another amount; what the bank says it kept is none', () => {
    assert.equal(kind(decide({ endToEndId: 'ch_3NxQ7', amountMinor: 9_700 }, { payments })), 'ask maybe_told_before');
    const charged = { endToEndId: 'ch_3NxQ7', amountMinor: 9_700, chargesMinor: 300 };
    assert.equal(kind(decide(charged, { payments })), 'clear_payment');
    assert.equal(kind(decide({ endToEndId: 'ch_3NxQ7', currency: 'USD' }, { payments })), 'ask maybe_told_before');
  });

  it('is not what lies too far away in time', () => {
    for (const valueOn of ['2025-11-01', '2026-02-01']) {
      assert.equal(kind(decide({ endToEndId: 'ch_3NxQ7' }, { payments: [{ ...TOLD, valueOn }] })), 'matcher', valueOn);
    }
  });

  it('brings two alike payments by two alike lines, and asks when there is one line for two', () => {
    const two = [TOLD, { ...TOLD, id: 'other', sourceId: 'ch_2' }];
    const lines = [
      { ...CREDIT, texts: ['RE-1001'] },
      { ...CREDIT, id: 'second', texts: ['RE-1001'] },
    ];
    const doors = decideDoors(lines, { ...NOTHING, payments: two });
    const cleared = [...doors.values()].map((door) => (door.kind === 'clear_payment' ? door.paymentId : kind(door)));
    assert.deepEqual(cleared.sort(), ['other', 'payment']);
    assert.equal(kind(decide({ texts: ['RE-1001'] }, { payments: two })), 'ask maybe_told_before');
    const both = decideDoors(lines, { ...NOTHING, payments });
    assert.deepEqual([...both.values()].map(kind), ['ask maybe_told_before', 'ask maybe_told_before']);
  });
});

describe('a payout', () => {
  const payouts = [PAYOUT];

  it('is recognised by its ID and amount, or by its amount and the provider’s name near its day', () => {
    assert.equal(kind(decide({ texts: ['STRIPE PAYOUT po_88412'] }, { payouts })), 'clear_payout');
    assert.equal(kind(decide({ counterpartName: 'Stripe Payments Europe' }, { payouts })), 'clear_payout');
    const late = { counterpartName: 'Stripe', valueOn: '2026-02-20' };
    assert.equal(kind(decide(late, { payouts })), 'matcher');
  });

  it('is asked about when the amount alone says it, unless a customer is known to have paid', () => {
    assert.equal(kind(decide({}, { payouts })), 'ask maybe_payout');
    assert.equal(kind(decide({}, { payouts, customersLines: new Set(['line']) })), 'matcher');
  });

  it('is asked about when the line names it and brings another amount', () => {
    assert.equal(kind(decide({ texts: ['po_88412'], amountMinor: 9_000 }, { payouts })), 'ask payout_differs');
  });

  it('is asked about when two could be it', () => {
    const two = [PAYOUT, { ...PAYOUT, id: 'other', payoutId: 'po_2' }];
    assert.equal(kind(decide({ counterpartName: 'Stripe' }, { payouts: two })), 'ask maybe_payout');
  });
});

describe('money that is taken back', () => {
  const earlier = [CARD];

  it('takes back the payment that the line names, with the bank’s fee apart', () => {
    const fee = { ...DEBIT, endToEndId: 'E2E-77', amountMinor: -10_300, chargesMinor: 300 };
    assert.deepEqual(decide(fee, { earlier }), {
      ...{ kind: 'take_back', paymentId: 'payment', amountMinor: 10_000, feeMinor: 300, reasonCode: 'AM04' },
      because: 'It takes back payment E2E-77 of 2026-01-02, which the line names.',
    });
  });

  it('is known by its reason, its code or as a reversal; a reason that no return could have is none', () => {
    const named = { amountMinor: -10_000, endToEndId: 'E2E-77' };
    for (const sign of [{ transactionCode: 'PMNT/IDDT/UPDD' }, { isReversal: true }, { returnReason: 'no cover!' }]) {
      const door = decide({ ...named, ...sign }, { earlier });
      assert.equal(kind(door), 'take_back', JSON.stringify(sign));
      assert.ok(door?.kind === 'take_back' && /^[A-Z]+$/.test(door.reasonCode));
    }
    assert.equal(kind(decide(named, { earlier })), 'ask return_unknown');
  });

  it('is asked about when nothing, or more than one payment, could be meant, or nothing is left of it', () => {
    assert.equal(kind(decide(DEBIT, {})), 'ask return_unknown');
    const other: Earlier = { ...CARD, payment: { ...paymentOf(CARD), id: 'other' } };
    assert.equal(kind(decide({ ...DEBIT, endToEndId: 'E2E-77' }, { earlier: [CARD, other] })), 'ask return_unknown');
    const gone: Earlier = { ...CARD, payment: { ...paymentOf(CARD), leftMinor: 9_999 } };
    assert.equal(kind(decide({ ...DEBIT, endToEndId: 'E2E-77' }, { earlier: [gone] })), 'ask return_unknown');
    const dollars: Earlier = { ...CARD, payment: { ...paymentOf(CARD), currency: 'USD' } };
    assert.equal(kind(decide({ ...DEBIT, endToEndId: 'E2E-77' }, { earlier: [dollars] })), 'ask return_unknown');
  });

  it('takes one payment back once, also when two lines name it', () => {
    const first = { ...DEBIT, endToEndId: 'E2E-77', bookedOn: '2026-01-19' };
    const doors = decideDoors([{ ...first, id: 'second', bookedOn: '2026-01-20' }, first], { ...NOTHING, earlier });
    assert.equal(kind(doors.get('line')), 'take_back');
    assert.equal(kind(doors.get('second')), 'ask return_unknown');
  });

  it('is the debit of a return that was told before, with or without the fee', () => {
    const told: Earlier = {
      ...CARD,
      payment: {
        ...{ ...paymentOf(CARD), leftMinor: 0 },
        returns: [{ id: 'return', sourceId: 'rt_991', amountMinor: 10_000, feeMinor: 300 }],
      },
    };
    for (const amountMinor of [-10_000, -10_300]) {
      assert.equal(kind(decide({ ...DEBIT, endToEndId: 'E2E-77', amountMinor }, { earlier: [told] })), 'clear_return');
    }
    // Named by the return's own ID, the debit need not say what it is.
    assert.equal(kind(decide({ amountMinor: -10_300, texts: ['rt_991'] }, { earlier: [told] })), 'clear_return');
  });

  it('finds what a reversal does not name by account, amount and counterpart, in its days', () => {
    const party = { counterpartAccount: 'DE89370400440532013000' };
    const before: Earlier = { ...CARD, line: lineOf(party), bookedOn: '2026-01-19' };
    const reversal = { ...party, amountMinor: -10_000, isReversal: true };
    assert.equal(kind(decide(reversal, { earlier: [before] })), 'take_back');
    assert.equal(kind(decide({ ...reversal, accountId: 'other' }, { earlier: [before] })), 'ask return_unknown');
    assert.equal(kind(decide({ ...reversal, bookedOn: '2026-02-20' }, { earlier: [before] })), 'ask return_unknown');
    const twice: Earlier = { ...before, line: lineOf({ ...party, id: 'x' }), payment: { ...paymentOf(CARD), id: 'x' } };
    assert.equal(kind(decide(reversal, { earlier: [before, twice] })), 'ask return_unknown');
  });

  it('settles a line that nobody has applied yet with the one that takes it back', () => {
    const waiting: Earlier = { ...CARD, line: lineOf({ endToEndId: 'E2E-9' }, 'open'), payment: null };
    const door = decide({ ...DEBIT, endToEndId: 'E2E-9', amountMinor: -10_300 }, { earlier: [waiting] });
    assert.ok(door?.kind === 'settle_lines' && door.otherLineId === 'before');
    const credit = { ...CREDIT, id: 'before', endToEndId: 'E2E-9' };
    const doors = decideDoors([credit, { ...DEBIT, endToEndId: 'E2E-9' }], { ...NOTHING, earlier: [waiting] });
    assert.deepEqual([kind(doors.get('before')), kind(doors.get('line'))], ['settle_lines', 'settle_lines']);
  });

  it('is never money of a customer when it comes back to us', () => {
    assert.equal(kind(decide({ isReversal: true }, {})), 'ask money_back');
    assert.equal(kind(decide({ transactionCode: 'PMNT/RCDT/RRTN' }, { payments: [TOLD] })), 'ask money_back');
  });
});

describe('other money', () => {
  it('that went to another own account, or came from it, is a transfer', () => {
    const ownAccounts = new Set(['DE02120300000000202051']);
    for (const amountMinor of [10_000, -10_000]) {
      const line = { amountMinor, counterpartAccount: 'DE02 1203 0000 0000 2020 51' };
      assert.equal(kind(decide(line, { ownAccounts })), 'ignore own_transfer');
    }
  });

  it('that went out as an approved refund clears it, the oldest first, each once', () => {
    const refund = {
      id: 'r1',
      amountMinor: 10_000,
      currency: 'EUR',
      iban: 'DE89370400440532013000',
      decidedOn: '2026-01-18',
    };
    const paid = { ...CREDIT, amountMinor: -10_000, counterpartAccount: 'DE89 3704 0044 0532 0130 00' };
    const facts = { ...NOTHING, refunds: [{ ...refund, id: 'r2', decidedOn: '2026-01-19' }, refund] };
    const doors = decideDoors(
      [
        { ...paid, id: 'a' },
        { ...paid, id: 'b' },
        { ...paid, id: 'c' },
      ],
      facts,
    );
    const refunds = [...doors.values()].map((door) => (door.kind === 'clear_refund' ? door.approvalId : kind(door)));
    assert.deepEqual(refunds, ['r1', 'r2', 'ignore money_out']);
    assert.equal(kind(decide({ amountMinor: -10_000 }, { refunds: [refund] })), 'ask maybe_refund');
    const elsewhere = { amountMinor: -10_000, counterpartAccount: 'FR7630006000011234567890189' };
    assert.equal(kind(decide(elsewhere, { refunds: [refund] })), 'ignore money_out');
  });

  it('that went out otherwise is ignored, and that came in is the matcher’s', () => {
    assert.equal(kind(decide({ amountMinor: -10_000 }, {})), 'ignore money_out');
    assert.equal(kind(decide({ texts: ['RE-1'] }, {})), 'matcher');
  });
});

describe('codes of returns', () => {
  it('are those of ISO 20022, SWIFT, GVC and BAI2', () => {
    for (const code of ['PMNT/IDDT/UPDD', 'PMNT-RCDT-RRTN', 'NRTI', 'N109', '109', '557'])
      assert.ok(isReturnCode(code), code);
    for (const code of ['PMNT/RCDT/ESCT', 'NTRF', 'N166', '165', 'CHECK', '', null])
      assert.ok(!isReturnCode(code), String(code));
  });
});

const AMOUNT = fc.integer({ min: 1, max: 5_000 });

describe('for any amounts', () => {
  it('a debit is cut into what it takes back and a fee, to the cent, or not at all', () => {
    fc.assert(
      fc.property(AMOUNT, AMOUNT, fc.integer({ min: 0, max: 50 }), (debit, original, chargesMinor) => {
        const line = { amountMinor: -debit, currency: 'EUR', chargesMinor, instructed: null };
        const cut = takenBackOf(line, original);
        if (cut === null) return assert.ok(debit - original > RETURN_FEE_MAX_MINOR);
        assert.equal(cut.amountMinor + cut.feeMinor, debit);
        assert.ok(cut.amountMinor <= original && cut.feeMinor >= 0);
        return undefined;
      }),
    );
  });

  it('nobody gets what another got, or what he did not claim', () => {
    const claims = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      fc.uniqueArray(fc.constantFrom('1', '2', '3', '4'), { maxLength: 4 }).map((things) => things.sort()),
    );
    fc.assert(
      fc.property(claims, (asked) => {
        const given = oneToOne(new Map(Object.entries(asked)));
        assert.equal(new Set(given.values()).size, given.size);
        for (const [claimant, thing] of given) assert.ok(asked[claimant]?.some((one) => one === thing));
      }),
    );
  });

  it('answers do not depend on the order of lines or facts, no payment is cleared twice, and every debit has an answer', () => {
    const amount = fc.constantFrom(10_000, 10_300);
    const word = fc.constantFrom('ch_1111', 'ch_2222', 'RE-1001', 'E2E-77');
    const line = fc.record({
      amountMinor: fc.tuple(amount, fc.boolean()).map(([minor, isIn]) => (isIn ? minor : -minor)),
      endToEndId: fc.option(word),
      texts: fc.array(word, { maxLength: 2 }),
      isReversal: fc.boolean(),
    });
    const told = fc.record({ amountMinor: amount, sourceId: word, reference: word });
    fc.assert(
      fc.property(
        fc.array(line, { maxLength: 6 }),
        fc.array(told, { maxLength: 4 }),
        fc.gen(),
        (some, payments, gen) => {
          const lines = some.map((one, at) => ({ ...CREDIT, ...one, id: `line ${String(at)}` }));
          const facts: DoorFacts = {
            ...NOTHING,
            payments: payments.map((one, at) => ({ ...TOLD, ...one, id: `payment ${String(at)}` })),
            earlier: payments.map((one, at) => ({
              ...CARD,
              payment: { ...paymentOf(CARD), ...one, leftMinor: one.amountMinor, id: `earlier ${String(at)}` },
            })),
          };
          const doors = decideDoors(lines, facts);
          const shuffled = (things: readonly unknown[]): number[] =>
            gen(fc.shuffledSubarray, [...things.keys()], { minLength: things.length });
          const again = decideDoors(
            shuffled(lines).flatMap((at) => lines[at] ?? []),
            {
              ...facts,
              payments: shuffled(facts.payments).flatMap((at) => facts.payments[at] ?? []),
              earlier: shuffled(facts.earlier).flatMap((at) => facts.earlier[at] ?? []),
            },
          );
          assert.deepEqual(new Map([...again].sort()), new Map([...doors].sort()));
          const cleared = [...doors.values()].flatMap((door) =>
            door.kind === 'clear_payment' ? [door.paymentId] : [],
          );
          assert.equal(new Set(cleared).size, cleared.length);
          for (const { id, amountMinor } of lines) if (amountMinor < 0) assert.ok(doors.has(id));
        },
      ),
    );
  });
});

function paymentOf({ payment }: Earlier): NonNullable<Earlier['payment']> {
  assert.ok(payment !== null);
  return payment;
}
