// Credit as callers of the API see it: limits, groups, the queue of held orders, and decisions.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, inWorld } from '../harness/world.ts';
import { customer, item, legalEntity, order, payment, type Reply } from './door.ts';
import { openWorldDoor, type WorldDoor } from './world-door.ts';

const eur = (amount: string) => ({ amount, currency: 'EUR' });

interface Desk {
  readonly door: WorldDoor;
  readonly customerId: string;
  /** Asks with a key of the one role. */
  as(role: string, method: string, path: string, body?: unknown): Promise<Reply>;
}

/** A legal entity with a customer and an item, all made by an administrator. Ten apples are 15.00 EUR and 2.85 EUR tax. */
function atDesk(limit: string | null, act: (desk: Desk) => Promise<void>): Promise<void> {
  return inWorld({}, async (world) => {
    const door = await openWorldDoor(world);
    const keys = new Map<string, Promise<string>>();
    const keyOf = (role: string): Promise<string> => {
      const key = keys.get(role) ?? door.keyFor(role);
      keys.set(role, key);
      return key;
    };
    const as: Desk['as'] = async (role, method, path, body) =>
      door.ask(method, path, { key: await keyOf(role), ...(body === undefined ? {} : { body }) });
    try {
      await as('administrator', 'POST', '/v1/legal-entities', legalEntity('OURS'));
      await as('administrator', 'POST', '/v1/items', item('OURS'));
      const creditLimit = limit === null ? null : eur(limit);
      const made = await as('administrator', 'POST', '/v1/customers', { ...customer('OURS'), creditLimit });
      assert.equal(made.status, 201, made.text);
      await act({ door, customerId: String(made.body['id']), as });
    } finally {
      await door.close();
    }
  });
}

async function ordered({ as }: Desk, number: string, of: object = {}): Promise<{ id: string; credit: unknown }> {
  const reply = await as('sales', 'POST', '/v1/orders', { ...order('OURS', number), ...of });
  assert.equal(reply.status, 201, reply.text);
  return { id: String(reply.body['id']), credit: (reply.body['credit'] as { state: string }).state };
}

interface Hold {
  readonly number: string;
  readonly position: number | null;
  readonly state: string;
  readonly ownerRole: string;
  readonly tier: number;
  readonly amount: unknown;
  readonly reasons: { code: string }[];
}

async function holds({ as }: Desk, query = ''): Promise<Hold[]> {
  const { status, body, text } = await as('sales', 'GET', `/v1/credit-holds${query}`);
  assert.equal(status, 200, text);
  return body['data'] as Hold[];
}

describe('held orders at the door', () => {
  it('stand in their queue, and are let go by a payment', () =>
    atDesk('17.85', async (desk) => {
      const { as, customerId } = desk;
      await ordered(desk, 'SO-1');
      const second = await ordered(desk, 'SO-2');
      const third = await ordered(desk, 'SO-3', { lines: [{ item: 'APPLE', quantity: '1' }] });
      assert.deepEqual([second.credit, third.credit], ['held', 'held']);
      const queue = await holds(desk, '?legalEntity=OURS&customer=C-1');
      assert.deepEqual(
        queue.map(({ number, position, state, ownerRole, tier, amount }) => [
          ...[number, position, state, ownerRole, tier, amount],
        ]),
        [
          ['SO-2', 1, 'waiting', 'credit_analyst', 0, eur('17.85')],
          ['SO-3', 2, 'waiting', 'credit_analyst', 0, eur('1.79')],
        ],
      );
      assert.deepEqual(
        queue.map(({ reasons }) => reasons.map(({ code }) => code)),
        [['credit_limit_exceeded'], ['credit_limit_exceeded', 'credit_queue']],
      );
      const firstPage = await as('sales', 'GET', '/v1/credit-holds?limit=1');
      const rest = await holds(desk, `?limit=1&cursor=${String(firstPage.body['nextCursor'])}`);
      assert.deepEqual(
        rest.map(({ number }) => number),
        ['SO-3'],
      );

      const { body: account } = await as('sales', 'GET', `/v1/customers/${customerId}/account`);
      assert.deepEqual(account['exposure'], {
        openItems: eur('0.00'),
        disputed: eur('0.00'),
        unbilledOrders: eur('17.85'),
        grantedOrders: eur('0.00'),
        unappliedCash: eur('0.00'),
        total: eur('17.85'),
        available: eur('0.00'),
      });
      assert.deepEqual(
        (account['queue'] as Hold[]).map(({ number }) => number),
        ['SO-2', 'SO-3'],
      );

      const paid = { ...payment('OURS'), amount: eur('17.85'), reference: 'on account' };
      assert.equal((await as('cash_applier', 'POST', '/v1/payments', paid)).status, 201);
      await eventually(async () => {
        const { body } = await as('sales', 'GET', `/v1/orders/${second.id}`);
        assert.equal(body['stage'], 'fulfilment');
        assert.deepEqual(
          (await holds(desk)).map(({ number, position }) => [number, position]),
          [['SO-3', 1]],
        );
      });
    }));

  it('are released by whoever may, for as long as they say', () =>
    atDesk('10.00', async (desk) => {
      const { as, door } = desk;
      const { id } = await ordered(desk, 'SO-1');
      const path = `/v1/orders/${id}/credit-decision`;
      const release = { decision: 'release', reason: 'They always pay.', graceWorkingDays: 3 };
      assert.equal((await as('sales', 'POST', path, release)).status, 403);
      const odd = await as('credit_analyst', 'POST', path, { ...release, graceWorkingDays: 0 });
      assert.deepEqual([odd.status, odd.body['code']], [400, 'invalid_input']);
      const done = await as('credit_analyst', 'POST', path, release);
      assert.deepEqual([done.status, (done.body['credit'] as { state: string }).state], [200, 'approved']);
      const late = await as('executive', 'POST', path, release);
      assert.deepEqual([late.status, late.body['code']], [409, 'credit_not_held']);

      // A key of every role created this customer, and does not release its credit.
      const body = { ...customer('OURS', 'C-2'), creditLimit: eur('10.00') };
      assert.equal((await door.ask('POST', '/v1/customers', { body })).status, 201);
      const other = await ordered(desk, 'SO-2', { customer: 'C-2' });
      const own = await door.ask('POST', `/v1/orders/${other.id}/credit-decision`, { body: release });
      assert.deepEqual([own.status, own.body['code']], [403, 'duty_conflict']);
    }));
});

describe('limits at the door', () => {
  it('are set with an end, up to what the caller may grant', () =>
    atDesk('10.00', async ({ as, door, customerId }) => {
      const path = `/v1/customers/${customerId}/credit`;
      const set = { creditLimit: eur('50000.00'), isBlocked: false, limitUntil: '2026-12-31' };
      const done = await as('credit_analyst', 'POST', path, set);
      assert.deepEqual(
        [done.status, done.body['creditLimit'], done.body['limitUntil']],
        [200, eur('50000.00'), '2026-12-31'],
      );
      const kept = await as('credit_analyst', 'POST', path, { creditLimit: eur('49999.00'), isBlocked: false });
      assert.equal(kept.body['limitUntil'], '2026-12-31');

      const above = await as('credit_analyst', 'POST', path, { ...set, creditLimit: eur('50000.01') });
      assert.deepEqual([above.status, above.body['code']], [403, 'above_authority']);
      assert.match(String(above.body['hint']), /credit-limit-requests/);
      const none = await as('ar_manager', 'POST', path, { ...set, creditLimit: null });
      assert.deepEqual([none.status, none.body['code']], [403, 'above_authority']);
      const unknown = await as('ar_manager', 'POST', path, { ...set, group: 'G-9' });
      assert.deepEqual([unknown.status, unknown.body['code']], [422, 'group_unknown']);

      const made = await door.ask('POST', '/v1/customers', { body: customer('OURS', 'C-2') });
      const own = await door.ask('POST', `/v1/customers/${String(made.body['id'])}/credit`, { body: set });
      assert.deepEqual([own.status, own.body['code']], [403, 'duty_conflict']);
    }));

  it('are shared by a group, whose queue is one', () =>
    atDesk(null, async (desk) => {
      const { as, customerId } = desk;
      const group = { legalEntity: 'OURS', number: 'G-1', name: 'Kunde Holding' };
      const made = await as('credit_analyst', 'POST', '/v1/groups', group);
      assert.deepEqual([made.status, made.body['creditLimit']], [201, eur('0.00')]);
      assert.equal((await as('credit_analyst', 'POST', '/v1/groups', group)).status, 200);
      const other = await as('credit_analyst', 'POST', '/v1/groups', { ...group, name: 'Another' });
      assert.deepEqual([other.status, other.body['code']], [409, 'group_exists_with_other_content']);
      assert.equal((await as('sales', 'POST', '/v1/groups', { ...group, number: 'G-2' })).status, 403);

      const path = `/v1/groups/${String(made.body['id'])}`;
      const terms = { creditLimit: eur('20.00'), isBlocked: false, limitUntil: null };
      assert.equal((await as('credit_analyst', 'POST', `${path}/credit`, terms)).status, 200);
      const tooMuch = await as('credit_analyst', 'POST', `${path}/credit`, { ...terms, creditLimit: eur('60000.00') });
      assert.deepEqual([tooMuch.status, tooMuch.body['code']], [403, 'above_authority']);
      const second = await as('administrator', 'POST', '/v1/customers', customer('OURS', 'C-2'));
      for (const id of [customerId, String(second.body['id'])]) {
        const joined = await as('ar_manager', 'POST', `/v1/customers/${id}/credit`, {
          ...{ creditLimit: eur('1000.00'), isBlocked: false, group: 'G-1' },
        });
        assert.deepEqual([joined.status, joined.body['group']], [200, 'G-1'], joined.text);
      }
      const { body: shown } = await as('auditor', 'GET', path);
      assert.deepEqual([shown['customers'], shown['customerCount']], [['C-1', 'C-2'], 2]);
      const { body: list } = await as('auditor', 'GET', '/v1/groups?number=G-1');
      assert.deepEqual((list['data'] as unknown[]).length, 1);

      assert.equal((await ordered(desk, 'SO-1')).credit, 'approved');
      const held = await ordered(desk, 'SO-2', { customer: 'C-2' });
      assert.equal(held.credit, 'held');
      const { body: account } = await as('sales', 'GET', `/v1/customers/${customerId}/account`);
      assert.deepEqual([account['group'], account['creditLimit']], ['G-1', eur('20.00')]);
      assert.deepEqual(
        (account['queue'] as Hold[]).map(({ number }) => number),
        ['SO-2'],
      );
      assert.deepEqual(
        (await holds(desk, '?group=G-1')).map(({ number }) => number),
        ['SO-2'],
      );
      const raised = { ...terms, creditLimit: eur('35.70') };
      assert.equal((await as('credit_analyst', 'POST', `${path}/credit`, raised)).status, 200);
      await eventually(async () => {
        const { body } = await as('sales', 'GET', `/v1/orders/${held.id}`);
        assert.equal(body['stage'], 'fulfilment');
      });
    }));
});
