// Lives of tasks: every kind has a timer and a way out, its owner is told once for each tier, and nobody is pressed for nothing.
// Every world of skipping time starts on Monday, 12 January 2026, at 9 in Berlin.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { agenda } from '../../src/domain/agenda.ts';
import { TASK_KINDS, type TaskKind } from '../../src/domain/task.ts';
import { setMailbox } from '../../src/database/queries/mailboxes.ts';
import { openTask, type NewTask } from '../../src/database/queries/open-task.ts';
import { orderContext } from '../../src/database/queries/order-context.ts';
import type { Order } from '../harness/acme.ts';
import { assertBooksHold } from '../harness/books.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';
import { KilledWorker } from '../faults/killed-worker.ts';

const KINDS = Object.keys(TASK_KINDS) as TaskKind[];
const DEADLINE = Date.parse('2026-01-14T17:00:00Z');

async function mailbox({ db, company }: World, role: string): Promise<void> {
  const box = { legalEntityId: company.id, role, email: `${role.replace('_', '-')}@acme.example` };
  await setMailbox(db, box, { actor: 'key:admin', requestId: 'test', now: Date.now() });
}

/** Opens a task of an order as whatever needs somebody does, and says so to the order. @returns its ID */
async function open(world: World, order: Order, task: Partial<NewTask> = {}): Promise<string> {
  const { db, company } = world;
  const kind = task.kind ?? 'collect';
  const id = await db.transaction().execute((tx) =>
    openTask(tx, {
      ...{ legalEntityId: company.id, key: `${kind}/test`, kind, ownerRole: 'collector', orderId: order.id },
      ...{ reason: 'Somebody has to look.', endsWith: 'POST /v1/tasks/{task}/completion', deadlineAt: DEADLINE },
      ...task,
    }),
  );
  await company.poke(order);
  return id;
}

interface Standing {
  readonly kind: string;
  readonly state: string;
  readonly role: string;
  readonly tier: number;
  readonly told: number;
  readonly by: string | null;
}

async function tasks({ db }: World): Promise<Standing[]> {
  const { rows } =
    await sql<Standing>`select kind, state, owner_role as role, tier, told_tier as told, done_by as by from task
    order by id`.execute(db);
  return rows;
}

/** Mail about tasks, as `RECIPIENT TIER`. */
function told({ mail }: World): string[] {
  return (mail?.messages() ?? []).flatMap(({ to, headers }) => {
    const key = headers.find((header) => header.name.toLowerCase() === 'x-quittance-key')?.value ?? '';
    return key.startsWith('task/') ? [`${String(to[0])} ${key.split('/')[2] ?? ''}`] : [];
  });
}

async function audited({ company }: World, order: Order): Promise<string[]> {
  return (await company.audit(order)).filter((action) => action.startsWith('task.'));
}

/** An order of 119.00 EUR that was shipped and invoiced, and whose invoice is due in a month. */
async function invoiced({ company }: World): Promise<Order> {
  const order = await company.order(await company.customer('C-1'), 'SO-1');
  await company.ship(order);
  await eventually(async () => {
    assert.equal(await company.stage(order), 'collection');
  });
  return order;
}

async function pay(world: World, order: Order): Promise<void> {
  await world.company.pay(order.customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
  await eventually(async () => {
    assert.equal(await world.company.runState(order), 'COMPLETED');
  });
}

describe('every kind of task', () => {
  it('has a timer, goes on to the manager when nobody ends it, and ends with its order', () =>
    inWorld({}, async (world) => {
      const order = await invoiced(world);
      for (const kind of KINDS) await open(world, order, { kind });
      const context = await orderContext(world.db, order.id, await world.now());
      assert.ok(context !== null);
      const ahead = agenda(context.facts, context.policy, context.calendar, await world.now());
      const timers = ahead.filter((entry) => entry.step === 'escalateTask');
      assert.deepEqual(new Set(timers.map((entry) => entry.at)), new Set([DEADLINE]));
      assert.equal(timers.length, KINDS.length);
      await world.goTo('2026-01-14T17:01:00Z');
      await eventually(async () => {
        const expected = KINDS.map((kind) => ({ kind, state: 'open', role: 'ar_manager', tier: 1, told: 1, by: null }));
        assert.deepEqual(await tasks(world), expected);
      });
      await pay(world, order);
      for (const { kind, state, by } of await tasks(world)) assert.deepEqual([state, by], ['done', 'settled'], kind);
      await assertBooksHold(world.db);
    }));

  it('that only tells something ends by itself at its deadline', () =>
    inWorld({}, async (world) => {
      const order = await invoiced(world);
      await open(world, order, { kind: 'order_rejected', lapses: true });
      await open(world, order, { kind: 'order_cancelled', lapses: true, deadlineAt: DEADLINE + 86_400_000 });
      await world.goTo('2026-01-14T16:59:00Z');
      await world.company.sweepNow();
      assert.deepEqual(
        (await tasks(world)).map(({ state }) => state),
        ['open', 'open'],
      );
      await world.goTo('2026-01-14T17:01:00Z');
      await world.company.sweepNow();
      assert.deepEqual(
        (await tasks(world)).map(({ state, tier }) => `${state} ${tier}`),
        ['lapsed 0', 'open 0'],
      );
      assert.deepEqual(await audited(world, order), ['task.lapsed']);
      await world.company.sweepNow();
      assert.deepEqual(await audited(world, order), ['task.lapsed']);
      assert.equal(await world.company.runState(order), 'RUNNING');
    }));

  it('that comes when its order is over ends at once, unless it only tells something', () =>
    inWorld({}, async (world) => {
      const order = await invoiced(world);
      await pay(world, order);
      await open(world, order, { kind: 'letter_unknown' });
      await open(world, order, { kind: 'order_cancelled', lapses: true });
      await eventually(async () => {
        assert.deepEqual(
          (await tasks(world)).map(({ state, by }) => `${state} ${String(by)}`),
          ['done settled', 'open null'],
        );
        assert.equal(await world.company.runState(order), 'COMPLETED');
      });
    }));
});

describe('the owner of a task', () => {
  it('without a mailbox is not mailed, and costs no step', () =>
    inWorld({ delivery: 'smtp' }, async (world) => {
      const order = await invoiced(world);
      await open(world, order);
      await world.goTo('2026-01-14T17:01:00Z');
      await eventually(async () => {
        assert.deepEqual((await tasks(world))[0]?.tier, 1);
      });
      assert.deepEqual([told(world), await audited(world, order)], [[], ['task.escalated']]);
    }));

  it('is told by one mail, also where only the next one has a mailbox', () =>
    inWorld({ delivery: 'smtp' }, async (world) => {
      await mailbox(world, 'ar_manager');
      const order = await invoiced(world);
      await open(world, order);
      await world.goTo('2026-01-20T17:00:00Z');
      assert.deepEqual(told(world), ['ar-manager@acme.example 1']);
      assert.deepEqual(await audited(world, order), ['task.escalated', 'task.told']);
    }));

  it('is told later where the mail server asks to, and by one mail', () =>
    inWorld({ delivery: 'smtp' }, async (world) => {
      await mailbox(world, 'collector');
      const order = await invoiced(world);
      world.mail?.behave({ kind: 'defer', forRecipient: /collector@/, times: 2 });
      await open(world, order);
      await world.goTo('2026-01-12T12:00:00Z');
      await eventually(async () => {
        assert.deepEqual(await audited(world, order), ['task.told']);
      });
      assert.deepEqual(told(world), ['collector@acme.example 0']);
    }));

  it('whom no try reaches is given up on, and the task goes on all the same', () =>
    inWorld({ delivery: 'smtp' }, async (world) => {
      await mailbox(world, 'collector');
      const order = await invoiced(world);
      world.mail?.behave({ kind: 'defer', forRecipient: /collector@/ });
      await open(world, order);
      await world.goTo('2026-01-13T12:00:00Z');
      await eventually(async () => {
        assert.deepEqual(await audited(world, order), ['task.not_told']);
      });
      const { rows } =
        await sql`select tell_attempts as attempts, told_tier as told, tell_retry_at as at from task`.execute(world.db);
      assert.deepEqual(rows, [{ attempts: 10, told: 0, at: null }]);
      await world.goTo('2026-01-14T17:01:00Z');
      assert.deepEqual((await tasks(world))[0]?.tier, 1);
    }));

  it('who is refused for good, or whose mail is lost in a broken connection, is not mailed again', () =>
    inWorld({ delivery: 'smtp' }, async (world) => {
      await mailbox(world, 'collector');
      await mailbox(world, 'sales');
      const order = await invoiced(world);
      world.mail?.behave({ kind: 'reject_recipient', forRecipient: /collector@/, times: 1 });
      world.mail?.behave({ kind: 'drop_after_data', forRecipient: /sales@/, times: 1 });
      await open(world, order);
      await open(world, order, { kind: 'order_rejected', ownerRole: 'sales' });
      await world.goTo('2026-01-14T12:00:00Z');
      const { rows } = await sql<{ outcome: string }>`select details ->> 'outcome' as outcome from audit_entry
        where action = 'task.not_told' order by 1`.execute(world.db);
      assert.deepEqual(
        rows.map(({ outcome }) => outcome),
        ['refused', 'unknown'],
      );
      assert.deepEqual(told(world), ['sales@acme.example 0']);
    }));

  it('gets one mail although the worker dies while it is sent, and nobody claims that it arrived', () =>
    inWorld({ time: 'real', delivery: 'smtp', isWorkerAway: true }, async (world) => {
      await mailbox(world, 'collector');
      const worker = new KilledWorker(world);
      await worker.start();
      try {
        const { company } = world;
        const dueOn = new Date(Date.now() + 60 * 86_400_000).toISOString().slice(0, 10);
        const order = await company.opening(await company.customer('C-1'), 'OLD-1', { dueOn });
        world.mail?.behave({ kind: 'slow', delayMs: 60_000, times: 1 });
        await open(world, order, { deadlineAt: Date.now() + 86_400_000 });
        await eventually(async () => {
          assert.equal(told(world).length, 1);
          return Promise.resolve();
        });
        await worker.kill();
        await worker.start();
        // The mail's activity is missed by its heartbeat, and tried again.
        await eventually(async () => {
          assert.deepEqual(await audited(world, order), ['task.not_told']);
        }, 90_000);
        assert.equal(told(world).length, 1);
        assert.deepEqual((await tasks(world))[0]?.told, 0);
      } finally {
        await worker.kill();
      }
    }));
});
