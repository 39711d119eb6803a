// Workers that were away: what was due in between is asked about anew, and nothing goes with the date of yesterday.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Order } from '../harness/acme.ts';
import { withWorkerOn } from '../harness/uncached-worker.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';

const NOTICE = 'notice 2026-02-09 sent';
const TWO_DAYS = 2 * 86_400_000;
const LETTER = 'letter/ACME-DE/C-1/2026-02-16';

async function invoiced({ company }: World): Promise<Order> {
  const order = await company.order(await company.customer('C-1'), 'SO-1');
  await company.ship(order);
  await eventually(async () => {
    assert.equal(await company.stage(order), 'collection');
  });
  return order;
}

describe('a letter', () => {
  it('whose day passed while no worker ran is missed, told to a person, and goes on a later day', () =>
    inWorld({ isWorkerAway: true }, async (world) => {
      const { company, goTo } = world;
      const orders: Order[] = [];
      await withWorkerOn('orders and mail', world, async () => {
        orders.push(await invoiced(world));
        await goTo('2026-02-16T06:50:00Z');
      });
      world.passUnseen(TWO_DAYS);
      await withWorkerOn('orders and mail', world, async () => {
        await goTo('2026-02-20T17:00:00Z');
        await eventually(async () => {
          for (const order of orders) {
            const [notice, dropped, sent] = await company.steps(order);
            assert.deepEqual([notice, dropped], [NOTICE, 'reminder1 2026-02-16 dropped']);
            assert.match(sent ?? '', /^reminder1 2026-02-(18|19|20) sent$/);
            assert.deepEqual(await company.tasks(order), ['letter_missed open']);
          }
        });
      });
    }));

  it('that was asked for and not taken up in time is asked for anew, with the time of then', () =>
    inWorld({ isWorkerAway: true }, async (world) => {
      const { goTo, client } = world;
      const asked = async (): Promise<number[]> => {
        const { events } = await client.workflow.getHandle(LETTER).fetchHistory();
        return (events ?? []).flatMap((event) => {
          const data = event.activityTaskScheduledEventAttributes?.input?.payloads?.[0]?.data;
          return data ? [(JSON.parse(Buffer.from(data).toString()) as { now: number }).now] : [];
        });
      };
      await withWorkerOn('orders and mail', world, async () => {
        await invoiced(world);
        await goTo('2026-02-16T06:50:00Z');
      });
      await withWorkerOn('orders', world, async () => {
        const passing = goTo('2026-02-16T14:00:00Z');
        await eventually(async () => {
          assert.equal((await asked()).length, 1);
        });
        // Nobody works on the queue of mail; its task holds the server's clock until it is let go.
        await world.letClockGo();
        await eventually(async () => {
          assert.ok((await asked()).length >= 2);
        });
        void passing;
      });
      const [first = 0, second = 0] = await asked();
      assert.ok(second - first >= 15 * 60_000, `${String(first)} ${String(second)}`);
    }));
});

describe('an order', () => {
  it('whose reminder fell due while no worker ran is reminded when it is back, without a missed letter', () =>
    inWorld({ isWorkerAway: true }, async (world) => {
      const { company, goTo } = world;
      const orders: Order[] = [];
      await withWorkerOn('orders and mail', world, async () => {
        orders.push(await invoiced(world));
        await goTo('2026-02-15T10:00:00Z');
      });
      world.passUnseen(TWO_DAYS);
      await withWorkerOn('orders and mail', world, async () => {
        await goTo('2026-02-20T17:00:00Z');
        await eventually(async () => {
          for (const order of orders) {
            const [notice, sent] = await company.steps(order);
            assert.equal(notice, NOTICE);
            assert.match(sent ?? '', /^reminder1 2026-02-(17|18|19) sent$/);
            assert.deepEqual(await company.tasks(order), []);
          }
        });
      });
    }));
});
