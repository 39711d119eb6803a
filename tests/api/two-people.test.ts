// Two people, whatever the door: who made a case never decides it, nobody splits it under a limit, and every attempt stands in the audit.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { createApiKey } from '../../src/database/queries/api-keys.ts';
import type { Order } from '../harness/acme.ts';
import { assertBooksHold } from '../harness/books.ts';
import { eventually, openWorld, type World } from '../harness/world.ts';
import { customer as newCustomer, type Reply } from './door.ts';
import { openWorldDoor, type WorldDoor } from './world-door.ts';

const money = (amount: string) => ({ amount, currency: 'EUR' });
/** Net of an order over 5,950.00 EUR: more than a manager may write off at once. */
const LARGE_NET_MINOR = 500_000;

describe('S02: one person alone', () => {
  let world: World;
  let door: WorldDoor;
  const keys = new Map<string, string>();

  before(async () => {
    world = await openWorld();
    door = await openWorldDoor(world);
  });
  after(async () => {
    await assertBooksHold(world.db);
    await door.close();
    await world.close();
  });

  /** A person with a key of their own. */
  async function hire(name: string, ...roles: string[]): Promise<void> {
    const grants = roles.map((role) => ({ legalEntityId: world.company.id, role }));
    keys.set(name, (await createApiKey(world.db, { name, roles: grants })).key);
  }

  function ask(person: string, method: string, path: string, body?: unknown): Promise<Reply> {
    const key = keys.get(person);
    assert.ok(key !== undefined, `nobody is called ${person}`);
    return door.ask(method, path, { key, body });
  }

  async function invoiced(number: string, netMinor?: number): Promise<{ order: Order; item: string }> {
    const customer = await world.company.customer(`C-${number}`);
    const order = await world.company.order(customer, number, netMinor === undefined ? {} : { netMinor });
    await world.company.ship(order);
    await eventually(async () => assert.equal(await world.company.stage(order), 'collection'));
    const [item] = await world.company.items(order);
    return { order, item: item?.number ?? '' };
  }

  const decide = (person: string, approval: Reply, decision = 'approve') =>
    ask(person, 'POST', `/v1/approvals/${String(approval.body['id'])}/decision`, { decision });

  /** A request is refused with this code, and its refusal stands in the audit under the caller and the request. */
  async function assertRefused(reply: Reply, of: { by: string; status: number; code: string; action: string }) {
    assert.deepEqual([reply.status, reply.body['code']], [of.status, of.code], reply.text);
    const { rows } = await sql<{ actor: string; action: string; because: string; code: string }>`
      select actor, action, because, details ->> 'code' as code from audit_entry
      where request_id = ${String(reply.body['requestId'])}`.execute(world.db);
    assert.deepEqual(rows, [
      { actor: `key:${of.by}`, action: of.action, because: String(reply.body['detail']), code: of.code },
    ]);
  }

  it('does not approve what they asked for; somebody else in the same role does', async () => {
    await hire('mia', 'ar_manager');
    await hire('noa', 'ar_manager');
    const { order, item } = await invoiced('SO-1');
    for (const [path, amount] of [
      ['credit-notes', '19.00'],
      ['write-offs', '20.00'],
    ]) {
      const body = { item, amount: money(amount ?? ''), reason: 'goodwill' };
      const asked = await ask('mia', 'POST', `/v1/orders/${order.id}/${String(path)}`, body);
      assert.equal(asked.status, 201, asked.text);
      const maker = { by: 'mia', status: 403, code: 'maker_is_checker', action: 'approval.refused' };
      await assertRefused(await decide('mia', asked), maker);
      await assertRefused(await decide('mia', asked, 'reject'), maker);
      const approved = await decide('noa', asked);
      assert.deepEqual([approved.status, approved.body['decidedBy']], [200, 'key:noa'], approved.text);
    }
  });

  it('does not split a case under a limit: thirty days count together, whoever asked', async () => {
    await hire('olga', 'collector');
    await hire('pia', 'credit_analyst');
    await hire('quin', 'ar_manager');
    await hire('rosa', 'executive');
    const { order, item } = await invoiced('SO-2', LARGE_NET_MINOR);
    const writeOff = (person: string, amount: string) =>
      ask(person, 'POST', `/v1/orders/${order.id}/write-offs`, { item, amount: money(amount), reason: 'insolvent' });
    const first = await writeOff('olga', '2600.00');
    assert.equal((await decide('quin', first)).status, 200);
    const second = await writeOff('pia', '2400.01');
    await assertRefused(await decide('quin', second), {
      ...{ by: 'quin', status: 403, code: 'above_authority', action: 'approval.refused' },
    });
    assert.equal((await decide('rosa', second)).status, 200);
  });

  it('does not get round the limit by asking for all parts before the first is approved', async () => {
    const { order, item } = await invoiced('SO-3', LARGE_NET_MINOR);
    const parts: Reply[] = [];
    for (const amount of ['2000.00', '2000.00', '1000.01']) {
      const body = { item, amount: money(amount), reason: 'insolvent' };
      parts.push(await ask('olga', 'POST', `/v1/orders/${order.id}/write-offs`, body));
    }
    for (const part of parts) {
      await assertRefused(await decide('quin', part), {
        ...{ by: 'quin', status: 403, code: 'above_authority', action: 'approval.refused' },
      });
    }
  });

  it('does not release the credit of a customer that they created', async () => {
    await hire('sven', 'administrator', 'credit_analyst');
    await hire('tara', 'credit_analyst');
    const limit = { creditLimit: money('1.00') };
    const made = await ask('sven', 'POST', '/v1/customers', { ...newCustomer(world.company.id, 'C-SVEN'), ...limit });
    assert.equal(made.status, 201, made.text);
    const order = await world.company.store({ id: String(made.body['id']), number: 'C-SVEN' }, 'SO-4');
    assert.equal((await world.company.start(order)).state, 'rejected', 'the order is far above the limit');
    const raised = await ask('tara', 'POST', `/v1/customers/${String(made.body['id'])}/credit`, {
      ...{ creditLimit: money('100.00'), isBlocked: false },
    });
    assert.equal(raised.status, 200, raised.text);
    const held = await world.company.store({ id: String(made.body['id']), number: 'C-SVEN' }, 'SO-5');
    assert.equal((await world.company.start(held)).state, 'held');
    const path = `/v1/orders/${held.id}/credit-decision`;
    const body = { decision: 'release', reason: 'A good customer.' };
    await assertRefused(await ask('sven', 'POST', path, body), {
      ...{ by: 'sven', status: 403, code: 'duty_conflict', action: 'credit.decision.refused' },
    });
    assert.equal((await ask('tara', 'POST', path, body)).status, 200);
  });

  it('does not raise the limit of a customer that they created', async () => {
    const made = await ask('sven', 'POST', '/v1/customers', newCustomer(world.company.id, 'C-SVEN-2'));
    const path = `/v1/customers/${String(made.body['id'])}/credit`;
    await assertRefused(await ask('sven', 'POST', path, { creditLimit: money('5000.00'), isBlocked: false }), {
      ...{ by: 'sven', status: 403, code: 'duty_conflict', action: 'credit_account.change.refused' },
    });
  });

  it('does not write off an item to which they applied cash, neither asking nor approving', async () => {
    await hire('uma', 'cash_applier', 'ar_manager');
    const { order, item } = await invoiced('SO-6');
    const paid = await ask('uma', 'POST', '/v1/payments', {
      ...{ legalEntity: world.company.id, customer: order.customer.number, amount: money('100.00') },
      ...{ valueOn: '2026-01-12', reference: item, source: 'psp', sourceId: 'ch_1' },
    });
    assert.equal(paid.status, 201, paid.text);
    const path = `/v1/orders/${order.id}/write-offs`;
    const body = { item, amount: money('19.00'), reason: 'insolvent' };
    const conflict = { by: 'uma', status: 403, code: 'duty_conflict', action: 'approval.refused' };
    await assertRefused(await ask('uma', 'POST', path, body), conflict);
    const asked = await ask('olga', 'POST', path, body);
    await assertRefused(await decide('uma', asked), conflict);
    assert.equal((await decide('quin', asked)).status, 200);
  });

  it('does not write off an item to which they allocated money by hand', async () => {
    await hire('vera', 'cash_applier', 'ar_manager');
    const { order, item } = await invoiced('SO-7');
    const paid = await ask('uma', 'POST', '/v1/payments', {
      ...{ legalEntity: world.company.id, customer: order.customer.number, amount: money('100.00') },
      ...{ valueOn: '2026-01-12', reference: 'thanks', source: 'psp', sourceId: 'ch_2' },
    });
    const allocated = await ask('vera', 'POST', `/v1/payments/${String(paid.body['id'])}/allocations`, { item });
    assert.equal(allocated.status, 200, allocated.text);
    const body = { item, amount: money('19.00'), reason: 'insolvent' };
    await assertRefused(await ask('vera', 'POST', `/v1/orders/${order.id}/write-offs`, body), {
      ...{ by: 'vera', status: 403, code: 'duty_conflict', action: 'approval.refused' },
    });
  });

  it('does not refund to a bank account that they entered, neither asking nor approving', async () => {
    await hire('will', 'treasurer', 'cash_applier');
    await hire('xena', 'cash_applier');
    await hire('yuri', 'treasurer');
    const { order, item } = await invoiced('SO-8');
    const paid = await ask('xena', 'POST', '/v1/payments', {
      ...{ legalEntity: world.company.id, customer: order.customer.number, amount: money('219.00') },
      ...{ valueOn: '2026-01-12', reference: item, source: 'psp', sourceId: 'ch_3' },
    });
    const account = await ask('will', 'POST', `/v1/customers/${order.customer.id}/bank-accounts`, {
      ...{ iban: 'DE89370400440532013000', holder: 'Customer' },
    });
    assert.equal(account.status, 201, account.text);
    const body = {
      payment: paid.body['id'],
      amount: money('100.00'),
      bankAccount: account.body['id'],
      reason: 'overpaid',
    };
    const conflict = { by: 'will', status: 403, code: 'duty_conflict', action: 'approval.refused' };
    await assertRefused(await ask('will', 'POST', '/v1/refunds', body), conflict);
    const asked = await ask('xena', 'POST', '/v1/refunds', body);
    assert.equal(asked.status, 201, asked.text);
    await assertRefused(await decide('will', asked), conflict);
    assert.equal((await decide('yuri', asked)).status, 200);
  });
});
