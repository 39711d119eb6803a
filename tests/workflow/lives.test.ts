// Whole lives of orders through the real engine, in days that pass in moments: what went when, what was posted, who was asked.
// Every world starts on Monday, 12 January 2026, at 9 in Berlin; an invoice of that day is due on Wednesday, 11 February.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import type { Company, Customer, Order } from '../harness/acme.ts';
import { refusalOf } from '../harness/refusal-of.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';

const NOTICE = 'notice 2026-02-09 sent';
const FIRST = 'reminder1 2026-02-16 sent';
const SECOND = 'reminder2 2026-02-25 sent';
const THIRD = 'reminder3 2026-03-11 sent';

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

async function stepsAre(company: Company, order: Order, steps: readonly string[]): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(await company.steps(order), steps);
  });
}

/** An order that was shipped and invoiced on the first day. */
async function invoiced({ company }: World): Promise<{ customer: Customer; order: Order }> {
  const customer = await company.customer('C-1');
  const order = await company.order(customer, 'SO-1');
  await company.ship(order);
  await stageIs(company, order, 'collection');
  return { customer, order };
}

/** Debits less credits of an account, in minor units. */
async function balance({ db }: World, account: string): Promise<number> {
  const { rows } = await sql<{ sum: number }>`select coalesce(sum(amount_minor), 0)::bigint as sum from journal_line
    where account = ${account}`.execute(db);
  return rows[0]?.sum ?? 0;
}

describe('an order that is paid', () => {
  it('before the notice closes without a letter', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const { customer, order } = await invoiced(world);
      await goTo('2026-01-20T10:00:00Z');
      const report = await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      assert.equal(report.unappliedMinor, 0);
      await isClosed(company, order);
      await goTo('2026-04-01T10:00:00Z');
      assert.deepEqual(
        [await company.steps(order), await company.letters(customer), await company.tasks(order)],
        [[], [], []],
      );
      assert.deepEqual(await company.audit(order), [
        'order.received',
        'credit.approved',
        'shipment.recorded',
        'invoice.issued',
        'invoice.sent',
        'payment.applied',
      ]);
      assert.deepEqual(
        [
          await balance(world, 'receivable'),
          await balance(world, 'clearing:psp'),
          await balance(world, 'revenue'),
          await balance(world, 'tax_payable'),
        ],
        [0, 11_900, -10_000, -1_900],
      );
    }));

  it('on its due date had the notice and nothing else', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const { customer, order } = await invoiced(world);
      await goTo('2026-02-11T10:00:00Z');
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'INV-000001' });
      await isClosed(company, order);
      await goTo('2026-04-01T10:00:00Z');
      assert.deepEqual(await company.steps(order), [NOTICE]);
    }));

  it('after two reminders gets no third', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const { customer, order } = await invoiced(world);
      await goTo('2026-02-26T10:00:00Z');
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await isClosed(company, order);
      await goTo('2026-04-01T10:00:00Z');
      assert.deepEqual(await company.steps(order), [NOTICE, FIRST, SECOND]);
      assert.deepEqual(await company.letters(customer), ['2026-02-09 sent', '2026-02-16 sent', '2026-02-25 sent']);
    }));

  it('in part is reminded of the rest, and closes with it', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const { customer, order } = await invoiced(world);
      await goTo('2026-02-12T10:00:00Z');
      await company.pay(customer, 'p1', { amountMinor: 10_000, reference: 'SO-1' });
      await goTo('2026-02-20T10:00:00Z');
      await stepsAre(company, order, [NOTICE, FIRST]);
      assert.equal((await company.items(order))[0]?.openMinor, 1_900);
      assert.equal(await company.stage(order), 'collection');
      await company.pay(customer, 'p2', { amountMinor: 1_900, reference: 'SO-1' });
      await isClosed(company, order);
    }));

  it('twice keeps the second payment as unapplied cash', () =>
    inWorld({}, async (world) => {
      const { company } = world;
      const { customer, order } = await invoiced(world);
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      const second = await company.pay(customer, 'p2', { amountMinor: 11_900, reference: 'SO-1' });
      assert.deepEqual([second.allocations, second.unappliedMinor], [[], 11_900]);
      await isClosed(company, order);
      assert.deepEqual([await balance(world, 'receivable'), await balance(world, 'unapplied_cash')], [0, -11_900]);
    }));

  it('between handing in and the letter of that day gets no letter, and the next letter is not lost for others', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const { customer, order } = await invoiced(world);
      // Items are handed in until 7:45, the window opens at 8.
      await goTo('2026-02-09T06:50:00Z');
      await stepsAre(company, order, ['notice 2026-02-09 waiting']);
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await goTo('2026-02-09T17:00:00Z');
      await stepsAre(company, order, ['notice 2026-02-09 dropped']);
      assert.deepEqual(await company.letters(customer), ['2026-02-09 empty']);
      await isClosed(company, order);
    }));
});

describe('an order that is never paid', () => {
  it('gets every letter on its day, then a person, and closes with its payment', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const { customer, order } = await invoiced(world);
      await goTo('2026-05-01T10:00:00Z');
      await stepsAre(company, order, [NOTICE, FIRST, SECOND, THIRD, 'collector 2026-03-18 sent']);
      assert.deepEqual(await company.tasks(order), ['collect open']);
      assert.equal(await company.runState(order), 'RUNNING');
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await isClosed(company, order);
      assert.deepEqual(await company.tasks(order), ['collect done']);
      assert.deepEqual((await company.audit(order)).slice(-7), [
        'letter.sent',
        'letter.sent',
        'letter.sent',
        'letter.sent',
        'collector.asked',
        'task.escalated',
        'payment.applied',
      ]);
    }));
});

describe('shipments', () => {
  it('are each invoiced for what they carried, while the first is already being reminded of', () =>
    inWorld({}, async (world) => {
      const { company, goTo, db } = world;
      const customer = await company.customer('C-1');
      const order = await company.order(customer, 'SO-1');
      await company.ship(order, '4');
      await goTo('2026-02-17T10:00:00Z');
      await stepsAre(company, order, [NOTICE, FIRST]);
      await company.ship(order, '6');
      await goTo('2026-03-17T10:00:00Z');
      await stepsAre(company, order, [NOTICE, FIRST, SECOND, THIRD, 'notice 2026-03-16 sent']);
      const { rows } = await sql<{
        text: string;
      }>`select number || ' ' || invoiced_on || ' ' || due_on || ' ' || gross_minor as text
        from invoice where order_id = ${order.id} order by number`.execute(db);
      assert.deepEqual(
        rows.map((row) => row.text),
        ['INV-000001 2026-01-12 2026-02-11 4760', 'INV-000002 2026-02-17 2026-03-19 7140'],
      );
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await isClosed(company, order);
    }));

  it('are not needed by an order of services', () =>
    inWorld({}, async (world) => {
      const { company } = world;
      const customer = await company.customer('C-1');
      const order = await company.order(customer, 'SO-1', { isService: true });
      await stageIs(company, order, 'collection');
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await isClosed(company, order);
    }));
});

describe('an open invoice from elsewhere', () => {
  it('goes on at the level after its own, counted from its last letter', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const customer = await company.customer('C-1');
      const order = await company.opening(customer, 'OLD-1', {
        dueOn: '2025-12-01',
        level: 'reminder1',
        lastLetterOn: '2026-01-09',
      });
      assert.equal(order.workflowId, 'opening/ACME-DE/OLD-1');
      await goTo('2026-02-02T17:00:00Z');
      await stepsAre(company, order, [
        'reminder1 2026-01-09 sent',
        'reminder2 2026-01-16 sent',
        'reminder3 2026-01-23 sent',
        'collector 2026-01-30 sent',
      ]);
      assert.deepEqual(
        [await balance(world, 'receivable'), await balance(world, 'opening_balance')],
        [11_900, -11_900],
      );
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'OLD-1' });
      await isClosed(company, order);
    }));

  it('with a level and no date counts from the import', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const customer = await company.customer('C-1');
      const order = await company.opening(customer, 'OLD-1', { dueOn: '2025-12-01', level: 'reminder2' });
      await goTo('2026-01-20T17:00:00Z');
      await stepsAre(company, order, ['reminder2 2026-01-12 sent', 'reminder3 2026-01-19 sent']);
    }));
});

describe('an order above the limit', () => {
  async function held({ company }: World): Promise<Order> {
    const customer = await company.customer('C-1', { limitMinor: 8_000 });
    const order = await company.order(customer, 'SO-1');
    await stageIs(company, order, 'held');
    assert.deepEqual(await company.tasks(order), ['credit_hold open']);
    return order;
  }

  it('is held, and goes on when it is released', () =>
    inWorld({}, async (world) => {
      const { company } = world;
      const order = await held(world);
      assert.equal((await company.decide(order, 'release')).state, 'approved');
      await stageIs(company, order, 'fulfilment');
      assert.deepEqual(await company.tasks(order), ['credit_hold done']);
      await company.ship(order);
      await stageIs(company, order, 'collection');
    }));

  it('closes when it is rejected', () =>
    inWorld({}, async (world) => {
      const { company } = world;
      const order = await held(world);
      assert.equal((await company.decide(order, 'reject')).state, 'rejected');
      await isClosed(company, order, 'rejected');
      assert.equal(await refusalOf(company.decide(order, 'release')), 'credit_not_held');
    }));

  it('is rejected when nobody decided within five working days', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const order = await held(world);
      // Monday, 19 January, 18:00 in Berlin.
      await goTo('2026-01-19T16:59:00Z');
      assert.equal(await company.stage(order), 'held');
      await goTo('2026-01-19T17:01:00Z');
      await isClosed(company, order, 'rejected');
      assert.deepEqual(await company.tasks(order), ['credit_hold done', 'order_rejected open']);
      assert.deepEqual(await company.audit(order), [
        'order.received',
        'credit.held',
        // To the manager at half of its time, to the executive at four fifths.
        'task.escalated',
        'task.escalated',
        'credit.rejected',
      ]);
    }));

  it('is rejected at once when it is far above', () =>
    inWorld({}, async (world) => {
      const { company } = world;
      const customer = await company.customer('C-1', { limitMinor: 5_000 });
      const order = await company.store(customer, 'SO-1');
      const report = await company.start(order);
      assert.deepEqual([report.state, report.reasons], ['rejected', ['credit_limit_exceeded']]);
      await isClosed(company, order, 'rejected');
    }));

  it('passes once the limit was raised', () =>
    inWorld({}, async (world) => {
      const { company } = world;
      const customer = await company.customer('C-1', { limitMinor: 5_000 });
      await company.changeCredit(customer, { limitMinor: 11_900 });
      const first = await company.store(customer, 'SO-1');
      assert.equal((await company.start(first)).state, 'approved');
      await company.changeCredit(customer, { limitMinor: null, isBlocked: true });
      const second = await company.store(customer, 'SO-2');
      assert.deepEqual((await company.start(second)).reasons, ['customer_blocked']);
    }));
});

describe('a block', () => {
  it('over a reminder moves it to the first working day after, and the gap counts from there', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const { order } = await invoiced(world);
      await goTo('2026-02-12T10:00:00Z');
      await company.block(order, { from: '2026-02-16', until: '2026-02-20' });
      await goTo('2026-03-03T17:00:00Z');
      await stepsAre(company, order, [NOTICE, 'reminder1 2026-02-23 sent', 'reminder2 2026-03-02 sent']);
    }));

  it('without an end holds until somebody ends it, and the letter goes the same day', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const { order } = await invoiced(world);
      await goTo('2026-02-12T10:00:00Z');
      const { blockId } = await company.block(order);
      await goTo('2026-03-05T09:00:00Z');
      await stepsAre(company, order, [NOTICE]);
      assert.equal((await company.endBlock(order, blockId)).endedOn, '2026-03-05');
      await goTo('2026-03-05T17:00:00Z');
      await stepsAre(company, order, [NOTICE, 'reminder1 2026-03-05 sent']);
      assert.equal(await refusalOf(company.endBlock(order, blockId)), 'block_ended_already');
    }));

  it('that comes between handing in and the letter keeps the item out of it, and its end brings it back', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const { customer, order } = await invoiced(world);
      await goTo('2026-02-16T06:50:00Z');
      await stepsAre(company, order, [NOTICE, 'reminder1 2026-02-16 waiting']);
      const { blockId } = await company.block(order);
      await goTo('2026-02-18T09:00:00Z');
      await company.endBlock(order, blockId);
      await goTo('2026-02-18T17:00:00Z');
      await stepsAre(company, order, [NOTICE, 'reminder1 2026-02-16 dropped', 'reminder1 2026-02-18 sent']);
      assert.deepEqual(await company.letters(customer), ['2026-02-09 sent', '2026-02-16 empty', '2026-02-18 sent']);
    }));
});

describe('a closed order', () => {
  async function settled(world: World): Promise<{ customer: Customer; order: Order }> {
    const { customer, order } = await invoiced(world);
    await world.company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
    await isClosed(world.company, order);
    return { customer, order };
  }

  it('still answers a block, refuses what cannot be, and closes again', () =>
    inWorld({}, async (world) => {
      const { company } = world;
      const { order } = await settled(world);
      const { blockId } = await company.block(order);
      assert.match(blockId, /^[0-9a-f-]{36}$/);
      assert.equal(await refusalOf(company.block(order, { itemId: order.id })), 'item_unknown');
      assert.equal(await refusalOf(company.endBlock(order, order.id)), 'block_unknown');
      assert.equal(await refusalOf(company.ship(order, '0')), 'quantity_not_positive');
      await isClosed(company, order);
      assert.deepEqual((await company.audit(order)).slice(-4), [
        'block.set',
        'block.refused',
        'block.refused',
        'shipment.refused',
      ]);
    }));

  it('that is poked closes again at once, in a run of its own', () =>
    inWorld({}, async (world) => {
      const { company, client } = world;
      const { order } = await settled(world);
      const before = (await client.workflow.getHandle(order.workflowId).describe()).runId;
      await company.poke(order);
      await eventually(async () => {
        const { runId, status } = await client.workflow.getHandle(order.workflowId).describe();
        assert.ok(runId !== before && status.name === 'COMPLETED');
      });
    }));
});

describe('a request that is repeated under its key', () => {
  it('takes effect once, at the same moment and after the run has closed', () =>
    inWorld({}, async (world) => {
      const { company, db } = world;
      const customer = await company.customer('C-1');
      const order = await company.order(customer, 'SO-1');
      const answers = await Promise.all([company.ship(order, '10', 'key'), company.ship(order, '10', 'key')]);
      await stageIs(company, order, 'collection');
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await isClosed(company, order);
      answers.push(await company.ship(order, '10', 'key'));
      assert.equal(new Set(answers.map((answer) => answer.shipmentId)).size, 1);
      const { rows } = await sql<{ count: number }>`select count(*) as count from shipment`.execute(db);
      assert.equal(rows[0]?.count, 1);
    }));
});

describe('letters', () => {
  it('of several orders of a customer go as one a day', () =>
    inWorld({ delivery: 'smtp' }, async (world) => {
      const { company, goTo, mail } = world;
      const customer = await company.customer('C-1');
      const other = await company.customer('C-2');
      const orders = [];
      for (const [number, of] of [
        ['SO-1', customer],
        ['SO-2', customer],
        ['SO-3', other],
      ] as const) {
        const order = await company.order(of, number);
        await company.ship(order);
        orders.push(order);
      }
      await goTo('2026-02-17T17:00:00Z');
      for (const order of orders) await stepsAre(company, order, [NOTICE, FIRST]);
      assert.deepEqual(await company.letters(customer), ['2026-02-09 sent', '2026-02-16 sent']);
      const keys = (mail?.messages() ?? []).map(({ to, headers }) => {
        const key = headers.find((header) => header.name.toLowerCase() === 'x-quittance-key')?.value ?? '';
        return `${String(to[0])} ${key.split('/')[0] ?? ''}`;
      });
      assert.deepEqual(keys.sort(), [
        ...Array<string>(2).fill('c-1@example.org invoice'),
        ...Array<string>(2).fill('c-1@example.org letter'),
        'c-2@example.org invoice',
        ...Array<string>(2).fill('c-2@example.org letter'),
      ]);
    }));

  it('without an address become tasks, and the later levels go on', () =>
    inWorld({ delivery: 'smtp' }, async (world) => {
      const { company, goTo, mail } = world;
      const customer = await company.customer('C-1', { email: null });
      const order = await company.order(customer, 'SO-1');
      await company.ship(order);
      await goTo('2026-02-17T17:00:00Z');
      await stepsAre(company, order, ['notice 2026-02-09 undeliverable', 'reminder1 2026-02-16 undeliverable']);
      assert.deepEqual(await company.tasks(order), [
        'invoice_undeliverable open',
        'letter_undeliverable open',
        'letter_undeliverable open',
      ]);
      assert.deepEqual(mail?.messages(), []);
    }));
});

describe('a change of policy', () => {
  it('wakes the orders, which plan by the new one', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const { order } = await invoiced(world);
      const earlier = {
        ...POLICY_V1,
        ladder: POLICY_V1.ladder.map((rung) => (rung.level === 'notice' ? { ...rung, days: -10 } : rung)),
      };
      assert.deepEqual(await company.changePolicy(earlier), { version: 2 });
      await goTo('2026-02-03T17:00:00Z');
      await stepsAre(company, order, ['notice 2026-02-02 sent']);
    }));
});
