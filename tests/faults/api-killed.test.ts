// An API that died between storing and starting: the sweep finds what it left, and starts each thing once.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertBooksHold } from '../harness/books.ts';
import { eventually, inWorld } from '../harness/world.ts';

describe('R03: what was stored and never started', () => {
  it('R03: is started by the sweep: an order and a payment', () =>
    inWorld({}, async ({ company, client, db }) => {
      const customer = await company.customer('C-1');
      const order = await company.store(customer, 'SO-1');
      await assert.rejects(company.runState(order), /not found/i);
      await company.sweepNow();
      await eventually(async () => {
        assert.equal(await company.stage(order), 'fulfilment');
      });
      await company.ship(order);
      await eventually(async () => {
        assert.equal(await company.stage(order), 'collection');
      });
      await company.storePayment(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await company.sweepNow();
      await client.workflow.getHandle(order.workflowId).result();
      assert.equal(await company.stage(order), 'settled');
      await assertBooksHold(db);
    }));

  it('R03: is left alone by the sweep once it runs', () =>
    inWorld({}, async ({ company, client, db }) => {
      const order = await company.order(await company.customer('C-1'), 'SO-1');
      const before = await client.workflow.getHandle(order.workflowId).describe();
      await company.sweepNow();
      const after = await client.workflow.getHandle(order.workflowId).describe();
      assert.deepEqual([after.runId, after.historyLength], [before.runId, before.historyLength]);
      await assertBooksHold(db);
    }));

  it('R03: is started once, however often the sweep passes', () =>
    inWorld({}, async ({ company, db }) => {
      const order = await company.store(await company.customer('C-1'), 'SO-1');
      await Promise.all([company.sweepNow(), company.sweepNow(), company.sweepNow()]);
      await eventually(async () => {
        assert.equal(await company.stage(order), 'fulfilment');
      });
      assert.deepEqual(await company.audit(order), ['order.received', 'credit.approved']);
      await assertBooksHold(db);
    }));
});
