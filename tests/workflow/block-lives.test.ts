// Blocks over a whole order and over everything of a customer, through the real engine: each holds, and ends by itself or by hand.
// Every world starts on Monday, 12 January 2026, at 9 in Berlin; an invoice of that day is due on Wednesday, 11 February.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import {
  blockItem,
  changeWorkflowId,
  ORDERS_QUEUE,
  type BlockReport,
  type CustomerBlockInput,
} from '../../src/workflows/messages.ts';
import type { Customer, Order } from '../harness/acme.ts';
import { assertBooksHold } from '../harness/books.ts';
import { refusalOf } from '../harness/refusal-of.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';

const NOTICE = 'notice 2026-02-09 sent';
const FIRST = 'reminder1 2026-02-16 sent';

interface Owed {
  readonly customer: Customer;
  /** Shipped in two parts, so with two open items. */
  readonly first: Order;
  readonly second: Order;
}

/** A world with two orders of one customer, shipped and invoiced on the first day, on the Thursday after their notice. */
function inLife(act: (world: World, owed: Owed) => Promise<void>): Promise<void> {
  return inWorld({ policy: { ...POLICY_V1, blockDaysMax: 10 } }, async (world) => {
    const { company, db, goTo } = world;
    const customer = await company.customer('C-1');
    const first = await company.order(customer, 'SO-1');
    await company.ship(first, '4');
    await company.ship(first, '6');
    const second = await company.order(customer, 'SO-2');
    await company.ship(second);
    await goTo('2026-02-12T10:00:00Z');
    await stepsAre(world, first, [NOTICE, NOTICE]);
    await act(world, { customer, first, second });
    await assertBooksHold(db);
  });
}

async function stepsAre({ company }: World, order: Order, steps: readonly string[]): Promise<void> {
  await eventually(async () => {
    assert.deepEqual(await company.steps(order), steps);
  });
}

function blockCustomer(
  { company, client }: World,
  customer: Customer,
  change: Pick<CustomerBlockInput, 'set' | 'endBlockId'>,
): Promise<BlockReport> {
  const requestKey = company.requestKey();
  const request = { requestKey, actor: 'key:test', requestId: requestKey, roles: ['collector'] };
  return client.workflow.execute<(input: CustomerBlockInput) => Promise<BlockReport>>('changeCustomerBlock', {
    workflowId: changeWorkflowId({ kind: 'block', requestKey }),
    taskQueue: ORDERS_QUEUE,
    args: [{ ...request, ...change, legalEntityId: company.id, customerId: customer.id }],
  });
}

const insolvency = { from: null, until: null, reason: 'insolvency', noteId: null };

describe('a block over an order', () => {
  it('holds every item of it and nothing else, and ends by itself', () =>
    inLife(async (world, { first, second }) => {
      const { company, goTo } = world;
      const asked = { itemId: null, from: '2026-02-16', until: '2026-02-20', reason: 'disputed', noteId: null };
      const report = await company.ask(first, blockItem, asked);
      assert.deepEqual([report.itemId, report.until], [null, '2026-02-20']);
      await goTo('2026-02-23T17:00:00Z');
      await stepsAre(world, second, [NOTICE, FIRST]);
      const late = 'reminder1 2026-02-23 sent';
      await stepsAre(world, first, [NOTICE, NOTICE, late, late]);
      assert.equal(await refusalOf(company.ask(first, blockItem, { ...asked, until: '2026-02-26' })), 'block_too_long');
    }));
});

describe('a block over everything of a customer', () => {
  it('holds all its orders, and ends by itself after the longest time', () =>
    inLife(async (world, { customer, first, second }) => {
      const { company, goTo } = world;
      const report = await blockCustomer(world, customer, { set: insolvency, endBlockId: null });
      assert.deepEqual([report.itemId, report.from, report.until], [null, '2026-02-12', '2026-02-21']);
      await goTo('2026-02-20T17:00:00Z');
      await stepsAre(world, second, [NOTICE]);
      await goTo('2026-02-23T17:00:00Z');
      const late = 'reminder1 2026-02-23 sent';
      await stepsAre(world, first, [NOTICE, NOTICE, late, late]);
      await stepsAre(world, second, [NOTICE, late]);
      assert.deepEqual(await company.letters(customer), ['2026-02-09 sent', '2026-02-23 sent']);
    }));

  it('ended by a person lets them all go on the same day, and is ended once', () =>
    inLife(async (world, { customer, first, second }) => {
      const { goTo } = world;
      const { blockId } = await blockCustomer(world, customer, { set: insolvency, endBlockId: null });
      await goTo('2026-02-18T09:00:00Z');
      const ended = await blockCustomer(world, customer, { set: null, endBlockId: blockId });
      assert.equal(ended.endedOn, '2026-02-18');
      await goTo('2026-02-18T17:00:00Z');
      const late = 'reminder1 2026-02-18 sent';
      await stepsAre(world, first, [NOTICE, NOTICE, late, late]);
      await stepsAre(world, second, [NOTICE, late]);
      const again = blockCustomer(world, customer, { set: null, endBlockId: blockId });
      assert.equal(await refusalOf(again), 'block_ended_already');
    }));
});
