// Whole lives of orders through the real engine, in days that pass in moments: what went when, what was posted, who was asked.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, inWorld } from '../harness/world.ts';

describe('an order', () => {
  it('that is never paid gets every letter on its day, then a person, and is settled by its payment', () =>
    inWorld({}, async ({ company, goTo }) => {
      const t0 = Date.now();
      const customer = await company.customer('C-1');
      const order = await company.order(customer, 'SO-1');
      await company.ship(order);
      await eventually(async () => assert.equal(await company.stage(order), 'collection'));
      console.log('setup', Date.now() - t0);
      await goTo('2026-04-01T16:00:00Z');
      console.log('skipped', Date.now() - t0);
      await eventually(async () =>
        assert.deepEqual(await company.steps(order), [
          'notice 2026-02-09 sent',
          'reminder1 2026-02-16 sent',
          'reminder2 2026-02-25 sent',
          'reminder3 2026-03-11 sent',
          'collector 2026-03-18 sent',
        ]),
      );
      assert.deepEqual(await company.tasks(order), ['collect open']);
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await eventually(async () => assert.equal(await company.runState(order), 'COMPLETED'));
      assert.deepEqual(await company.tasks(order), ['collect done']);
      console.log('all', Date.now() - t0, await company.audit(order));
    }));
});
