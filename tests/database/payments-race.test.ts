// Everything that moves a payment's money, at the same moment on one customer: no deadlock, no cent twice, books that balance.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { MONDAY, postPayment, runDueSteps, ship } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOrder, makePayment, type OrderHead } from '../harness/order.ts';
import { allocate, moneyOf, openOf, postReturn, tellReturn, undo } from '../harness/payments.ts';
import { postAsRefund } from '../harness/refund.ts';
import { refusalOf } from '../harness/refusal-of.ts';

const orderMinor = 11_900;
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

async function invoiced(): Promise<Billed> {
  count += 1;
  const order = await makeOrder(db, company, { number: `RACE-${String(count)}` });
  await runDueSteps(db, order);
  await ship(db, order, { 1: '10' }, order.number);
  await runDueSteps(db, order);
  const { id, number } = await db
    .selectFrom('open_item')
    .select(['id', 'number'])
    .where('order_id', '=', order.id)
    .executeTakeFirstOrThrow();
  return { order, itemId: id, number };
}

async function received(reference: string, amountMinor = orderMinor): Promise<string> {
  count += 1;
  return makePayment(db, company, { sourceId: `r${String(count)}`, amountMinor, reference });
}

async function paid(): Promise<Billed & { paymentId: string }> {
  const billed = await invoiced();
  const paymentId = await received(billed.number);
  await postPayment(db, paymentId);
  return { ...billed, paymentId };
}

/** Tells a return; when the door takes it, it is posted. @returns what became of it */
async function takeBack(paymentId: string, amountMinor: number | null, sourceId = 'rt'): Promise<string> {
  const told = await tellReturn(db, { paymentId, sourceId, amountMinor });
  return told.ok ? refusalOf(postReturn(db, told.stored.id)) : told.refusal.code;
}

describe('a return and an undo of the same allocation', () => {
  it('leave the item open once and the money gone, whoever is first', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { itemId, number, paymentId } = await paid();
      const [returned, undone] = await Promise.all([
        takeBack(paymentId, null),
        refusalOf(undo(db, { paymentId, itemId, key: `race-undo-${number}` })),
      ]);
      assert.equal(returned, 'accepted');
      assert.ok(['accepted', 'nothing_to_undo'].includes(undone), undone);
      assert.deepEqual([await openOf(db, number), await moneyOf(db, paymentId)], [[orderMinor], [0, orderMinor, 0]]);
    }
  });
});

describe('a return, a refund and an allocation of the same unapplied money', () => {
  it('never take more than there is, and one of them wins', async () => {
    for (let round = 0; round < 10; round += 1) {
      const { itemId, number } = await invoiced();
      const paymentId = await received('nothing');
      await postPayment(db, paymentId);
      const done = await Promise.all([
        takeBack(paymentId, null),
        postAsRefund(db, { paymentId, amountMinor: orderMinor }),
        refusalOf(allocate(db, { paymentId, itemId, key: `race-allocate-${number}` })),
      ]);
      const [unapplied, returned, refunded] = await moneyOf(db, paymentId);
      const [open = 0] = await openOf(db, number);
      assert.equal(unapplied + returned + refunded + (orderMinor - open), orderMinor, JSON.stringify(done));
      assert.ok(done[0] === 'accepted' ? refunded === 0 : refunded === orderMinor, JSON.stringify(done));
    }
  });
});

describe('two returns of a part of the same payment', () => {
  it('are both booked where both fit, and opened once each', async () => {
    const { number, paymentId } = await paid();
    const done = await Promise.all([takeBack(paymentId, 4_000, 'one'), takeBack(paymentId, 5_000, 'two')]);
    assert.deepEqual(done, ['accepted', 'accepted']);
    assert.deepEqual([await openOf(db, number), await moneyOf(db, paymentId)], [[9_000], [0, 9_000, 0]]);
  });
});

describe('a payment, a return of another, undos and allocations over the same orders', () => {
  it('do not lock each other out, in hundreds at once', async () => {
    const orders = [await invoiced(), await invoiced(), await invoiced()];
    const numbers = orders.map(({ number }) => number);
    const both = (at: number) =>
      `${String(numbers[at % 3])} ${String(numbers[(at + 1) % 3])} ${String(numbers[(at + 2) % 3])}`;
    const payments: string[] = [];
    for (let at = 0; at < 12; at += 1) payments.push(await received(both(at), 3_000 + at));
    const work = Array.from({ length: 240 }, (_, at) => async (): Promise<string> => {
      const paymentId = payments[at % payments.length] ?? '';
      const { itemId = '', order } = orders[at % 3] ?? {};
      switch (at % 5) {
        case 0:
          return refusalOf(postPayment(db, paymentId));
        case 1:
          return refusalOf(undo(db, { paymentId, itemId, key: `many-${String(at)}` }));
        case 2:
          return refusalOf(allocate(db, { paymentId, itemId, amountMinor: 1 + at, key: `many-${String(at)}` }));
        case 3:
          return takeBack(paymentId, 100 + at, `many-${String(at)}`);
        default:
          if (order === undefined) throw new Error('no such order');
          return refusalOf(runDueSteps(db, order, MONDAY));
      }
    });
    // Anything but an answer or a refusal, such as a deadlock, is thrown.
    const answers = await Promise.all(work.map((act) => act()));
    assert.ok(answers.includes('accepted'));
    for (const paymentId of payments) await postPayment(db, paymentId);
    // What was told before its payment was posted waits, and is posted now.
    const { rows } = await sql<{ id: string }>`select id from payment_return where state = 'received'`.execute(db);
    for (const { id } of rows) await refusalOf(postReturn(db, id));
    const { rows: odd } = await sql`select id from open_item where open_minor not between 0 and original_minor`.execute(
      db,
    );
    assert.deepEqual(odd, []);
  });
});
