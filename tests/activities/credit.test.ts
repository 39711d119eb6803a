// Credit is free of races: what is checked is reserved, and a hold ends by a person or by its deadline.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { sql } from 'kysely';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { callOrder, MONDAY, postPayment, requestOf, runDueSteps, ship } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { addCustomer, makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOrder, makePayment, type OrderHead } from '../harness/order.ts';

const orderMinor = 11_900;
const MS_PER_DAY = 86_400_000;

let database: TestDatabase;
let db: Db;
let company: Company;
let customers = 0;

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl);
  const policy = { ...POLICY_V1, credit: { rejectAbovePercent: 200, holdWorkingDays: 5 } };
  company = await makeCompany(db, { policy });
});

after(async () => {
  await assertBooksHold(db);
  await db.destroy();
  await database.drop();
});

/** A customer of its own, with the limit. */
async function customerWith(limitMinor: number | null): Promise<Company> {
  customers += 1;
  const customerNumber = `K-${customers}`;
  const customerId = await addCustomer(db, company.legalEntityId, { number: customerNumber, limitMinor });
  return { legalEntityId: company.legalEntityId, customerId, customerNumber };
}

async function creditOf(order: OrderHead): Promise<string> {
  const row = await db
    .selectFrom('sales_order')
    .select('credit_state')
    .where('id', '=', order.id)
    .executeTakeFirstOrThrow();
  return row.credit_state;
}

function assess(order: OrderHead) {
  return callOrder(db, order, { step: 'assessCredit', input: { subject: null, level: null, now: MONDAY } });
}

function decide(order: OrderHead, decision: 'release' | 'reject', key: string) {
  const request = { ...requestOf(key), decision, noteId: null };
  return callOrder(db, order, { step: 'decideCredit', input: { now: MONDAY, request } });
}

async function reasonsOf(order: OrderHead): Promise<{ code: string; exposureMinor: number; limitMinor: number }[]> {
  const row = await db
    .selectFrom('sales_order')
    .select('credit_reasons')
    .where('id', '=', order.id)
    .executeTakeFirstOrThrow();
  return row.credit_reasons as Awaited<ReturnType<typeof reasonsOf>>;
}

async function auditOf(order: OrderHead): Promise<string[]> {
  const { rows } = await sql<{
    action: string;
  }>`select action from audit_entry where order_id = ${order.id} order by id`.execute(db);
  return rows.map((row) => row.action);
}

describe('fifty orders racing for the last of a limit', () => {
  it('are approved exactly as far as they fit, and the others are held', async () => {
    const fits = 7;
    const customer = await customerWith(fits * orderMinor + orderMinor - 1);
    const orders = await Promise.all(
      Array.from({ length: 50 }, (_, index) => makeOrder(db, customer, { number: `RACE-${index}` })),
    );
    const done = await Promise.all(orders.map((order) => assess(order)));
    const states = done.map((output) => output.credit.state);
    assert.equal(states.filter((state) => state === 'approved').length, fits);
    assert.equal(states.filter((state) => state === 'held').length, 50 - fits);
    const { rows } =
      await sql`select count(*) from task where kind = 'credit_hold' and customer_id = ${customer.customerId}`.execute(
        db,
      );
    assert.deepEqual(rows, [{ count: 50 - fits }]);
  });

  it('are approved once each when every assessment comes three times', async () => {
    const customer = await customerWith(2 * orderMinor);
    const orders = await Promise.all([1, 2, 3].map((index) => makeOrder(db, customer, { number: `THRICE-${index}` })));
    await Promise.all([...orders, ...orders, ...orders].map((order) => assess(order)));
    const states = await Promise.all(orders.map(creditOf));
    assert.deepEqual(states.sort(), ['approved', 'approved', 'held']);
  });
});

describe('exposure', () => {
  it('holds one euro in one bucket only, from order over invoice to payment', async () => {
    const customer = await customerWith(orderMinor);
    const first = await makeOrder(db, customer, { number: 'BUCKET-1' });
    assert.equal((await assess(first)).credit.state, 'approved');
    await ship(db, first, { 1: '4' }, 'bucket-a');
    await runDueSteps(db, first);
    const second = await makeOrder(db, customer, { number: 'BUCKET-2' });
    assert.equal((await assess(second)).credit.state, 'held');
    const [reason] = await reasonsOf(second);
    assert.equal(reason?.code, 'credit_limit_exceeded');
    assert.equal(reason.exposureMinor, orderMinor);
    assert.equal(reason.limitMinor, orderMinor);
    // Cash on account lowers it, so the third fits though nothing was allocated.
    await postPayment(
      db,
      await makePayment(db, customer, { sourceId: 'bucket', amountMinor: orderMinor, reference: 'nothing' }),
    );
    const third = await makeOrder(db, customer, { number: 'BUCKET-3' });
    assert.equal((await assess(third)).credit.state, 'approved');
  });

  it('far above the limit is rejected, with figures, and no task is left', async () => {
    const customer = await customerWith(orderMinor / 2 - 1);
    const order = await makeOrder(db, customer, { number: 'FAR' });
    const { credit, next } = await assess(order);
    assert.equal(credit.state, 'rejected');
    assert.equal(next.step, 'closed');
    assert.deepEqual(await auditOf(order), ['credit.rejected']);
  });

  it('without a limit passes everything, and a blocked customer nothing', async () => {
    const free = await customerWith(null);
    assert.equal((await assess(await makeOrder(db, free, { number: 'FREE' }))).credit.state, 'approved');
    await db
      .updateTable('credit_account')
      .set({ is_blocked: true })
      .where('customer_id', '=', free.customerId)
      .execute();
    const { credit } = await assess(await makeOrder(db, free, { number: 'BLOCKED' }));
    assert.equal(credit.state, 'rejected');
    assert.deepEqual(credit.reasons, ['customer_blocked']);
  });
});

describe('a hold', () => {
  it('is released by a person, once, and the same request gives the same answer later', async () => {
    const order = await makeOrder(db, await customerWith(orderMinor - 1), { number: 'HOLD-1' });
    await assess(order);
    const answer = await decide(order, 'release', 'hold-1');
    assert.equal(answer.state, 'approved');
    assert.deepEqual(await decide(order, 'release', 'hold-1'), answer);
    assert.deepEqual(await auditOf(order), ['credit.held', 'credit.approved']);
    const { rows } = await sql`select state, done_by from task where order_id = ${order.id}`.execute(db);
    assert.deepEqual(rows, [{ state: 'done', done_by: 'key:test' }]);
  });

  it('is rejected by a person, and the order is closed', async () => {
    const order = await makeOrder(db, await customerWith(orderMinor - 1), { number: 'HOLD-2' });
    await assess(order);
    assert.equal((await decide(order, 'reject', 'hold-2')).state, 'rejected');
    assert.equal((await runDueSteps(db, order)).step, 'closed');
  });

  it('is decided by one of two people who decide at once; the other is refused, and that is in the audit', async () => {
    const order = await makeOrder(db, await customerWith(orderMinor - 1), { number: 'HOLD-3' });
    await assess(order);
    const outcomes = await Promise.allSettled([
      decide(order, 'release', 'hold-3a'),
      decide(order, 'reject', 'hold-3b'),
    ]);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.equal(refused.length, 1);
    const failure = refused[0]?.reason as ApplicationFailure;
    assert.equal(failure.type, 'credit_not_held');
    assert.equal(failure.nonRetryable, true);
    const actions = await auditOf(order);
    assert.equal(actions.filter((action) => action === 'credit.decision.refused').length, 1);
    assert.equal(actions.length, 3);
  });

  it('expires as rejected after its working days, not before', async () => {
    const order = await makeOrder(db, await customerWith(orderMinor - 1), { number: 'HOLD-4' });
    const { next } = await assess(order);
    assert.equal(next.step, 'expireHold');
    // Five working days after Monday the 5th, without Epiphany in Germany as a whole: Monday the 12th, 18:00 in Berlin.
    assert.equal(next.at, Date.UTC(2026, 0, 12, 17));
    await runDueSteps(db, order, MONDAY + 6 * MS_PER_DAY);
    assert.equal(await creditOf(order), 'held');
    await runDueSteps(db, order, next.at);
    assert.equal(await creditOf(order), 'rejected');
    await assert.rejects(decide(order, 'release', 'hold-4'), { type: 'credit_not_held' });
    const { rows } = await sql`select state, done_by from task where order_id = ${order.id}`.execute(db);
    assert.deepEqual(rows, [{ state: 'done', done_by: 'hold_expired' }]);
  });
});
