// Held orders through the real engine, in days that pass in moments: how each hold ends, and who is asked meanwhile.
// Every world starts on Monday, 12 January 2026, at 9 in Berlin. An order is of 119.00 EUR unless told otherwise.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import {
  cancelOrder,
  changeOrder,
  changeWorkflowId,
  closeShort,
  decideCredit,
  ORDERS_QUEUE,
  type CreditChangeInput,
  type GroupChangeInput,
} from '../../src/workflows/messages.ts';
import type { Company, Customer, Order } from '../harness/acme.ts';
import { assertBooksHold } from '../harness/books.ts';
import { addGroup } from '../harness/company.ts';
import { refusalOf } from '../harness/refusal-of.ts';
import { eventually, inWorld, type World, type WorldOptions } from '../harness/world.ts';

const ORDER_MINOR = 11_900;

/** A life in a world of its own, at whose end the books hold. */
async function life(act: (world: World) => Promise<void>, options: WorldOptions = {}): Promise<void> {
  await inWorld(options, async (world) => {
    await act(world);
    await assertBooksHold(world.db);
  });
}

async function stageIs(company: Company, order: Order, stage: string): Promise<void> {
  await eventually(async () => {
    assert.equal(await company.stage(order), stage);
  });
}

async function isClosed(company: Company, order: Order, stage = 'settled'): Promise<void> {
  await stageIs(company, order, stage);
  await eventually(async () => {
    assert.equal(await company.runState(order), 'COMPLETED');
  });
}

/** Ships, invoices and pays an order: the end of every good life. */
async function sell(company: Company, order: Order, amountMinor: number): Promise<void> {
  await company.ship(order);
  await stageIs(company, order, 'collection');
  await company.pay(order.customer, `pay-${order.number}`, { amountMinor, reference: order.number });
  await isClosed(company, order);
}

/** Open and ended tasks of an order as `KIND OWNER STATE`, oldest first. */
async function tasks({ db }: World, order: Order): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`select kind || ' ' || owner_role || ' ' || state as text from task
    where order_id = ${order.id} order by id`.execute(db);
  return rows.map(({ text }) => text);
}

async function tasksAre(world: World, order: Order, expected: readonly string[]): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(await tasks(world, order), expected);
  });
}

async function holds({ db }: World, order: Order): Promise<string[]> {
  const { rows } = await sql<{
    state: string;
  }>`select state from credit_hold where order_id = ${order.id} order by id`.execute(db);
  return rows.map(({ state }) => state);
}

async function change(world: World, customer: Customer, set: Partial<CreditChangeInput>): Promise<void> {
  const { client, company } = world;
  const requestKey = company.requestKey();
  const by = { requestKey, requestId: requestKey, actor: 'key:test', roles: ['executive'] };
  const input = {
    legalEntityId: company.id,
    customerId: customer.id,
    limitMinor: null,
    isBlocked: false,
    ...by,
    ...set,
  };
  await client.workflow.execute<(input: CreditChangeInput) => Promise<void>>('changeCredit', {
    workflowId: changeWorkflowId({ kind: 'credit', requestKey }),
    taskQueue: ORDERS_QUEUE,
    args: [input],
  });
}

async function changeGroup(
  { client, company }: World,
  set: Pick<GroupChangeInput, 'groupId' | 'limitMinor'>,
): Promise<void> {
  const requestKey = company.requestKey();
  const by = { requestKey, requestId: requestKey, actor: 'key:test', roles: ['executive'] };
  await client.workflow.execute<(input: GroupChangeInput) => Promise<void>>('changeGroup', {
    workflowId: changeWorkflowId({ kind: 'group', requestKey }),
    taskQueue: ORDERS_QUEUE,
    args: [{ legalEntityId: company.id, isBlocked: false, limitUntil: null, ...by, ...set }],
  });
}

const ended = { reason: 'customer_asked', noteId: null };

/** An order that takes the whole limit, and one that waits behind it. */
async function waiting({ company }: World): Promise<{ customer: Customer; first: Order; second: Order }> {
  const customer = await company.customer('C-1', { limitMinor: ORDER_MINOR });
  const first = await company.order(customer, 'SO-1');
  const second = await company.order(customer, 'SO-2');
  await stageIs(company, first, 'fulfilment');
  await stageIs(company, second, 'held');
  return { customer, first, second };
}

describe('a held order goes on', () => {
  it('when others are paid: first in first out, and a small one does not overtake', () =>
    life(async (world) => {
      const { company } = world;
      const customer = await company.customer('C-1', { limitMinor: 2 * ORDER_MINOR });
      const [one, two] = [await company.order(customer, 'SO-1'), await company.order(customer, 'SO-2')];
      for (const order of [one, two]) {
        await company.ship(order);
        await stageIs(company, order, 'collection');
      }
      const large = await company.order(customer, 'SO-3', { netMinor: 15_000 });
      const small = await company.order(customer, 'SO-4', { netMinor: 1_000 });
      await company.pay(customer, 'p1', { amountMinor: ORDER_MINOR, reference: 'SO-1' });
      await isClosed(company, one);
      assert.deepEqual([await company.stage(large), await company.stage(small)], ['held', 'held']);

      await company.pay(customer, 'p2', { amountMinor: ORDER_MINOR, reference: 'SO-2' });
      await isClosed(company, two);
      await stageIs(company, large, 'fulfilment');
      await stageIs(company, small, 'fulfilment');
      assert.deepEqual(await company.audit(large), [
        ...['order.received', 'credit.held', 'credit.granted', 'credit.approved'],
      ]);
      await tasksAre(world, large, ['credit_hold credit_analyst done']);
      await sell(company, large, 17_850);
      await sell(company, small, 1_190);
    }));

  it('when money comes that nothing is due for yet', () =>
    life(async (world) => {
      const { company } = world;
      const { customer, second } = await waiting(world);
      await company.pay(customer, 'p1', { amountMinor: ORDER_MINOR, reference: 'on account' });
      await stageIs(company, second, 'fulfilment');
      assert.deepEqual(await holds(world, second), ['taken']);
    }));

  it('when the order before it is cancelled', () =>
    life(async (world) => {
      const { company } = world;
      const { first, second } = await waiting(world);
      await company.ask(first, cancelOrder, ended);
      await isClosed(company, first, 'cancelled');
      await stageIs(company, second, 'fulfilment');
      await sell(company, second, ORDER_MINOR);
    }));

  it('when the rest of the order before it never ships', () =>
    life(async (world) => {
      const { company } = world;
      const customer = await company.customer('C-1', { limitMinor: ORDER_MINOR });
      const first = await company.order(customer, 'SO-1');
      await company.ship(first, '4');
      await stageIs(company, first, 'collection');
      const second = await company.order(customer, 'SO-2', { netMinor: 6_000 });
      await stageIs(company, second, 'held');
      await company.ask(first, closeShort, ended);
      // 47.60 of 119.00 EUR stay, and 71.40 fit exactly.
      await stageIs(company, second, 'fulfilment');
    }));

  it('when the order before it is made smaller; its own change is asked about anew, at the end of the queue', () =>
    life(async (world) => {
      const { company } = world;
      const { first, second } = await waiting(world);
      const request = { reason: 'customer_asked', noteId: null };
      await company.ask(second, changeOrder, { ...request, lines: [{ lineNo: 1, quantity: '4' }] });
      await stageIs(company, second, 'held');
      assert.deepEqual(await holds(world, second), ['withdrawn', 'waiting']);
      await tasksAre(world, second, ['credit_hold credit_analyst done', 'credit_hold credit_analyst open']);
      await company.ask(first, changeOrder, { ...request, lines: [{ lineNo: 1, quantity: '6' }] });
      await stageIs(company, second, 'fulfilment');
      assert.deepEqual(await holds(world, second), ['withdrawn', 'taken']);
    }));

  it('when whoever found room for it died before telling it', () =>
    life(async (world) => {
      const { company, db } = world;
      const { second } = await waiting(world);
      await db.updateTable('credit_hold').set({ state: 'granted' }).where('order_id', '=', second.id).execute();
      await company.sweepNow();
      await stageIs(company, second, 'fulfilment');
      assert.deepEqual(await holds(world, second), ['taken']);
    }));

  it('when the limit is raised', () =>
    life(async (world) => {
      const { company } = world;
      const { customer, second } = await waiting(world);
      await change(world, customer, { limitMinor: 2 * ORDER_MINOR });
      await stageIs(company, second, 'fulfilment');
    }));

  it('when the one before it is rejected by a person', () =>
    life(async (world) => {
      const { company } = world;
      const customer = await company.customer('C-1', { limitMinor: ORDER_MINOR });
      const head = await company.order(customer, 'SO-1', { netMinor: 15_000 });
      const next = await company.order(customer, 'SO-2');
      await stageIs(company, next, 'held');
      await company.decide(head, 'reject');
      await isClosed(company, head, 'rejected');
      await stageIs(company, next, 'fulfilment');
    }));

  it('when the one before it expires', () =>
    life(async (world) => {
      const { company, goTo } = world;
      const customer = await company.customer('C-1', { limitMinor: ORDER_MINOR });
      const head = await company.order(customer, 'SO-1', { netMinor: 15_000 });
      await goTo('2026-01-14T10:00:00Z');
      const next = await company.order(customer, 'SO-2');
      await stageIs(company, next, 'held');
      await goTo('2026-01-19T17:01:00Z');
      await isClosed(company, head, 'rejected');
      await stageIs(company, next, 'fulfilment');
    }));
});

describe('customers that share a limit', () => {
  it('of 10,000.00 EUR wait for each other’s money', () =>
    life(async (world) => {
      const { company, db } = world;
      const [one, two] = [await company.customer('C-1'), await company.customer('C-2')];
      const limit = { limitMinor: 1_000_000, customerIds: [one.id, two.id] };
      const groupId = await addGroup(db, company.id, { number: 'G-1', ...limit });
      const first = await company.order(one, 'SO-1', { netMinor: 600_000 });
      const second = await company.order(two, 'SO-2', { netMinor: 300_000 });
      await stageIs(company, first, 'fulfilment');
      await stageIs(company, second, 'held');
      await company.ship(first);
      await stageIs(company, first, 'collection');
      // 7,140 + 3,570 − 710 = 10,000: exactly.
      await company.pay(one, 'p1', { amountMinor: 71_000, reference: 'SO-1' });
      await stageIs(company, second, 'fulfilment');
      assert.deepEqual(await holds(world, second), ['taken']);

      const third = await company.order(one, 'SO-3', { netMinor: 100 });
      await stageIs(company, third, 'held');
      await changeGroup(world, { groupId, limitMinor: 1_000_119 });
      await stageIs(company, third, 'fulfilment');
    }));

  it('let one go that leaves them for a limit of its own', () =>
    life(async (world) => {
      const { company, db } = world;
      const [one, two] = [await company.customer('C-1'), await company.customer('C-2')];
      await addGroup(db, company.id, { number: 'G-1', limitMinor: ORDER_MINOR, customerIds: [one.id, two.id] });
      await company.order(one, 'SO-1');
      const second = await company.order(two, 'SO-2');
      await stageIs(company, second, 'held');
      await change(world, two, { limitMinor: ORDER_MINOR, groupId: null });
      await stageIs(company, second, 'fulfilment');
    }));
});

describe('a hold that nobody decides', () => {
  it('goes up twice, is released for some days, is checked again, and ends as rejected', () =>
    life(async (world) => {
      const { company, goTo } = world;
      const customer = await company.customer('C-1', { limitMinor: 8_000 });
      const order = await company.order(customer, 'SO-1');
      await tasksAre(world, order, ['credit_hold credit_analyst open']);
      // Half of five working days, rounded up: Thursday, 18:00 in Berlin; four fifths: Friday.
      await goTo('2026-01-15T17:01:00Z');
      await tasksAre(world, order, ['credit_hold ar_manager open']);
      await goTo('2026-01-16T17:01:00Z');
      await tasksAre(world, order, ['credit_hold executive open']);

      const release = { decision: 'release', noteId: null, graceWorkingDays: 2 } as const;
      const answer = await company.ask(order, decideCredit, release, { roles: ['credit_analyst'] });
      assert.equal(answer.state, 'approved');
      await stageIs(company, order, 'fulfilment');
      // Tuesday, 20 January.
      await goTo('2026-01-20T16:59:00Z');
      assert.equal(await company.stage(order), 'fulfilment');
      await goTo('2026-01-20T17:01:00Z');
      await stageIs(company, order, 'held');
      assert.equal(await refusalOf(company.ask(order, decideCredit, release, { roles: ['sales'] })), 'above_authority');

      // Five working days on.
      await goTo('2026-01-27T17:01:00Z');
      await isClosed(company, order, 'rejected');
      assert.deepEqual(await holds(world, order), ['released', 'expired']);
      await tasksAre(world, order, [
        ...['credit_hold executive done', 'credit_hold executive done', 'order_rejected sales open'],
      ]);
    }));

  it('ends the rest of an order that shipped in part; what was invoiced is still reminded of and paid', () =>
    life(async (world) => {
      const { company, goTo } = world;
      const customer = await company.customer('C-1', { limitMinor: 8_000 });
      const order = await company.order(customer, 'SO-1');
      await company.ask(order, decideCredit, { decision: 'release', noteId: null, graceWorkingDays: 1 });
      await company.ship(order, '4');
      await stageIs(company, order, 'collection');
      await goTo('2026-01-13T17:01:00Z');
      // 47.60 are owed, and 71.40 more do not fit into 80.00 EUR.
      await stageIs(company, order, 'held');
      await goTo('2026-01-20T17:01:00Z');
      await stageIs(company, order, 'collection');
      await goTo('2026-02-10T10:00:00Z');
      await eventually(async () => {
        assert.deepEqual(await company.steps(order), ['notice 2026-02-09 sent']);
      });
      await company.pay(customer, 'p1', { amountMinor: 4_760, reference: 'SO-1' });
      await isClosed(company, order);
    }));
});

describe('who may release', () => {
  it('is a question of the amount, of thirty days, and of who created the customer', () =>
    life(async (world) => {
      const { company, ownerUrl, db } = world;
      const customer = await company.customer('C-1', { limitMinor: 3_000_000 });
      const large = await company.order(customer, 'SO-1', { netMinor: 4_500_000 });
      // 53,550.00 EUR are above what an analyst releases.
      await tasksAre(world, large, ['credit_hold ar_manager open']);
      const release = { decision: 'release', noteId: null } as const;
      const as = (role: string) => ({ roles: [role] });
      assert.equal(await refusalOf(company.ask(large, decideCredit, release, as('credit_analyst'))), 'above_authority');
      assert.equal(await refusalOf(company.ask(large, decideCredit, release, as('administrator'))), 'above_authority');
      const owner = new pg.Client({ connectionString: ownerUrl });
      await owner.connect();
      await owner.query(`update customer set created_by = 'key:ben'`);
      await owner.end();
      const ben = { actor: 'key:ben', roles: ['executive'] };
      assert.equal(await refusalOf(company.ask(large, decideCredit, release, ben)), 'duty_conflict');
      assert.equal((await company.ask(large, decideCredit, release, as('ar_manager'))).state, 'approved');
      await stageIs(company, large, 'fulfilment');

      const small = await company.order(customer, 'SO-2', { netMinor: 100_000 });
      await stageIs(company, small, 'held');
      assert.equal(await refusalOf(company.ask(small, decideCredit, release, as('credit_analyst'))), 'above_authority');
      const { rows } = await sql`select count(*) from audit_entry where action = 'credit.decision.refused'`.execute(db);
      assert.deepEqual(rows, [{ count: 4 }]);
      // What frees the room meanwhile makes the question go away.
      await change(world, customer, { limitMinor: 6_000_000 });
      await stageIs(company, small, 'fulfilment');
      assert.equal(await refusalOf(company.ask(small, decideCredit, release)), 'credit_not_held');
    }));
});

describe('a reservation', () => {
  const policy = { ...POLICY_V1, credit: { ...POLICY_V1.credit, reservationWorkingDays: 5 } };

  async function expired(world: World): Promise<Order> {
    const { company, goTo } = world;
    const order = await company.order(await company.customer('C-1', { limitMinor: ORDER_MINOR }), 'SO-1');
    await goTo('2026-01-19T16:59:00Z');
    assert.equal(await company.stage(order), 'fulfilment');
    await goTo('2026-01-19T17:01:00Z');
    await stageIs(company, order, 'held');
    await tasksAre(world, order, ['reservation_expired sales open']);
    return order;
  }

  it('that nobody used goes to whoever waits, and to sales, who names another date', () =>
    life(
      async (world) => {
        const { company } = world;
        const order = await expired(world);
        const next = await company.order(order.customer, 'SO-2');
        await stageIs(company, next, 'fulfilment');
        const request = { lines: [], requestedOn: '2026-03-02', reason: 'customer_asked', noteId: null };
        await company.ask(order, changeOrder, request);
        // It is checked again, and others have its room by now.
        await tasksAre(world, order, ['reservation_expired sales done', 'credit_hold credit_analyst open']);
        await sell(company, next, ORDER_MINOR);
        await stageIs(company, order, 'fulfilment');
        await sell(company, order, ORDER_MINOR);
      },
      { policy },
    ));

  it('that nobody used ends with the order when nobody acts', () =>
    life(
      async (world) => {
        const { company, goTo } = world;
        const order = await expired(world);
        await goTo('2026-01-22T17:01:00Z');
        await tasksAre(world, order, ['reservation_expired ar_manager open']);
        await goTo('2026-01-26T17:01:00Z');
        await isClosed(company, order, 'rejected');
        assert.deepEqual(await holds(world, order), ['expired']);
      },
      { policy },
    ));

  it('that nobody used is over when the order is cancelled, closed or released', () =>
    life(
      async (world) => {
        const { company } = world;
        const order = await expired(world);
        await company.decide(order, 'release');
        await stageIs(company, order, 'fulfilment');
        await company.ask(order, cancelOrder, ended);
        await isClosed(company, order, 'cancelled');
        await tasksAre(world, order, ['reservation_expired sales done']);
      },
      { policy },
    ));
});
