// Credit is free of races: what is checked is reserved, and a hold ends by a person or by its deadline.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { sql } from 'kysely';
import pg from 'pg';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { callChange, callOrder, MONDAY, postPayment, requestOf, runDueSteps, ship } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { addCustomer, addGroup, makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOpening, makeOrder, makePayment, type OrderHead } from '../harness/order.ts';

const orderMinor = 11_900;

let database: TestDatabase;
let db: Db;
let company: Company;
let customers = 0;

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl);
  company = await makeCompany(db);
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

function decide(order: OrderHead, decision: 'release' | 'reject', key: string, by?: Parameters<typeof requestOf>[1]) {
  const request = { ...requestOf(key, by), decision, noteId: null };
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

/** Tasks as `KIND OWNER STATE`, oldest first. */
async function tasksOf(order: OrderHead): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`select kind || ' ' || owner_role || ' ' || state as text from task
    where order_id = ${order.id} order by id`.execute(db);
  return rows.map((row) => row.text);
}

/** Holds of an order as `STATE`, oldest first. */
async function holdsOf(order: OrderHead): Promise<string[]> {
  const rows = await db
    .selectFrom('credit_hold')
    .select('state')
    .where('order_id', '=', order.id)
    .orderBy('id')
    .execute();
  return rows.map((row) => row.state);
}

/** Only the owner of the database may say afterwards who created a customer. */
async function createdBy(customer: Company, actor: string): Promise<void> {
  const owner = new pg.Client({ connectionString: database.ownerUrl });
  await owner.connect();
  await owner.query(`update customer set created_by = $2 where id = $1`, [customer.customerId, actor]);
  await owner.end();
}

async function pay(customer: Company, sourceId: string, paid: { amountMinor: number; reference: string }) {
  return postPayment(db, await makePayment(db, customer, { sourceId, ...paid }));
}

/** Stores an order of the gross amount and assesses it. */
async function ordered(customer: Company, number: string, grossMinor = orderMinor): Promise<OrderHead> {
  const line = { quantity: '10', netMinor: grossMinor, taxMinor: 0 };
  const order = await makeOrder(db, customer, { number, lines: [line] });
  await assess(order);
  return order;
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
    // Cash on account lowers it, so the second fits though nothing was allocated, and a third does not.
    const paid = await pay(customer, 'bucket', { amountMinor: orderMinor, reference: 'nothing' });
    assert.deepEqual(paid.orderIds, [second.id]);
    const third = await makeOrder(db, customer, { number: 'BUCKET-3' });
    assert.equal((await assess(third)).credit.state, 'held');
    assert.equal((await runDueSteps(db, second)).stage, 'fulfilment');
    assert.deepEqual([await creditOf(second), await creditOf(third)], ['approved', 'held']);
  });

  it('far above the limit is rejected, with figures, and sales is told', async () => {
    const customer = await customerWith(orderMinor / 2 - 1);
    const order = await makeOrder(db, customer, { number: 'FAR' });
    const { credit, next } = await assess(order);
    assert.equal(credit.state, 'rejected');
    assert.equal(next.step, 'closed');
    assert.deepEqual(await auditOf(order), ['credit.rejected']);
    assert.deepEqual(await tasksOf(order), ['order_rejected sales open']);
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
    await assess(order);
    // Five working days after Monday the 5th, without Epiphany in Germany as a whole: Monday the 12th, 18:00 in Berlin.
    const endsAt = Date.UTC(2026, 0, 12, 17);
    const { step, at } = await runDueSteps(db, order, endsAt - 1);
    assert.deepEqual([step, at], ['expireHold', endsAt]);
    await runDueSteps(db, order, endsAt);
    assert.equal(await creditOf(order), 'rejected');
    await assert.rejects(decide(order, 'release', 'hold-4'), { type: 'credit_not_held' });
    assert.deepEqual(await tasksOf(order), ['credit_hold executive done', 'order_rejected sales open']);
  });
});

describe('the queue of a credit account', () => {
  it('goes first in first out: a small order does not overtake a large one that does not fit yet', async () => {
    const customer = await customerWith(1_000);
    const open = await ordered(customer, 'FIFO-OPEN', 900);
    const large = await ordered(customer, 'FIFO-LARGE', 600);
    const small = await ordered(customer, 'FIFO-SMALL', 50);
    assert.deepEqual(
      (await reasonsOf(small)).map(({ code }) => code),
      ['credit_queue'],
    );
    // Room for the small one, which waits on.
    assert.deepEqual((await pay(customer, 'fifo-1', { amountMinor: 100, reference: 'nothing' })).orderIds, []);
    assert.deepEqual([await holdsOf(large), await holdsOf(small)], [['waiting'], ['waiting']]);
    // Room for both.
    await ship(db, open, { 1: '10' }, 'fifo');
    await runDueSteps(db, open);
    const { orderIds } = await pay(customer, 'fifo-2', { amountMinor: 900, reference: 'FIFO-OPEN' });
    assert.deepEqual(new Set(orderIds), new Set([open.id, large.id, small.id]));
    assert.deepEqual([await holdsOf(large), await holdsOf(small)], [['granted'], ['granted']]);
    assert.deepEqual(await auditOf(large), ['credit.held', 'credit.granted']);
  });

  it('reserves what it grants before the order has taken it, and takes it once', async () => {
    const customer = await customerWith(1_000);
    const first = await ordered(customer, 'GRANT-1', 800);
    const second = await ordered(customer, 'GRANT-2', 700);
    await pay(customer, 'grant', { amountMinor: 600, reference: 'nothing' });
    assert.deepEqual(await holdsOf(second), ['granted']);
    // 800 + 700 − 600 = 900 of 1,000.
    const third = await ordered(customer, 'GRANT-3', 101);
    assert.equal(await creditOf(third), 'held');
    assert.equal((await reasonsOf(third))[0]?.exposureMinor, 900);
    await assert.rejects(decide(second, 'reject', 'grant-late'), { type: 'credit_not_held' });

    await Promise.all([runDueSteps(db, second), runDueSteps(db, second)]);
    assert.equal(await creditOf(second), 'approved');
    assert.deepEqual(await holdsOf(second), ['taken']);
    assert.deepEqual(await auditOf(second), [
      ...['credit.held', 'credit.granted', 'credit.decision.refused', 'credit.approved'],
    ]);
    assert.deepEqual(await tasksOf(second), ['credit_hold credit_analyst done']);
    assert.deepEqual(
      (await reasonsOf(second)).map(({ code }) => code),
      ['credit_limit_exceeded', 'granted'],
    );
    const fourth = await ordered(customer, 'GRANT-4', 100);
    assert.deepEqual(
      (await reasonsOf(fourth)).map(({ code, exposureMinor }) => [code, exposureMinor]),
      [['credit_queue', 900]],
    );
    assert.equal(await creditOf(first), 'approved');
  });

  it('gives its room to the next one when the head is rejected, and tells it', async () => {
    const customer = await customerWith(1_000);
    await ordered(customer, 'HEAD-OPEN', 500);
    const head = await ordered(customer, 'HEAD-1', 600);
    const next = await ordered(customer, 'HEAD-2', 500);
    const answer = await decide(head, 'reject', 'head');
    assert.deepEqual(answer.tell, [next.id]);
    // The answer was lost and is asked for again: it tells the same.
    assert.deepEqual(await decide(head, 'reject', 'head'), answer);
    assert.deepEqual(await holdsOf(head), ['rejected']);
    assert.deepEqual(await holdsOf(next), ['granted']);
  });

  it('gives its room to the next one when the head expires, also when that is told twice', async () => {
    const customer = await customerWith(1_000);
    await ordered(customer, 'EXPIRE-OPEN', 500);
    const head = await ordered(customer, 'EXPIRE-1', 600);
    const next = await ordered(customer, 'EXPIRE-2', 500);
    const endsAt = Date.UTC(2026, 0, 12, 17);
    await runDueSteps(db, head, endsAt - 1);
    const input = { subject: null, level: null, now: endsAt };
    assert.deepEqual((await callOrder(db, head, { step: 'expireHold', input })).tell, [next.id]);
    assert.deepEqual((await callOrder(db, head, { step: 'expireHold', input })).tell, [next.id]);
    // The next one's own time is over as well, but it has its room.
    await callOrder(db, next, { step: 'expireHold', input });
    await runDueSteps(db, next, endsAt);
    assert.deepEqual([await holdsOf(head), await holdsOf(next)], [['expired'], ['taken']]);
  });

  it('gives a grant on that is not taken any more, because the order was cancelled', async () => {
    const customer = await customerWith(1_000);
    await ordered(customer, 'BACK-OPEN', 900);
    const head = await ordered(customer, 'BACK-1', 600);
    const next = await ordered(customer, 'BACK-2', 500);
    await pay(customer, 'back', { amountMinor: 600, reference: 'nothing' });
    assert.deepEqual([await holdsOf(head), await holdsOf(next)], [['granted'], ['waiting']]);
    const request = { ...requestOf('back'), reason: 'customer_asked', noteId: null };
    const { tell } = await callOrder(db, head, { step: 'cancelOrder', input: { now: MONDAY, request } });
    assert.deepEqual(tell, [next.id]);
    assert.deepEqual([await holdsOf(head), await holdsOf(next)], [['withdrawn'], ['granted']]);
  });

  it('lets pass what needs no credit: a prepaid order', async () => {
    const customer = await customerWith(1_000);
    await ordered(customer, 'PASS-OPEN', 900);
    await ordered(customer, 'PASS-HEAD', 600);
    const order = await makeOrder(db, customer, { number: 'PASS-PREPAID' });
    await db.updateTable('sales_order').set({ is_prepaid: true }).where('id', '=', order.id).execute();
    const { credit, next } = await assess(order);
    assert.equal(credit.state, 'approved');
    // Its facts are known without reading them again: the proforma is due.
    assert.equal(next.step, 'deliverProforma');
    assert.deepEqual(await auditOf(order), ['credit.approved']);
  });
});

describe('what only a person may decide', () => {
  it('keeps nobody else waiting, and is never granted', async () => {
    const strict = {
      ...POLICY_V1,
      credit: { ...POLICY_V1.credit, holds: { ...POLICY_V1.credit.holds, orderMinor: 700 } },
    };
    const entity = await makeCompany(db, { legalEntityId: 'STRICT-DE', policy: strict, limitMinor: 1_000 });
    const large = await ordered(entity, 'STRICT-1', 701);
    const small = await ordered(entity, 'STRICT-2', 700);
    assert.deepEqual([await creditOf(large), await creditOf(small)], ['held', 'approved']);
    await pay(entity, 'strict', { amountMinor: 700, reference: 'nothing' });
    assert.deepEqual(await holdsOf(large), ['waiting']);
    const { state, tell } = await decide(large, 'release', 'strict');
    assert.deepEqual([state, tell], ['approved', []]);
  });

  it('holds by what is overdue, by its level, by the end of the limit and by terms, all of the same account', async () => {
    const holds = {
      ...{ overdueMinor: 100, usedPercent: 0, oldestItemDays: 30, level: 'reminder1' as const },
      ...{ orderMinor: null, isLongerTermsHeld: true },
    };
    const policy = { ...POLICY_V1, credit: { ...POLICY_V1.credit, holds } };
    const entity = await makeCompany(db, { legalEntityId: 'RULES-DE', policy, limitMinor: 100_000 });
    const opening = await makeOpening(db, entity, {
      ...{ number: 'OLD-1', amountMinor: 5_000, invoicedOn: '2025-11-01', dueOn: '2025-12-01', level: 'reminder1' },
    });
    await callOrder(db, opening, { step: 'postOpeningItem', input: { subject: null, level: null, now: MONDAY } });
    await db
      .updateTable('credit_account')
      .set({ limit_until: '2026-01-04' })
      .where('customer_id', '=', entity.customerId)
      .execute();
    await db.updateTable('customer').set({ terms_days: 29 }).where('id', '=', entity.customerId).execute();
    const order = await ordered(entity, 'RULES-1', 1_000);
    assert.deepEqual(
      (await reasonsOf(order)).map(({ code }) => code),
      [...['limit_expired', 'overdue_amount', 'oldest_item', 'dunning_level', 'longer_terms']],
    );
    assert.deepEqual(await tasksOf(order), ['credit_hold credit_analyst open']);
  });
});

describe('a release', () => {
  const analyst = { roles: ['credit_analyst'] };

  function release(order: OrderHead, key: string, by: Parameters<typeof requestOf>[1], graceWorkingDays?: number) {
    const request = {
      ...requestOf(key, by),
      decision: 'release' as const,
      noteId: null,
      graceWorkingDays: graceWorkingDays ?? null,
    };
    return callOrder(db, order, { step: 'decideCredit', input: { now: MONDAY, request } });
  }

  async function untilOf(order: OrderHead) {
    return db
      .selectFrom('sales_order')
      .select(['released_until', 'reserved_until'])
      .where('id', '=', order.id)
      .executeTakeFirstOrThrow();
  }

  it('takes the authority for the amount, which is asked from the start', async () => {
    const order = await ordered(await customerWith(4_000_000), 'AUTH-1', 5_000_001);
    assert.deepEqual(await tasksOf(order), ['credit_hold ar_manager open']);
    await assert.rejects(release(order, 'auth-none', { roles: [] }), { type: 'above_authority' });
    await assert.rejects(release(order, 'auth-sales', { roles: ['sales'] }), { type: 'above_authority' });
    await assert.rejects(release(order, 'auth-analyst', analyst), { type: 'above_authority' });
    assert.equal((await release(order, 'auth-manager', { roles: ['ar_manager'] })).state, 'approved');
    assert.deepEqual(await auditOf(order), [
      'credit.held',
      ...['credit.decision.refused', 'credit.decision.refused', 'credit.decision.refused'],
      'credit.approved',
    ]);
  });

  it('counts with what was released to the customer within thirty days, so that no amount is split', async () => {
    const customer = await customerWith(2_900_000);
    const first = await ordered(customer, 'SPLIT-1', 3_000_000);
    await release(first, 'split-1', analyst);
    const second = await ordered(customer, 'SPLIT-2', 2_500_000);
    await assert.rejects(release(second, 'split-2', analyst), { type: 'above_authority' });
    assert.equal((await release(second, 'split-3', { roles: ['ar_manager'] })).state, 'approved');
  });

  it('is not given by who created the customer, who may reject', async () => {
    const customer = await customerWith(10_000);
    await createdBy(customer, 'key:ben');
    const order = await ordered(customer, 'DUTY-1');
    await assert.rejects(release(order, 'duty-1', { actor: 'key:ben' }), { type: 'duty_conflict' });
    assert.equal((await release(order, 'duty-2', { actor: 'key:anna' })).state, 'approved');
    const other = await ordered(customer, 'DUTY-2', 100);
    const request = { ...requestOf('duty-3', { actor: 'key:ben' }), decision: 'reject' as const, noteId: null };
    const answer = await callOrder(db, other, { step: 'decideCredit', input: { now: MONDAY, request } });
    assert.equal(answer.state, 'rejected');
  });

  it('above the limit is good for its days of grace, and what did not ship is then checked again', async () => {
    const customer = await customerWith(10_000);
    const order = await ordered(customer, 'GRACE-1');
    await release(order, 'grace', {}, 2);
    // Wednesday, 18:00 in Berlin; and sixty working days after Monday the 5th.
    const graceEndsAt = Date.UTC(2026, 0, 7, 17);
    assert.deepEqual(await untilOf(order), { released_until: graceEndsAt, reserved_until: Date.UTC(2026, 2, 30, 16) });
    const before = await runDueSteps(db, order, graceEndsAt - 1);
    assert.deepEqual([before.step, before.at], ['assessCredit', graceEndsAt]);
    await runDueSteps(db, order, graceEndsAt);
    assert.equal(await creditOf(order), 'held');
    // Its own part does not count against it.
    assert.equal((await reasonsOf(order))[0]?.exposureMinor, 0);
    assert.deepEqual(await holdsOf(order), ['released', 'waiting']);
    assert.deepEqual(await untilOf(order), { released_until: null, reserved_until: null });
  });

  it('above the limit is over when there is room in the end', async () => {
    const customer = await customerWith(10_000);
    const order = await ordered(customer, 'GRACE-2');
    await release(order, 'grace-2', {});
    await db
      .updateTable('credit_account')
      .set({ limit_minor: 11_900 })
      .where('customer_id', '=', customer.customerId)
      .execute();
    // Ten working days of the policy: Monday, 19 January.
    const graceEndsAt = Date.UTC(2026, 0, 19, 17);
    await runDueSteps(db, order, graceEndsAt);
    assert.equal(await creditOf(order), 'approved');
    assert.equal((await untilOf(order)).released_until, null);
  });
});

describe('a reservation', () => {
  it('ends when nothing ships, becomes a task of sales, and gives its room to the queue', async () => {
    const customer = await customerWith(1_000);
    const order = await makeOrder(db, customer, {
      number: 'RESERVED-1',
      lines: [{ quantity: '10', netMinor: 900, taxMinor: 0 }],
    });
    await db.updateTable('sales_order').set({ requested_on: '2026-01-09' }).where('id', '=', order.id).execute();
    const { next } = await assess(order);
    // Sixty working days after the requested Friday: Good Friday (3 April) and Easter Monday (6 April) fall into them.
    const endsAt = Date.UTC(2026, 3, 7, 16);
    assert.deepEqual([next.step, next.at], ['expireReservation', endsAt]);
    await runDueSteps(db, order, endsAt - 1);
    assert.equal(await creditOf(order), 'approved');
    const waiting = await makeOrder(db, customer, {
      number: 'RESERVED-2',
      lines: [{ quantity: '1', netMinor: 800, taxMinor: 0 }],
    });
    await callOrder(db, waiting, { step: 'assessCredit', input: { subject: null, level: null, now: endsAt - 1 } });
    const input = { subject: null, level: null, now: endsAt };
    assert.deepEqual((await callOrder(db, order, { step: 'expireReservation', input })).tell, [waiting.id]);
    assert.deepEqual((await callOrder(db, order, { step: 'expireReservation', input })).tell, [waiting.id]);
    assert.deepEqual(
      (await reasonsOf(order)).map(({ code }) => code),
      ['reservation_expired'],
    );
    assert.deepEqual(await tasksOf(order), ['reservation_expired sales open']);
    assert.deepEqual([await holdsOf(order), await holdsOf(waiting)], [['waiting'], ['granted']]);
    await assert.rejects(decide(order, 'release', 'reserved', { roles: ['sales'] }), { type: 'above_authority' });
    assert.equal((await decide(order, 'release', 'reserved-2')).state, 'approved');
    assert.deepEqual(await tasksOf(order), ['reservation_expired sales done']);
  });
});

describe('customers that share a limit', () => {
  it('take it together: what one owes holds the other, and what one pays lets the other go', async () => {
    const one = await customerWith(null);
    const two = await customerWith(null);
    await addGroup(db, company.legalEntityId, {
      number: 'G-1',
      limitMinor: 10_000,
      customerIds: [one.customerId, two.customerId],
    });
    const first = await ordered(one, 'GROUP-1', 7_000);
    const second = await ordered(two, 'GROUP-2', 4_000);
    const third = await ordered(one, 'GROUP-3', 1_000);
    assert.deepEqual(
      [await creditOf(first), await creditOf(second), await creditOf(third)],
      ['approved', 'held', 'held'],
    );
    const { orderIds } = await pay(one, 'group', { amountMinor: 1_000, reference: 'nothing' });
    assert.deepEqual(orderIds, [second.id]);
    await pay(two, 'group-2', { amountMinor: 1_000, reference: 'nothing' });
    assert.deepEqual(await holdsOf(third), ['granted']);
  });

  it('are each held by their own block, and all by the group’s', async () => {
    const one = await customerWith(null);
    const two = await customerWith(null);
    const groupId = await addGroup(db, company.legalEntityId, {
      ...{ number: 'G-2', limitMinor: null, customerIds: [one.customerId, two.customerId] },
    });
    await db
      .updateTable('credit_account')
      .set({ is_blocked: true })
      .where('customer_id', '=', one.customerId)
      .execute();
    assert.equal(await creditOf(await ordered(one, 'GBLOCK-1')), 'rejected');
    assert.equal(await creditOf(await ordered(two, 'GBLOCK-2')), 'approved');
    await db.updateTable('credit_group').set({ is_blocked: true }).where('id', '=', groupId).execute();
    assert.equal(await creditOf(await ordered(two, 'GBLOCK-3')), 'rejected');
  });

  it('bring their waiting orders along when they join, and take them away when they leave', async () => {
    const one = await customerWith(1_000);
    const two = await customerWith(1_000);
    const groupId = await addGroup(db, company.legalEntityId, {
      number: 'G-3',
      limitMinor: 2_000,
      customerIds: [two.customerId],
    });
    const open = await ordered(one, 'JOIN-1', 1_000);
    const held = await ordered(one, 'JOIN-2', 500);
    const change = { legalEntityId: company.legalEntityId, limitMinor: 1_000, isBlocked: false, now: MONDAY };
    const joined = { ...change, ...requestOf('join'), customerId: one.customerId, groupId };
    assert.deepEqual(await callChange(db, 'setCredit', joined), { tell: [held.id] });
    assert.deepEqual(await callChange(db, 'setCredit', joined), { tell: [held.id] });
    await runDueSteps(db, held);
    const behind = await ordered(two, 'JOIN-3', 600);
    assert.equal(await creditOf(behind), 'held');
    const left = { ...change, ...requestOf('leave'), customerId: one.customerId, groupId: null };
    // Its debts go with it, so the other one fits into what the group has.
    assert.deepEqual(await callChange(db, 'setCredit', left), { tell: [behind.id] });
    assert.deepEqual([await creditOf(open), await creditOf(held)], ['approved', 'approved']);
    const { rows } = await sql`select action from audit_entry where subject = ${one.customerId} order by id`.execute(
      db,
    );
    assert.deepEqual(rows, [{ action: 'credit_account.changed' }, { action: 'credit_account.changed' }]);
  });
});

describe('a higher limit', () => {
  it('lets the head of the queue go, once for a request', async () => {
    const customer = await customerWith(10_000);
    const order = await ordered(customer, 'LIMIT-1');
    const change = {
      legalEntityId: company.legalEntityId,
      customerId: customer.customerId,
      isBlocked: false,
      now: MONDAY,
    };
    const input = { ...change, ...requestOf('limit-1'), limitMinor: 11_900 };
    assert.deepEqual(await callChange(db, 'setCredit', input), { tell: [order.id] });
    await runDueSteps(db, order);
    assert.deepEqual(await callChange(db, 'setCredit', input), { tell: [] });
    assert.equal(await creditOf(order), 'approved');
  });

  it('is not for who created the customer, nor above what the roles may grant; both are in the audit', async () => {
    const customer = await customerWith(10_000);
    await createdBy(customer, 'key:ben');
    const base = {
      legalEntityId: company.legalEntityId,
      customerId: customer.customerId,
      isBlocked: false,
      now: MONDAY,
    };
    const ben = { ...base, ...requestOf('limit-2', { actor: 'key:ben' }), limitMinor: 10_001 };
    await assert.rejects(callChange(db, 'setCredit', ben), { type: 'duty_conflict' });
    // Nor by way of a group that reaches further.
    const number = 'G-5';
    const groupId = await addGroup(db, company.legalEntityId, { number, limitMinor: 20_000, customerIds: [] });
    await assert.rejects(callChange(db, 'setCredit', { ...ben, limitMinor: 10_000, groupId }), {
      type: 'duty_conflict',
    });
    const analyst = { ...base, ...requestOf('limit-3', { roles: ['credit_analyst'] }), limitMinor: 5_000_001 };
    await assert.rejects(callChange(db, 'setCredit', analyst), { type: 'above_authority', nonRetryable: true });
    assert.deepEqual(await callChange(db, 'setCredit', { ...analyst, limitMinor: 5_000_000 }), { tell: [] });
    const { rows } = await sql<{ action: string }>`select action from audit_entry
      where subject = ${customer.customerId} order by id`.execute(db);
    const refused = 'credit_account.change.refused';
    assert.deepEqual(
      rows.map(({ action }) => action),
      [refused, refused, refused, 'credit_account.changed'],
    );
  });

  it('of a group lets its queue go', async () => {
    const one = await customerWith(null);
    const groupId = await addGroup(db, company.legalEntityId, {
      number: 'G-4',
      limitMinor: 10_000,
      customerIds: [one.customerId],
    });
    const order = await ordered(one, 'GLIMIT-1');
    const change = { legalEntityId: company.legalEntityId, groupId, isBlocked: false, limitUntil: null, now: MONDAY };
    const input = { ...change, ...requestOf('glimit', { roles: ['ar_manager'] }), limitMinor: 50_000_001 };
    await assert.rejects(callChange(db, 'setGroup', input), { type: 'above_authority' });
    assert.deepEqual(await callChange(db, 'setGroup', { ...input, limitMinor: 11_900 }), { tell: [order.id] });
  });
});
