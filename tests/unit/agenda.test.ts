// The one next step of an order, from the credit check to the closing, with its stage and its reason.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  agenda,
  FINAL_STAGES,
  mayBeSent,
  nextStep,
  type InvoiceFacts,
  type ItemFacts,
  type Next,
  type OrderFacts,
} from '../../src/domain/agenda.ts';
import { localInstant, type Calendar } from '../../src/domain/calendar.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';

const BERLIN: Calendar = { zone: 'Europe/Berlin', weekend: new Set([6, 7]), holidays: new Set() };
const NOW = localInstant(BERLIN.zone, '2026-01-12', '12:00');

const APPROVED: OrderFacts = {
  kind: 'order',
  credit: { state: 'approved', holdUntil: null, reasons: [] },
  toInvoice: [],
  awaitsShipment: false,
  invoices: [],
  items: [],
};
const INVOICE: InvoiceFacts = { invoiceId: 'i1', number: 'INV-000001', delivery: 'sent', retryAt: null };
const ITEM: ItemFacts = {
  itemId: 't1',
  number: 'INV-000001',
  dueOn: '2026-02-11',
  openMinor: 11_900,
  steps: [],
  blocks: [],
};

function next(changes: Partial<OrderFacts>, now = NOW): Next {
  return nextStep({ ...APPROVED, ...changes }, POLICY_V1, BERLIN, now);
}

function brief({ step, subject, level, at, stage }: Next): unknown[] {
  return [step, subject, level, at, stage];
}

describe('the next step', () => {
  const unassessed: OrderFacts['credit'] = { state: 'unassessed', holdUntil: null, reasons: [] };

  it('of a new order is the credit check', () => {
    assert.deepEqual(brief(next({ credit: unassessed })), ['assessCredit', null, null, NOW, 'credit_check']);
  });

  it('of an open invoice from elsewhere is to post it', () => {
    assert.deepEqual(brief(next({ kind: 'opening', credit: unassessed })), [
      'postOpeningItem',
      null,
      null,
      NOW,
      'credit_check',
    ]);
  });

  it('of a held order is its deadline', () => {
    const held = next({ credit: { state: 'held', holdUntil: NOW + 1, reasons: ['credit_limit_exceeded'] } });
    assert.deepEqual(brief(held), ['expireHold', null, null, NOW + 1, 'held']);
    assert.match(held.because, /credit_limit_exceeded/);
  });

  it('of a rejected order is none, whatever else is true of it', () => {
    const rejected = next({ credit: { state: 'rejected', holdUntil: null, reasons: ['x'] }, awaitsShipment: true });
    assert.deepEqual(brief(rejected), ['closed', null, null, null, 'rejected']);
  });

  it('of an approved order waits for its shipment', () => {
    assert.deepEqual(brief(next({ awaitsShipment: true })), ['wait', null, null, null, 'fulfilment']);
  });

  it('invoices shipments and services, then delivers, then duns', () => {
    const delivered = { ...INVOICE, delivery: 'pending' as const };
    const facts = { toInvoice: ['s2', 'services'], invoices: [delivered], items: [ITEM], awaitsShipment: true };
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
    const facts = { invoices: [{ ...INVOICE, delivery: 'pending' as const, retryAt: NOW + 60_000 }] };
    assert.deepEqual(brief(next(facts)), ['deliverInvoice', 'i1', null, NOW + 60_000, 'invoicing']);
  });

  it('of an open item is its letter, handed in in the early hours of its day', () => {
    const { step, level, at, openMinor, dueOn, stage } = next({ invoices: [INVOICE], items: [ITEM] });
    assert.deepEqual([step, level, openMinor, dueOn, stage], ['remind', 'notice', 11_900, '2026-02-11', 'collection']);
    assert.ok(
      at !== null &&
        at >= localInstant(BERLIN.zone, '2026-02-09', '00:00') &&
        at < localInstant(BERLIN.zone, '2026-02-09', '08:00'),
    );
  });

  it('of an item that every letter left open is the collector, when the window opens', () => {
    const steps = [{ level: 'reminder3' as const, on: '2026-03-11', state: 'sent' as const }];
    assert.deepEqual(brief(next({ items: [{ ...ITEM, steps }] })), [
      'askCollector',
      't1',
      'collector',
      localInstant(BERLIN.zone, '2026-03-18', '08:00'),
      'collection',
    ]);
  });

  it('after the collector waits for the payment', () => {
    const steps = [{ level: 'collector' as const, on: '2026-03-18', state: 'sent' as const }];
    assert.deepEqual(brief(next({ items: [{ ...ITEM, steps }] })), ['wait', 't1', null, null, 'collection']);
  });

  it('takes the earlier of two items, and shows both sums', () => {
    const later: ItemFacts = { ...ITEM, itemId: 't0', dueOn: '2026-03-11', openMinor: 100 };
    const found = next({ items: [later, ITEM] });
    assert.deepEqual([found.subject, found.openMinor, found.dueOn], ['t1', 12_000, '2026-02-11']);
  });

  it('of a paid and shipped order is none', () => {
    assert.deepEqual(brief(next({ invoices: [INVOICE], items: [{ ...ITEM, openMinor: 0 }] })), [
      'closed',
      null,
      null,
      null,
      'settled',
    ]);
  });

  it('of a paid order with quantities left is to wait for their shipment', () => {
    assert.deepEqual(brief(next({ items: [{ ...ITEM, openMinor: 0 }], awaitsShipment: true })), [
      'wait',
      null,
      null,
      null,
      'fulfilment',
    ]);
  });

  it('is closed in the final stages and in no other', () => {
    for (const stage of FINAL_STAGES) assert.ok(['rejected', 'settled'].includes(stage));
  });

  it('does not depend on the order in which the facts are listed', () => {
    const other: ItemFacts = { ...ITEM, itemId: 't2' };
    const there = agenda({ ...APPROVED, items: [ITEM, other], toInvoice: ['a', 'b'] }, POLICY_V1, BERLIN, NOW);
    const back = agenda({ ...APPROVED, items: [other, ITEM], toInvoice: ['b', 'a'] }, POLICY_V1, BERLIN, NOW);
    assert.deepEqual(there, back);
  });
});

describe('an item in a letter', () => {
  const waiting: ItemFacts = { ...ITEM, steps: [{ level: 'notice', on: '2026-02-09', state: 'waiting' }] };
  const may = (changes: Partial<ItemFacts>, now: string, level: 'notice' | 'reminder1' = 'notice'): boolean => {
    const [date = '', time = ''] = now.split(' ');
    return mayBeSent(
      { ...waiting, ...changes },
      { level, policy: POLICY_V1, calendar: BERLIN, now: localInstant(BERLIN.zone, date, time) },
    );
  };

  it('may be sent on its day', () => {
    assert.equal(may({}, '2026-02-09 10:00'), true);
  });

  it('may not be sent when it was paid since', () => {
    assert.equal(may({ openMinor: 0 }, '2026-02-09 10:00'), false);
  });

  it('may still be sent when a part was paid', () => {
    assert.equal(may({ openMinor: 1 }, '2026-02-09 10:00'), true);
  });

  it('may not be sent when a block came since', () => {
    assert.equal(may({ blocks: [{ from: '2026-02-09', until: null, endedOn: null }] }, '2026-02-09 10:00'), false);
  });

  it('may not be sent as a notice on the due date', () => {
    assert.equal(may({}, '2026-02-11 10:00'), false);
  });

  it('may not be sent before its time, or at another level than its turn', () => {
    assert.equal(may({}, '2026-02-06 10:00'), false);
    assert.equal(may({}, '2026-02-09 10:00', 'reminder1'), false);
  });
});
