// Promises, payment plans and blocks as a caller of the API sees them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { inWorld } from '../harness/world.ts';
import { customer, legalEntity, type Reply } from './door.ts';
import { openWorldDoor, type WorldDoor } from './world-door.ts';

const eur = (amount: string) => ({ amount, currency: 'EUR' });

interface Place {
  readonly door: WorldDoor;
  readonly customerId: string;
  /** The address of an open invoice from elsewhere over 119.00 EUR, due on 11 February; today is 12 January 2026. */
  readonly path: string;
  readonly itemId: string;
}

function behindDoor(act: (place: Place) => Promise<void>): Promise<void> {
  return inWorld({}, async (world) => {
    const door = await openWorldDoor(world);
    try {
      await made(door, '/v1/legal-entities', legalEntity('OURS'));
      const customerId = String((await made(door, '/v1/customers', customer('OURS')))['id']);
      const { id } = await made(door, '/v1/opening-items', {
        ...{ legalEntity: 'OURS', customer: 'C-1', number: '4711', amount: eur('119.00') },
        ...{ invoicedOn: '2026-01-12', dueOn: '2026-02-11' },
      });
      const path = `/v1/orders/${String(id)}`;
      await act({ door, customerId, path, itemId: await openItem(door, path) });
    } finally {
      await door.close();
    }
  });
}

async function made(door: WorldDoor, path: string, body: unknown, status = 201): Promise<Reply['body']> {
  const reply = await door.ask('POST', path, { body });
  assert.equal(reply.status, status, reply.text);
  return reply.body;
}

async function refused(door: WorldDoor, path: string, body: unknown): Promise<[number, unknown]> {
  const reply = await door.ask('POST', path, { body });
  return [reply.status, reply.body['code']];
}

type Blocks = { id: string; over: string; until: string; endedOn: string | null; reason: string }[];

async function openItem(door: WorldDoor, path: string): Promise<string> {
  const { body } = await door.ask('GET', path);
  return (body['openItems'] as { id: string }[])[0]?.id ?? '';
}

async function blocksOf(door: WorldDoor, path: string): Promise<Blocks> {
  const { body } = await door.ask('GET', path);
  return (body['openItems'] as { blocks: Blocks }[])[0]?.blocks ?? [];
}

/** What comes next, as the agenda shows it. */
async function nextOf(door: WorldDoor, path: string): Promise<{ step: string; at: string | null }> {
  const { body } = await door.ask('GET', `${path}/agenda`);
  const [first] = body['entries'] as { step: string; at: string | null }[];
  assert.ok(first !== undefined);
  return { step: first.step, at: first.at };
}

async function listed(door: WorldDoor, path: string): Promise<Record<string, unknown>[]> {
  const { status, body } = await door.ask('GET', path);
  assert.equal(status, 200);
  return body['data'] as Record<string, unknown>[];
}

describe('a promise at the door', () => {
  it('is given, replaced and withdrawn, and every one is listed, newest first', () =>
    behindDoor(async ({ door, path, itemId }) => {
      const asked = { item: '4711', amount: eur('119.00'), promisedOn: '2026-02-20', note: 'Ms Smith rang.' };
      const body = { body: asked, idempotencyKey: 'the-same-promise' };
      const first = await door.ask('POST', `${path}/promises`, body);
      assert.equal(first.status, 201, first.text);
      assert.equal(first.headers.get('location'), `${path}/promises`);
      const { id, createdAt, ...shown } = first.body;
      assert.match(String(createdAt), /^\d{4}-\d\d-\d\dT/);
      assert.deepEqual(shown, {
        ...{ order: path.split('/').at(-1), item: itemId, number: '4711', amount: eur('119.00') },
        ...{ givenOn: '2026-01-12', promisedOn: '2026-02-20', level: 1, state: 'open', evaluatedAt: null },
      });
      assert.deepEqual((await door.ask('POST', `${path}/promises`, body)).body, first.body);
      // The evening of 23 February, with three days of tolerance.
      assert.deepEqual(await nextOf(door, path), { step: 'evaluatePromise', at: '2026-02-23T17:00:00.000Z' });
      const second = await made(door, `${path}/promises`, { ...asked, item: itemId, promisedOn: '2026-02-27' });
      assert.equal(second['level'], 2);
      const withdrawal = `${path}/promises/${String(second['id'])}/withdrawal`;
      assert.equal((await made(door, withdrawal, {}, 200))['state'], 'withdrawn');
      assert.deepEqual(await refused(door, withdrawal, {}), [409, 'promise_not_open']);
      assert.deepEqual(
        (await listed(door, `${path}/promises`)).map((one) => [one['id'], one['state']]),
        [
          [second['id'], 'withdrawn'],
          [id, 'withdrawn'],
        ],
      );
      const [one] = await listed(door, `${path}/promises?limit=1`);
      assert.equal(one?.['id'], second['id']);
    }));

  it('is refused with the reason, and only given by who may', () =>
    behindDoor(async ({ door, path }) => {
      const asked = { item: '4711', amount: eur('119.00'), promisedOn: '2026-02-20' };
      const ask = (changes: object): Promise<[number, unknown]> =>
        refused(door, `${path}/promises`, { ...asked, ...changes });
      assert.deepEqual(await ask({ amount: eur('119.01') }), [422, 'promise_exceeds_open']);
      assert.deepEqual(await ask({ amount: eur('0') }), [400, 'amount_not_positive']);
      assert.deepEqual(await ask({ amount: { amount: '1.00', currency: 'USD' } }), [422, 'currency_not_supported']);
      assert.deepEqual(await ask({ item: '4712' }), [422, 'item_unknown']);
      assert.deepEqual(await ask({ promisedOn: '2026-08-01' }), [422, 'promised_too_far_ahead']);
      assert.deepEqual(await ask({ givenOn: '2026-01-13' }), [422, 'given_in_the_future']);
      const seller = await door.keyFor('sales');
      assert.equal((await door.ask('POST', `${path}/promises`, { body: asked, key: seller })).status, 403);
      const collector = await door.keyFor('collector');
      assert.equal((await door.ask('POST', `${path}/promises`, { body: asked, key: collector })).status, 201);
    }));
});

describe('a payment plan at the door', () => {
  it('is agreed and cancelled, one at a time, and every one is listed', () =>
    behindDoor(async ({ door, path, itemId }) => {
      const instalments = [
        { dueOn: '2026-02-20', amount: eur('60.00') },
        { dueOn: '2026-03-20', amount: eur('59.00') },
      ];
      const agreed = await made(door, `${path}/payment-plans`, { item: '4711', instalments });
      assert.deepEqual([agreed['item'], agreed['state'], agreed['instalments']], [itemId, 'active', instalments]);
      assert.equal((await nextOf(door, path)).step, 'evaluatePlan');
      const promise = { item: '4711', amount: eur('1.00'), promisedOn: '2026-02-20' };
      assert.deepEqual(await refused(door, `${path}/promises`, promise), [409, 'item_has_plan']);
      const again = { item: '4711', instalments };
      assert.deepEqual(await refused(door, `${path}/payment-plans`, again), [409, 'item_has_plan']);
      const cancellation = `${path}/payment-plans/${String(agreed['id'])}/cancellation`;
      assert.equal((await made(door, cancellation, {}, 200))['state'], 'cancelled');
      assert.deepEqual(await refused(door, cancellation, {}), [409, 'plan_not_active']);
      const short = { item: '4711', instalments: instalments.slice(1) };
      assert.deepEqual(await refused(door, `${path}/payment-plans`, short), [422, 'plan_does_not_sum']);
      await made(door, `${path}/promises`, promise);
      assert.deepEqual(await refused(door, `${path}/payment-plans`, again), [409, 'item_has_promise']);
      const plans = await listed(door, `${path}/payment-plans`);
      assert.deepEqual(
        plans.map((plan) => [plan['id'], plan['state'], plan['instalments']]),
        [[agreed['id'], 'cancelled', instalments]],
      );
    }));
});

describe('a block at the door', () => {
  it('over an item or the whole order shows its end, and is ended at the order', () =>
    behindDoor(async ({ door, path, itemId }) => {
      const item = await made(door, `${path}/blocks`, { item: '4711', reason: 'disputed', until: '2026-02-15' });
      assert.deepEqual([item['item'], item['until']], [itemId, '2026-02-15']);
      // Without an end it is as long as the policy allows: ninety days with the first and the last.
      const order = await made(door, `${path}/blocks`, { reason: 'insolvency' });
      assert.deepEqual([order['item'], order['from'], order['until']], [null, '2026-01-12', '2026-04-11']);
      const long = { reason: 'insolvency', until: '2026-04-12' };
      assert.deepEqual(await refused(door, `${path}/blocks`, long), [422, 'block_too_long']);
      await made(door, `${path}/blocks/${String(order['id'])}/end`, {}, 200);
      assert.deepEqual(
        (await blocksOf(door, path)).map(({ over, until, endedOn }) => [over, until, endedOn]),
        [
          ['item', '2026-02-15', null],
          ['order', '2026-04-11', '2026-01-12'],
        ],
      );
    }));

  it('over everything of a customer reaches its orders, is listed, and is ended at the customer', () =>
    behindDoor(async ({ door, path, customerId }) => {
      const before = await nextOf(door, path);
      const blocks = `/v1/customers/${customerId}/blocks`;
      const asked = { body: { reason: 'insolvency', note: 'From the court.' }, idempotencyKey: 'the-same-block' };
      const set = await door.ask('POST', blocks, asked);
      assert.equal(set.status, 201, set.text);
      const { id, ...shown } = set.body;
      const days = { from: '2026-01-12', until: '2026-04-11', endedOn: null };
      assert.deepEqual(shown, { customer: customerId, ...days, reason: 'insolvency' });
      assert.deepEqual((await door.ask('POST', blocks, asked)).body, set.body);
      assert.deepEqual(
        (await blocksOf(door, path)).map((block) => [block.id, block.over]),
        [[id, 'customer']],
      );
      assert.ok(((await nextOf(door, path)).at ?? '') > '2026-04-12');
      assert.deepEqual(await refused(door, `${path}/blocks/${String(id)}/end`, {}), [404, 'block_unknown']);
      const long = { reason: 'insolvency', until: '2027-01-01' };
      assert.deepEqual(await refused(door, blocks, long), [422, 'block_too_long']);
      const ended = await made(door, `${blocks}/${String(id)}/end`, {}, 200);
      assert.equal(ended['endedOn'], '2026-01-12');
      assert.deepEqual(await refused(door, `${blocks}/${String(id)}/end`, {}), [409, 'block_ended_already']);
      assert.deepEqual(await nextOf(door, path), before);
      assert.deepEqual(await listed(door, blocks), [ended]);
    }));

  it('over everything of a customer is set by who collects, and by nobody who sells', () =>
    behindDoor(async ({ door, customerId }) => {
      const blocks = `/v1/customers/${customerId}/blocks`;
      const body = { reason: 'insolvency' };
      assert.equal((await door.ask('POST', blocks, { body, key: await door.keyFor('sales') })).status, 403);
      assert.equal((await door.ask('POST', blocks, { body, key: await door.keyFor('collector') })).status, 201);
    }));
});
