// Promises and payment plans through the real engine, in days that pass in moments: kept, broken, replaced, told late, and disputed.
// Every world starts on Monday, 12 January 2026, at 9 in Berlin; an invoice of that day is due on Wednesday, 11 February.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import {
  agreePlan,
  givePromise,
  raiseDispute,
  resolveDispute,
  withdrawPromise,
  type PlanReport,
  type PromiseReport,
} from '../../src/workflows/messages.ts';
import type { Customer, Order } from '../harness/acme.ts';
import { assertBooksHold } from '../harness/books.ts';
import { refusalOf } from '../harness/refusal-of.ts';
import { eventually, inWorld, type World, type WorldOptions } from '../harness/world.ts';

const NOTICE = 'notice 2026-02-09 sent';
const FIRST = 'reminder1 2026-02-16 sent';

interface Owed {
  readonly customer: Customer;
  readonly order: Order;
  readonly itemId: string;
}

/** A world with an order of 119.00 EUR that was shipped and invoiced on the first day; its books hold at the end. */
function inLife(act: (world: World, owed: Owed) => Promise<void>, options: WorldOptions = {}): Promise<void> {
  return inWorld(options, async (world) => {
    const { company, db } = world;
    const customer = await company.customer('C-1');
    const order = await company.order(customer, 'SO-1');
    await company.ship(order);
    const itemId = await eventually(async () => {
      assert.equal(await company.stage(order), 'collection');
      return (await company.items(order))[0]?.id ?? '';
    });
    await act(world, { customer, order, itemId });
    await assertBooksHold(db);
  });
}

function promise(
  { company }: World,
  { order, itemId }: Owed,
  asked: { amountMinor?: number; promisedOn: string; givenOn?: string },
): Promise<PromiseReport> {
  const { amountMinor = 11_900, promisedOn, givenOn = null } = asked;
  return company.ask(order, givePromise, { itemId, amountMinor, promisedOn, givenOn, noteId: null });
}

function plan({ company }: World, { order, itemId }: Owed, dueOn: readonly string[]): Promise<PlanReport> {
  const instalments = dueOn.map((day) => ({ dueOn: day, amountMinor: 11_900 / dueOn.length }));
  return company.ask(order, agreePlan, { itemId, instalments, noteId: null });
}

async function statesOf({ db }: World, table: 'promise' | 'payment_plan', { order }: Owed): Promise<string[]> {
  const { rows } = await sql<{
    state: string;
  }>`select state from ${sql.table(table)} where order_id = ${order.id} order by id`.execute(db);
  return rows.map(({ state }) => state);
}

async function stepsAre({ company }: World, { order }: Owed, steps: readonly string[]): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(await company.steps(order), steps);
  });
}

async function isClosed({ company }: World, { order }: Owed): Promise<void> {
  await eventually(async () => {
    assert.deepEqual([await company.stage(order), await company.runState(order)], ['settled', 'COMPLETED']);
  });
}

describe('a promise', () => {
  it('that is kept ends the dunning, without a letter in between', () =>
    inLife(async (world, owed) => {
      const { company, goTo } = world;
      await goTo('2026-02-12T10:00:00Z');
      assert.equal((await promise(world, owed, { promisedOn: '2026-02-20' })).level, 1);
      await goTo('2026-02-19T10:00:00Z');
      await company.pay(owed.customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await isClosed(world, owed);
      assert.deepEqual(await statesOf(world, 'promise', owed), ['kept']);
      assert.deepEqual([await company.steps(owed.order), await company.tasks(owed.order)], [[NOTICE], []]);
    }));

  it('that is broken becomes a task, and the next letter goes at the level it had', () =>
    inLife(async (world, owed) => {
      const { company, goTo } = world;
      await goTo('2026-02-17T10:00:00Z');
      await promise(world, owed, { promisedOn: '2026-02-24' });
      // Reminder 2 would have gone on the 25th; the promise with its tolerance holds it until Friday, the 27th.
      await goTo('2026-02-27T16:59:00Z');
      await stepsAre(world, owed, [NOTICE, FIRST]);
      assert.deepEqual(await statesOf(world, 'promise', owed), ['open']);
      await goTo('2026-03-02T17:00:00Z');
      await stepsAre(world, owed, [NOTICE, FIRST, 'reminder2 2026-03-02 sent']);
      assert.deepEqual(await statesOf(world, 'promise', owed), ['broken']);
      assert.deepEqual(await company.tasks(owed.order), ['promise_broken open']);
      await company.pay(owed.customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await isClosed(world, owed);
      assert.deepEqual(await company.tasks(owed.order), ['promise_broken done']);
    }));

  it('that is kept in part is reminded of the rest, and a new one takes its place a level higher', () =>
    inLife(async (world, owed) => {
      const { company, goTo } = world;
      await goTo('2026-02-12T10:00:00Z');
      await promise(world, owed, { promisedOn: '2026-02-17' });
      await company.pay(owed.customer, 'p1', { amountMinor: 10_000, reference: 'SO-1' });
      // Evaluated on Friday, the 20th; the first reminder goes on Monday.
      await goTo('2026-02-23T17:00:00Z');
      await stepsAre(world, owed, [NOTICE, 'reminder1 2026-02-23 sent']);
      assert.deepEqual(await statesOf(world, 'promise', owed), ['partly_kept']);
      const again = await promise(world, owed, { amountMinor: 1_900, promisedOn: '2026-03-05' });
      assert.equal(again.level, 2);
      assert.deepEqual(await company.tasks(owed.order), ['promise_broken done']);
      await company.pay(owed.customer, 'p2', { amountMinor: 1_900, reference: 'SO-1' });
      await isClosed(world, owed);
      assert.deepEqual(await statesOf(world, 'promise', owed), ['partly_kept', 'kept']);
    }));

  it('is replaced by a later one, withdrawn, and told late, each with its own days', () =>
    inLife(async (world, owed) => {
      const { company, goTo } = world;
      await goTo('2026-02-12T10:00:00Z');
      await promise(world, owed, { promisedOn: '2026-02-13' });
      const { promiseId } = await promise(world, owed, { promisedOn: '2026-02-27' });
      await goTo('2026-02-24T09:00:00Z');
      assert.deepEqual(await statesOf(world, 'promise', owed), ['withdrawn', 'open']);
      await stepsAre(world, owed, [NOTICE]);
      await company.ask(owed.order, withdrawPromise, { promiseId });
      await goTo('2026-02-24T17:00:00Z');
      await stepsAre(world, owed, [NOTICE, 'reminder1 2026-02-24 sent']);
      // Given on the 23rd for the 24th, told on the 25th: held until the 27th.
      await goTo('2026-02-25T10:00:00Z');
      await promise(world, owed, { givenOn: '2026-02-23', promisedOn: '2026-02-24' });
      await goTo('2026-02-27T17:30:00Z');
      await eventually(async () => {
        assert.deepEqual(await statesOf(world, 'promise', owed), ['withdrawn', 'withdrawn', 'broken']);
      });
      assert.equal(await refusalOf(company.ask(owed.order, withdrawPromise, { promiseId })), 'promise_not_open');
    }));
});

describe('a payment plan', () => {
  it('that is kept to is never reminded of, and ends with its last instalment', () =>
    inLife(async (world, owed) => {
      const { company, goTo } = world;
      await goTo('2026-02-12T10:00:00Z');
      await plan(world, owed, ['2026-02-20', '2026-03-20']);
      assert.equal(await refusalOf(promise(world, owed, { promisedOn: '2026-02-20' })), 'item_has_plan');
      await goTo('2026-02-21T10:00:00Z');
      await company.pay(owed.customer, 'p1', { amountMinor: 5_950, reference: 'SO-1' });
      await goTo('2026-03-19T10:00:00Z');
      await company.pay(owed.customer, 'p2', { amountMinor: 5_950, reference: 'SO-1' });
      await isClosed(world, owed);
      assert.deepEqual(await statesOf(world, 'payment_plan', owed), ['kept']);
      assert.deepEqual([await company.steps(owed.order), await company.tasks(owed.order)], [[NOTICE], []]);
    }));

  it('that is broken at its second instalment becomes a task, and dunning goes on at the level it had', () =>
    inLife(async (world, owed) => {
      const { company, goTo } = world;
      await goTo('2026-02-17T10:00:00Z');
      await plan(world, owed, ['2026-02-20', '2026-03-20']);
      await company.pay(owed.customer, 'p1', { amountMinor: 5_950, reference: 'SO-1' });
      // 20 March and its tolerance end on Monday, the 23rd.
      await goTo('2026-03-23T16:59:00Z');
      assert.deepEqual(await statesOf(world, 'payment_plan', owed), ['active']);
      await goTo('2026-03-24T17:00:00Z');
      await stepsAre(world, owed, [NOTICE, FIRST, 'reminder2 2026-03-24 sent']);
      assert.deepEqual(await statesOf(world, 'payment_plan', owed), ['broken']);
      assert.deepEqual(await company.tasks(owed.order), ['plan_broken open']);
      await company.pay(owed.customer, 'p2', { amountMinor: 5_950, reference: 'SO-1' });
      await isClosed(world, owed);
    }));
});

describe('a dispute during a promise', () => {
  it('keeps its part out of dunning when the promise is broken, and the rest goes on', () =>
    inLife(
      async (world, owed) => {
        const { company, goTo } = world;
        const { order, itemId } = owed;
        await goTo('2026-02-12T10:00:00Z');
        await promise(world, owed, { promisedOn: '2026-02-17' });
        const dispute = { itemId, amountMinor: 1_900, reason: 'pricing', source: 'customer_service' as const };
        const { disputeId } = await company.ask(order, raiseDispute, { ...dispute, raisedOn: null, noteId: null });
        await goTo('2026-02-23T17:00:00Z');
        await stepsAre(world, owed, [NOTICE, 'reminder1 2026-02-23 sent']);
        assert.deepEqual(await statesOf(world, 'promise', owed), ['broken']);
        assert.equal(await company.stage(order), 'disputed');
        const letter = (world.mail?.messages() ?? []).at(-1);
        assert.match(letter?.text ?? '', /100\.00/);
        assert.doesNotMatch(letter?.text ?? '', /119\.00/);
        const outcome = { disputeId, outcome: 'rejected' as const, creditMinor: null, noteId: null };
        await company.ask(order, resolveDispute, outcome);
        await company.pay(owed.customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
        await isClosed(world, owed);
      },
      { delivery: 'smtp' },
    ));
});
