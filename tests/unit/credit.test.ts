// The credit decision: what passes, what is held and for which reasons, what is rejected, and who waits in the queue.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  decideCredit,
  grantable,
  isCurable,
  isQueued,
  totalExposureMinor,
  type CreditDecision,
  type Exposure,
} from '../../src/domain/credit.ts';
import { LEVELS, POLICY_V1, type CreditRules, type ExposureRules, type HoldRules } from '../../src/domain/policy.ts';

type Options = Parameters<typeof decideCredit>[0];

const EXPOSURE: Exposure = {
  openItemsMinor: 60_000,
  disputedMinor: 5_000,
  unbilledOrdersMinor: 27_000,
  grantedMinor: 3_000,
  unappliedCashMinor: 10_000,
};
const RULES = POLICY_V1.credit;

/** An order of 200.00 that reaches a limit of 1000.00 exactly. */
const FITS: Options = {
  orderMinor: 20_000,
  exposure: EXPOSURE,
  limitMinor: 100_000,
  limitUntil: null,
  today: '2026-03-02',
  currency: 'EUR',
  isBlocked: false,
  overdueMinor: 0,
  oldestOverdueDays: 0,
  highestLevel: null,
  orderTermsDays: 30,
  customerTermsDays: 30,
  isQueueWaiting: false,
  isPrepaid: false,
  rules: RULES,
};

function decide(changes: Partial<Options>): CreditDecision {
  return decideCredit({ ...FITS, ...changes });
}

function codes(changes: Partial<Options>): string[] {
  return decide(changes).reasons.map((reason) => reason.code);
}

function holding(holds: Partial<HoldRules>): CreditRules {
  return { ...RULES, holds: { ...RULES.holds, ...holds } };
}

/** Facts of every kind, with amounts small enough to meet each bound now and then. */
const amount = fc.nat(50);
const exposures: fc.Arbitrary<Exposure> = fc
  .record({
    openItemsMinor: amount,
    disputedMinor: amount,
    unbilledOrdersMinor: amount,
    grantedMinor: amount,
    unappliedCashMinor: amount,
  })
  .map((one) => ({ ...one, disputedMinor: Math.min(one.disputedMinor, one.openItemsMinor) }));
const switches: fc.Arbitrary<ExposureRules> = fc.record({
  openItems: fc.boolean(),
  disputedItems: fc.boolean(),
  unbilledOrders: fc.boolean(),
  unappliedCash: fc.boolean(),
});
const rules: fc.Arbitrary<CreditRules> = fc
  .record({
    rejectAbovePercent: fc.option(fc.integer({ min: 100, max: 300 })),
    exposure: switches,
    holds: fc.record({
      overdueMinor: fc.option(amount),
      usedPercent: fc.nat(120),
      oldestItemDays: fc.option(fc.nat(10)),
      level: fc.option(fc.constantFrom(...LEVELS)),
      orderMinor: fc.option(amount),
      isLongerTermsHeld: fc.boolean(),
    }),
  })
  .map((some) => ({ ...RULES, ...some }));
const questions: fc.Arbitrary<Options> = fc
  .record({
    orderMinor: amount,
    exposure: exposures,
    limitMinor: fc.option(fc.nat(100)),
    limitUntil: fc.option(fc.constantFrom('2026-03-01', '2026-03-02')),
    isBlocked: fc.boolean(),
    overdueMinor: amount,
    oldestOverdueDays: fc.nat(20),
    highestLevel: fc.option(fc.constantFrom(...LEVELS)),
    orderTermsDays: fc.nat(60),
    isQueueWaiting: fc.boolean(),
    isPrepaid: fc.boolean(),
    rules,
  })
  .map((some) => ({ ...FITS, ...some }));

const RANK = { approved: 0, held: 1, rejected: 2 };
const rank = (question: Options): number => RANK[decideCredit(question).outcome];

describe('the exposure', () => {
  const all = RULES.exposure;

  it('counts open items, unbilled and granted orders, less cash not yet applied', () => {
    assert.equal(totalExposureMinor(EXPOSURE, all), 80_000);
  });

  const cases: readonly [string, Partial<ExposureRules>, number][] = [
    ['leaves the disputed part out where the policy says so', { disputedItems: false }, 75_000],
    ['leaves open items out with their disputed part, once', { openItems: false, disputedItems: false }, 20_000],
    ['leaves unbilled orders out together with the granted ones', { unbilledOrders: false }, 50_000],
    ['leaves cash out', { unappliedCash: false }, 90_000],
  ];
  for (const [name, changes, expected] of cases) {
    it(name, () => {
      assert.equal(totalExposureMinor(EXPOSURE, { ...all, ...changes }), expected);
    });
  }

  it('never falls below the cash that counts, and never rises by leaving debts out', () => {
    fc.assert(
      fc.property(exposures, switches, (exposure, some) => {
        const total = totalExposureMinor(exposure, some);
        assert.ok(total >= (some.unappliedCash ? -exposure.unappliedCashMinor : 0));
        assert.ok(total <= totalExposureMinor(exposure, { ...all, unappliedCash: some.unappliedCash }));
      }),
    );
  });

  it('does not change when a euro moves from order to invoice', () => {
    fc.assert(
      fc.property(exposures, amount, (exposure, billedMinor) => {
        const moved = Math.min(billedMinor, exposure.unbilledOrdersMinor);
        const after = {
          ...exposure,
          openItemsMinor: exposure.openItemsMinor + moved,
          unbilledOrdersMinor: exposure.unbilledOrdersMinor - moved,
        };
        assert.equal(totalExposureMinor(after, all), totalExposureMinor(exposure, all));
      }),
    );
  });
});

describe('the credit decision', () => {
  const cases: readonly [string, Partial<Options>, CreditDecision['outcome']][] = [
    ['passes an order that reaches the limit exactly', {}, 'approved'],
    ['holds an order a cent above the limit', { orderMinor: 20_001 }, 'held'],
    ['holds an order that reaches the share of rejection exactly', { orderMinor: 120_000 }, 'held'],
    ['rejects an order a cent above that share', { orderMinor: 120_001 }, 'rejected'],
    [
      'always holds where no share is set',
      { orderMinor: 10 ** 12, rules: { ...RULES, rejectAbovePercent: null } },
      'held',
    ],
    ['passes everything where no limit is kept', { orderMinor: 10 ** 12, limitMinor: null }, 'approved'],
    ['rejects a blocked customer, also without a limit', { isBlocked: true, limitMinor: null }, 'rejected'],
    ['rejects a blocked customer who pays before', { isBlocked: true, isPrepaid: true }, 'rejected'],
    ['rejects everything but nothing at a limit of zero', { limitMinor: 0 }, 'rejected'],
    ['passes an order that needs nothing, whatever is owed', { orderMinor: 0, limitMinor: 0 }, 'approved'],
    ['passes a prepaid order, whatever is owed', { isPrepaid: true, limitMinor: 0 }, 'approved'],
    [
      'counts only the buckets of the policy',
      { orderMinor: 25_000, rules: { ...RULES, exposure: { ...RULES.exposure, disputedItems: false } } },
      'approved',
    ],
  ];
  for (const [name, changes, outcome] of cases) {
    it(name, () => {
      assert.equal(decide(changes).outcome, outcome);
    });
  }

  it('says why with the figures', () => {
    assert.deepEqual(decide({ orderMinor: 20_001 }).reasons, [
      {
        code: 'credit_limit_exceeded',
        text: 'Exposure 800.00 EUR and this order of 200.01 EUR make 1000.01 EUR, 0.01 EUR above the limit of 1000.00 EUR.',
        exposureMinor: 80_000,
        orderMinor: 20_001,
        limitMinor: 100_000,
        currency: 'EUR',
      },
    ]);
    assert.deepEqual(codes({ isBlocked: true }), ['customer_blocked']);
    assert.deepEqual(decide({}).reasons, []);
  });

  const overdue = holding({ overdueMinor: 1_000, usedPercent: 80 });
  const holds: readonly [string, Partial<Options>, string[]][] = [
    [
      'holds at the overdue amount and the used share exactly',
      { overdueMinor: 1_000, rules: overdue },
      ['overdue_amount'],
    ],
    ['passes a cent below the overdue amount', { overdueMinor: 999, rules: overdue }, []],
    [
      'passes an overdue amount while less of the limit is used',
      { overdueMinor: 1_000, limitMinor: 100_001, rules: overdue },
      [],
    ],
    [
      'does not hold for a share of a limit that is not kept',
      { overdueMinor: 1_000, limitMinor: null, rules: overdue },
      [],
    ],
    [
      'holds for overdue amounts at any use where no share is asked for, also without a limit',
      { overdueMinor: 1_000, limitMinor: null, rules: holding({ overdueMinor: 1_000 }) },
      ['overdue_amount'],
    ],
    ['does not hold for nothing overdue', { overdueMinor: 0, rules: holding({ overdueMinor: 0 }) }, []],
    ['passes the oldest item on its last day', { oldestOverdueDays: 60, rules: holding({ oldestItemDays: 60 }) }, []],
    [
      'holds for the oldest item a day later',
      { oldestOverdueDays: 61, rules: holding({ oldestItemDays: 60 }) },
      ['oldest_item'],
    ],
    ['holds at the level', { highestLevel: 'reminder2', rules: holding({ level: 'reminder2' }) }, ['dunning_level']],
    ['holds after the level', { highestLevel: 'collector', rules: holding({ level: 'reminder2' }) }, ['dunning_level']],
    ['passes before the level', { highestLevel: 'reminder1', rules: holding({ level: 'reminder2' }) }, []],
    ['passes where no level was reached', { highestLevel: null, rules: holding({ level: 'notice' }) }, []],
    ['passes on the last day of the limit', { limitUntil: '2026-03-02' }, []],
    ['holds after the last day of the limit', { limitUntil: '2026-03-01' }, ['limit_expired']],
    ['passes an order that reaches its amount exactly', { rules: holding({ orderMinor: 20_000 }) }, []],
    ['holds an order a cent above its amount', { rules: holding({ orderMinor: 19_999 }) }, ['order_amount']],
    ['passes the terms of the customer', { rules: holding({ isLongerTermsHeld: true }) }, []],
    ['passes longer terms where the rule is off', { orderTermsDays: 31 }, []],
    ['holds longer terms', { orderTermsDays: 31, rules: holding({ isLongerTermsHeld: true }) }, ['longer_terms']],
    ['holds behind others that wait', { isQueueWaiting: true }, ['credit_queue']],
    ['lets pass others that wait what needs no room', { isQueueWaiting: true, isPrepaid: true }, []],
  ];
  for (const [name, changes, expected] of holds) {
    it(name, () => {
      assert.deepEqual(codes(changes), expected);
      assert.equal(decide(changes).outcome, expected.length === 0 ? 'approved' : 'held');
    });
  }

  it('names every reason that applies, each with what it compared', () => {
    const { outcome, reasons } = decide({
      orderMinor: 30_000,
      limitUntil: '2026-02-28',
      overdueMinor: 5_000,
      oldestOverdueDays: 61,
      highestLevel: 'reminder3',
      orderTermsDays: 60,
      isQueueWaiting: true,
      rules: holding({
        ...{ overdueMinor: 1_000, usedPercent: 50, oldestItemDays: 60, level: 'reminder2' },
        ...{ orderMinor: 25_000, isLongerTermsHeld: true },
      }),
    });
    assert.equal(outcome, 'held');
    assert.deepEqual(
      reasons.map(({ code, text, details }) => [code, text, details]),
      [
        [
          'credit_limit_exceeded',
          'Exposure 800.00 EUR and this order of 300.00 EUR make 1100.00 EUR, 100.00 EUR above the limit of 1000.00 EUR.',
          undefined,
        ],
        [
          'limit_expired',
          'The limit was good until 2026-02-28, and today is 2026-03-02.',
          { limitUntil: '2026-02-28', today: '2026-03-02' },
        ],
        [
          'overdue_amount',
          '50.00 EUR is overdue and at least 50 % of the limit is used; orders are held from 10.00 EUR on.',
          { overdueMinor: 5_000, fromMinor: 1_000, fromPercent: 50 },
        ],
        [
          'oldest_item',
          'The oldest open item is 61 days overdue, more than 60.',
          { oldestOverdueDays: 61, mostDays: 60 },
        ],
        [
          'dunning_level',
          'An open item has reached the level reminder3; orders are held from reminder2 on.',
          { highestLevel: 'reminder3', fromLevel: 'reminder2' },
        ],
        [
          'order_amount',
          'The order of 300.00 EUR is above 250.00 EUR, the most that passes without a person.',
          { mostMinor: 25_000 },
        ],
        [
          'longer_terms',
          "The order is due after 60 days, the customer's terms are 30 days.",
          { orderTermsDays: 60, customerTermsDays: 30 },
        ],
        ['credit_queue', 'Other orders of this credit account wait for room before it.', undefined],
      ],
    );
  });

  it('is never harder at a higher limit, nor easier at a higher exposure or for a larger order', () => {
    fc.assert(
      fc.property(questions, fc.nat(100), (question, more) => {
        const limitMinor = question.limitMinor === null ? null : question.limitMinor + more;
        assert.ok(rank({ ...question, limitMinor }) <= rank(question));
        assert.ok(rank({ ...question, limitMinor: null }) <= rank(question));
        const openItemsMinor = question.exposure.openItemsMinor + more;
        assert.ok(rank({ ...question, exposure: { ...question.exposure, openItemsMinor } }) >= rank(question));
        const unappliedCashMinor = question.exposure.unappliedCashMinor + more;
        assert.ok(rank({ ...question, exposure: { ...question.exposure, unappliedCashMinor } }) <= rank(question));
        assert.ok(rank({ ...question, orderMinor: question.orderMinor + more }) >= rank(question));
      }),
    );
  });

  it('never holds a prepaid order, nor one that needs nothing', () => {
    fc.assert(
      fc.property(questions, (question) => {
        const expected = question.isBlocked ? 'rejected' : 'approved';
        assert.equal(decideCredit({ ...question, isPrepaid: true }).outcome, expected);
        assert.equal(decideCredit({ ...question, orderMinor: 0 }).outcome, expected);
      }),
    );
  });

  it('gives a reason for every no, and none for a yes', () => {
    fc.assert(
      fc.property(questions, (question) => {
        const { outcome, reasons } = decideCredit(question);
        assert.equal(outcome === 'approved', reasons.length === 0);
        assert.equal(new Set(reasons.map((reason) => reason.code)).size, reasons.length);
      }),
    );
  });
});

describe('the queue', () => {
  it('is for what room or a payment alone may lift', () => {
    const curable = ['credit_limit_exceeded', 'overdue_amount', 'oldest_item', 'dunning_level', 'credit_queue'];
    const personal = ['customer_blocked', 'limit_expired', 'order_amount', 'longer_terms', 'reservation_expired'];
    assert.deepEqual([...curable, ...personal].filter(isCurable), curable);
    assert.equal(isCurable('hold_expired'), false);
    assert.equal(isCurable('toString'), false);
  });

  it('takes an order in only when nothing of what holds it needs a person', () => {
    assert.equal(isQueued([{ code: 'credit_limit_exceeded' }, { code: 'credit_queue' }]), true);
    assert.equal(isQueued([{ code: 'credit_queue' }, { code: 'order_amount' }]), false);
    assert.equal(isQueued([]), false);
  });

  it('lets its head go exactly when only the queue would hold it', () => {
    fc.assert(
      fc.property(questions, (facts) => {
        const { outcome, reasons } = decideCredit({ ...facts, isQueueWaiting: true });
        const isOnlyQueue = outcome === 'approved' || reasons.every((reason) => reason.code === 'credit_queue');
        assert.equal(grantable(facts), isOnlyQueue);
      }),
    );
  });
});
