// Lives of orders whose money comes early, is taken back, undone or used by hand, through the real engine.
// Every world starts on Monday, 12 January 2026, at 9 in Berlin; an invoice of that day is due on Wednesday, 11 February.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import {
  changeWorkflowId,
  givePromise,
  ORDERS_QUEUE,
  paymentStart,
  raiseDispute,
  returnStart,
  type ReturnReport,
  type UndoReport,
} from '../../src/workflows/messages.ts';
import type { Company, Customer, Order } from '../harness/acme.ts';
import { assertBooksHold } from '../harness/books.ts';
import { balanceOf, moneyOf, openOf, tellReturn } from '../harness/payments.ts';
import { refusalOf } from '../harness/refusal-of.ts';
import { eventually, inWorld, type World, type WorldOptions } from '../harness/world.ts';

const NOTICE = 'notice 2026-02-09 sent';
const FIRST = 'reminder1 2026-02-16 sent';
const orderMinor = 11_900;
const PAID = { amountMinor: orderMinor, reference: 'SO-1' };

/** A world whose books hold at its end. */
function inBooks(options: WorldOptions, act: (world: World) => Promise<void>): Promise<void> {
  return inWorld(options, async (world) => {
    await act(world);
    await assertBooksHold(world.db);
  });
}

async function stageIs(company: Company, order: Order, stage: string): Promise<void> {
  await eventually(async () => {
    assert.equal(await company.stage(order), stage);
  });
}

async function isClosed(company: Company, order: Order): Promise<void> {
  await stageIs(company, order, 'settled');
  await eventually(async () => {
    assert.equal(await company.runState(order), 'COMPLETED');
  });
}

async function stepsAre(company: Company, order: Order, steps: readonly string[]): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(await company.steps(order), steps);
  });
}

async function invoiced({ company }: World, number = 'SO-1', customer?: Customer): Promise<[Customer, Order]> {
  const payer = customer ?? (await company.customer('C-1'));
  const order = await company.order(payer, number);
  await company.ship(order);
  await stageIs(company, order, 'collection');
  return [payer, order];
}

async function paymentOf({ db }: World, sourceId: string): Promise<string> {
  const { id } = await db
    .selectFrom('payment')
    .select('id')
    .where('source_id', '=', sourceId)
    .executeTakeFirstOrThrow();
  return id;
}

/** Stores a return as the door does. @returns how its run is started */
async function storeReturn(
  world: World,
  told: { payment: string; sourceId: string; amountMinor?: number; reasonCode?: string; feeMinor?: number },
): Promise<ReturnType<typeof returnStart>> {
  const { payment, ...rest } = told;
  const paymentId = await paymentOf(world, payment);
  const stored = await tellReturn(world.db, { paymentId, ...rest, now: await world.now() });
  assert.ok(stored.ok);
  return returnStart({ id: stored.stored.id, legalEntityId: world.company.id });
}

/** Tells a return and waits until the orders are told. */
async function takeBack(world: World, told: Parameters<typeof storeReturn>[1]): Promise<ReturnReport> {
  const start = await storeReturn(world, told);
  return world.client.workflow.execute<(input: object) => Promise<ReturnReport>>('returnPayment', start);
}

async function changeOf(
  world: World,
  workflow: 'undoAllocation' | 'allocateCash',
  asked: { payment: string; item: string; amountMinor?: number },
): Promise<UndoReport> {
  const requestKey = world.company.requestKey();
  const { id: itemId } = await world.db
    .selectFrom('open_item')
    .select('id')
    .where('number', '=', asked.item)
    .executeTakeFirstOrThrow();
  const request = { requestKey, actor: 'key:test', requestId: requestKey, roles: ['cash_applier'] };
  const input = { ...request, paymentId: await paymentOf(world, asked.payment), itemId };
  const amount = workflow === 'allocateCash' ? { amountMinor: asked.amountMinor ?? null } : {};
  return world.client.workflow.execute<(input: object) => Promise<UndoReport>>(workflow, {
    workflowId: changeWorkflowId({ kind: workflow === 'allocateCash' ? 'allocation' : 'undo', requestKey }),
    taskQueue: ORDERS_QUEUE,
    args: [{ ...input, ...amount }],
  });
}

describe('a payment that is taken back', () => {
  it('eight weeks after the order was settled wakes it at the level it had, and the next letter is the next one', () =>
    inBooks({}, async (world) => {
      const { company, client, goTo } = world;
      const [customer, order] = await invoiced(world);
      await goTo('2026-02-17T10:00:00Z');
      await stepsAre(company, order, [NOTICE, FIRST]);
      await company.pay(customer, 'p1', PAID);
      await isClosed(company, order);
      const before = (await client.workflow.getHandle(order.workflowId).describe()).runId;

      await goTo('2026-04-14T10:00:00Z');
      const report = await takeBack(world, { payment: 'p1', sourceId: 'rt1' });
      assert.deepEqual(
        report.reopened.map(({ number, amountMinor }) => [number, amountMinor]),
        [['INV-000001', orderMinor]],
      );
      await stageIs(company, order, 'collection');
      await eventually(async () => {
        const { runId, status } = await client.workflow.getHandle(order.workflowId).describe();
        assert.ok(runId !== before && status.name === 'RUNNING');
      });
      await goTo('2026-04-14T17:00:00Z');
      await stepsAre(company, order, [NOTICE, FIRST, 'reminder2 2026-04-14 sent']);
      assert.deepEqual(await company.tasks(order), ['payment_returned open']);

      await company.pay(customer, 'p2', PAID);
      await isClosed(company, order);
      assert.deepEqual(await company.tasks(order), ['payment_returned done']);
      assert.deepEqual(
        [await balanceOf(world.db, 'receivable'), await balanceOf(world.db, 'clearing:psp')],
        [0, orderMinor],
      );
    }));

  it('in part, as a chargeback, leaves that part to be dunned', () =>
    inBooks({}, async (world) => {
      const { company, goTo } = world;
      const [customer, order] = await invoiced(world);
      await goTo('2026-02-10T10:00:00Z');
      await company.pay(customer, 'p1', PAID);
      await isClosed(company, order);
      await takeBack(world, { payment: 'p1', sourceId: 'cb', amountMinor: 4_000, reasonCode: 'MD06' });
      await goTo('2026-02-17T10:00:00Z');
      await stepsAre(company, order, [NOTICE, FIRST]);
      assert.equal((await company.items(order))[0]?.openMinor, 4_000);
      await company.pay(customer, 'p2', { amountMinor: 4_000, reference: 'SO-1' });
      await isClosed(company, order);
    }));

  it('with a fee opens what was paid, and the fee is our expense', () =>
    inBooks({}, async (world) => {
      const { company } = world;
      const [customer, order] = await invoiced(world);
      await company.pay(customer, 'p1', PAID);
      await isClosed(company, order);
      await takeBack(world, { payment: 'p1', sourceId: 'rt', feeMinor: 300 });
      await stageIs(company, order, 'collection');
      assert.deepEqual(
        [await openOf(world.db, 'INV-000001'), await balanceOf(world.db, 'bank_charges')],
        [[orderMinor], 300],
      );
    }));

  it('that had settled two orders wakes both', () =>
    inBooks({}, async (world) => {
      const { company } = world;
      const [customer, one] = await invoiced(world);
      const [, two] = await invoiced(world, 'SO-2', customer);
      await company.pay(customer, 'p1', { amountMinor: 2 * orderMinor, reference: 'SO-1 SO-2' });
      for (const order of [one, two]) await isClosed(company, order);
      await takeBack(world, { payment: 'p1', sourceId: 'rt', amountMinor: orderMinor + 900 });
      for (const order of [one, two]) await stageIs(company, order, 'collection');
      const open = await openOf(world.db, 'INV-000001', 'INV-000002');
      assert.equal(
        open.reduce((sum, minor) => sum + minor, 0),
        orderMinor + 900,
      );
      await company.pay(customer, 'p2', { amountMinor: orderMinor + 900, reference: 'SO-1 SO-2' });
      for (const order of [one, two]) await isClosed(company, order);
    }));

  it('is told before the payment is posted: it waits, and both are booked', () =>
    inBooks({}, async (world) => {
      const { company, client } = world;
      const [customer, order] = await invoiced(world);
      const paymentId = await company.storePayment(customer, 'p1', PAID);
      const start = await storeReturn(world, { payment: 'p1', sourceId: 'rt' });
      const returned = await client.workflow.start<(input: object) => Promise<ReturnReport>>('returnPayment', start);
      await eventually(async () => {
        const [tried] = (await returned.describe()).raw.pendingActivities ?? [];
        assert.match(tried?.lastFailure?.message ?? '', /not posted yet/);
      });
      const payment = { id: paymentId, legalEntityId: company.id, source: 'psp', sourceId: 'p1' };
      await client.workflow.execute('applyPayment', paymentStart(payment));
      await returned.result();
      await stageIs(company, order, 'collection');
      assert.deepEqual(
        [await moneyOf(world.db, paymentId), await openOf(world.db, 'INV-000001')],
        [[0, orderMinor, 0], [orderMinor]],
      );
    }));

  it('while an item is disputed opens it, and only the undisputed part is dunned', () =>
    inBooks({}, async (world) => {
      const { company, goTo } = world;
      const [customer, order] = await invoiced(world);
      const itemId = (await company.items(order))[0]?.id ?? '';
      await company.ask(order, raiseDispute, {
        ...{ itemId, amountMinor: 2_000, reason: 'pricing', source: 'customer_mail', raisedOn: null, noteId: null },
      });
      await company.pay(customer, 'p1', { amountMinor: 9_900, reference: 'SO-1' });
      await stageIs(company, order, 'disputed');
      await takeBack(world, { payment: 'p1', sourceId: 'rt' });
      await goTo('2026-02-17T10:00:00Z');
      await stepsAre(company, order, [NOTICE, FIRST]);
      assert.equal((await company.items(order))[0]?.openMinor, orderMinor);
    }));

  it('opens the promise that it had kept, which is broken when nothing comes', () =>
    inBooks({}, async (world) => {
      const { company, goTo, db } = world;
      const [customer, order] = await invoiced(world);
      const itemId = (await company.items(order))[0]?.id ?? '';
      await company.ask(order, givePromise, {
        ...{ itemId, amountMinor: orderMinor, promisedOn: '2026-02-20', givenOn: null, noteId: null },
      });
      const states = async () => (await sql<{ state: string }>`select state from promise`.execute(db)).rows;
      await company.pay(customer, 'p1', PAID);
      await isClosed(company, order);
      assert.deepEqual(await states(), [{ state: 'kept' }]);
      await goTo('2026-02-16T10:00:00Z');
      await takeBack(world, { payment: 'p1', sourceId: 'rt' });
      assert.deepEqual(await states(), [{ state: 'open' }]);
      await goTo('2026-03-02T10:00:00Z');
      await eventually(async () => {
        assert.deepEqual(await states(), [{ state: 'broken' }]);
      });
    }));

  it('R17: comes to the same end in whatever order payments and returns are told', async () => {
    const events = ['pay p1', 'pay p2', 'return p1', 'pay p3'] as const;
    const shuffled = fc.shuffledSubarray([...events], { minLength: events.length });
    const live = (sequence: readonly string[]) =>
      inBooks({}, async (world) => {
        const { company, client } = world;
        const [customer, order] = await invoiced(world);
        const amounts = { p1: 5_000, p2: 6_900, p3: 5_000 };
        for (const [id, amountMinor] of Object.entries(amounts)) {
          await company.storePayment(customer, id, { amountMinor, reference: 'SO-1' });
        }
        const runs = [];
        for (const event of sequence) {
          const [verb, id = ''] = event.split(' ');
          const payment = { id: await paymentOf(world, id), legalEntityId: company.id, source: 'psp', sourceId: id };
          const isPaid = verb === 'pay';
          const start = isPaid ? paymentStart(payment) : await storeReturn(world, { payment: id, sourceId: 'rt' });
          const workflow = isPaid ? 'applyPayment' : 'returnPayment';
          runs.push(await client.workflow.start<(input: object) => Promise<unknown>>(workflow, start));
        }
        await Promise.all(runs.map((run) => run.result()));
        await isClosed(company, order);
        assert.deepEqual(await moneyOf(world.db, await paymentOf(world, 'p1')), [0, 5_000, 0]);
      });
    await fc.assert(fc.asyncProperty(shuffled, live), { numRuns: 4, endOnFailure: true });
  });
});

describe('R15: a payment before the invoice exists', () => {
  it('is kept, and settles the invoice on the day it is issued', () =>
    inBooks({}, async (world) => {
      const { company, goTo } = world;
      const customer = await company.customer('C-1');
      const order = await company.order(customer, 'SO-1');
      const report = await company.pay(customer, 'p1', PAID);
      assert.deepEqual([report.allocations, report.unappliedMinor], [[], orderMinor]);
      await goTo('2026-01-20T10:00:00Z');
      await company.ship(order);
      await isClosed(company, order);
      assert.deepEqual([await company.steps(order), await balanceOf(world.db, 'unapplied_cash')], [[], 0]);
    }));

  it('and even before the order does so too', () =>
    inBooks({}, async (world) => {
      const { company } = world;
      const customer = await company.customer('C-1');
      await company.pay(customer, 'p1', PAID);
      const order = await company.order(customer, 'SO-1');
      await company.ship(order);
      await isClosed(company, order);
    }));

  it('that was one too many settles what the other one leaves when it is taken back', () =>
    inBooks({}, async (world) => {
      const { company, db } = world;
      const [customer, order] = await invoiced(world);
      await company.pay(customer, 'p1', PAID);
      await company.pay(customer, 'p2', PAID);
      await isClosed(company, order);
      await takeBack(world, { payment: 'p1', sourceId: 'rt' });
      await eventually(async () => {
        assert.deepEqual(await moneyOf(db, await paymentOf(world, 'p2')), [0, 0, 0]);
      });
      await isClosed(company, order);
      assert.deepEqual(await company.steps(order), []);
    }));
});

describe('an allocation that is undone', () => {
  it('wakes the settled order, which is dunned until a person allocates the money again', () =>
    inBooks({}, async (world) => {
      const { company, goTo, db } = world;
      const [customer, order] = await invoiced(world);
      await company.pay(customer, 'p1', PAID);
      await isClosed(company, order);
      const undone = await changeOf(world, 'undoAllocation', { payment: 'p1', item: 'INV-000001' });
      assert.deepEqual([undone.amountMinor, undone.unappliedMinor], [orderMinor, orderMinor]);
      await goTo('2026-02-17T10:00:00Z');
      await stepsAre(company, order, [NOTICE, FIRST]);
      assert.deepEqual(await openOf(db, 'INV-000001'), [orderMinor]);
      const used = await changeOf(world, 'allocateCash', { payment: 'p1', item: 'INV-000001' });
      assert.deepEqual([used.amountMinor, used.unappliedMinor], [orderMinor, 0]);
      await isClosed(company, order);
      assert.equal(
        await refusalOf(changeOf(world, 'allocateCash', { payment: 'p1', item: 'INV-000001' })),
        'payment_nothing_left',
      );
    }));

  it('brings back the small difference, and the money may pay another order', () =>
    inBooks({ policy: { ...POLICY_V1, smallDifference: { fixedMinor: 100, basisPoints: 100 } } }, async (world) => {
      const { company, db } = world;
      const [customer, one] = await invoiced(world);
      const [, two] = await invoiced(world, 'SO-2', customer);
      await company.pay(customer, 'p1', { amountMinor: orderMinor - 50, reference: 'SO-1' });
      await isClosed(company, one);
      assert.equal(await balanceOf(db, 'small_differences'), 50);
      await changeOf(world, 'undoAllocation', { payment: 'p1', item: 'INV-000001' });
      await stageIs(company, one, 'collection');
      assert.deepEqual([await openOf(db, 'INV-000001'), await balanceOf(db, 'small_differences')], [[orderMinor], 0]);
      await changeOf(world, 'allocateCash', { payment: 'p1', item: 'INV-000002' });
      await isClosed(company, two);
      assert.deepEqual([await openOf(db, 'INV-000002'), await balanceOf(db, 'small_differences')], [[0], 50]);
    }));
});

describe('a return that was stored and never started', () => {
  it('is started by the sweep', () =>
    inBooks({}, async (world) => {
      const { company } = world;
      const [customer, order] = await invoiced(world);
      await company.pay(customer, 'p1', PAID);
      await isClosed(company, order);
      await storeReturn(world, { payment: 'p1', sourceId: 'rt' });
      await company.sweepNow();
      await stageIs(company, order, 'collection');
    }));
});
