// What a life costs in Temporal: exact Actions, and bounds on events and bytes. A change that makes it dearer fails here.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { countActions, type Actions } from '../../bench/actions.ts';
import { letterWorkflowId, paymentWorkflowId } from '../../src/workflows/messages.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';

/** What the issue allows an order's own run. */
const ACTIONS_MAX = { happy: 17, letters: 24 };

const ORDER = 'order/ACME-DE/SO-1';
const PAYMENT = paymentWorkflowId({ legalEntityId: 'ACME-DE', source: 'psp', sourceId: 'p1' });
const LETTER = letterWorkflowId({ legalEntityId: 'ACME-DE', customerNumber: 'C-1', letterOn: '2026-02-16' });

/** An order of one shipment, paid on a day, as soon as its letters of before have gone. */
async function liveUntilPaid({ company, goTo, client }: World, paidAt: string, lettersBefore: number): Promise<void> {
  const customer = await company.customer('C-1');
  const order = await company.order(customer, 'SO-1');
  await company.ship(order);
  await eventually(async () => {
    assert.equal(await company.stage(order), 'collection');
  });
  await goTo(paidAt);
  await eventually(async () => {
    assert.equal((await company.letters(customer)).filter((letter) => letter.endsWith(' sent')).length, lettersBefore);
  });
  await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
  await client.workflow.getHandle(ORDER).result();
}

/** Asserts exactly so many Actions, and no more events and bytes than that. */
async function assertCost({ client }: World, workflowId: string, most: Actions): Promise<void> {
  const cost = countActions(await client.workflow.getHandle(workflowId).fetchHistory());
  const told = `${workflowId}: ${JSON.stringify(cost)}`;
  assert.equal(cost.actions, most.actions, told);
  assert.ok(cost.events <= most.events, told);
  assert.ok(cost.bytes <= most.bytes, told);
}

describe('the cost of an order', () => {
  it('that ships once and is paid before the notice stays within its budget', () =>
    inWorld({}, async (world) => {
      // The one timer more than the steps need is the reservation's: what never ships becomes somebody's task.
      const exact = 14;
      assert.ok(exact <= ACTIONS_MAX.happy);
      await liveUntilPaid(world, '2026-01-20T10:00:00Z', 0);
      await assertCost(world, ORDER, { actions: exact, events: 45, bytes: 9_500 });
      await assertCost(world, PAYMENT, { actions: 3, events: 13, bytes: 2_500 });
    }));

  it('with a notice and two reminders stays within its budget', () =>
    inWorld({}, async (world) => {
      const exact = 20;
      assert.ok(exact <= ACTIONS_MAX.letters);
      await liveUntilPaid(world, '2026-02-26T10:00:00Z', 3);
      await assertCost(world, ORDER, { actions: exact, events: 78, bytes: 14_000 });
      await assertCost(world, LETTER, { actions: 4, events: 20, bytes: 2_500 });
    }));
});
