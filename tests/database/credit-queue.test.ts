// The queue of a credit account under fire: real Postgres, many at once on one account. No room is given twice, none is forgotten, and nobody waits for ever.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { ApplicationFailure } from '@temporalio/common';
import { sql } from 'kysely';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { callChange, callOrder, MONDAY, postPayment, requestOf, runDueSteps } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { addCustomer, addGroup, makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOrder, makePayment, type OrderHead } from '../harness/order.ts';

const orderMinor = 11_900;

let database: TestDatabase;
let db: Db;
let company: Company;

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

async function customer(number: string, limitMinor: number | null): Promise<Company> {
  const customerId = await addCustomer(db, company.legalEntityId, { number, limitMinor });
  return { legalEntityId: company.legalEntityId, customerId, customerNumber: number };
}

function assess(order: OrderHead) {
  return callOrder(db, order, { step: 'assessCredit', input: { subject: null, level: null, now: MONDAY } });
}

function reject(order: OrderHead, key: string) {
  const request = { ...requestOf(key), decision: 'reject' as const, noteId: null };
  return callOrder(db, order, { step: 'decideCredit', input: { now: MONDAY, request } });
}

async function pay(payer: Company, sourceId: string, amountMinor: number): Promise<void> {
  await postPayment(db, await makePayment(db, payer, { sourceId, amountMinor, reference: 'on account' }));
}

function change(payer: Company, key: string, set: { limitMinor: number | null; groupId?: string | null }) {
  const { legalEntityId, customerId } = payer;
  return callChange(db, 'setCredit', {
    ...{ ...requestOf(key), ...set, legalEntityId, customerId, isBlocked: false, now: MONDAY },
  });
}

/** What is not a refusal is a fault: a deadlock above all. */
async function allDone(work: readonly Promise<unknown>[]): Promise<void> {
  for (const outcome of await Promise.allSettled(work)) {
    if (outcome.status === 'rejected' && !(outcome.reason instanceof ApplicationFailure)) throw outcome.reason;
  }
}

/** Holds of an account in their order, as `STATE`. */
async function queue(accountId: string): Promise<string[]> {
  const { rows } = await sql<{ state: string }>`select state from credit_hold where account_id = ${accountId}
    order by id`.execute(db);
  return rows.map(({ state }) => state);
}

describe('a queue that many work on at once', () => {
  it('gives all the room there is, to nobody twice, and in the order in which they came', async () => {
    const payer = await customer('HOT-1', 2 * orderMinor);
    const orders: OrderHead[] = [];
    for (let index = 0; index < 20; index += 1) {
      const order = await makeOrder(db, payer, { number: `HOT-1-${index}` });
      await assess(order);
      orders.push(order);
    }
    // Room for nine in all: seven payments in pieces, the limit, and heads that are rejected meanwhile.
    await allDone([
      ...Array.from({ length: 14 }, (_, index) => pay(payer, `hot-1-${index}`, orderMinor / 2)),
      ...orders.slice(2, 5).map((order, index) => reject(order, `hot-1-reject-${index}`)),
      ...orders.map((order) => runDueSteps(db, order)),
    ]);
    await Promise.all(orders.map((order) => runDueSteps(db, order)));
    const states = await queue(payer.customerId);
    const rejected = states.filter((state) => state === 'rejected').length;
    assert.equal(states.filter((state) => state === 'taken').length, 7, states.join(' '));
    const waiting = states.slice(states.indexOf('waiting'));
    assert.deepEqual(new Set(waiting), new Set(['waiting']), 'somebody overtook');
    assert.equal(waiting.length, 18 - 7 - rejected);
  });

  it('forgets nobody who is held while room is freed', async () => {
    for (let round = 0; round < 10; round += 1) {
      const payer = await customer(`LATE-${round}`, orderMinor);
      const first = await makeOrder(db, payer, { number: `LATE-${round}-1` });
      const second = await makeOrder(db, payer, { number: `LATE-${round}-2` });
      await assess(first);
      await allDone([assess(second), pay(payer, `late-${round}`, orderMinor)]);
      await runDueSteps(db, second);
      const { credit_state: state } = await db
        .selectFrom('sales_order')
        .select('credit_state')
        .where('id', '=', second.id)
        .executeTakeFirstOrThrow();
      assert.equal(state, 'approved', `round ${round}`);
    }
  });

  it('comes to no deadlock while limits change, customers move between groups, and orders come and go', async () => {
    const payers = await Promise.all([1, 2, 3, 4].map((index) => customer(`MOVE-${index}`, 2 * orderMinor)));
    const groups = await Promise.all(
      ['M-1', 'M-2'].map((number) =>
        addGroup(db, company.legalEntityId, { number, limitMinor: 3 * orderMinor, customerIds: [] }),
      ),
    );
    const orders = await Promise.all(
      payers.flatMap((payer, who) =>
        Array.from({ length: 5 }, (_, index) => makeOrder(db, payer, { number: `MOVE-${who}-${index}` })),
      ),
    );
    await allDone([
      ...orders.map((order) => runDueSteps(db, order)),
      ...payers.flatMap((payer, who) => [
        ...[0, 1, 2].map((turn) =>
          change(payer, `move-${who}-${turn}`, {
            limitMinor: (2 + turn) * orderMinor,
            groupId: turn === 2 ? null : (groups[(who + turn) % 2] ?? null),
          }),
        ),
        ...[0, 1].map((turn) => pay(payer, `move-${who}-${turn}`, orderMinor / 2)),
      ]),
      ...groups.map((groupId, which) =>
        callChange(db, 'setGroup', {
          ...{ ...requestOf(`move-group-${which}`), legalEntityId: company.legalEntityId, groupId },
          ...{ limitMinor: 4 * orderMinor, isBlocked: false, limitUntil: null, now: MONDAY },
        }),
      ),
      ...orders.map((order) => runDueSteps(db, order)),
    ]);
    // Every hold stands in the queue of the account that its customer is on now.
    const { rows: lost } =
      await sql`select h.id from credit_hold h join credit_account a on a.customer_id = h.customer_id
      where h.state in ('waiting', 'granted') and h.account_id <> coalesce(a.group_id, a.customer_id)`.execute(db);
    assert.deepEqual(lost, []);
    // Whoever still waits does not fit: another pass finds nothing to give.
    await Promise.all(orders.map((order) => runDueSteps(db, order)));
    for (const [who, payer] of payers.entries()) {
      const { limit_minor: limitMinor, group_id: groupId } = await db
        .selectFrom('credit_account')
        .select(['limit_minor', 'group_id'])
        .where('customer_id', '=', payer.customerId)
        .executeTakeFirstOrThrow();
      assert.deepEqual(await change(payer, `move-last-${who}`, { limitMinor, groupId }), { tell: [] });
    }
  });
});
