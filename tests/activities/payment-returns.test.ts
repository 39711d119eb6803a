// Money that was taken back, by the bank or by hand: what it had settled is open again, to the cent and once.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { receivedReturns } from '../../src/database/queries/leftovers.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { postAsRefund } from '../harness/refund.ts';
import { callOrder, MONDAY, postPayment, requestOf, runDueSteps, ship } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { addCustomer, makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOpening, makeOrder, makePayment, type OrderHead } from '../harness/order.ts';
import {
  allocate,
  balanceOf,
  moneyOf,
  openOf,
  postReturn,
  takeBackPayment,
  tellReturn,
  undo,
} from '../harness/payments.ts';
import { refusalOf } from '../harness/refusal-of.ts';

const orderMinor = 11_900;
/** Up to 1.00, and up to one percent of the item. */
const POLICY = { ...POLICY_V1, smallDifference: { fixedMinor: 100, basisPoints: 100 } };

let database: TestDatabase;
let db: Db;
let company: Company;
let count = 0;

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl);
  company = await makeCompany(db, { limitMinor: null, policy: POLICY });
});

after(async () => {
  await assertBooksHold(db);
  await db.destroy();
  await database.drop();
});

interface Billed {
  readonly order: OrderHead;
  readonly itemId: string;
  readonly number: string;
}

/** An order, shipped and invoiced on the Monday. */
async function invoiced(): Promise<Billed> {
  count += 1;
  const order = await makeOrder(db, company, { number: `RET-${String(count)}` });
  await runDueSteps(db, order);
  await ship(db, order, { 1: '10' }, order.number);
  await runDueSteps(db, order);
  return { order, ...(await itemOf(order)) };
}

async function itemOf(order: OrderHead): Promise<{ itemId: string; number: string }> {
  const { id, number } = await db
    .selectFrom('open_item')
    .select(['id', 'number'])
    .where('order_id', '=', order.id)
    .executeTakeFirstOrThrow();
  return { itemId: id, number };
}

async function pay(reference: string, amountMinor: number): Promise<string> {
  count += 1;
  const paymentId = await makePayment(db, company, { sourceId: `p${String(count)}`, amountMinor, reference });
  await postPayment(db, paymentId);
  return paymentId;
}

/** An order that was paid and is closed. */
async function paid(amountMinor = orderMinor): Promise<Billed & { paymentId: string }> {
  const billed = await invoiced();
  const paymentId = await pay(billed.number, amountMinor);
  assert.equal((await runDueSteps(db, billed.order)).step, 'closed');
  return { ...billed, paymentId };
}

async function stageOf(order: OrderHead): Promise<string> {
  const { stage } = await db
    .selectFrom('sales_order')
    .select('stage')
    .where('id', '=', order.id)
    .executeTakeFirstOrThrow();
  return stage;
}

/** Tasks about returns as `OWNER STATE`, oldest first. */
async function tasksOf(order: OrderHead): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`select owner_role || ' ' || state as text from task
    where order_id = ${order.id} and kind = 'payment_returned' order by created_at`.execute(db);
  return rows.map(({ text }) => text);
}

describe('a returned payment', () => {
  it('opens again what it had settled, writes the stage down, and asks who has to act', async () => {
    const { order, itemId, number, paymentId } = await paid();
    const before = await balanceOf(db, 'clearing:psp');
    const posted = await takeBackPayment(db, { paymentId, sourceId: 'rt' });
    assert.deepEqual(posted.reopened, [{ itemId, number, amountMinor: orderMinor }]);
    assert.deepEqual([posted.fromUnappliedMinor, posted.orderIds], [0, [order.id]]);
    assert.deepEqual(await openOf(db, number), [orderMinor]);
    assert.deepEqual(await moneyOf(db, paymentId), [0, orderMinor, 0]);
    assert.equal((await balanceOf(db, 'clearing:psp')) - before, -orderMinor);
    assert.equal(await stageOf(order), 'collection');
    assert.deepEqual(await tasksOf(order), ['cash_applier open']);
    const audit = await db
      .selectFrom('audit_entry')
      .select(['action', 'subject'])
      .where('order_id', '=', order.id)
      .orderBy('id', 'desc')
      .executeTakeFirst();
    assert.deepEqual(audit, { action: 'payment.returned', subject: number });
    await pay(number, orderMinor);
    assert.equal((await runDueSteps(db, order)).step, 'closed');
    assert.deepEqual(await tasksOf(order), ['cash_applier done']);
  });

  it('with a fee costs us the fee, beside the money', async () => {
    const { paymentId } = await paid();
    const before = [await balanceOf(db, 'clearing:psp'), await balanceOf(db, 'bank_charges')];
    await takeBackPayment(db, { paymentId, sourceId: 'rt', feeMinor: 350 });
    const now = [await balanceOf(db, 'clearing:psp'), await balanceOf(db, 'bank_charges')];
    assert.deepEqual(
      now.map((balance, index) => balance - (before[index] ?? 0)),
      [-orderMinor - 350, 350],
    );
    assert.deepEqual(await moneyOf(db, paymentId), [0, orderMinor, 0]);
  });

  it('in part leaves the rest where it was', async () => {
    const { number, itemId, paymentId } = await paid();
    const posted = await takeBackPayment(db, { paymentId, sourceId: 'rt', amountMinor: 4_000, kind: 'chargeback' });
    assert.deepEqual(posted.reopened, [{ itemId, number, amountMinor: 4_000 }]);
    assert.deepEqual([await openOf(db, number), await moneyOf(db, paymentId)], [[4_000], [0, 4_000, 0]]);
    await takeBackPayment(db, { paymentId, sourceId: 'rt2', kind: 'chargeback' });
    assert.deepEqual([await openOf(db, number), await moneyOf(db, paymentId)], [[orderMinor], [0, orderMinor, 0]]);
  });

  it('takes what was never applied first, and where that is enough nobody owes more', async () => {
    const { order, number, paymentId } = await paid(orderMinor + 5_000);
    const posted = await takeBackPayment(db, { paymentId, sourceId: 'rt', amountMinor: 5_000 });
    assert.deepEqual([posted.reopened, posted.orderIds, posted.fromUnappliedMinor], [[], [], 5_000]);
    assert.deepEqual([await openOf(db, number), await stageOf(order)], [[0], 'settled']);
    const { rows } = await sql`select owner_role, order_id, lapses from task where key like 'payment_returned/%'
      and key = 'payment_returned/' || ${posted.returnId}`.execute(db);
    assert.deepEqual(rows, [{ owner_role: 'cash_applier', order_id: null, lapses: true }]);
  });

  it('that had settled two orders opens both', async () => {
    const [one, two] = [await invoiced(), await invoiced()];
    const paymentId = await pay(`${one.number} ${two.number}`, 2 * orderMinor);
    const posted = await takeBackPayment(db, { paymentId, sourceId: 'rt' });
    assert.deepEqual([...posted.orderIds].sort(), [one.order.id, two.order.id].sort());
    assert.deepEqual(await openOf(db, one.number, two.number), [orderMinor, orderMinor]);
    for (const { order } of [one, two]) assert.deepEqual(await tasksOf(order), ['cash_applier open']);
  });

  it('that went to one item in two parts is taken back from both, and a part of the older one stays', async () => {
    const { number, itemId, paymentId } = await paid();
    await undo(db, { paymentId, itemId, key: `two-parts-${number}` });
    await allocate(db, { paymentId, itemId, amountMinor: 4_000, key: `first-${number}` });
    await allocate(db, { paymentId, itemId, key: `second-${number}` });
    assert.deepEqual(await openOf(db, number), [0]);
    const posted = await takeBackPayment(db, { paymentId, sourceId: 'rt', amountMinor: 10_000 });
    assert.deepEqual(posted.reopened, [{ itemId, number, amountMinor: 10_000 }]);
    assert.deepEqual([await openOf(db, number), await moneyOf(db, paymentId)], [[10_000], [0, 10_000, 0]]);
  });

  it('brings back the small difference that was written off beside it', async () => {
    const before = await balanceOf(db, 'small_differences');
    const { number, paymentId } = await paid(orderMinor - 60);
    assert.equal((await balanceOf(db, 'small_differences')) - before, 60);
    await takeBackPayment(db, { paymentId, sourceId: 'rt', amountMinor: 5_000 });
    assert.deepEqual(await openOf(db, number), [5_060]);
    assert.equal(await balanceOf(db, 'small_differences'), before);
    await takeBackPayment(db, { paymentId, sourceId: 'rt2' });
    assert.deepEqual(await openOf(db, number), [orderMinor]);
  });

  it('of next to nothing is a small difference itself, and opens nothing', async () => {
    const { order, number, paymentId } = await paid();
    const posted = await takeBackPayment(db, { paymentId, sourceId: 'rt', amountMinor: 30 });
    assert.deepEqual([posted.reopened, await openOf(db, number), await stageOf(order)], [[], [0], 'settled']);
    assert.deepEqual(await moneyOf(db, paymentId), [0, 30, 0]);
  });

  it('opens the promise again that it had kept', async () => {
    const { order, itemId, number } = await invoiced();
    const request = { ...requestOf(`promise/${number}`), itemId, amountMinor: orderMinor };
    await callOrder(db, order, {
      step: 'givePromise',
      input: { now: MONDAY, request: { ...request, promisedOn: '2026-01-20', givenOn: null, noteId: null } },
    });
    const paymentId = await pay(number, orderMinor);
    await runDueSteps(db, order);
    const states = async () => {
      const { rows } = await sql<{ state: string }>`select state from promise where item_id = ${itemId}`.execute(db);
      return rows.map(({ state }) => state);
    };
    assert.deepEqual(await states(), ['kept']);
    await takeBackPayment(db, { paymentId, sourceId: 'rt' });
    assert.deepEqual(await states(), ['open']);
    await pay(number, orderMinor);
    await runDueSteps(db, order);
    assert.deepEqual(await states(), ['kept']);
  });

  const owners: readonly [string, string][] = [
    ['AM04', 'cash_applier'],
    ['AC04', 'customer_service'],
    ['MD06', 'collector'],
    ['MS03', 'collector'],
    ['ZZ99', 'collector'],
  ];
  for (const [reasonCode, owner] of owners) {
    it(`for ${reasonCode} is the task of ${owner}`, async () => {
      const { order, paymentId } = await paid();
      await takeBackPayment(db, { paymentId, sourceId: 'rt', reasonCode });
      assert.deepEqual(await tasksOf(order), [`${owner} open`]);
    });
  }

  it('for a lack of cover is presented again twice, then a person speaks with the customer', async () => {
    const { order, number, paymentId } = await paid();
    await takeBackPayment(db, { paymentId, sourceId: 'rt', reasonCode: 'R01' });
    for (const sourceId of ['rt2', 'rt3']) {
      await takeBackPayment(db, { paymentId: await pay(number, orderMinor), sourceId, reasonCode: 'R01' });
    }
    assert.deepEqual(await tasksOf(order), ['cash_applier open', 'cash_applier open', 'collector open']);
  });

  it('posted ten times at once is posted once, and everybody gets the same answer', async () => {
    const { number, paymentId } = await paid();
    const told = await tellReturn(db, { paymentId, sourceId: 'rt' });
    assert.ok(told.ok);
    const posted = await Promise.all(Array.from({ length: 10 }, () => postReturn(db, told.stored.id)));
    for (const one of posted) assert.deepEqual(one, posted[0]);
    assert.deepEqual([await openOf(db, number), await moneyOf(db, paymentId)], [[orderMinor], [0, orderMinor, 0]]);
  });

  it('waits until the payment itself is posted', async () => {
    const { order, number } = await invoiced();
    const paymentId = await makePayment(db, company, { sourceId: 'late', amountMinor: orderMinor, reference: number });
    const told = await tellReturn(db, { paymentId, sourceId: 'rt' });
    assert.ok(told.ok);
    assert.equal(await refusalOf(postReturn(db, told.stored.id)), 'payment_not_posted');
    assert.deepEqual(await moneyOf(db, paymentId), [0, 0, 0]);
    await postPayment(db, paymentId);
    await postReturn(db, told.stored.id);
    assert.deepEqual([await openOf(db, number), await moneyOf(db, paymentId)], [[orderMinor], [0, orderMinor, 0]]);
    assert.equal((await runDueSteps(db, order)).stage, 'collection');
  });
});

describe('the door for returns', () => {
  it('stores one for each ID of its source, and gives it again', async () => {
    const { paymentId } = await paid();
    const told = await Promise.all(
      Array.from({ length: 8 }, () => tellReturn(db, { paymentId, sourceId: 'rt', amountMinor: 1_000 })),
    );
    const ids = told.map((one) => (one.ok ? one.stored.id : one.refusal.code));
    assert.equal(new Set(ids).size, 1);
    assert.equal(told.filter((one) => one.ok && one.isNew).length, 1);
  });

  it('counts what was told and is not posted yet, so that no money is taken back twice', async () => {
    const { paymentId } = await paid();
    const told = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        tellReturn(db, { paymentId, sourceId: `rt${String(index)}`, amountMinor: 7_000 }),
      ),
    );
    assert.equal(told.filter((one) => one.ok).length, 1);
    const codes = new Set(told.map((one) => (one.ok ? 'ok' : one.refusal.code)));
    assert.deepEqual([...codes].sort(), ['ok', 'return_exceeds_payment']);
    const rest = await tellReturn(db, { paymentId, sourceId: 'rest' });
    assert.equal(rest.ok && rest.stored.amountMinor, orderMinor - 7_000);
    const nothing = await tellReturn(db, { paymentId, sourceId: 'nothing' });
    assert.equal(nothing.ok ? 'ok' : nothing.refusal.code, 'return_exceeds_payment');
  });

  it('refuses what was refunded already, and writes the refusal down', async () => {
    const paymentId = await pay('nothing', 1_000);
    await postAsRefund(db, { paymentId, amountMinor: 600 });
    const told = await tellReturn(db, { paymentId, sourceId: 'rt', amountMinor: 401 });
    assert.equal(told.ok ? 'ok' : told.refusal.code, 'return_exceeds_payment');
    const { rows } = await sql`select action from audit_entry where subject = ${paymentId}`.execute(db);
    assert.deepEqual(rows, [{ action: 'payment_return.refused' }]);
    await takeBackPayment(db, { paymentId, sourceId: 'rt', amountMinor: 400 });
    assert.deepEqual(await moneyOf(db, paymentId), [0, 400, 600]);
  });
});

describe('a return that cannot be booked, because the money was refunded meanwhile', () => {
  it('is refused, becomes a task of the treasurer, and is not tried again', async () => {
    const paymentId = await pay('nothing either', 1_000);
    const told = await tellReturn(db, { paymentId, sourceId: 'rt' });
    assert.ok(told.ok);
    await postAsRefund(db, { paymentId, amountMinor: 1_000 });
    for (let tried = 0; tried < 2; tried += 1) {
      assert.equal(await refusalOf(postReturn(db, told.stored.id)), 'return_exceeds_payment');
    }
    const { rows } =
      await sql`select owner_role, state from task where key = 'payment_return_refused/' || ${told.stored.id}`.execute(
        db,
      );
    assert.deepEqual(rows, [{ owner_role: 'treasurer', state: 'open' }]);
    const { rows: audit } =
      await sql`select count(*) from audit_entry where subject = ${told.stored.id} and action = 'payment_return.refused'`.execute(
        db,
      );
    assert.deepEqual(audit, [{ count: 1 }]);
    const left = await receivedReturns(db, { after: null, limit: 100 });
    assert.ok(left.every(({ id }) => id !== told.stored.id));
    assert.deepEqual(await moneyOf(db, paymentId), [0, 0, 1_000]);
  });
});

describe('an allocation that is undone', () => {
  it('opens the item, and its money does not go back there by itself, but elsewhere it may', async () => {
    const [one, two] = [await invoiced(), await invoiced()];
    const paymentId = await pay(`${one.number} ${two.order.number}`, orderMinor);
    assert.deepEqual(await openOf(db, one.number, two.number), [0, orderMinor]);
    const undone = await undo(db, { paymentId, itemId: one.itemId, key: 'undo-1' });
    assert.deepEqual([undone.amountMinor, undone.unappliedMinor], [orderMinor, orderMinor]);
    assert.equal((await runDueSteps(db, one.order)).stage, 'collection');
    assert.deepEqual(await openOf(db, one.number), [orderMinor]);
    assert.equal((await runDueSteps(db, two.order)).step, 'closed');
    assert.deepEqual(await openOf(db, one.number, two.number), [orderMinor, 0]);
  });

  it('is allocated again by a person alone, and from then on by itself too', async () => {
    const { order, itemId, number, paymentId } = await paid();
    await undo(db, { paymentId, itemId, key: `again-${number}` });
    await allocate(db, { paymentId, itemId, amountMinor: 900, key: `by-hand-${number}` });
    assert.deepEqual(await openOf(db, number), [orderMinor - 900]);
    assert.equal((await runDueSteps(db, order)).step, 'closed');
    assert.deepEqual([await openOf(db, number), await moneyOf(db, paymentId)], [[0], [0, 0, 0]]);
  });

  it('is undone once under its key, and then there is nothing to undo', async () => {
    const { itemId, paymentId, number } = await paid();
    const key = `once-${number}`;
    const answers = await Promise.all(Array.from({ length: 5 }, () => undo(db, { paymentId, itemId, key })));
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.equal(await refusalOf(undo(db, { paymentId, itemId, key: `${key}-other` })), 'nothing_to_undo');
    const { rows } = await sql`select action from audit_entry where request_id = ${`${key}-other`}`.execute(db);
    assert.deepEqual(rows, [{ action: 'undo.refused' }]);
  });

  it('is the exact inverse of an allocation: open amounts, unapplied money and small differences are as before', async () => {
    const items = [await invoiced(), await invoiced(), await invoiced()];
    const numbers = items.map(({ number }) => number);
    const paymentId = await pay('by hand only', 3 * orderMinor);
    const state = async () => [
      await openOf(db, ...numbers),
      await moneyOf(db, paymentId),
      await balanceOf(db, 'small_differences'),
      await balanceOf(db, 'unapplied_cash'),
    ];
    const use = fc.record({
      item: fc.nat(2),
      amountMinor: fc.oneof(
        fc.integer({ min: 1, max: orderMinor }),
        fc.integer({ min: orderMinor - 120, max: orderMinor }),
      ),
    });
    let asked = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(use, { minLength: 1, maxLength: 4 }), async (uses) => {
        const before: unknown[] = [];
        const done: string[] = [];
        for (const { item, amountMinor } of uses) {
          const itemId = items[item]?.itemId ?? '';
          asked += 1;
          const then = await state();
          const code = await refusalOf(allocate(db, { paymentId, itemId, amountMinor, key: `do-${String(asked)}` }));
          if (code !== 'accepted') continue;
          before.push(then);
          done.push(itemId);
        }
        for (const itemId of done.reverse()) {
          asked += 1;
          await undo(db, { paymentId, itemId, key: `undo-${String(asked)}` });
          assert.deepEqual(await state(), before.pop());
        }
      }),
      { numRuns: 25 },
    );
  });
});

describe('money that a person allocates', () => {
  it('goes as far as it fits, or as much as was said', async () => {
    const { number, itemId, order } = await invoiced();
    const paymentId = await pay('somebody', 20_000);
    const part = await allocate(db, { paymentId, itemId, amountMinor: 5_000, key: `part-${number}` });
    assert.deepEqual([part.amountMinor, part.unappliedMinor, part.orderIds], [5_000, 15_000, [order.id]]);
    const rest = await allocate(db, { paymentId, itemId, key: `rest-${number}` });
    assert.deepEqual([rest.amountMinor, rest.unappliedMinor], [6_900, 8_100]);
    assert.equal((await runDueSteps(db, order)).step, 'closed');
  });

  it('takes effect once under its key', async () => {
    const { number, itemId } = await invoiced();
    const paymentId = await pay('somebody else', 20_000);
    const asked = { paymentId, itemId, amountMinor: 5_000, key: `key-${number}` };
    const answers = await Promise.all(Array.from({ length: 5 }, () => allocate(db, asked)));
    for (const answer of answers) assert.deepEqual(answer, answers[0]);
    assert.deepEqual(await openOf(db, number), [orderMinor - 5_000]);
  });

  it('is refused where it cannot go', async () => {
    const { number, itemId } = await invoiced();
    const closed = await paid();
    const some = await pay('who knows', 1_000);
    const received = await makePayment(db, company, { sourceId: 'received', amountMinor: 1_000, reference: 'x' });
    const customerId = await addCustomer(db, company.legalEntityId, { number: 'C-2' });
    const other = { ...company, customerId, customerNumber: 'C-2' };
    const foreign = await makeOpening(db, other, {
      ...{ number: 'FOREIGN', amountMinor: 500, invoicedOn: '2025-12-01', dueOn: '2026-01-01' },
    });
    await runDueSteps(db, foreign);
    const cases: readonly [string, { paymentId: string; itemId: string; amountMinor?: number }][] = [
      ['payment_nothing_left', { paymentId: closed.paymentId, itemId }],
      ['item_not_open', { paymentId: some, itemId: closed.itemId }],
      ['allocation_does_not_fit', { paymentId: some, itemId, amountMinor: 1_001 }],
      ['item_unknown', { paymentId: some, itemId: (await itemOf(foreign)).itemId }],
      ['payment_not_posted', { paymentId: received, itemId }],
    ];
    for (const [code, asked] of cases) {
      assert.equal(await refusalOf(allocate(db, { ...asked, key: `refused-${code}` })), code);
      const { rows } = await sql`select action from audit_entry where request_id = ${`refused-${code}`}`.execute(db);
      assert.deepEqual(rows, [{ action: 'allocation.refused' }]);
    }
    assert.deepEqual(await openOf(db, number), [orderMinor]);
  });
});
