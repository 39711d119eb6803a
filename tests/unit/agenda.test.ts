// The one next step of an order, from the credit check to the closing, with its stage and its reason.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  agenda,
  dunnedPart,
  FINAL_STAGES,
  isPrepaidFor,
  mayBeSent,
  nextStep,
  STAGES,
  type Next,
} from '../../src/domain/agenda.ts';
import { localInstant, type Calendar } from '../../src/domain/calendar.ts';
import {
  newItemFacts,
  newOrderFacts,
  type InvoiceFacts,
  type ItemFacts,
  type OrderFacts,
  type PlanFacts,
  type PromiseFacts,
  type TaskFacts,
} from '../../src/domain/order-facts.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';

const BERLIN: Calendar = { zone: 'Europe/Berlin', weekend: new Set([6, 7]), holidays: new Set() };
const at = (date: string, time = '12:00'): number => localInstant(BERLIN.zone, date, time);
const NOW = at('2026-01-12');
const LATER = NOW + 60_000;

const NEW = newOrderFacts('order', 'SO-1');
const APPROVED: OrderFacts = { ...NEW, credit: { ...NEW.credit, state: 'approved' } };
const PREPAID: OrderFacts = {
  ...APPROVED,
  awaitsShipment: true,
  prepayment: { isPrepaid: true, neededMinor: 11_900, proforma: 'pending', retryAt: null },
};
const INVOICE: InvoiceFacts = {
  invoiceId: 'i1',
  number: 'INV-000001',
  kind: 'invoice',
  delivery: 'sent',
  retryAt: null,
};
const ITEM = newItemFacts({ itemId: 't1', number: 'INV-000001', dueOn: '2026-02-11', openMinor: 11_900 });
const PROMISE: PromiseFacts = {
  promiseId: 'p1',
  amountMinor: 11_900,
  givenOn: '2026-01-12',
  promisedOn: '2026-02-20',
  paidMinor: 0,
};
const PLAN: PlanFacts = {
  planId: 'l1',
  agreedOn: '2026-01-12',
  instalments: [
    { dueOn: '2026-02-16', amountMinor: 5_000 },
    { dueOn: '2026-03-16', amountMinor: 6_900 },
  ],
  paidMinor: 0,
};
const TASK: TaskFacts = {
  taskId: 'k1',
  kind: 'collect',
  ownerRole: 'collector',
  tier: 0,
  isTold: true,
  tellAt: null,
  escalation: null,
};

function next(changes: Partial<OrderFacts>, now = NOW): Next {
  return nextStep({ ...APPROVED, ...changes }, POLICY_V1, BERLIN, now);
}

function all(changes: Partial<OrderFacts>, now = NOW): [string, string | null, number | null][] {
  return agenda({ ...APPROVED, ...changes }, POLICY_V1, BERLIN, now).map((entry) => [
    entry.step,
    entry.subject,
    entry.at,
  ]);
}

function brief({ step, subject, level, at: instant, stage }: Next): unknown[] {
  return [step, subject, level, instant, stage];
}

const credit = (changes: Partial<OrderFacts['credit']>): Pick<OrderFacts, 'credit'> => ({
  credit: { ...APPROVED.credit, ...changes },
});
const withItem = (changes: Partial<ItemFacts>): Partial<OrderFacts> => ({
  invoices: [INVOICE],
  items: [{ ...ITEM, ...changes }],
});

describe('the next step', () => {
  it('of a new order is the credit check', () => {
    assert.deepEqual(brief(next(credit({ state: 'unassessed' }))), ['assessCredit', null, null, NOW, 'credit_check']);
  });

  it('of an open invoice from elsewhere is to post it', () => {
    const opening = { kind: 'opening' as const, ...credit({ state: 'unassessed' }) };
    assert.deepEqual(brief(next(opening)), ['postOpeningItem', null, null, NOW, 'credit_check']);
  });

  it('of an approved order waits for its shipment', () => {
    assert.deepEqual(brief(next({ awaitsShipment: true })), ['wait', null, null, null, 'fulfilment']);
  });

  it('invoices shipments and services, then delivers, then duns', () => {
    const delivered = { ...INVOICE, delivery: 'pending' as const };
    const due = { invoicing: 'due' as const, from: null };
    const toInvoice = [
      { subject: 's2', ...due },
      { subject: 'services', ...due },
    ];
    const facts = { toInvoice, invoices: [delivered], items: [ITEM], awaitsShipment: true };
    const steps = agenda({ ...APPROVED, ...facts }, POLICY_V1, BERLIN, NOW);
    assert.deepEqual(
      steps.map(({ step, subject }) => [step, subject]),
      [
        ['issueInvoice', 's2'],
        ['issueInvoice', 'services'],
        ['deliverInvoice', 'i1'],
        ['remind', 't1'],
        ['wait', null],
      ],
    );
    assert.deepEqual(new Set(steps.map(({ stage }) => stage)), new Set(['invoicing']));
  });

  it('tries a delivery again at its time, and duns meanwhile', () => {
    const facts = { invoices: [{ ...INVOICE, delivery: 'pending' as const, retryAt: LATER }] };
    assert.deepEqual(brief(next(facts)), ['deliverInvoice', 'i1', null, LATER, 'invoicing']);
  });

  it('of a paid and shipped order is none', () => {
    assert.deepEqual(brief(next(withItem({ openMinor: 0 }))), ['closed', null, null, null, 'settled']);
  });

  it('of a paid order with quantities left is to wait for their shipment', () => {
    const facts = { ...withItem({ openMinor: 0 }), awaitsShipment: true };
    assert.deepEqual(brief(next(facts)), ['wait', null, null, null, 'fulfilment']);
  });

  it('is closed in the final stages and in no other', () => {
    const rejected = credit({ state: 'rejected', reasons: ['x'] });
    const ends = [{}, rejected, { isCancelled: true }].map((facts) => next(facts));
    assert.deepEqual(new Set(ends.map(({ step }) => step)), new Set(['closed']));
    assert.deepEqual(new Set(ends.map(({ stage }) => stage)), new Set(FINAL_STAGES));
    assert.ok(FINAL_STAGES.every((stage) => STAGES.includes(stage)));
  });

  it('does not depend on the order in which the facts are listed', () => {
    const other: ItemFacts = { ...ITEM, itemId: 't2' };
    const a = { subject: 'a', invoicing: 'due' as const, from: null };
    const b = { subject: 'b', invoicing: 'contested' as const, from: NOW };
    const there = agenda({ ...APPROVED, items: [ITEM, other], toInvoice: [a, b] }, POLICY_V1, BERLIN, NOW);
    const back = agenda({ ...APPROVED, items: [other, ITEM], toInvoice: [b, a] }, POLICY_V1, BERLIN, NOW);
    assert.deepEqual(there, back);
  });
});

describe('a held order', () => {
  const held = credit({ state: 'held', holdUntil: LATER, reasons: ['credit_limit_exceeded'] });

  it('is rejected at its deadline', () => {
    const found = next(held);
    assert.deepEqual(brief(found), ['expireHold', null, null, LATER, 'held']);
    assert.match(found.because, /credit_limit_exceeded/);
  });

  it('that was granted room takes it at once, also when its deadline has passed', () => {
    const granted = credit({ ...held.credit, isGranted: true });
    assert.deepEqual(all(granted), [['takeGrant', null, NOW]]);
    assert.deepEqual(brief(next(granted, LATER + 1)), ['takeGrant', null, null, LATER + 1, 'held']);
  });

  it('invoices what was shipped nevertheless, when nobody decided otherwise in time', () => {
    const toInvoice = [{ subject: 's1', invoicing: 'contested' as const, from: LATER - 1 }];
    assert.deepEqual(all({ ...held, toInvoice }), [
      ['issueInvoice', 's1', LATER - 1],
      ['expireHold', null, LATER],
    ]);
  });
});

describe('a reservation', () => {
  it('ends when what was approved never ships', () => {
    const facts = { awaitsShipment: true, ...credit({ reservedUntil: LATER }) };
    assert.deepEqual(brief(next(facts)), ['expireReservation', null, null, LATER, 'fulfilment']);
    assert.deepEqual(all(facts).at(-1), ['wait', null, null]);
  });

  it('above the limit is checked again when the release runs out, before the reservation ends', () => {
    const facts = { awaitsShipment: true, ...credit({ releasedUntil: LATER, reservedUntil: LATER }) };
    assert.deepEqual(
      all(facts).map(([step]) => step),
      ['assessCredit', 'expireReservation', 'wait'],
    );
  });

  it('is nobody’s business once everything has shipped', () => {
    const facts = { ...withItem({}), ...credit({ releasedUntil: LATER, reservedUntil: LATER }) };
    assert.deepEqual(
      all(facts).map(([step]) => step),
      ['remind'],
    );
  });
});

describe('a prepaid order', () => {
  const cash = (reference: string, unappliedMinor: number): Partial<OrderFacts> => ({
    cash: [{ paymentId: 'c1', reference, unappliedMinor, notFor: [] }],
  });
  const prepaid = (changes: Partial<OrderFacts>): unknown[] => brief(next({ ...PREPAID, ...changes }));

  it('gets its proforma invoice, again at the time of a retry, and waits for the money', () => {
    assert.deepEqual(prepaid({}), ['deliverProforma', null, null, NOW, 'prepayment']);
    const retried = { prepayment: { ...PREPAID.prepayment, retryAt: LATER } };
    assert.deepEqual(prepaid(retried), ['deliverProforma', null, null, LATER, 'prepayment']);
    for (const proforma of ['none', 'sent', 'unknown', 'undeliverable'] as const) {
      const asked = { prepayment: { ...PREPAID.prepayment, proforma } };
      assert.deepEqual(prepaid(asked), ['wait', null, null, null, 'prepayment'], proforma);
    }
  });

  it('waits for its shipment when enough money names it, and needs no proforma any more', () => {
    assert.deepEqual(prepaid(cash('for SO-1', 11_900)), ['wait', null, null, null, 'fulfilment']);
    assert.deepEqual(prepaid(cash('for SO-1', 11_899)), ['deliverProforma', null, null, NOW, 'prepayment']);
    assert.deepEqual(prepaid(cash('for SO-10', 11_900)), ['deliverProforma', null, null, NOW, 'prepayment']);
  });

  it('counts all the money that names it', () => {
    const halves = ['c1', 'c2'].map((paymentId) => ({
      paymentId,
      reference: 'SO-1',
      unappliedMinor: 5_950,
      notFor: [],
    }));
    assert.equal(isPrepaidFor({ ...PREPAID, cash: halves }), true);
    assert.equal(isPrepaidFor({ ...PREPAID, cash: halves.slice(1) }), false);
    assert.equal(isPrepaidFor(APPROVED), true);
  });

  it('invoices its services only when they are paid', () => {
    const toInvoice = [{ subject: 'services', invoicing: 'due' as const, from: null }];
    const services = { toInvoice, awaitsShipment: false };
    assert.deepEqual(prepaid(services), ['deliverProforma', null, null, NOW, 'prepayment']);
    assert.deepEqual(prepaid({ ...services, ...cash('SO-1', 11_900) }), [
      'issueInvoice',
      'services',
      null,
      NOW,
      'invoicing',
    ]);
  });

  it('loses its reservation as any other, and asks nothing of who cancelled it', () => {
    assert.deepEqual(all({ ...PREPAID, ...credit({ reservedUntil: LATER }) }), [
      ['deliverProforma', null, NOW],
      ['expireReservation', null, LATER],
      ['wait', null, null],
    ]);
    assert.deepEqual(prepaid({ isCancelled: true }), ['closed', null, null, null, 'cancelled']);
  });
});

describe('a shipment', () => {
  const shipped = (invoicing: 'due' | 'quality_failed' | 'contested', from: number | null): Partial<OrderFacts> => ({
    toInvoice: [{ subject: 's1', invoicing, from }],
  });

  it('that failed its quality check waits for a person', () => {
    assert.deepEqual(brief(next(shipped('quality_failed', null))), ['wait', 's1', null, null, 'invoicing']);
  });

  it('that nobody had ordered is invoiced when nobody decided otherwise in time', () => {
    assert.deepEqual(brief(next(shipped('contested', LATER))), ['issueInvoice', 's1', null, LATER, 'invoicing']);
  });

  it('on a cancelled or rejected order keeps it open, and settles it in the end', () => {
    for (const facts of [{ isCancelled: true }, credit({ state: 'rejected', reasons: ['x'] })]) {
      const contested = { ...facts, ...shipped('contested', LATER), awaitsShipment: true };
      assert.deepEqual(brief(next(contested)), ['issueInvoice', 's1', null, LATER, 'invoicing']);
      assert.deepEqual(brief(next({ ...facts, ...withItem({}) })).slice(0, 2), ['remind', 't1']);
      assert.equal(next({ ...facts, ...withItem({}) }).stage, 'collection');
      const paid = { ...facts, ...withItem({ openMinor: 0 }), awaitsShipment: true };
      assert.deepEqual(brief(next(paid)), ['closed', null, null, null, 'settled']);
    }
  });

  it('never came of services of an order that was not approved', () => {
    const toInvoice = [{ subject: 'services', invoicing: 'due' as const, from: null }];
    assert.deepEqual(brief(next({ ...credit({ state: 'rejected', reasons: ['x'] }), toInvoice })), [
      'closed',
      null,
      null,
      null,
      'rejected',
    ]);
    assert.equal(next({ isCancelled: true, toInvoice }).step, 'closed');
  });
});

describe('an order that ends early', () => {
  it('by a rejection has nothing left to do, whatever else is true of it', () => {
    const rejected = next({ ...credit({ state: 'rejected', reasons: ['hold_expired'] }), awaitsShipment: true });
    assert.deepEqual(brief(rejected), ['closed', null, null, null, 'rejected']);
    assert.match(rejected.because, /hold_expired/);
  });

  it('by being cancelled has nothing left to do, in whatever credit it stood', () => {
    for (const state of ['unassessed', 'held', 'approved', 'rejected'] as const) {
      const facts = { isCancelled: true, awaitsShipment: true, ...credit({ state, reservedUntil: LATER }) };
      assert.deepEqual(brief(next(facts)), ['closed', null, null, null, 'cancelled'], state);
    }
  });
});

describe('cash that came before its invoice', () => {
  const cash = (reference: string, unappliedMinor = 100): Partial<OrderFacts> => ({
    cash: [{ paymentId: 'c1', reference, unappliedMinor, notFor: [] }],
  });

  it('is applied at once when it names the order or its invoice', () => {
    for (const reference of ['SO-1', 'INV-000001', 'for INV-000001, thanks']) {
      const found = next({ ...withItem({}), ...cash(reference) });
      assert.deepEqual(brief(found), ['applyCash', 'c1', null, NOW, 'collection'], reference);
    }
  });

  it('stays where it is when it names something else, or nothing is open', () => {
    assert.notEqual(next({ ...withItem({}), ...cash('INV-0000010') }).step, 'applyCash');
    assert.equal(next({ ...withItem({ openMinor: 0 }), ...cash('SO-1') }).step, 'closed');
    assert.notEqual(next({ ...withItem({ side: 'credit' }), ...cash('INV-000001') }).step, 'applyCash');
  });

  it('is not applied to an item from which a person took it back', () => {
    const takenBack = { cash: [{ paymentId: 'c1', reference: 'SO-1', unappliedMinor: 100, notFor: ['t1'] }] };
    assert.notEqual(next({ ...withItem({}), ...takenBack }).step, 'applyCash');
    const other = { ...ITEM, itemId: 't2', number: 'INV-000002' };
    assert.equal(next({ items: [ITEM, other], ...takenBack }).step, 'applyCash');
  });

  it('does not pay an open invoice from elsewhere by the number of its order', () => {
    const opening = { kind: 'opening' as const, ...withItem({ number: '4711' }) };
    assert.notEqual(next({ ...opening, ...cash('SO-1') }).step, 'applyCash');
    assert.equal(next({ ...opening, ...cash('4711') }).step, 'applyCash');
  });
});

describe('an open item', () => {
  it('gets its letter, handed in in the early hours of its day', () => {
    const { step, level, at: instant, openMinor, dueOn, stage } = next(withItem({}));
    assert.deepEqual([step, level, openMinor, dueOn, stage], ['remind', 'notice', 11_900, '2026-02-11', 'collection']);
    assert.ok(instant !== null && instant >= at('2026-02-09', '00:00') && instant < at('2026-02-09', '08:00'));
  });

  it('that every letter left open goes to the collector, when the window opens', () => {
    const steps = [{ level: 'reminder3' as const, on: '2026-03-11', state: 'sent' as const }];
    assert.deepEqual(brief(next({ items: [{ ...ITEM, steps }] })), [
      'askCollector',
      't1',
      'collector',
      at('2026-03-18', '08:00'),
      'collection',
    ]);
  });

  it('after the collector waits for the payment', () => {
    const steps = [{ level: 'collector' as const, on: '2026-03-18', state: 'sent' as const }];
    assert.deepEqual(brief(next({ items: [{ ...ITEM, steps }] })), ['wait', 't1', null, null, 'collection']);
  });

  it('is taken before a later one, and both are summed', () => {
    const later: ItemFacts = { ...ITEM, itemId: 't0', dueOn: '2026-03-11', openMinor: 100 };
    const found = next({ items: [later, ITEM] });
    assert.deepEqual([found.subject, found.openMinor, found.dueOn], ['t1', 12_000, '2026-02-11']);
  });

  it('of a credit lowers the sum, is never dunned and waits for its use', () => {
    const note: ItemFacts = {
      ...ITEM,
      itemId: 'c',
      number: 'CN-1',
      side: 'credit',
      dueOn: '2026-01-01',
      openMinor: 900,
    };
    const found = next({ items: [note, ITEM] });
    assert.deepEqual([found.subject, found.openMinor, found.dueOn], ['t1', 11_000, '2026-02-11']);
    const alone = next({ items: [note] });
    assert.deepEqual(brief(alone), ['wait', 'c', null, null, 'collection']);
    assert.deepEqual([alone.openMinor, alone.dueOn], [-900, null]);
    assert.match(alone.because, /CN-1 is open/);
  });
});

describe('a promise', () => {
  it('is valued in the evening of its last day of tolerance, and holds the letters until then', () => {
    const found = all(withItem({ promise: PROMISE }));
    assert.deepEqual(found[0], ['evaluatePromise', 'p1', at('2026-02-23', '18:00')]);
    assert.equal(found[1]?.[0], 'remind');
    assert.ok((found[1][2] ?? 0) >= at('2026-02-24', '00:00'));
  });

  it('is valued at once when it is paid, or when nothing is open', () => {
    const paid = { promise: { ...PROMISE, amountMinor: 5_000, paidMinor: 5_000 }, openMinor: 6_900 };
    assert.deepEqual(brief(next(withItem(paid))), ['evaluatePromise', 'p1', null, NOW, 'collection']);
    const credited = { promise: PROMISE, openMinor: 0 };
    assert.deepEqual(brief(next(withItem(credited))).slice(0, 4), ['evaluatePromise', 'p1', null, NOW]);
  });

  it('told after its day is valued at once', () => {
    const late = { ...PROMISE, givenOn: '2026-01-02', promisedOn: '2026-01-05' };
    assert.deepEqual(all(withItem({ promise: late }))[0], ['evaluatePromise', 'p1', at('2026-01-08', '18:00')]);
  });

  it('holds nothing before the day on which it was given', () => {
    const dunned = dunnedPart({ ...ITEM, promise: PROMISE }, POLICY_V1);
    assert.deepEqual(dunned.blocks, [{ from: '2026-01-12', until: '2026-02-23', endedOn: null }]);
  });
});

describe('a payment plan', () => {
  it('is looked after in the evening of an instalment’s last day of tolerance, and holds the letters', () => {
    const found = all(withItem({ plan: PLAN }));
    assert.deepEqual(found, [
      ['evaluatePlan', 'l1', at('2026-02-19', '18:00')],
      ['wait', 't1', null],
    ]);
  });

  it('whose first instalment came is looked after at the second', () => {
    const paid = { plan: { ...PLAN, paidMinor: 5_000 }, openMinor: 6_900 };
    assert.deepEqual(all(withItem(paid), at('2026-02-20'))[0], ['evaluatePlan', 'l1', at('2026-03-19', '18:00')]);
  });

  it('is due when an instalment is missing, and when nothing is left to pay', () => {
    const missed = at('2026-02-19', '18:00');
    assert.deepEqual(all(withItem({ plan: PLAN }), missed)[0], ['evaluatePlan', 'l1', missed]);
    assert.deepEqual(all(withItem({ plan: PLAN, openMinor: 0 })), [['evaluatePlan', 'l1', NOW]]);
    const covered = { plan: { ...PLAN, paidMinor: 11_900 } };
    assert.deepEqual(all(withItem(covered))[0], ['evaluatePlan', 'l1', NOW]);
  });
});

describe('a dispute', () => {
  const disputes = [{ disputeId: 'd1', number: 'INV-000001', reason: 'pricing' }];

  it('of a part leaves the rest in dunning, and shows in the stage', () => {
    const facts = { ...withItem({ disputedMinor: 1_900 }), disputes };
    assert.equal(next(facts).step, 'remind');
    assert.equal(next(facts).stage, 'disputed');
    assert.deepEqual(all(facts).at(-1), ['wait', 'd1', null]);
    assert.equal(dunnedPart({ ...ITEM, disputedMinor: 1_900 }, POLICY_V1).openMinor, 10_000);
  });

  it('of the whole item keeps it out of dunning', () => {
    const facts = { ...withItem({ disputedMinor: 11_900 }), disputes };
    assert.deepEqual(all(facts), [
      ['wait', 'd1', null],
      ['wait', 't1', null],
    ]);
    assert.match(next({ ...withItem({ disputedMinor: 11_900 }) }).because, /disputed/);
  });

  it('of more than is open after a payment keeps it out as well', () => {
    assert.equal(dunnedPart({ ...ITEM, openMinor: 100, disputedMinor: 1_900 }, POLICY_V1).openMinor, 0);
  });

  it('after the last payment keeps the order open', () => {
    assert.deepEqual(brief(next({ ...withItem({ openMinor: 0 }), disputes })), ['wait', 'd1', null, null, 'disputed']);
  });
});

describe('an approval', () => {
  it('lapses at its deadline, and keeps the order open until then', () => {
    const approvals = [{ approvalId: 'a1', kind: 'write_off', deadlineAt: LATER }];
    assert.deepEqual(brief(next({ ...withItem({ openMinor: 0 }), approvals })), [
      'expireApproval',
      'a1',
      null,
      LATER,
      'collection',
    ]);
  });
});

describe('a block', () => {
  const blocks = (...held: ItemFacts['blocks']): Partial<OrderFacts> => withItem({ blocks: held });

  it('moves the letter to the first day after it, whether it is of the item, the order or the customer', () => {
    const widths = blocks(
      { from: '2026-02-09', until: '2026-02-13', endedOn: null },
      { from: '2026-02-14', until: '2026-02-18', endedOn: null },
      { from: '2026-02-19', until: '2026-02-20', endedOn: null },
    );
    const found = next(widths);
    assert.equal(found.level, 'reminder1');
    assert.ok(found.at !== null && found.at >= at('2026-02-23', '00:00') && found.at < at('2026-02-23', '08:00'));
  });

  it('without an end lasts as long as the policy allows', () => {
    const found = next(blocks({ from: '2026-02-01', until: null, endedOn: null }));
    assert.equal(found.step, 'remind');
    // 90 days from 1 February on end with 1 May, and the next working day is a Monday.
    assert.ok(found.at !== null && found.at >= at('2026-05-04', '00:00') && found.at < at('2026-05-04', '08:00'));
  });
});

describe('a task', () => {
  const tasks = (...changed: Partial<TaskFacts>[]): Pick<OrderFacts, 'tasks'> => ({
    tasks: changed.map((changes, index) => ({ ...TASK, taskId: `k${String(index + 1)}`, ...changes })),
  });
  const escalation = { role: 'ar_manager', at: LATER };

  it('that is told and has nobody above asks for nothing', () => {
    assert.deepEqual(brief(next(tasks({}))), ['closed', null, null, null, 'settled']);
  });

  it('is told to its owner at once, again at the time of a retry', () => {
    const facts = { awaitsShipment: true, ...tasks({ isTold: false }) };
    assert.deepEqual(brief(next(facts)), ['tellOwner', 'k1', null, NOW, 'fulfilment']);
    const retried = { awaitsShipment: true, ...tasks({ isTold: false, tellAt: LATER }) };
    assert.deepEqual(all(retried)[0], ['tellOwner', 'k1', LATER]);
  });

  it('goes on to the next owner at its time', () => {
    const facts = { awaitsShipment: true, ...tasks({ escalation }) };
    const found = next(facts);
    assert.deepEqual(brief(found), ['escalateTask', 'k1', null, LATER, 'fulfilment']);
    assert.match(found.because, /from collector to ar_manager/);
  });

  it('is told also when the order is over, but goes on to nobody then', () => {
    const facts = tasks({ isTold: false, escalation });
    assert.deepEqual(all(facts), [
      ['tellOwner', 'k1', NOW],
      ['closed', null, null],
    ]);
    assert.equal(next(facts).stage, 'settled');
    const rejected = next({ ...facts, ...credit({ state: 'rejected', reasons: ['x'] }) });
    assert.deepEqual([rejected.step, rejected.stage], ['tellOwner', 'rejected']);
  });

  it('is told before a deadline of the same instant ends what it is about', () => {
    const facts = { ...credit({ state: 'held', holdUntil: NOW }), ...tasks({ isTold: false, escalation: null }) };
    assert.deepEqual(
      all(facts).map(([step]) => step),
      ['tellOwner', 'expireHold'],
    );
  });
});

describe('steps that are due at one instant', () => {
  it('are taken in an order of their own', () => {
    const due = { invoicing: 'due' as const, from: null };
    const facts: OrderFacts = {
      ...APPROVED,
      awaitsShipment: true,
      credit: { ...APPROVED.credit, releasedUntil: NOW, reservedUntil: NOW },
      toInvoice: [{ subject: 's1', ...due }],
      invoices: [{ ...INVOICE, delivery: 'pending' }],
      items: [
        { ...ITEM, promise: { ...PROMISE, paidMinor: 11_900 } },
        { ...ITEM, itemId: 't2', number: 'INV-000002', plan: { ...PLAN, paidMinor: 11_900 } },
      ],
      approvals: [{ approvalId: 'a1', kind: 'write_off', deadlineAt: NOW }],
      tasks: [{ ...TASK, isTold: false, escalation: { role: 'ar_manager', at: NOW } }],
      cash: [{ paymentId: 'c1', reference: 'SO-1', unappliedMinor: 100, notFor: [] }],
    };
    const dueNow = agenda(facts, POLICY_V1, BERLIN, NOW).filter((entry) => entry.at === NOW);
    assert.deepEqual(
      dueNow.map(({ step }) => step),
      [
        'assessCredit',
        'tellOwner',
        'expireReservation',
        'issueInvoice',
        'applyCash',
        'deliverInvoice',
        'evaluatePromise',
        'evaluatePlan',
        'expireApproval',
        'escalateTask',
      ],
    );
  });
});

describe('an item in a letter', () => {
  const waiting: ItemFacts = { ...ITEM, steps: [{ level: 'notice', on: '2026-02-09', state: 'waiting' }] };
  const may = (changes: Partial<ItemFacts>, now: string, level: 'notice' | 'reminder1' = 'notice'): boolean => {
    const [date = '', time = ''] = now.split(' ');
    return mayBeSent({ ...waiting, ...changes }, { level, policy: POLICY_V1, calendar: BERLIN, now: at(date, time) });
  };

  it('may be sent on its day', () => {
    assert.equal(may({}, '2026-02-09 10:00'), true);
  });

  it('may not be sent when it was paid since', () => {
    assert.equal(may({ openMinor: 0 }, '2026-02-09 10:00'), false);
  });

  it('may still be sent when a part was paid, or disputed', () => {
    assert.equal(may({ openMinor: 1 }, '2026-02-09 10:00'), true);
    assert.equal(may({ disputedMinor: 11_899 }, '2026-02-09 10:00'), true);
  });

  it('may not be sent when a block, a promise, a plan or a dispute of all of it came since', () => {
    const since: Partial<ItemFacts>[] = [
      { blocks: [{ from: '2026-02-09', until: null, endedOn: null }] },
      { promise: PROMISE },
      { plan: PLAN },
      { disputedMinor: 11_900 },
    ];
    for (const changes of since) assert.equal(may(changes, '2026-02-09 10:00'), false, JSON.stringify(changes));
  });

  it('may not be sent as a notice on the due date', () => {
    assert.equal(may({}, '2026-02-11 10:00'), false);
  });

  it('may not be sent before its time, or at another level than its turn', () => {
    assert.equal(may({}, '2026-02-06 10:00'), false);
    assert.equal(may({}, '2026-02-09 10:00', 'reminder1'), false);
  });
});
