// What is told once is stored once: master data, orders, opening items, payments; seen at the door and in the tables.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { customer, item, legalEntity, openCompany, openDoor, order, payment, type Company, type Door } from './door.ts';

describe('intake', () => {
  let door: Door;
  let ours: Company;
  before(async () => {
    door = await openDoor();
    ours = await openCompany(door, 'OURS');
  });
  after(() => door.close());

  const auditOf = async (action: string, subject: string): Promise<{ details: unknown; actor: string }[]> => {
    const { rows } = await sql<{ details: unknown; actor: string }>`select details, actor from audit_entry
      where action = ${action} and subject = ${subject}`.execute(door.db);
    return rows;
  };

  const twice: readonly [string, string, () => Record<string, unknown>, Record<string, unknown>, number][] = [
    ['legal_entity', '/v1/legal-entities', () => legalEntity('TWICE'), { name: 'Another' }, 201],
    ['customer', '/v1/customers', () => customer('OURS', 'C-2'), { termsDays: 30 }, 201],
    ['customer', '/v1/customers', () => customer('OURS', 'C-3'), { creditLimit: null }, 201],
    ['item', '/v1/items', () => item('OURS', 'PLUM'), { unitPrice: '1.51' }, 201],
    ['order', '/v1/orders', () => order('OURS', 'SO-2'), { purchaseOrder: 'PO-9' }, 202],
    ['payment', '/v1/payments', () => payment('OURS', 'ch_2'), { reference: 'another' }, 202],
    ['opening_item', '/v1/opening-items', () => openingItem('OLD-2'), { dunningLevel: 'reminder1' }, 202],
  ];
  for (const [resource, path, body, change, firstStatus] of twice) {
    it(`stores a ${resource} once: the same again is the same answer, ${Object.keys(change).join()} changed is a conflict`, async () => {
      const first = await door.ask('POST', path, { body: body() });
      assert.equal(first.status, firstStatus, first.text);
      const again = await door.ask('POST', path, { body: body() });
      // Without an engine an intake is answered 202 both times; what is complete is answered 200.
      assert.equal(again.status, firstStatus === 201 ? 200 : 202, again.text);
      assert.deepEqual(again.body, first.body);
      assert.equal(again.headers.get('location'), first.headers.get('location'));
      const other = await door.ask('POST', path, { body: { ...body(), ...change } });
      assert.equal(other.status, 409, other.text);
      assert.equal(other.body['code'], `${resource}_exists_with_other_content`);
    });
  }

  function openingItem(number: string): Record<string, unknown> {
    return {
      legalEntity: 'OURS',
      customer: 'C-1',
      number,
      amount: { amount: '119.00', currency: 'EUR' },
      invoicedOn: '2026-09-01',
      dueOn: '2026-09-15',
    };
  }

  it('gives a legal entity its series and version 1 of a policy', async () => {
    const { status } = await door.ask('POST', '/v1/legal-entities', { body: legalEntity('WHOLE') });
    assert.equal(status, 201);
    const policies = await door.ask('GET', '/v1/policies?legalEntity=WHOLE');
    const [first] = policies.body['data'] as { version: number; policy: unknown }[];
    assert.equal(first?.version, 1);
    assert.deepEqual(first.policy, POLICY_V1);
    const series = await door.db
      .selectFrom('number_series')
      .where('legal_entity_id', '=', 'WHOLE')
      .selectAll()
      .execute();
    assert.deepEqual(
      series.map(({ series: name, prefix }) => [name, prefix]),
      [['invoice', 'WHOLE-']],
    );
  });

  const policies: readonly [string, unknown][] = [
    ['levels out of order', { ...POLICY_V1, ladder: [...POLICY_V1.ladder].reverse() }],
    ['a level twice', { ...POLICY_V1, ladder: [POLICY_V1.ladder[1], POLICY_V1.ladder[1]] }],
    [
      'days that fall',
      {
        ...POLICY_V1,
        ladder: [
          { level: 'notice', days: 9, unit: 'calendar' },
          { level: 'reminder1', days: 3, unit: 'working' },
        ],
      },
    ],
    ['working days before the due date', { ...POLICY_V1, ladder: [{ level: 'notice', days: -3, unit: 'working' }] }],
    [
      'a window that closes before it opens',
      { ...POLICY_V1, sendWindow: { ...POLICY_V1.sendWindow, opens: '18:00', closes: '08:00' } },
    ],
    ['a time that is none', { ...POLICY_V1, sendWindow: { ...POLICY_V1.sendWindow, opens: '8:00' } }],
    ['a field nobody knows', { ...POLICY_V1, colour: 'red' }],
  ];
  for (const [what, policy] of policies) {
    it(`refuses a policy with ${what}`, async () => {
      const reply = await door.ask('POST', '/v1/policies', { body: { legalEntity: 'OURS', policy } });
      assert.equal(reply.status, 400, reply.text);
    });
  }

  it('changes master data, and tells in the audit which fields, not what they say', async () => {
    const path = `/v1/customers/${ours.customerId}`;
    const changed = await door.ask('PATCH', path, { body: { name: 'Neuer Name AG', email: null } });
    assert.equal(changed.status, 200);
    assert.equal(changed.body['name'], 'Neuer Name AG');
    assert.equal(changed.body['email'], null);
    assert.equal(changed.body['termsDays'], 14);
    const audit = await auditOf('customer.changed', ours.customerId);
    assert.deepEqual(audit, [{ details: { fields: ['name', 'email'] }, actor: 'key:test' }]);
    await door.ask('PATCH', path, { body: { name: 'Neuer Name AG' } });
    assert.equal((await auditOf('customer.changed', ours.customerId)).length, 1, 'nothing changed, nothing is told');
  });

  it('prices an order from the catalogue, line by line, and keeps it when the catalogue changes', async () => {
    const lines = [
      { item: 'APPLE', quantity: '3.5' },
      { item: 'APPLE', quantity: '1', unitPrice: '0.333333', description: 'Half an apple' },
    ];
    const body = { ...order('OURS', 'SO-PRICE'), lines };
    const made = await door.ask('POST', '/v1/orders', { body });
    const eur = (amount: string): unknown => ({ amount, currency: 'EUR' });
    // 3.5 × 1.50 = 5.25 and 0.33; tax 1.00 (0.9975) and 0.06.
    assert.deepEqual([made.body['net'], made.body['tax'], made.body['gross']], [eur('5.58'), eur('1.06'), eur('6.64')]);
    await door.ask('PATCH', '/v1/items/OURS/APPLE', { body: { unitPrice: '9' } });
    const again = await door.ask('POST', '/v1/orders', { body });
    assert.deepEqual(again.body, made.body);
    await door.ask('PATCH', '/v1/items/OURS/APPLE', { body: { unitPrice: '1.50' } });
    const shown = await door.ask('GET', `/v1/orders/${String(made.body['id'])}`);
    assert.deepEqual(
      (shown.body['lines'] as Record<string, unknown>[]).map((line) => [
        line['description'],
        line['quantity'],
        line['unitPrice'],
        line['taxRate'],
      ]),
      [
        ['Apple', '3.5', '1.5', '19.00'],
        ['Half an apple', '1', '0.333333', '19.00'],
      ],
    );
  });

  it('takes a quantity spelled another way as the same content', async () => {
    const body = order('OURS', 'SO-SPELL');
    await door.ask('POST', '/v1/orders', { body });
    const again = await door.ask('POST', '/v1/orders', {
      body: { ...body, lines: [{ item: 'APPLE', quantity: '10.00' }] },
    });
    assert.equal(again.status, 202);
  });

  it('stores an order with its audit entry when the engine is away, and tells where to look', async () => {
    const reply = await door.ask('POST', '/v1/orders', {
      body: order('OURS', 'SO-AWAY'),
      headers: { 'x-request-id': 'trace-7' },
    });
    assert.equal(reply.status, 202);
    assert.equal(reply.headers.get('location'), `/v1/orders/${String(reply.body['id'])}`);
    assert.deepEqual(reply.body['credit'], { state: 'unassessed', reasons: [], holdUntil: null });
    const { rows } = await sql`select actor, request_id from audit_entry where order_id = ${reply.body['id']}`.execute(
      door.db,
    );
    assert.deepEqual(rows, [{ actor: 'key:test', request_id: 'trace-7' }]);
  });

  it('answers an order that is decided from the books, without the engine', async () => {
    const { body } = await door.ask('POST', '/v1/orders', { body: order('OURS', 'SO-DONE') });
    await sql`update sales_order set credit_state = 'approved', stage = 'settled' where id = ${body['id']}`.execute(
      door.db,
    );
    const again = await door.ask('POST', '/v1/orders', { body: order('OURS', 'SO-DONE') });
    assert.equal(again.status, 200);
    assert.deepEqual(again.body['credit'], { state: 'approved', reasons: [], holdUntil: null });
  });

  it('writes one order for twenty that are posted at once', async () => {
    const replies = await Promise.all(
      Array.from({ length: 20 }, () => door.ask('POST', '/v1/orders', { body: order('OURS', 'SO-RACE') })),
    );
    assert.equal(new Set(replies.map((reply) => reply.body['id'])).size, 1);
    const { rows } = await sql`select count(*) from audit_entry where subject = 'SO-RACE'`.execute(door.db);
    assert.deepEqual(rows, [{ count: 1 }]);
  });

  it('refuses an opening item with a number of our own series, in the future, or with a letter without a level', async () => {
    const own = await door.ask('POST', '/v1/opening-items', { body: openingItem('OURS-000123') });
    assert.equal(own.status, 422);
    assert.equal(own.body['code'], 'number_in_own_series');
    assert.equal((await door.ask('POST', '/v1/opening-items', { body: openingItem('OURS-000123a') })).status, 202);
    const future = { ...openingItem('OLD-9'), invoicedOn: '2199-01-01', dueOn: '2199-01-15' };
    assert.equal((await door.ask('POST', '/v1/opening-items', { body: future })).body['code'], 'date_out_of_range');
    const letter = { ...openingItem('OLD-10'), lastLetterOn: '2026-10-01' };
    assert.equal((await door.ask('POST', '/v1/opening-items', { body: letter })).status, 400);
  });

  it('stores what an opening item brings along', async () => {
    const past = { dunningLevel: 'reminder1', lastLetterOn: '2026-10-01' };
    const { body } = await door.ask('POST', '/v1/opening-items', { body: { ...openingItem('OLD-11'), ...past } });
    const { rows } =
      await sql`select kind, opening, net_minor, gross_minor, billed_minor from sales_order where id = ${body['id']}`.execute(
        door.db,
      );
    const opening = {
      amountMinor: 11900,
      invoicedOn: '2026-09-01',
      dueOn: '2026-09-15',
      level: 'reminder1',
      lastLetterOn: '2026-10-01',
    };
    assert.deepEqual(rows, [{ kind: 'opening', opening, net_minor: 11900, gross_minor: 11900, billed_minor: 0 }]);
  });

  it('shows an account of nothing as zeros', async () => {
    await door.ask('POST', '/v1/customers', { body: customer('OURS', 'C-EMPTY') });
    const found = await door.ask('GET', '/v1/customers?number=C-EMPTY');
    const [empty] = found.body['data'] as { id: string }[];
    const { status, body } = await door.ask('GET', `/v1/customers/${String(empty?.id)}/account`);
    assert.equal(status, 200);
    const { total, available } = body['exposure'] as Record<string, { amount: string }>;
    assert.deepEqual([total?.amount, available?.amount], ['0.00', '1000.00']);
  });

  it('marks a task done once, in the order’s timeline', async () => {
    const path = `/v1/tasks/${ours.taskId}/completion`;
    const done = await door.ask('POST', path, { body: { note: 'Called, they pay on Monday.' } });
    assert.equal(done.status, 200);
    assert.equal(done.body['state'], 'done');
    assert.equal((await door.ask('POST', path, { body: {} })).body['code'], 'task_done_already');
    const { body } = await door.ask('GET', `/v1/orders/${ours.orderId}/timeline`);
    const actions = (body['data'] as { action: string }[]).map((entry) => entry.action);
    assert.deepEqual(actions, ['order.received', 'task.completed']);
  });

  it('does not let a credit hold be ticked off', async () => {
    const { id } = await door.db
      .insertInto('task')
      .values({
        legal_entity_id: 'OURS',
        key: 'credit_hold/x',
        kind: 'credit_hold',
        owner_role: 'credit_analyst',
        order_id: ours.orderId,
        reason: 'Above the limit.',
        ends_with: 'POST /v1/orders/x/credit-decision',
        deadline_at: new Date('2026-12-01'),
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const reply = await door.ask('POST', `/v1/tasks/${id}/completion`, { body: {} });
    assert.equal(reply.body['code'], 'task_ends_with_request');
  });
});
