// An order that waits forty days for its due date: one timer at a time, and every reminder on its working day.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertBooksHold } from '../harness/books.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';

/** The most timers that a run ever had open together, and how many it started. */
async function timersOf({ client }: World, workflowId: string): Promise<{ atOnce: number; started: number }> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  let [open, atOnce, started] = [0, 0, 0];
  for (const event of events ?? []) {
    if (event.timerStartedEventAttributes) [open, started] = [open + 1, started + 1];
    if (event.timerFiredEventAttributes ?? event.timerCanceledEventAttributes) open -= 1;
    atOnce = Math.max(atOnce, open);
  }
  return { atOnce, started };
}

describe('R12: an order with terms of forty days', () => {
  it('R12: is reminded on the right working days, with one timer open at a time', () =>
    inWorld({}, async (world) => {
      const { company, goTo, db } = world;
      const customer = await company.customer('C-1');
      const order = await company.order(customer, 'SO-1', { termsDays: 40 });
      await company.ship(order);
      await eventually(async () => {
        assert.equal(await company.stage(order), 'collection');
      });
      // Shipped on Monday, 12 January, so due on Saturday, 21 February: nothing happens until three days before.
      await goTo('2026-02-17T17:00:00Z');
      assert.deepEqual(
        (await company.items(order)).map(({ dueOn }) => dueOn),
        ['2026-02-21'],
      );
      assert.deepEqual(await company.steps(order), []);
      // One until it shipped, when it would have lost its reservation, and one until the notice.
      assert.deepEqual(await timersOf(world, order.workflowId), { atOnce: 1, started: 2 });
      // A poke that changes nothing leaves the timer as it is.
      await company.poke(order);
      await goTo('2026-03-27T17:00:00Z');
      await eventually(async () => {
        assert.deepEqual(await company.steps(order), [
          'notice 2026-02-18 sent',
          'reminder1 2026-02-25 sent',
          'reminder2 2026-03-06 sent',
          'reminder3 2026-03-20 sent',
          'collector 2026-03-27 sent',
        ]);
      });
      const { atOnce, started } = await timersOf(world, order.workflowId);
      assert.equal(atOnce, 1);
      // One for the reservation, one for each of five steps, and one until the collector's task goes on to the next owner.
      assert.equal(started, 7);
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await eventually(async () => {
        assert.equal(await company.stage(order), 'settled');
      });
      await assertBooksHold(db);
    }));
});
