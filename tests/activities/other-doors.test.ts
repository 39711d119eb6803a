// Bank lines that no open item explains, in the books: the same money by two doors counts once, and what is taken back is open again.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { askAboutClearing } from '../../src/activities/bank/clearing-tasks.ts';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { clearingAccounts } from '../../src/database/queries/clearing.ts';
import { storePayout } from '../../src/database/queries/payouts.ts';
import type { PayoutLine } from '../../src/domain/payout.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { watchLocks, type LockWatch } from '../database/lock-order.ts';
import { asActivity, MONDAY, postPayment, runDueSteps } from '../harness/activities.ts';
import { storeLine } from '../harness/bank-lines.ts';
import { assertBooksHold } from '../harness/books.ts';
import { makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOpening, makePayment, type Foreign } from '../harness/order.ts';
import { actOn, doorsOf, goThrough, lineState, seek } from '../harness/other-doors.ts';
import { balanceOf, moneyOf, openOf, takeBackPayment, tellReturn } from '../harness/payments.ts';
import { posted, share } from '../harness/post-line.ts';
import { postAsRefund } from '../harness/refund.ts';

const DAY_MS = 86_400_000;
const DOLLAR: Foreign = { currency: 'USD', rate: '0.9' };

let database: TestDatabase;
let db: Db;
let company: Company;
let locks: LockWatch;
let count = 0;

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl);
  company = await makeCompany(db, { limitMinor: null, policy: POLICY_V1 });
  locks = watchLocks();
});

after(async () => {
  locks.stop();
  assert.deepEqual([...locks.broken], []);
  await assertBooksHold(db);
  await db.destroy();
  await database.drop();
});

/** A payment that a source told and its run posted; nothing is open that it could pay. */
async function told(
  options: Partial<Parameters<typeof makePayment>[2]> = {},
): Promise<{ id: string; sourceId: string }> {
  count += 1;
  const sourceId = options.sourceId ?? `ch_00${String(count)}`;
  const id = await makePayment(db, company, {
    amountMinor: 10_000,
    reference: `nothing ${String(count)}`,
    ...options,
    sourceId,
  });
  await postPayment(db, id);
  return { id, sourceId };
}

/** An open invoice from elsewhere that was reminded of once. */
async function owed(amountMinor = 10_000): Promise<{ orderId: string; itemId: string; number: string }> {
  count += 1;
  const order = await makeOpening(db, company, {
    ...{
      number: `OLD-${String(count)}`,
      amountMinor,
      invoicedOn: '2025-12-01',
      dueOn: '2025-12-20',
      level: 'reminder1',
    },
  });
  await runDueSteps(db, order);
  const item = await db
    .selectFrom('open_item')
    .select(['id', 'number'])
    .where('order_id', '=', order.id)
    .executeTakeFirstOrThrow();
  return { orderId: order.id, itemId: item.id, number: item.number };
}

/** Changes of accounts that an act makes, in minor units. */
async function moved(accounts: readonly string[], act: () => Promise<unknown>): Promise<number[]> {
  const before = await Promise.all(accounts.map((account) => balanceOf(db, account)));
  await act();
  const now = await Promise.all(accounts.map((account) => balanceOf(db, account)));
  return now.map((balance, at) => balance - (before[at] ?? 0));
}

describe('a payment that was told before', () => {
  it('is cleared by its bank line, which pays nothing and nobody again', async () => {
    const { id, sourceId } = await told();
    const lineId = await storeLine(db, { texts: [`TRANSFER ${sourceId}`] });
    const accounts = ['clearing:statement', 'clearing:psp', 'unapplied_cash'];
    const changed = await moved(accounts, async () => {
      assert.equal((await goThrough(db, lineId)).kind, 'clear_payment');
    });
    assert.deepEqual(changed, [10_000, -10_000, 0]);
    assert.deepEqual(await lineState(db, lineId), { state: 'cleared', paymentId: id });
    assert.deepEqual(await moneyOf(db, id), [10_000, 0, 0]);
  });

  it('is cleared once: a second line of the same ID is asked about', async () => {
    const { id, sourceId } = await told();
    const door = { kind: 'clear_payment', paymentId: id, because: 'A person says so.' } as const;
    await goThrough(db, await storeLine(db, { endToEndId: sourceId }));
    const second = await storeLine(db, { endToEndId: sourceId });
    const refused = await actOn(db, second, door);
    assert.ok(!refused.ok && refused.refusal.code === 'payment_is_cleared', JSON.stringify(refused));
    assert.equal((await lineState(db, second)).state, 'stored');
    const again = await actOn(db, await storeLine(db, { state: 'ignored' }), door);
    assert.ok(!again.ok && again.refusal.code === 'line_is_decided');
  });

  it('waits for the payment’s own run', async () => {
    count += 1;
    const sourceId = `ch_00${String(count)}`;
    const id = await makePayment(db, company, { sourceId, amountMinor: 10_000, reference: 'none' });
    const lineId = await storeLine(db, { endToEndId: sourceId });
    await assert.rejects(goThrough(db, lineId), /is not posted yet/);
    await postPayment(db, id);
    assert.equal((await goThrough(db, lineId)).kind, 'clear_payment');
  });

  it('has what the bank kept on the charges, and is refused where amounts differ otherwise', async () => {
    const { id, sourceId } = await told();
    const net = { amountMinor: 9_700, endToEndId: sourceId };
    const door = { kind: 'clear_payment', paymentId: id, because: 'A person says so.' } as const;
    const refused = await actOn(db, await storeLine(db, net), door);
    assert.ok(!refused.ok && refused.refusal.code === 'amount_differs');
    const lineId = await storeLine(db, { ...net, chargesMinor: 300 });
    const changed = await moved(['clearing:statement', 'bank_charges', 'clearing:psp'], () => goThrough(db, lineId));
    assert.deepEqual(changed, [9_700, 300, -10_000]);
  });

  it('in a foreign currency leaves nothing behind in ours', async () => {
    const { sourceId } = await told({ amountMinor: 3_333, foreign: DOLLAR, source: 'dollar' });
    const account = 'DE02500105170137075030';
    const lineId = await storeLine(db, { account, currency: 'USD', amountMinor: 3_333, endToEndId: sourceId });
    assert.equal((await goThrough(db, lineId)).kind, 'clear_payment');
    const left = await db
      .selectFrom('journal_line')
      .select(({ fn }) => [fn.sum<string>('amount_minor').as('amount'), fn.sum<string>('base_minor').as('base')])
      .where('account', '=', 'clearing:dollar')
      .executeTakeFirstOrThrow();
    assert.deepEqual([left.amount, left.base], ['0', '0']);
  });
});

describe('a payout', () => {
  const money = (minor: number): number => minor;

  async function payout(
    payoutId: string,
    of: { netMinor: number; feeMinor: number; lines: readonly PayoutLine[]; source?: string },
  ): Promise<string> {
    const stored = await storePayout(db, {
      ...{ legalEntityId: 'ACME-DE', source: of.source ?? 'psp', payoutId, paidOn: '2026-01-05', currency: 'EUR' },
      ...{ netMinor: money(of.netMinor), feeMinor: of.feeMinor, lines: of.lines, contentHash: payoutId },
      ...{ actor: 'key:test', requestId: 'test', now: MONDAY },
    });
    if (!stored.ok) throw new Error(stored.refusal.text);
    return stored.stored.id;
  }

  it('clears its payments, books its fee, and opens again what was charged back', async () => {
    const debt = await owed();
    const paid = await told({ reference: debt.number });
    const other = await told({ amountMinor: 5_000 });
    assert.deepEqual(await openOf(db, debt.number), [0]);
    const lines: PayoutLine[] = [
      { kind: 'payment', sourceId: paid.sourceId, amountMinor: 10_000 },
      { kind: 'payment', sourceId: other.sourceId, amountMinor: 5_000 },
      { kind: 'chargeback', sourceId: paid.sourceId, amountMinor: 10_000 },
    ];
    const id = await payout('po_1001', { netMinor: 4_800, feeMinor: 200, lines });
    const lineId = await storeLine(db, { amountMinor: 4_800, texts: ['PAYOUT po_1001'] });
    const accounts = ['clearing:statement', 'clearing:psp', 'bank_charges', 'receivable'];
    const changed = await moved(accounts, async () => {
      const { kind, orderIds } = await goThrough(db, lineId);
      assert.deepEqual([kind, orderIds], ['clear_payout', [debt.orderId]]);
    });
    // The payments stood on the account with 15,000: 10,000 went back with the chargeback, the rest with the payout.
    assert.deepEqual(changed, [4_800, -15_000, 200, 10_000]);
    assert.deepEqual(await openOf(db, debt.number), [10_000]);
    assert.deepEqual(await moneyOf(db, paid.id), [0, 10_000, 0]);
    assert.equal((await seek(db, id)).state, 'cleared');
  });

  it('counts a chargeback once that was told before, and its fee with it', async () => {
    const { id, sourceId } = await told();
    await takeBackPayment(db, {
      paymentId: id,
      sourceId: 'cb_1',
      kind: 'chargeback',
      amountMinor: 10_000,
      feeMinor: 1_500,
    });
    const other = await told({ amountMinor: 30_000 });
    const lines: PayoutLine[] = [
      { kind: 'payment', sourceId, amountMinor: 10_000 },
      { kind: 'payment', sourceId: other.sourceId, amountMinor: 30_000 },
      { kind: 'chargeback', sourceId, amountMinor: 10_000 },
    ];
    await payout('po_1002', { netMinor: 28_000, feeMinor: 2_000, lines });
    const lineId = await storeLine(db, { amountMinor: 28_000, texts: ['po_1002'] });
    const changed = await moved(['clearing:statement', 'bank_charges'], () => goThrough(db, lineId));
    assert.deepEqual(changed, [28_000, 500]);
    assert.deepEqual(await moneyOf(db, id), [0, 10_000, 0]);
  });

  it('finds its line when that came first and waits for a person', async () => {
    const { sourceId } = await told({ amountMinor: 8_100 });
    const lineId = await storeLine(db, { amountMinor: 8_000, texts: ['po_1003'], state: 'open' });
    const id = await payout('po_1003', {
      ...{ netMinor: 8_000, feeMinor: 100 },
      lines: [{ kind: 'payment', sourceId, amountMinor: 8_100 }],
    });
    assert.deepEqual(await seek(db, id), { payoutId: id, state: 'cleared', lineId, orderIds: [] });
    assert.deepEqual(await seek(db, id), { payoutId: id, state: 'cleared', lineId, orderIds: [] });
    assert.equal((await lineState(db, lineId)).state, 'cleared');
  });

  it('stays expected without its line, and does not take one that may be other money', async () => {
    const { sourceId } = await told({ amountMinor: 7_100 });
    const lineId = await storeLine(db, { amountMinor: 7_000, counterpartName: 'Somebody', state: 'open' });
    const lines: PayoutLine[] = [{ kind: 'payment', sourceId, amountMinor: 7_100 }];
    const id = await payout('po_1004', { netMinor: 7_000, feeMinor: 100, lines });
    assert.equal((await seek(db, id)).state, 'expected');
    const door = (await doorsOf(db, [lineId])).get(lineId);
    assert.ok(door?.kind === 'ask' && door.reasons[0]?.code === 'maybe_payout');
  });

  it('is refused where its payments are unknown, told over other amounts, or in another payout', async () => {
    const { sourceId } = await told();
    const one = (amountMinor: number, named = sourceId): PayoutLine[] => [
      { kind: 'payment', sourceId: named, amountMinor },
    ];
    const of = { netMinor: 10_000, feeMinor: 0 };
    await assert.rejects(payout('po_x', { ...of, lines: one(10_000, 'ch_unknown') }), /No such payments.*ch_unknown/);
    await assert.rejects(payout('po_x', { ...of, lines: one(9_999) }), /another amount/);
    await assert.rejects(payout('po_x', { ...of, lines: [...one(10_000), ...one(10_000)] }), /named twice/);
    await payout('po_1005', { ...of, lines: one(10_000) });
    await assert.rejects(payout('po_x', { ...of, lines: one(10_000) }), /another payout/);
    // Its bank line takes it out of the way of the others.
    await goThrough(db, await storeLine(db, { texts: ['po_1005'] }));
  });
});

describe('money that is taken back', () => {
  it('opens the item again at its dunning level, three weeks later, with the bank’s fee as an expense', async () => {
    const debt = await owed();
    const e2e = 'E2E-DEBIT-1';
    const lineId = await storeLine(db, { endToEndId: e2e });
    const shares = [share(debt.itemId, 10_000)];
    const { paymentId } = await posted(db, lineId, { customerId: company.customerId, shares, onAccountMinor: 0 });
    const threeWeeksOn = MONDAY + 21 * DAY_MS;
    const back = await storeLine(db, {
      ...{ amountMinor: -10_350, chargesMinor: 350, endToEndId: e2e, returnReason: 'MD06', bookedOn: '2026-01-26' },
    });
    const accounts = ['clearing:statement', 'bank_charges', 'receivable'];
    const changed = await moved(accounts, async () => {
      const { kind, orderIds } = await goThrough(db, back, threeWeeksOn);
      assert.deepEqual([kind, orderIds], ['take_back', [debt.orderId]]);
    });
    assert.deepEqual(changed, [-10_350, 350, 10_000]);
    assert.deepEqual(await openOf(db, debt.number), [10_000]);
    assert.deepEqual(await lineState(db, back), { state: 'returned', paymentId });
    const { level } = await db
      .selectFrom('dunning_step')
      .select('level')
      .where('item_id', '=', debt.itemId)
      .executeTakeFirstOrThrow();
    assert.equal(level, 'reminder1');
    const { reason } = await db
      .selectFrom('task')
      .select('reason')
      .where('order_id', '=', debt.orderId)
      .where('kind', '=', 'payment_returned')
      .executeTakeFirstOrThrow();
    assert.match(reason, /MD06/);
  });

  it('of a payment that another door told goes through its clearing account', async () => {
    const { id, sourceId } = await told();
    await goThrough(db, await storeLine(db, { endToEndId: sourceId }));
    const back = await storeLine(db, {
      amountMinor: -10_000,
      endToEndId: sourceId,
      isReversal: true,
      bookedOn: '2026-01-06',
    });
    const accounts = ['clearing:statement', 'clearing:psp', 'unapplied_cash'];
    const changed = await moved(accounts, async () => {
      assert.equal((await goThrough(db, back, MONDAY + DAY_MS)).kind, 'take_back');
    });
    assert.deepEqual(changed, [-10_000, 0, 10_000]);
    assert.deepEqual(await moneyOf(db, id), [0, 10_000, 0]);
    const refused = await actOn(db, await storeLine(db, { amountMinor: -10_000, isReversal: true }), {
      ...{ kind: 'take_back', paymentId: id, amountMinor: 10_000, feeMinor: 0, reasonCode: 'REVERSAL' },
      because: 'A person says so.',
    });
    assert.ok(!refused.ok && refused.refusal.code === 'return_exceeds_payment');
  });

  it('has no more of a fee than a bank would take, whoever says so', async () => {
    const { id } = await told({ amountMinor: 1_000 });
    const refused = await actOn(db, await storeLine(db, { amountMinor: -10_000, returnReason: 'AM04' }), {
      ...{ kind: 'take_back', paymentId: id, amountMinor: 1_000, feeMinor: 9_000, reasonCode: 'AM04' },
      because: 'A person says so.',
    });
    assert.ok(!refused.ok && refused.refusal.code === 'return_differs');
  });

  it('that was told before is returned once', async () => {
    const { id, sourceId } = await told();
    await goThrough(db, await storeLine(db, { endToEndId: sourceId }));
    await takeBackPayment(db, { paymentId: id, sourceId: `rt_${sourceId}`, feeMinor: 300 });
    const back = await storeLine(db, {
      ...{ amountMinor: -10_300, endToEndId: sourceId, returnReason: 'AM04', bookedOn: '2026-01-06' },
    });
    const accounts = ['clearing:statement', 'clearing:psp', 'unapplied_cash', 'bank_charges'];
    const changed = await moved(accounts, async () => {
      assert.equal((await goThrough(db, back)).kind, 'clear_return');
    });
    assert.deepEqual(changed, [-10_300, 10_300, 0, 0]);
    assert.deepEqual(await moneyOf(db, id), [0, 10_000, 0]);
  });

  it('that was told before of a bank line’s own payment moves only the fee nobody told', async () => {
    const lineId = await storeLine(db, { endToEndId: 'E2E-DEBIT-2' });
    const { paymentId } = await posted(db, lineId, {
      customerId: company.customerId,
      shares: [],
      onAccountMinor: 10_000,
    });
    await takeBackPayment(db, { paymentId, sourceId: 'rt_bank' });
    await assertBooksHold(db);
    const back = await storeLine(db, {
      ...{ amountMinor: -10_300, endToEndId: 'E2E-DEBIT-2', returnReason: 'AM04', bookedOn: '2026-01-06' },
    });
    const changed = await moved(['clearing:statement', 'bank_charges'], async () => {
      assert.equal((await goThrough(db, back)).kind, 'clear_return');
    });
    assert.deepEqual(changed, [-300, 300]);
  });

  it('before anybody applied it settles the two lines, and posts the fee alone', async () => {
    const credit = await storeLine(db, { endToEndId: 'E2E-3' });
    const debit = await storeLine(db, { amountMinor: -10_250, endToEndId: 'E2E-3', returnReason: 'AC04' });
    const changed = await moved(['clearing:statement', 'bank_charges', 'unapplied_cash'], async () => {
      const doors = await doorsOf(db, [credit, debit]);
      const door = doors.get(credit);
      assert.ok(door?.kind === 'settle_lines' && doors.get(debit)?.kind === 'settle_lines');
      // Whichever is acted on first does it for both.
      assert.ok((await actOn(db, credit, door)).ok);
    });
    assert.deepEqual(changed, [-250, 250, 0]);
    for (const id of [credit, debit]) assert.deepEqual(await lineState(db, id), { state: 'returned', paymentId: null });
  });

  it('is asked about when nothing is known that it takes back', async () => {
    const lineId = await storeLine(db, { amountMinor: -4_711, returnReason: 'AM04', endToEndId: 'E2E-UNKNOWN' });
    assert.equal((await goThrough(db, lineId)).kind, 'return_unknown');
    assert.equal((await lineState(db, lineId)).state, 'open');
  });

  it('waits while the return that was told is not posted', async () => {
    const { id, sourceId } = await told();
    await tellReturn(db, { paymentId: id, sourceId: `rt_${sourceId}` });
    const back = await storeLine(db, { amountMinor: -10_000, endToEndId: sourceId, returnReason: 'AM04' });
    await assert.rejects(goThrough(db, back), /is not posted yet/);
  });
});

describe('money that went out', () => {
  it('as an approved refund clears what was on its way, once', async () => {
    const { id } = await told();
    assert.ok(await postAsRefund(db, { paymentId: id, amountMinor: 4_000 }));
    const { id: approvalId } = await db
      .selectFrom('approval')
      .select('id')
      .where('payment_id', '=', id)
      .executeTakeFirstOrThrow();
    const lineId = await storeLine(db, { amountMinor: -4_000, texts: [`REFUND ${approvalId}`] });
    const changed = await moved(['clearing:statement', 'clearing:refund'], async () => {
      assert.equal((await goThrough(db, lineId)).kind, 'clear_refund');
    });
    assert.deepEqual(changed, [-4_000, 4_000]);
    const second = await storeLine(db, { amountMinor: -4_000, texts: [`REFUND ${approvalId}`] });
    assert.equal((await goThrough(db, second)).kind, 'ignore');
    assert.equal((await lineState(db, second)).state, 'ignored');
  });
});

describe('what never reaches the bank', () => {
  const ask = (now: number): Promise<number> =>
    asActivity({ workflowId: 'sweep', step: 'startLeftovers' }, () => askAboutClearing(db, now));

  async function openTasks(): Promise<string[]> {
    const rows = await db
      .selectFrom('task')
      .select(['key', 'reason'])
      .where('kind', '=', 'clearing_open')
      .where('state', '=', 'open')
      .orderBy('key')
      .execute();
    return rows.map(({ key, reason }) => `${key} ${reason}`);
  }

  it('is a task for each account, about the oldest, until its line comes', async () => {
    const { id, sourceId } = await told({ source: 'cards', amountMinor: 2_000 });
    const late = await told({ source: 'cards', amountMinor: 3_000 });
    const eleventh = Date.UTC(2026, 0, 16, 10);
    await ask(eleventh - DAY_MS);
    assert.deepEqual(
      (await openTasks()).filter((task) => task.includes('cards')),
      [],
    );
    await ask(eleventh);
    await ask(eleventh + DAY_MS);
    const [task, ...others] = (await openTasks()).filter((one) => one.includes('cards'));
    assert.deepEqual(others, []);
    const text =
      'Account clearing:cards has a balance of 50.00 EUR: 2 bookings wait for a bank line, the oldest since 2026-01-05, more than 10 days.';
    assert.equal(task, `clearing_open/cards/${id} ${text}`);
    await goThrough(db, await storeLine(db, { amountMinor: 2_000, endToEndId: sourceId }));
    assert.deepEqual(
      (await openTasks()).filter((one) => one.includes('cards')),
      [],
    );
    await ask(eleventh);
    assert.match((await openTasks()).find((one) => one.includes('cards')) ?? '', new RegExp(late.id));
    const accounts = await clearingAccounts(db, 'ACME-DE');
    assert.deepEqual(
      accounts.find(({ source }) => source === 'cards'),
      { source: 'cards', currency: 'EUR', balance: '3000', count: 1, oldestOn: '2026-01-05' },
    );
  });

  it('asks nobody where no bank file was ever read, and not about what came before the first', async () => {
    const other = await makeCompany(db, { legalEntityId: 'OTHER', limitMinor: null });
    const paid = { sourceId: 'ch_other', amountMinor: 1_000, reference: 'none', source: 'elsewhere' };
    await postPayment(db, await makePayment(db, other, paid));
    const now = Date.UTC(2026, 5, 1);
    await ask(now);
    assert.deepEqual(
      (await openTasks()).filter((task) => task.includes('elsewhere')),
      [],
    );
    await storeLine(db, { legalEntityId: 'OTHER', bookedOn: '2026-01-06', state: 'ignored' });
    await ask(now);
    assert.deepEqual(
      (await openTasks()).filter((task) => task.includes('elsewhere')),
      [],
    );
  });
});
