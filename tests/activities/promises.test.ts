// Promises and payment plans on real rows: what they are measured by, what replaces what, and what is refused.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { reopenPromise } from '../../src/activities/orders/promises.ts';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { asActivity, callOrder, MONDAY, postPayment, requestOf, runDueSteps } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOpening, makePayment, type OrderHead } from '../harness/order.ts';

const DAY = 86_400_000;
/** Monday's promise for the 9th is measured on the 12th, and on that evening. */
const PROMISED_ON = '2026-01-09';
const EVENING = Date.UTC(2026, 0, 12, 17);

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

interface Owed {
  readonly order: OrderHead;
  readonly itemId: string;
}

/** An open invoice over 50.00 EUR from elsewhere that a collector takes over the day after Monday. */
async function owed(): Promise<Owed> {
  count += 1;
  const dates = { invoicedOn: '2025-12-05', dueOn: '2026-01-05' };
  const order = await makeOpening(db, company, { number: `OLD-${String(count)}`, amountMinor: 5_000, ...dates });
  await runDueSteps(db, order);
  const { id } = await db
    .selectFrom('open_item')
    .select('id')
    .where('order_id', '=', order.id)
    .executeTakeFirstOrThrow();
  return { order, itemId: id };
}

async function pay({ order }: Owed, amountMinor: number, now = MONDAY): Promise<void> {
  count += 1;
  const payment = { sourceId: `p${String(count)}`, amountMinor, reference: order.number };
  await postPayment(db, await makePayment(db, company, payment), now);
}

interface Asked {
  readonly amountMinor?: number;
  readonly promisedOn?: string;
  readonly givenOn?: string | null;
  readonly now?: number;
  readonly key?: string;
}

function promise({ order, itemId }: Owed, asked: Asked = {}) {
  count += 1;
  const { amountMinor = 5_000, promisedOn = PROMISED_ON, givenOn = null, now = MONDAY } = asked;
  const key = asked.key ?? `promise ${String(count)}`;
  const request = { ...requestOf(key), itemId, amountMinor, promisedOn, givenOn, noteId: null };
  return callOrder(db, order, { step: 'givePromise', input: { now, request } });
}

function plan({ order, itemId }: Owed, instalments: [string, number][], now = MONDAY) {
  count += 1;
  const rows = instalments.map(([dueOn, amountMinor]) => ({ dueOn, amountMinor }));
  const request = { ...requestOf(`plan ${String(count)}`), itemId, instalments: rows, noteId: null };
  return callOrder(db, order, { step: 'agreePlan', input: { now, request } });
}

async function promises({ order }: Owed): Promise<string[]> {
  const { rows } = await sql<{
    text: string;
  }>`select state || ' ' || level || ' ' || paid_before_minor as text from promise
    where order_id = ${order.id} order by id`.execute(db);
  return rows.map(({ text }) => text);
}

async function tasks({ order }: Owed): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`select kind || ' ' || state as text from task
    where order_id = ${order.id} order by id`.execute(db);
  return rows.map(({ text }) => text);
}

async function audit({ order }: Owed): Promise<string[]> {
  const { rows } = await sql<{
    text: string;
  }>`select action || coalesce(' ' || (details ->> 'code'), '') as text from audit_entry
    where order_id = ${order.id} and action ~ '^(promise|payment_plan)' order by id`.execute(db);
  return rows.map(({ text }) => text);
}

describe('a promise', () => {
  it('that is paid in full before its day is kept at once', async () => {
    const one = await owed();
    assert.equal((await promise(one)).level, 1);
    await pay(one, 2_000);
    assert.equal((await runDueSteps(db, one.order, MONDAY + DAY)).step, 'evaluatePromise');
    await pay(one, 3_000, MONDAY + DAY);
    assert.equal((await runDueSteps(db, one.order, MONDAY + DAY)).step, 'closed');
    assert.deepEqual(await promises(one), ['kept 1 0']);
    assert.deepEqual([await tasks(one), await audit(one)], [[], ['promise.given', 'promise.kept']]);
  });

  it('over a part is kept by that part, and the next one begins at level 1 again', async () => {
    const one = await owed();
    await pay(one, 1_000);
    await promise(one, { amountMinor: 1_500 });
    await pay(one, 1_500);
    await runDueSteps(db, one.order, MONDAY);
    assert.deepEqual(await promises(one), ['kept 1 1000']);
    assert.equal((await promise(one, { amountMinor: 2_500 })).level, 1);
  });

  it('that brought nothing is broken in the evening of its last day, and becomes the collector’s task', async () => {
    const one = await owed();
    await promise(one);
    assert.equal((await runDueSteps(db, one.order, EVENING - 1)).at, EVENING);
    await runDueSteps(db, one.order, EVENING);
    assert.deepEqual(await promises(one), ['broken 1 0']);
    assert.deepEqual(await tasks(one), ['promise_broken open', 'collect open']);
    const { rows } = await sql<{ owner: string; reason: string; deadline: Date; about: string }>`
      select owner_role as owner, reason, deadline_at as deadline, item_id as about from task where order_id = ${one.order.id} and kind = 'promise_broken'`.execute(
      db,
    );
    const [task] = rows;
    assert.deepEqual([task?.owner, task?.about], ['collector', one.itemId]);
    assert.equal(task?.reason, `50.00 EUR of ${one.order.number} was promised for 2026-01-09, and nothing was paid.`);
    // Three working days of the legal entity: Thursday evening.
    assert.equal(Number(task.deadline), Date.UTC(2026, 0, 15, 17));
  });

  it('that brought a part is partly kept, and a new one ends its task and is a level higher', async () => {
    const one = await owed();
    await promise(one);
    await pay(one, 1);
    await runDueSteps(db, one.order, EVENING);
    assert.deepEqual(await promises(one), ['partly_kept 1 0']);
    const next = await promise(one, { amountMinor: 4_999, promisedOn: '2026-01-20', now: EVENING + 1 });
    assert.equal(next.level, 2);
    assert.deepEqual(await tasks(one), ['promise_broken done', 'collect open']);
  });

  it('replaces an open one, which is withdrawn, and counts what is paid from then on', async () => {
    const one = await owed();
    const first = await promise(one);
    await pay(one, 1_000);
    const second = await promise(one, { amountMinor: 4_000, promisedOn: '2026-01-20' });
    assert.deepEqual([second.level, await promises(one)], [2, ['withdrawn 1 0', 'open 2 1000']]);
    const request = { ...requestOf('w1'), promiseId: first.promiseId };
    const again = callOrder(db, one.order, { step: 'withdrawPromise', input: { now: MONDAY, request } });
    await assert.rejects(again, { type: 'promise_not_open' });
  });

  it('withdrawn by a person lets the item back into dunning at once', async () => {
    const one = await owed();
    const { promiseId } = await promise(one);
    const request = { ...requestOf('w2'), promiseId };
    const input = { now: MONDAY + DAY, request };
    assert.equal((await callOrder(db, one.order, { step: 'withdrawPromise', input })).state, 'withdrawn');
    assert.equal((await callOrder(db, one.order, { step: 'withdrawPromise', input })).state, 'withdrawn');
    await runDueSteps(db, one.order, MONDAY + DAY);
    assert.deepEqual(await tasks(one), ['collect open']);
    const unknown = { ...requestOf('w3'), promiseId: one.itemId };
    const asked = callOrder(db, one.order, { step: 'withdrawPromise', input: { now: MONDAY, request: unknown } });
    await assert.rejects(asked, { type: 'promise_unknown' });
  });

  it('told late counts what came since the day on which it was given, and not what came before', async () => {
    const one = await owed();
    await pay(one, 500, MONDAY);
    await pay(one, 1_000, MONDAY + 2 * DAY);
    // Given on the 7th over all that was open then, told on the 8th, when a part had come already.
    const late = { amountMinor: 4_500, givenOn: '2026-01-07', now: MONDAY + 3 * DAY };
    await promise(one, late);
    assert.deepEqual(await promises(one), ['open 1 500']);
    await runDueSteps(db, one.order, EVENING);
    assert.deepEqual(await promises(one), ['partly_kept 1 500']);
  });

  it('told after its day is valued at once', async () => {
    const one = await owed();
    await promise(one, { givenOn: '2026-01-05', promisedOn: '2026-01-06', now: EVENING });
    await runDueSteps(db, one.order, EVENING);
    assert.deepEqual(await promises(one), ['broken 1 0']);
  });

  it('that cannot be is refused, and each refusal is in the audit', async () => {
    const one = await owed();
    const { itemId } = await owed();
    await assert.rejects(promise({ order: one.order, itemId }), { type: 'item_unknown' });
    await assert.rejects(promise(one, { amountMinor: 5_001 }), { type: 'promise_exceeds_open' });
    await assert.rejects(promise(one, { promisedOn: '2026-01-04' }), { type: 'promised_before_given' });
    await plan(one, [[PROMISED_ON, 5_000]]);
    await assert.rejects(promise(one), { type: 'item_has_plan' });
    assert.deepEqual(await audit(one), [
      'promise.refused item_unknown',
      'promise.refused promise_exceeds_open',
      'promise.refused promised_before_given',
      'payment_plan.agreed',
      'promise.refused item_has_plan',
    ]);
  });

  it('given twice under one key is one', async () => {
    const one = await owed();
    const reports = await Promise.all([1, 2, 3].map(() => promise(one, { key: 'the same' })));
    assert.equal(new Set(reports.map(({ promiseId }) => promiseId)).size, 1);
    assert.deepEqual(await promises(one), ['open 1 0']);
  });

  it('that a payment kept is open again when the payment is taken back, and one that was broken is not', async () => {
    const one = await owed();
    const reopened = (): Promise<string | null> =>
      asActivity({ workflowId: 'return/test', step: 'postReturn' }, () =>
        db.transaction().execute((tx) => reopenPromise(tx, one.itemId, MONDAY)),
      );
    assert.equal(await reopened(), null);
    const { promiseId } = await promise(one, { amountMinor: 1_000 });
    await pay(one, 1_000);
    await runDueSteps(db, one.order);
    assert.equal(await reopened(), promiseId);
    assert.deepEqual(await promises(one), ['open 1 0']);
    assert.equal((await audit(one)).at(-1), 'promise.reopened');
    // The money is still there in this test, so that it is kept once more.
    await runDueSteps(db, one.order);
    assert.deepEqual(await promises(one), ['kept 1 0']);
    await promise(one, { amountMinor: 1_000 });
    await runDueSteps(db, one.order, EVENING);
    assert.equal(await reopened(), null);
    assert.deepEqual(await promises(one), ['kept 1 0', 'broken 1 1000']);
  });
});

describe('a payment plan', () => {
  const halves: [string, number][] = [
    ['2026-01-09', 2_500],
    ['2026-01-16', 2_500],
  ];

  it('holds its item as long as each instalment comes, and is kept by the last', async () => {
    const one = await owed();
    assert.equal((await plan(one, halves)).state, 'active');
    await pay(one, 2_500, MONDAY + DAY);
    const next = await runDueSteps(db, one.order, EVENING);
    assert.deepEqual([next.step, next.at], ['evaluatePlan', EVENING + 7 * DAY]);
    await pay(one, 2_500, EVENING + 7 * DAY);
    assert.equal((await runDueSteps(db, one.order, EVENING + 7 * DAY)).step, 'closed');
    assert.deepEqual([await tasks(one), await audit(one)], [[], ['payment_plan.agreed', 'payment_plan.kept']]);
  });

  it('is kept at once when the whole item is paid', async () => {
    const one = await owed();
    await plan(one, halves);
    await pay(one, 5_000);
    assert.equal((await runDueSteps(db, one.order)).step, 'closed');
    assert.equal((await audit(one)).at(-1), 'payment_plan.kept');
  });

  it('is broken by the second instalment, and dunning goes on beside the collector’s task', async () => {
    const one = await owed();
    await pay(one, 1_000);
    await plan(one, [
      ['2026-01-09', 2_500],
      ['2026-01-16', 1_500],
    ]);
    await pay(one, 2_500, MONDAY + DAY);
    await pay(one, 1_499, MONDAY + 2 * DAY);
    await runDueSteps(db, one.order, EVENING + 7 * DAY);
    assert.deepEqual(await tasks(one), ['plan_broken open', 'collect open']);
    const { rows } = await sql<{
      reason: string;
    }>`select reason from task where order_id = ${one.order.id} and kind = 'plan_broken'`.execute(db);
    assert.match(rows[0]?.reason ?? '', /instalment of 2026-01-16 .*: 0.01 EUR is missing/);
    await promise(one, { amountMinor: 1, promisedOn: '2026-01-30', now: EVENING + 8 * DAY });
    assert.deepEqual(await tasks(one), ['plan_broken done', 'collect open']);
  });

  it('cancelled by a person lets the item back into dunning at once', async () => {
    const one = await owed();
    const { planId } = await plan(one, halves);
    const cancel = (key: string, id: string) =>
      callOrder(db, one.order, {
        step: 'cancelPlan',
        input: { now: MONDAY + DAY, request: { ...requestOf(key), planId: id } },
      });
    assert.equal((await cancel('x1', planId)).state, 'cancelled');
    await runDueSteps(db, one.order, MONDAY + DAY);
    assert.deepEqual(await tasks(one), ['collect open']);
    await assert.rejects(cancel('x2', planId), { type: 'plan_not_active' });
    await assert.rejects(cancel('x3', one.itemId), { type: 'plan_unknown' });
  });

  it('that cannot be is refused, and each refusal is in the audit', async () => {
    const one = await owed();
    const { itemId } = await owed();
    await assert.rejects(plan({ order: one.order, itemId }, halves), { type: 'item_unknown' });
    await assert.rejects(plan(one, halves.slice(1)), { type: 'plan_does_not_sum' });
    await promise(one);
    await assert.rejects(plan(one, halves), { type: 'item_has_promise' });
    const other = await owed();
    await plan(other, halves);
    await assert.rejects(plan(other, halves), { type: 'item_has_plan' });
    assert.deepEqual(await audit(one), [
      'payment_plan.refused item_unknown',
      'payment_plan.refused plan_does_not_sum',
      'promise.given',
      'payment_plan.refused item_has_promise',
    ]);
  });
});
