// Blocks take an item, an order or everything of a customer out of dunning, and end by themselves; a collector's task ends with the payment.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { createCustomerBlockActivities } from '../../src/activities/customer-blocks.ts';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import type { CustomerBlockInput } from '../../src/workflows/messages.ts';
import { callOrder, dependencies, MONDAY, postPayment, requestOf, runDueSteps } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { addCustomer, makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOpening, makePayment, type OrderHead } from '../harness/order.ts';

const MS_PER_DAY = 86_400_000;

let database: TestDatabase;
let db: Db;
let company: Company;
let count = 0;

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl);
  const collector = { level: 'collector' as const, days: 1, unit: 'calendar' as const };
  company = await makeCompany(db, { policy: { ...POLICY_V1, ladder: [collector] } });
});

after(async () => {
  await assertBooksHold(db);
  await db.destroy();
  await database.drop();
});

/** An open invoice from elsewhere that a collector takes over the day after Monday. */
async function overdue(of = company): Promise<{ order: OrderHead; itemId: string }> {
  count += 1;
  const dates = { invoicedOn: '2025-12-05', dueOn: '2026-01-05' };
  const order = await makeOpening(db, of, { number: `OLD-${count}`, amountMinor: 5_000, ...dates });
  await runDueSteps(db, order);
  const { id } = await db
    .selectFrom('open_item')
    .select('id')
    .where('order_id', '=', order.id)
    .executeTakeFirstOrThrow();
  return { order, itemId: id };
}

function block(
  order: OrderHead,
  itemId: string | null,
  options: { key: string; from?: string; until?: string | null },
) {
  const { key, from = null, until = null } = options;
  const request = { ...requestOf(key), itemId, from, until, reason: 'disputed', noteId: null };
  return callOrder(db, order, { step: 'blockItem', input: { now: MONDAY, request } });
}

function end(order: OrderHead, blockId: string, key: string, now = MONDAY) {
  return callOrder(db, order, { step: 'endBlock', input: { now, request: { ...requestOf(key), blockId } } });
}

const tomorrow = MONDAY + MS_PER_DAY;

describe('a block', () => {
  it('keeps the item out of dunning until it is ended', async () => {
    const { order, itemId } = await overdue();
    const { blockId, from } = await block(order, itemId, { key: 'open' });
    assert.equal(from, '2026-01-05');
    assert.equal((await runDueSteps(db, order, tomorrow)).at, Date.UTC(2026, 3, 5, 6));
    assert.equal((await end(order, blockId, 'open/end', tomorrow)).endedOn, '2026-01-06');
    await runDueSteps(db, order, tomorrow);
    const { rows } = await sql`select kind, state from task where order_id = ${order.id}`.execute(db);
    assert.deepEqual(rows, [{ kind: 'collect', state: 'open' }]);
  });

  it('with an end lets the item back in by itself, on the day after', async () => {
    const { order, itemId } = await overdue();
    await block(order, itemId, { key: 'until', until: '2026-01-10' });
    const next = await runDueSteps(db, order, tomorrow);
    assert.equal(next.step, 'askCollector');
    assert.equal(next.at, Date.UTC(2026, 0, 11, 7));
  });

  it('without an end lasts as long as the policy allows, and a longer one is refused', async () => {
    const { order, itemId } = await overdue();
    // The first and the last of ninety days count.
    assert.equal((await block(order, itemId, { key: 'long1' })).until, '2026-04-04');
    assert.equal((await block(order, itemId, { key: 'long2', until: '2026-04-04' })).until, '2026-04-04');
    await assert.rejects(block(order, itemId, { key: 'long3', until: '2026-04-05' }), { type: 'block_too_long' });
    const next = await runDueSteps(db, order, tomorrow);
    assert.deepEqual([next.step, next.at], ['askCollector', Date.UTC(2026, 3, 5, 6)]);
  });

  it('over a whole order holds each of its items, and is ended as any other', async () => {
    const { order } = await overdue();
    const { blockId, itemId, until } = await block(order, null, { key: 'whole', until: '2026-01-10' });
    assert.deepEqual([itemId, until], [null, '2026-01-10']);
    assert.equal((await runDueSteps(db, order, tomorrow)).at, Date.UTC(2026, 0, 11, 7));
    await end(order, blockId, 'whole/end', tomorrow);
    await runDueSteps(db, order, tomorrow);
    const { rows } = await sql`select kind from task where order_id = ${order.id}`.execute(db);
    assert.deepEqual(rows, [{ kind: 'collect' }]);
  });

  it('is refused as the hundred and first of its item', async () => {
    const { order, itemId } = await overdue();
    await sql`insert into dunning_block (customer_id, order_id, item_id, from_on, until_on, reason, created_by)
      select ${company.customerId}, ${order.id}, ${itemId}, '2025-01-01', '2025-01-02', 'test', 'test' from generate_series(1, 100)`.execute(
      db,
    );
    await assert.rejects(block(order, itemId, { key: 'many1' }), { type: 'too_many_blocks' });
    assert.equal((await block(order, null, { key: 'many2' })).itemId, null);
  });

  it('asked for twice under one key is one, and gives the stored answer', async () => {
    const { order, itemId } = await overdue();
    const reports = await Promise.all([1, 2, 3].map(() => block(order, itemId, { key: 'twice' })));
    assert.deepEqual(reports[1], reports[0]);
    assert.deepEqual(reports[2], reports[0]);
    const { rows } = await sql`select count(*) from dunning_block where order_id = ${order.id}`.execute(db);
    assert.deepEqual(rows, [{ count: 1 }]);
    const ended = await end(order, reports[0]?.blockId ?? '', 'twice/end');
    assert.deepEqual(await end(order, reports[0]?.blockId ?? '', 'twice/end'), ended);
  });

  it('that cannot be is refused, and each refusal is in the audit', async () => {
    const { order, itemId } = await overdue();
    const { itemId: foreign } = await overdue();
    await assert.rejects(block(order, foreign, { key: 'f1' }), { type: 'item_unknown' });
    const backwards = { key: 'f2', from: '2026-02-01', until: '2026-01-31' };
    await assert.rejects(block(order, itemId, backwards), { type: 'block_ends_before_it_starts' });
    const { blockId } = await block(order, itemId, { key: 'f3' });
    await end(order, blockId, 'f4');
    await assert.rejects(end(order, blockId, 'f5'), { type: 'block_ended_already' });
    await assert.rejects(end(order, foreign, 'f6'), { type: 'block_unknown' });
    const { rows } = await sql`select details ->> 'code' as code from audit_entry
      where order_id = ${order.id} and action = 'block.refused' order by id`.execute(db);
    assert.deepEqual(
      rows.map((row) => (row as { code: string }).code),
      ['item_unknown', 'block_ends_before_it_starts', 'block_ended_already', 'block_unknown'],
    );
  });
});

describe('a block over everything of a customer', () => {
  let customer: Company;
  const change = (key: string, input: Pick<CustomerBlockInput, 'set' | 'endBlockId'>, now = MONDAY) =>
    createCustomerBlockActivities(dependencies(db)).writeCustomerBlock({
      ...requestOf(key),
      ...input,
      now,
      legalEntityId: customer.legalEntityId,
      customerId: customer.customerId,
    });
  const set = (until: string | null = null) => ({ from: null, until, reason: 'insolvency', noteId: null });

  before(async () => {
    const number = 'C-BLOCKED';
    customer = {
      legalEntityId: company.legalEntityId,
      customerId: await addCustomer(db, company.legalEntityId, { number }),
      customerNumber: number,
    };
  });

  it('holds what is open and what comes later, once for a request, and ends by itself or by hand', async () => {
    const open = await overdue(customer);
    const reports = await Promise.all([1, 2].map(() => change('c1', { set: set('2026-01-10'), endBlockId: null })));
    assert.deepEqual(reports[0], reports[1]);
    const [report] = reports;
    assert.deepEqual([report?.itemId, report?.from, report?.until], [null, '2026-01-05', '2026-01-10']);
    const later = await overdue(customer);
    for (const { order } of [open, later])
      assert.equal((await runDueSteps(db, order, tomorrow)).at, Date.UTC(2026, 0, 11, 7));
    const ended = await change('c2', { set: null, endBlockId: report?.blockId ?? '' }, tomorrow);
    assert.equal(ended.endedOn, '2026-01-06');
    await runDueSteps(db, later.order, tomorrow);
    const { rows } = await sql`select kind from task where order_id = ${later.order.id}`.execute(db);
    assert.deepEqual(rows, [{ kind: 'collect' }]);
    const audit = await sql<{
      action: string;
    }>`select action from audit_entry where subject = 'C-BLOCKED' order by id`.execute(db);
    assert.deepEqual(
      audit.rows.map(({ action }) => action),
      ['customer_block.set', 'customer_block.ended'],
    );
  });

  it('that cannot be is refused, and each refusal is in the audit', async () => {
    const long = change('d1', { set: set('2026-04-05'), endBlockId: null });
    await assert.rejects(long, { type: 'block_too_long' });
    const { blockId } = await change('d2', { set: set(), endBlockId: null });
    await change('d3', { set: null, endBlockId: blockId });
    await assert.rejects(change('d4', { set: null, endBlockId: blockId }), { type: 'block_ended_already' });
    // One of an order is ended at the order.
    const { order } = await overdue(customer);
    const ofOrder = await block(order, null, { key: 'd5' });
    await assert.rejects(change('d6', { set: null, endBlockId: ofOrder.blockId }), { type: 'block_unknown' });
    await assert.rejects(end(order, blockId, 'd7'), { type: 'block_unknown' });
    const { rows } = await sql<{ code: string }>`select details ->> 'code' as code from audit_entry
      where action = 'customer_block.refused' and details ->> 'customerId' = ${customer.customerId} order by id`.execute(
      db,
    );
    assert.deepEqual(
      rows.map(({ code }) => code),
      ['block_too_long', 'block_ended_already', 'block_unknown'],
    );
  });

  it('is told to every unclosed order of the customer, page by page', async () => {
    const { unclosedOrdersOfCustomer: page } = createCustomerBlockActivities(dependencies(db));
    const { rows } = await sql<{
      id: string;
    }>`select id from sales_order where customer_id = ${customer.customerId} order by id`.execute(db);
    const ids = rows.map(({ id }) => id);
    assert.deepEqual((await page({ customerId: customer.customerId, after: null })).orderIds, ids);
    assert.deepEqual((await page({ customerId: customer.customerId, after: ids[0] ?? null })).orderIds, ids.slice(1));
    assert.deepEqual((await page({ customerId: customer.customerId, after: ids.at(-1) ?? null })).orderIds, []);
  });
});

describe('a collector’s task', () => {
  it('is opened once and ends with the payment of its item', async () => {
    const { order } = await overdue();
    await Promise.all([1, 2, 3].map(() => runDueSteps(db, order, tomorrow)));
    const tasks = () => sql`select state, done_by from task where order_id = ${order.id}`.execute(db);
    assert.deepEqual((await tasks()).rows, [{ state: 'open', done_by: null }]);
    const paid = async (amountMinor: number, sourceId: string) =>
      postPayment(db, await makePayment(db, company, { sourceId, amountMinor, reference: order.number }));
    await paid(4_000, 'part');
    assert.deepEqual((await tasks()).rows, [{ state: 'open', done_by: null }]);
    await paid(1_000, 'rest');
    assert.deepEqual((await tasks()).rows, [{ state: 'done', done_by: 'payment' }]);
  });
});
