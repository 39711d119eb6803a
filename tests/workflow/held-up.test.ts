// Workers that were away for days: what was due in between is asked about anew, and nothing goes with the date of yesterday.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Order } from '../harness/acme.ts';
import { withOrdersOnlyWorker } from '../harness/orders-only-worker.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';

const NOTICE = 'notice 2026-02-09 sent';

async function invoiced({ company }: World): Promise<Order> {
  const order = await company.order(await company.customer('C-1'), 'SO-1');
  await company.ship(order);
  await eventually(async () => {
    assert.equal(await company.stage(order), 'collection');
  });
  return order;
}

async function stepsAre({ company }: World, order: Order, steps: readonly string[]): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(await company.steps(order), steps);
  });
}

describe('a letter', () => {
  it('whose day passed while no worker ran is missed, told to a person, and goes on the day of return', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const order = await invoiced(world);
      await goTo('2026-02-16T06:50:00Z');
      await stepsAre(world, order, [NOTICE, 'reminder1 2026-02-16 waiting']);
      await world.stopWorker();
      await goTo('2026-02-18T09:00:00Z');
      await world.startWorker();
      await goTo('2026-02-18T17:00:00Z');
      await stepsAre(world, order, [NOTICE, 'reminder1 2026-02-16 dropped', 'reminder1 2026-02-18 sent']);
      assert.deepEqual(await company.tasks(order), ['letter_missed open']);
    }));

  it('that was asked for and not taken up for two days does not go with its old date', () =>
    inWorld({}, async (world) => {
      const { goTo } = world;
      const order = await invoiced(world);
      await goTo('2026-02-12T10:00:00Z');
      await world.stopWorker();
      await withOrdersOnlyWorker(world, async () => {
        // The letter asks to be sent on Monday; nobody works on the queue of mail until Wednesday.
        await goTo('2026-02-18T09:00:00Z');
      });
      await world.startWorker();
      await goTo('2026-02-18T17:00:00Z');
      await stepsAre(world, order, [NOTICE, 'reminder1 2026-02-16 dropped', 'reminder1 2026-02-18 sent']);
    }));
});

describe('an order', () => {
  it('whose reminder fell due while no worker ran is reminded on the day of return, without a missed letter', () =>
    inWorld({}, async (world) => {
      const { company, goTo } = world;
      const order = await invoiced(world);
      await goTo('2026-02-12T10:00:00Z');
      await world.stopWorker();
      await goTo('2026-02-18T09:00:00Z');
      await world.startWorker();
      await goTo('2026-02-18T17:00:00Z');
      await stepsAre(world, order, [NOTICE, 'reminder1 2026-02-18 sent']);
      assert.deepEqual(await company.tasks(order), []);
    }));
});
