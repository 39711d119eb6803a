// Bank lines on their way into the books and out again: what each answer posts, and that taking it back restores everything.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { clearCredit } from '../../src/activities/payments/clear-credit.ts';
import { openDatabase, type Db } from '../../src/database/client.ts';
import type { ItemShare } from '../../src/domain/matching/types.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { asActivity, callOrder, MONDAY, postPayment, requestOf, runDueSteps, ship } from '../harness/activities.ts';
import { storeLine, type StoredLineOptions } from '../harness/bank-lines.ts';
import { assertBooksHold } from '../harness/books.ts';
import { addCustomer, makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOpening, makeOrder, makePayment, type Foreign, type OrderHead } from '../harness/order.ts';
import { balanceOf, moneyOf, openOf, takeBackPayment, undo } from '../harness/payments.ts';
import { changes, picture, post, posted, reopen, share } from '../harness/post-line.ts';
import { refusalOf } from '../harness/refusal-of.ts';
import { watchLocks, type LockWatch } from './lock-order.ts';

/** Twice as dear as anybody may let go by itself: what a line leaves open is the matcher's to judge. */
const POLICY = { ...POLICY_V1, smallDifference: { fixedMinor: 100, basisPoints: 100 } };

let database: TestDatabase;
let db: Db;
let company: Company;
let locks: LockWatch;
let count = 0;

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl);
  company = await makeCompany(db, { limitMinor: null, policy: POLICY });
  locks = watchLocks();
});

after(async () => {
  locks.stop();
  assert.deepEqual([...locks.broken], []);
  await assertBooksHold(db);
  await db.destroy();
  await database.drop();
});

interface Debt {
  readonly order: OrderHead;
  readonly itemId: string;
  readonly number: string;
}

/** An open invoice from elsewhere, once reminded. */
async function owed(amountMinor: number, options: { of?: Company; foreign?: Foreign } = {}): Promise<Debt> {
  count += 1;
  const order = await makeOpening(db, options.of ?? company, {
    ...{ number: `OLD-${String(count)}`, amountMinor, invoicedOn: '2025-12-01', dueOn: '2026-01-20', level: 'notice' },
    ...(options.foreign !== undefined && { foreign: options.foreign }),
  });
  await runDueSteps(db, order);
  return { order, ...(await debitOf(order)) };
}

async function debitOf(order: OrderHead): Promise<{ itemId: string; number: string }> {
  const { id, number } = await db
    .selectFrom('open_item')
    .select(['id', 'number'])
    .where('order_id', '=', order.id)
    .where('side', '=', 'debit')
    .executeTakeFirstOrThrow();
  return { itemId: id, number };
}

/** An order of 119.00 EUR that was shipped and invoiced. */
async function unpaidInvoice(of: Company = company): Promise<Debt> {
  count += 1;
  const order = await makeOrder(db, of, { number: `SO-${String(count)}` });
  await runDueSteps(db, order);
  await ship(db, order, { 1: '10' }, `ship/${order.number}`);
  await runDueSteps(db, order);
  return { order, ...(await debitOf(order)) };
}

/** The same, paid by a provider. */
async function settledOrder(of: Company = company): Promise<Debt & { paymentId: string }> {
  const debt = await unpaidInvoice(of);
  const { order } = debt;
  const paymentId = await makePayment(db, of, { sourceId: order.number, amountMinor: 11_900, reference: debt.number });
  await postPayment(db, paymentId);
  return { ...debt, paymentId };
}

/** Credits an invoice. @returns the credit note's item */
async function credited(debt: Debt, amountMinor: number): Promise<{ itemId: string; number: string }> {
  count += 1;
  const asked = requestOf(`ask/${String(count)}`, { actor: 'key:clerk' });
  const about = { kind: 'credit_note' as const, itemId: debt.itemId, amountMinor, reason: 'goodwill', noteId: null };
  const { approvalId } = await callOrder(db, debt.order, {
    ...{ step: 'askApproval', input: { now: MONDAY, request: { ...asked, ...about } } },
  });
  const decision = { approvalId, decision: 'approve' as const, noteId: null };
  const request = { ...requestOf(`decide/${String(count)}`), ...decision };
  await callOrder(db, debt.order, { step: 'decideApproval', input: { now: MONDAY, request } });
  await runDueSteps(db, debt.order);
  const { id, number } = await db
    .selectFrom('open_item')
    .select(['id', 'number'])
    .where('invoice_id', '=', approvalId)
    .executeTakeFirstOrThrow();
  return { itemId: id, number };
}

/** An open credit note over an invoice that is paid. */
async function openCredit(amountMinor: number, of?: Company): Promise<{ itemId: string; number: string }> {
  return credited(await settledOrder(of), amountMinor);
}

function line(amountMinor: number, more: StoredLineOptions = {}): Promise<string> {
  return storeLine(db, { amountMinor, ...more });
}

function on(shares: readonly ItemShare[], onAccountMinor = 0, of: Company = company) {
  return { customerId: of.customerId, shares, onAccountMinor };
}

/** What was posted beside the line's payment, as `KIND AMOUNT`. */
async function besides(paymentId: string): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`
    select e.kind || ' ' || a.amount_minor as text from payment p
      join journal_entry o on o.key = 'payment/' || p.source || '/' || p.source_id
      join allocation a on a.follows_entry_id = o.id and a.amount_minor > 0
      join journal_entry e on e.id = a.entry_id join open_item i on i.id = a.item_id
    where p.id = ${paymentId} and (i.side = 'debit' or e.kind <> 'clearing') order by e.id`.execute(db);
  return rows.map(({ text }) => text);
}

async function stateOf(lineId: string): Promise<{ state: string; payment_id: string | null }> {
  return db.selectFrom('bank_line').select(['state', 'payment_id']).where('id', '=', lineId).executeTakeFirstOrThrow();
}

/** Changes without the money that an undo leaves with the customer. */
function withoutMoney(lines: readonly string[]): string[] {
  return lines.filter((text) => !/^[-+] account (?:unapplied_cash|clearing:statement) /.test(text));
}

/** Posts, undoes item by item, and sees that everything is as it was; then posts another and opens the whole line again. */
async function comesBack(of: { line: () => Promise<string>; allocation: ReturnType<typeof on> }): Promise<void> {
  const items = of.allocation.shares.filter(({ paidMinor }) => paidMinor > 0).map(({ itemId }) => itemId);
  const start = await picture(db);
  const again = await of.line();
  await posted(db, again, of.allocation);
  const opened = await reopen(db, again);
  assert.ok(opened.ok);
  assert.deepEqual(changes(start, await picture(db)), []);
  assert.deepEqual(await stateOf(again), { state: 'open', payment_id: null });

  const { paymentId } = await posted(db, again, of.allocation);
  for (const itemId of items) {
    count += 1;
    await undo(db, { paymentId, itemId, key: `undo/${String(count)}` });
  }
  assert.deepEqual(withoutMoney(changes(start, await picture(db))), []);
}

describe('a bank line', () => {
  it('settles two items, and what is more is the customer’s', async () => {
    const [one, two] = [await owed(6_000), await owed(3_000)];
    const bank = await balanceOf(db, 'clearing:statement');
    const lineId = await line(10_000, { texts: [one.number, two.number], valueOn: '2026-01-02' });
    const { paymentId, orderIds } = await posted(
      db,
      lineId,
      on([share(one.itemId, 6_000), share(two.itemId, 3_000)], 1_000),
    );
    assert.deepEqual(await openOf(db, one.number, two.number), [0, 0]);
    assert.deepEqual(await moneyOf(db, paymentId), [1_000, 0, 0]);
    assert.equal((await balanceOf(db, 'clearing:statement')) - bank, 10_000);
    assert.deepEqual([...orderIds].sort(), [one.order.id, two.order.id].sort());
    assert.deepEqual(await stateOf(lineId), { state: 'applied', payment_id: paymentId });
    const stored = await db.selectFrom('payment').selectAll().where('id', '=', paymentId).executeTakeFirstOrThrow();
    assert.deepEqual(
      [stored.source, stored.source_id, stored.state, stored.value_on, stored.reference],
      ['statement', lineId, 'posted', '2026-01-02', `${one.number} ${two.number}`],
    );
  });

  it('grants what it says: discount, charges and tolerance, and leaves nothing to the policy', async () => {
    const debt = await owed(10_000);
    const reduced = share(debt.itemId, 9_000, { discountMinor: 300, chargesMinor: 500, toleranceMinor: 150 });
    const { paymentId } = await posted(db, await line(9_000), on([reduced]));
    assert.deepEqual(await besides(paymentId), ['discount 300', 'bank_charge 500', 'small_difference 150']);
    // 0.50 is left, which the policy would let go of a payment that found its own way.
    assert.deepEqual(await openOf(db, debt.number), [50]);
  });

  it('that is short for a reason opens a dispute over the rest, and one below the least case only leaves it open', async () => {
    const [large, small] = [await owed(20_000), await owed(20_000)];
    const short = (debt: Debt, deductionMinor: number) =>
      share(debt.itemId, 20_000 - deductionMinor, { deductionMinor, deductionCode: '01', leftMinor: deductionMinor });
    await posted(db, await line(14_000), on([short(large, 6_000)]));
    await posted(db, await line(15_001), on([short(small, 4_999)]));
    const disputes = await db
      .selectFrom('dispute')
      .select(['item_id', 'amount_minor', 'reason', 'source', 'state'])
      .where('item_id', 'in', [large.itemId, small.itemId])
      .execute();
    assert.deepEqual(disputes, [
      { item_id: large.itemId, amount_minor: 6_000, reason: 'pricing', source: 'short_payment', state: 'open' },
    ]);
    assert.deepEqual(await openOf(db, large.number, small.number), [6_000, 4_999]);
  });

  it('that took a credit note off uses it up, and nobody need pay it back', async () => {
    const [debt, credit] = [await owed(10_000), await openCredit(2_500)];
    const shares = [share(debt.itemId, 10_000), share(credit.itemId, -2_500)];
    const { paymentId } = await posted(db, await line(7_500), on(shares));
    assert.deepEqual(await besides(paymentId), ['clearing 2500']);
    assert.deepEqual(await openOf(db, debt.number, credit.number), [0, 0]);
    const task = await db
      .selectFrom('task')
      .select('state')
      .where('key', '=', `open_credit/${credit.itemId}`)
      .executeTakeFirstOrThrow();
    assert.equal(task.state, 'done');
  });

  it('pays what a child owes, and nobody else’s', async () => {
    const [child, stranger] = [await another({ parent: company }), await another({})];
    const [of, not] = [await owed(5_000, { of: child }), await owed(5_000, { of: stranger })];
    const { paymentId } = await posted(db, await line(5_000), on([share(of.itemId, 5_000)]));
    assert.deepEqual(await openOf(db, of.number), [0]);
    await undo(db, { paymentId, itemId: of.itemId, key: `child/${of.number}` });
    assert.deepEqual([await openOf(db, of.number), await moneyOf(db, paymentId)], [[5_000], [5_000, 0, 0]]);
    const result = await post(db, await line(5_000), on([share(not.itemId, 5_000)]));
    assert.equal(result.ok ? 'posted' : result.refusal.code, 'item_changed');
  });

  it('whose item changed meanwhile writes nothing', async () => {
    const debt = await owed(5_000);
    await posted(db, await line(1_000), on([share(debt.itemId, 1_000)]));
    const lineId = await line(5_000);
    const start = await picture(db);
    const result = await post(db, lineId, on([share(debt.itemId, 5_000)]));
    assert.equal(
      result.ok ? '' : result.refusal.text,
      `Of ${debt.number}, 40.00 EUR is open, and 50.00 EUR was to be settled.`,
    );
    assert.deepEqual([await picture(db), await stateOf(lineId)], [start, { state: 'stored', payment_id: null }]);
    const payments = await db.selectFrom('payment').select('id').where('source_id', '=', lineId).execute();
    assert.deepEqual(payments, []);
  });

  it('of which banks told that they kept charges pays what was sent', async () => {
    const debt = await owed(10_000);
    const charges = await balanceOf(db, 'bank_charges');
    const { paymentId } = await posted(db, await line(9_700, { chargesMinor: 300 }), on([share(debt.itemId, 10_000)]));
    assert.deepEqual([await openOf(db, debt.number), await moneyOf(db, paymentId)], [[0], [0, 0, 0]]);
    assert.equal((await balanceOf(db, 'bank_charges')) - charges, 300);
  });

  it('is put on account as a whole', async () => {
    const { paymentId, orderIds } = await posted(db, await line(4_200), on([], 4_200));
    assert.deepEqual([await moneyOf(db, paymentId), orderIds], [[4_200, 0, 0], []]);
  });
});

/** Another customer of the company, perhaps a child. */
async function another({ parent }: { parent?: Company }): Promise<Company> {
  count += 1;
  const number = `C-${String(count)}x`;
  const customerId = await addCustomer(db, company.legalEntityId, { number, limitMinor: null });
  if (parent !== undefined) {
    await sql`update customer set parent_id = ${parent.customerId} where id = ${customerId}`.execute(db);
  }
  return { ...company, customerId, customerNumber: number };
}

describe('a line in another currency', () => {
  const USD = { currency: 'USD', rate: '0.9' };

  it('clears the item in its currency, books the charges, and realises the difference', async () => {
    const debt = await owed(10_000, { foreign: USD });
    const [difference, charges] = [await baseOf('exchange_difference'), await balanceOf(db, 'bank_charges')];
    // 100.00 USD came as 92.00 EUR less 1.00 EUR of charges; in the books they stood at 90.00 EUR.
    const instructed = { currency: 'USD', amountMinor: 10_000, rate: '0.92' };
    const lineId = await line(9_100, { chargesMinor: 100, instructed });
    const { paymentId } = await posted(db, lineId, on([share(debt.itemId, 10_000)]));
    assert.deepEqual(await openOf(db, debt.number), [0]);
    assert.equal((await baseOf('exchange_difference')) - difference, -200);
    assert.equal((await balanceOf(db, 'bank_charges')) - charges, 100);
    const payment = await db.selectFrom('payment').selectAll().where('id', '=', paymentId).executeTakeFirstOrThrow();
    assert.deepEqual([payment.currency, payment.amount_minor, payment.base_minor], ['USD', 10_000, 9_200]);
  });

  it('comes back exactly: item, charges and difference', async () => {
    const debts = [await owed(10_000, { foreign: USD }), await owed(3_333, { foreign: USD })] as const;
    const instructed = { currency: 'USD', amountMinor: 13_777, rate: null };
    const shares = [share(debts[0].itemId, 10_000), share(debts[1].itemId, 3_000, { discountMinor: 333 })];
    const start = await picture(db);
    const lineId = await line(12_601, { chargesMinor: 47, instructed });
    await posted(db, lineId, on(shares, 777));
    assert.ok((await reopen(db, lineId)).ok);
    assert.deepEqual(changes(start, await picture(db)), []);
  });

  it('leaves no difference when it is undone item by item', async () => {
    const debts = [await owed(10_000, { foreign: USD }), await owed(3_333, { foreign: USD })] as const;
    const shares = [share(debts[0].itemId, 9_000), share(debts[1].itemId, 3_000, { discountMinor: 333 })];
    const start = await picture(db);
    const lineId = await line(11_111, { instructed: { currency: 'USD', amountMinor: 12_000, rate: null } });
    const { paymentId } = await posted(db, lineId, on(shares));
    for (const { itemId, number } of debts) await undo(db, { paymentId, itemId, key: `usd/${number}` });
    const left = withoutMoney(changes(start, await picture(db)));
    assert.deepEqual(
      left.filter((text) => !/^[-+] account exchange (?:EUR|USD) /.test(text)),
      [],
    );
  });

  async function baseOf(account: string): Promise<number> {
    const { rows } = await sql<{ sum: number }>`select coalesce(sum(base_minor), 0)::bigint as sum from journal_line
      where account = ${account}`.execute(db);
    return rows[0]?.sum ?? 0;
  }
});

describe('an undo', () => {
  it('brings discount, charges, tolerance and credit back, and the line as a whole does', async () => {
    const [debt, other, credit] = [await owed(10_000), await owed(2_000), await openCredit(2_500)];
    const shares = [
      share(debt.itemId, 9_000, { discountMinor: 300, chargesMinor: 500, toleranceMinor: 150 }),
      share(other.itemId, 1_990, { toleranceMinor: 10 }),
      share(credit.itemId, -2_500),
    ];
    await comesBack({ line: () => line(9_000), allocation: on(shares, 510) });
  });

  it('withdraws the dispute about what was short', async () => {
    const debt = await owed(20_000);
    const short = share(debt.itemId, 12_000, { deductionMinor: 8_000, deductionCode: '59', leftMinor: 8_000 });
    await comesBack({ line: () => line(12_000), allocation: on([short]) });
    const disputes = await db.selectFrom('dispute').selectAll().where('item_id', '=', debt.itemId).execute();
    assert.deepEqual(
      disputes.map(({ state, reason }) => `${reason} ${state}`),
      ['not_received withdrawn', 'not_received withdrawn'],
    );
    const tasks = await db
      .selectFrom('task')
      .select('state')
      .where(
        'dispute_id',
        'in',
        disputes.map(({ id }) => id),
      )
      .execute();
    assert.deepEqual(tasks, [{ state: 'done' }, { state: 'done' }]);
  });

  it('ends the credit note that was asked for such a dispute as well', async () => {
    const debt = await owed(20_000);
    const short = share(debt.itemId, 12_000, { deductionMinor: 8_000, deductionCode: '59', leftMinor: 8_000 });
    const invoice = await unpaidInvoice();
    const deducted = share(invoice.itemId, 5_900, { deductionMinor: 6_000, deductionCode: 'damaged' });
    const { paymentId } = await posted(db, await line(17_900), on([short, deducted]));
    const { id: disputeId } = await db
      .selectFrom('dispute')
      .select('id')
      .where('item_id', '=', invoice.itemId)
      .executeTakeFirstOrThrow();
    const outcome = { disputeId, outcome: 'credit_note' as const, creditMinor: null, noteId: null };
    const request = { ...requestOf(`outcome/${disputeId}`), ...outcome };
    const asked = await callOrder(db, invoice.order, { step: 'resolveDispute', input: { now: MONDAY, request } });
    assert.equal(asked.state, 'awaiting_approval');
    await undo(db, { paymentId, itemId: invoice.itemId, key: `short/${disputeId}` });
    const { state } = await db
      .selectFrom('dispute')
      .select('state')
      .where('id', '=', disputeId)
      .executeTakeFirstOrThrow();
    const approval = await db
      .selectFrom('approval')
      .select('state')
      .where('id', '=', asked.approvalId)
      .executeTakeFirstOrThrow();
    assert.deepEqual([state, approval.state], ['withdrawn', 'lapsed']);
    assert.deepEqual(await openOf(db, invoice.number, debt.number), [11_900, 8_000]);
  });

  it('of an item that credit alone had paid gives the credit back', async () => {
    const [debt, other, credit] = [await owed(2_500), await owed(2_000), await openCredit(2_500)];
    const shares = [share(debt.itemId, 2_500), share(other.itemId, 2_000), share(credit.itemId, -2_500)];
    const { paymentId } = await posted(db, await line(2_000), on(shares));
    const undone = await undo(db, { paymentId, itemId: debt.itemId, key: `credit-only/${debt.number}` });
    assert.deepEqual(
      [undone.amountMinor, await openOf(db, debt.number, other.number, credit.number)],
      [0, [2_500, 0, 2_500]],
    );
    const again = undo(db, { paymentId, itemId: debt.itemId, key: `credit-only-again/${debt.number}` });
    assert.equal(await refusalOf(again), 'nothing_to_undo');
  });

  it('by the bank takes back all that went beside the money', async () => {
    const [debt, credit] = [await owed(10_000), await openCredit(1_000)];
    const shares = [share(debt.itemId, 9_700, { discountMinor: 300 }), share(credit.itemId, -1_000)];
    const { paymentId } = await posted(db, await line(8_700), on(shares));
    await takeBackPayment(db, { paymentId, sourceId: 'whole' });
    assert.deepEqual(await openOf(db, debt.number, credit.number), [10_000, 1_000]);
    assert.deepEqual(await moneyOf(db, paymentId), [0, 8_700, 0]);
    const asked = await db
      .selectFrom('task')
      .select(['reason', 'state'])
      .where('kind', '=', 'open_credit')
      .where('item_id', '=', credit.itemId)
      .where('state', '=', 'open')
      .execute();
    assert.deepEqual(asked, [{ reason: `10.00 EUR of ${credit.number} is open again.`, state: 'open' }]);
  });
});

describe('a line that is opened again', () => {
  it('is posted anew for another customer, under another payment', async () => {
    const [mine, other] = [await owed(3_000), await another({})];
    const theirs = await owed(3_000, { of: other });
    const lineId = await line(3_000);
    const first = await posted(db, lineId, on([share(mine.itemId, 3_000)]));
    const opened = await reopen(db, lineId);
    assert.deepEqual(opened.ok ? opened.orderIds : [], [mine.order.id]);
    const second = await posted(db, lineId, on([share(theirs.itemId, 3_000)], 0, other));
    assert.deepEqual(await openOf(db, mine.number, theirs.number), [3_000, 0]);
    const rows = await db
      .selectFrom('payment')
      .select(['id', 'source_id', 'customer_id', 'returned_minor'])
      .where('id', 'in', [first.paymentId, second.paymentId])
      .orderBy('source_id')
      .execute();
    assert.deepEqual(rows, [
      { id: first.paymentId, source_id: lineId, customer_id: company.customerId, returned_minor: 3_000 },
      { id: second.paymentId, source_id: `${lineId}/2`, customer_id: other.customerId, returned_minor: 0 },
    ]);
    const told = await db
      .selectFrom('task')
      .select('id')
      .where('kind', '=', 'payment_returned')
      .where('order_id', '=', mine.order.id)
      .execute();
    assert.deepEqual(told, []);
  });

  it('may be one that was ignored, and is none that was never decided or of which money is gone', async () => {
    const ignored = await line(100, { state: 'ignored' });
    assert.ok((await reopen(db, ignored)).ok);
    assert.deepEqual(await stateOf(ignored), { state: 'open', payment_id: null });
    const fresh = await reopen(db, await line(100));
    assert.equal(fresh.ok ? '' : fresh.refusal.code, 'line_not_applied');
    const lineId = await line(500);
    const { paymentId } = await posted(db, lineId, on([], 500));
    await takeBackPayment(db, { paymentId, sourceId: 'part', amountMinor: 100 });
    const result = await reopen(db, lineId);
    assert.equal(
      result.ok ? '' : result.refusal.text,
      'Of the line’s payment, 1.00 EUR was returned and 0.00 EUR paid back.',
    );
  });
});

describe('credit for an invoice that is open again', () => {
  it('settles it as far as it goes: nobody is dunned for what was given back', async () => {
    const paid = await settledOrder();
    const credit = await credited(paid, 4_000);
    assert.deepEqual(await openOf(db, paid.number, credit.number), [0, 4_000]);
    await takeBackPayment(db, { paymentId: paid.paymentId, sourceId: 'bounced' });
    assert.deepEqual(await openOf(db, paid.number, credit.number), [7_900, 0]);
    const { state } = await db
      .selectFrom('task')
      .select('state')
      .where('key', '=', `open_credit/${credit.itemId}`)
      .executeTakeFirstOrThrow();
    assert.equal(state, 'done');
  });

  it('is used by an undo as well, once for each time that it opens', async () => {
    const paid = await settledOrder();
    const credit = await credited(paid, 4_000);
    await undo(db, { paymentId: paid.paymentId, itemId: paid.itemId, key: `own/${paid.number}` });
    assert.deepEqual(await openOf(db, paid.number, credit.number), [7_900, 0]);
  });

  it('used elsewhere comes back to it when that is undone', async () => {
    const [paid, debt] = [await settledOrder(), await owed(10_000)];
    const credit = await credited(paid, 4_000);
    const shares = [share(debt.itemId, 10_000), share(credit.itemId, -4_000)];
    const { paymentId } = await posted(db, await line(6_000), on(shares));
    await takeBackPayment(db, { paymentId: paid.paymentId, sourceId: 'bounced' });
    assert.deepEqual(await openOf(db, paid.number, debt.number, credit.number), [11_900, 0, 0]);
    await undo(db, { paymentId, itemId: debt.itemId, key: `elsewhere/${debt.number}` });
    assert.deepEqual(await openOf(db, paid.number, debt.number, credit.number), [7_900, 10_000, 0]);
  });

  it('is cleared by hand against another item of the customer, once under its key', async () => {
    const [debt, credit] = [await owed(10_000), await openCredit(3_000)];
    const clear = (amountMinor: number | null, of = debt.itemId) =>
      asActivity({ workflowId: 'change/clearing', step: 'clearCredit' }, () =>
        db.transaction().execute((tx) =>
          clearCredit(tx, {
            ...{ legalEntityId: company.legalEntityId, creditItemId: credit.itemId, debitItemId: of, amountMinor },
            ...{ request: requestOf(`clear/${credit.number}/${String(amountMinor)}`), now: MONDAY },
          }),
        ),
      );
    assert.ok((await clear(1_000)).ok);
    assert.deepEqual(await openOf(db, debt.number, credit.number), [9_000, 2_000]);
    const tooMuch = await clear(2_001);
    assert.equal(tooMuch.ok ? '' : tooMuch.refusal.code, 'clearing_does_not_fit');
    const other = await owed(1_000, { of: await another({}) });
    const foreign = await clear(null, other.itemId);
    assert.equal(foreign.ok ? '' : foreign.refusal.code, 'not_a_pair');
    assert.ok((await clear(null)).ok);
    assert.deepEqual(await openOf(db, debt.number, credit.number), [7_000, 0]);
  });
});

describe('any answer that is undone', () => {
  it('leaves everything as it was, whatever it settled, reduced, deducted and took off', async () => {
    const part = fc.record({
      openMinor: fc.integer({ min: 10, max: 50_000 }),
      paid: fc.integer({ min: 1, max: 100 }),
      discount: fc.integer({ min: 0, max: 40 }),
      charges: fc.integer({ min: 0, max: 40 }),
      tolerance: fc.integer({ min: 0, max: 40 }),
      isDeducted: fc.boolean(),
    });
    const random = fc.record({
      parts: fc.array(part, { minLength: 1, maxLength: 4 }),
      credit: fc.option(fc.integer({ min: 1, max: 90 })),
      onAccountMinor: fc.nat(500),
      chargesMinor: fc.nat(300),
    });
    await fc.assert(
      fc.asyncProperty(random, async ({ parts, credit, onAccountMinor, chargesMinor }) => {
        const shares: ItemShare[] = [];
        for (const one of parts) {
          const { itemId } = await owed(one.openMinor);
          const paidMinor = Math.max(1, Math.floor((one.openMinor * one.paid) / 100));
          let leftMinor = one.openMinor - paidMinor;
          const cut = (percent: number): number => {
            const minor = Math.floor((leftMinor * percent) / 100);
            leftMinor -= minor;
            return minor;
          };
          const [discountMinor, cutCharges, toleranceMinor] = [cut(one.discount), cut(one.charges), cut(one.tolerance)];
          const deductionMinor = one.isDeducted ? leftMinor : 0;
          const deductionCode = one.isDeducted && leftMinor > 0 ? '06' : null;
          shares.push(
            share(itemId, paidMinor, {
              discountMinor,
              chargesMinor: cutCharges,
              toleranceMinor,
              deductionMinor,
              deductionCode,
              leftMinor,
            }),
          );
        }
        const paidMinor = shares.reduce((sum, one) => sum + one.paidMinor, 0);
        const usedMinor = credit === null ? 0 : Math.min(11_900, Math.floor((paidMinor * credit) / 100));
        if (usedMinor > 0) shares.push(share((await openCredit(usedMinor)).itemId, -usedMinor));
        const amountMinor = paidMinor - usedMinor + onAccountMinor;
        // What banks told that they kept was sent as well.
        const keptMinor = Math.min(chargesMinor, amountMinor - 1);
        await comesBackEither({ amountMinor, keptMinor, shares, onAccountMinor });
      }),
      { numRuns: 25 },
    );
  });

  /** Charges that the bank told stay with a payment that is only unapplied: then only the whole line is opened again. */
  async function comesBackEither(of: {
    amountMinor: number;
    keptMinor: number;
    shares: readonly ItemShare[];
    onAccountMinor: number;
  }): Promise<void> {
    const { amountMinor, keptMinor } = of;
    const allocation = on(of.shares, of.onAccountMinor);
    if (keptMinor <= 0) return comesBack({ line: () => line(amountMinor), allocation });
    const start = await picture(db);
    const lineId = await line(amountMinor - keptMinor, { chargesMinor: keptMinor });
    await posted(db, lineId, allocation);
    assert.ok((await reopen(db, lineId)).ok);
    assert.deepEqual(changes(start, await picture(db)), []);
    return undefined;
  }
});

describe('twenty lines for one item at once', () => {
  it('settle it once to the cent, and the others are told that it changed', async () => {
    const debt = await owed(10_000);
    const lines: string[] = [];
    for (let at = 0; at < 20; at += 1) lines.push(await line(1_500));
    const results = await Promise.all(lines.map((one) => post(db, one, on([share(debt.itemId, 1_500)]))));
    const codes = results.map((result) => (result.ok ? 'posted' : result.refusal.code)).sort();
    assert.deepEqual(codes, [...Array<string>(14).fill('item_changed'), ...Array<string>(6).fill('posted')]);
    assert.deepEqual(await openOf(db, debt.number), [1_000]);
  });

  it('over several items in any order do not lock each other out, while others are opened again', async () => {
    const debts = [await owed(9_000), await owed(9_000), await owed(9_000)];
    const work = Array.from({ length: 20 }, (_, at) => async () => {
      const shares = [0, 1, 2].map((of) => share(debts[(at + of) % 3]?.itemId ?? '', 700));
      const lineId = await line(2_100);
      const result = await post(db, lineId, on(shares));
      if (result.ok && at % 3 === 0) await reopen(db, lineId);
      return result.ok ? 'posted' : result.refusal.code;
    });
    const codes = await Promise.all(work.map((act) => act()));
    assert.ok(codes.includes('posted'));
    const { rows } = await sql`select number from open_item where open_minor not between 0 and original_minor`.execute(
      db,
    );
    assert.deepEqual(rows, []);
  });
});
