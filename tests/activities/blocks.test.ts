// A block takes one item out of dunning and lets it back in; a collector's task ends with the payment.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { callOrder, MONDAY, postPayment, requestOf, runDueSteps } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { makeCompany, type Company } from '../harness/company.ts';
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
async function overdue(): Promise<{ order: OrderHead; itemId: string }> {
  count += 1;
  const dates = { invoicedOn: '2025-12-05', dueOn: '2026-01-05' };
  const order = await makeOpening(db, company, { number: `OLD-${count}`, amountMinor: 5_000, ...dates });
  await runDueSteps(db, order);
  const { id } = await db
    .selectFrom('open_item')
    .select('id')
    .where('order_id', '=', order.id)
    .executeTakeFirstOrThrow();
  return { order, itemId: id };
}

function block(order: OrderHead, itemId: string, options: { key: string; from?: string; until?: string | null }) {
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
    assert.equal((await runDueSteps(db, order, tomorrow)).step, 'wait');
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
