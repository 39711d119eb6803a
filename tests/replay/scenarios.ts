// The lives whose histories are kept: each is played in a world of its own, and the runs it names are recorded.

import assert from 'node:assert/strict';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import type { Customer, Order } from '../harness/acme.ts';
import { eventually, type World } from '../harness/world.ts';

/** A run to record: its workflow's folder, the name of the scenario, and its ID. */
export interface Recorded {
  readonly workflow: string;
  readonly scenario: string;
  readonly workflowId: string;
}

/** Ends with the IDs of its runs, each of them closed or waiting. */
export type Scenario = (world: World) => Promise<readonly Recorded[]>;

const PAID = { amountMinor: 11_900, reference: 'SO-1' };

async function stageIs({ company }: World, order: Order, stage: string): Promise<void> {
  await eventually(async () => {
    assert.equal(await company.stage(order), stage);
  });
}

async function stepsAreSent({ company }: World, order: Order, count: number): Promise<void> {
  await eventually(async () => {
    assert.equal((await company.steps(order)).filter((step) => step.endsWith(' sent')).length, count);
  });
}

async function isClosed({ company, client }: World, order: Order): Promise<void> {
  await client.workflow.getHandle(order.workflowId).result();
  assert.equal(await company.runState(order), 'COMPLETED');
}

async function invoiced(world: World): Promise<{ customer: Customer; order: Order }> {
  const customer = await world.company.customer('C-1');
  const order = await world.company.order(customer, 'SO-1');
  await world.company.ship(order);
  await stageIs(world, order, 'collection');
  return { customer, order };
}

function ofOrder(order: Order, scenario: string): Recorded {
  return { workflow: 'order-to-cash', scenario, workflowId: order.workflowId };
}

export const scenarios: Readonly<Record<string, Scenario>> = {
  async happy(world) {
    const { customer, order } = await invoiced(world);
    await world.goTo('2026-01-20T10:00:00Z');
    await world.company.pay(customer, 'p1', PAID);
    await isClosed(world, order);
    const payment = { workflow: 'apply-payment', scenario: 'full', workflowId: 'payment/ACME-DE/psp/p1' };
    return [ofOrder(order, 'happy'), payment];
  },

  async letters(world) {
    const { customer, order } = await invoiced(world);
    await world.goTo('2026-05-01T10:00:00Z');
    await stepsAreSent(world, order, 5);
    await world.company.pay(customer, 'p1', PAID);
    await isClosed(world, order);
    const letter = { workflow: 'letter-of-the-day', scenario: 'sent', workflowId: 'letter/ACME-DE/C-1/2026-02-16' };
    return [ofOrder(order, 'letters'), letter];
  },

  async droppedLetter(world) {
    const { customer, order } = await invoiced(world);
    await world.goTo('2026-02-09T06:50:00Z');
    await world.company.pay(customer, 'p1', PAID);
    await world.goTo('2026-02-09T17:00:00Z');
    const letter = { workflow: 'letter-of-the-day', scenario: 'empty', workflowId: 'letter/ACME-DE/C-1/2026-02-09' };
    await world.client.workflow.getHandle(letter.workflowId).result();
    await isClosed(world, order);
    return [letter, ofOrder(order, 'woken-when-settled')];
  },

  async partialShipments(world) {
    const customer = await world.company.customer('C-1');
    const order = await world.company.order(customer, 'SO-1');
    await world.company.ship(order, '4');
    await world.goTo('2026-02-17T10:00:00Z');
    await world.company.ship(order, '6');
    await stageIs(world, order, 'collection');
    await world.company.pay(customer, 'p1', { amountMinor: 5_000, reference: 'SO-1' });
    await world.goTo('2026-03-17T17:00:00Z');
    await world.company.pay(customer, 'p2', { amountMinor: 10_000, reference: 'SO-1' });
    await isClosed(world, order);
    const payment = { workflow: 'apply-payment', scenario: 'too-much', workflowId: 'payment/ACME-DE/psp/p2' };
    return [ofOrder(order, 'partial-shipments'), payment];
  },

  async holdExpired(world) {
    const customer = await world.company.customer('C-1', { limitMinor: 8_000 });
    const order = await world.company.order(customer, 'SO-1');
    await world.goTo('2026-01-20T10:00:00Z');
    await isClosed(world, order);
    return [ofOrder(order, 'hold-expired')];
  },

  async holdReleased(world) {
    const customer = await world.company.customer('C-1', { limitMinor: 8_000 });
    const order = await world.company.order(customer, 'SO-1');
    await assert.rejects(world.company.ship(order));
    await world.company.decide(order, 'release');
    await stageIs(world, order, 'fulfilment');
    return [ofOrder(order, 'hold-released')];
  },

  async openingItem(world) {
    const customer = await world.company.customer('C-1');
    const order = await world.company.opening(customer, 'OLD-1', {
      ...{ dueOn: '2025-12-01', level: 'reminder1', lastLetterOn: '2026-01-09' },
    });
    await world.goTo('2026-02-02T17:00:00Z');
    await stepsAreSent(world, order, 4);
    await world.company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'OLD-1' });
    await isClosed(world, order);
    return [ofOrder(order, 'opening-item')];
  },

  async block(world) {
    const { order } = await invoiced(world);
    await world.goTo('2026-02-12T10:00:00Z');
    const { blockId } = await world.company.block(order);
    await world.goTo('2026-03-05T09:00:00Z');
    await world.company.endBlock(order, blockId);
    await world.goTo('2026-03-05T17:00:00Z');
    await stepsAreSent(world, order, 2);
    return [ofOrder(order, 'block')];
  },

  async changes(world) {
    const { customer, order } = await invoiced(world);
    await world.company.changeCredit(customer, { limitMinor: 1 });
    await world.company.changePolicy(POLICY_V1);
    await stageIs(world, order, 'collection');
    return [
      { workflow: 'change-credit', scenario: 'limit', workflowId: 'change/credit/ACME-DE-request-2' },
      { workflow: 'change-policy', scenario: 'one-page', workflowId: 'change/policy/ACME-DE-request-3' },
    ];
  },

  async sweep(world) {
    await world.company.store(await world.company.customer('C-1'), 'SO-1');
    const workflowId = await world.company.sweepNow();
    return [{ workflow: 'sweep', scenario: 'one-order', workflowId }];
  },
};
