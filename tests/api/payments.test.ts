// Payments, their returns, undo and use by hand through the whole machine: HTTP, Temporal, worker and Postgres.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import pg from 'pg';
import { startMissing } from '../../src/cli/runs/start-missing.ts';
import { verifyRuns } from '../../src/cli/runs/verify-runs.ts';
import { assertBooksHold } from '../harness/books.ts';
import { tellReturn } from '../harness/payments.ts';
import type { World } from '../harness/world.ts';
import { openEngineDoor, type EngineDoor } from './engine-door.ts';
import type { Reply } from './door.ts';

const eur = (amount: string) => ({ amount, currency: 'EUR' });

describe('payments', () => {
  let door: EngineDoor;
  let world: World;
  let count = 0;
  before(async () => {
    door = await openEngineDoor();
    world = door.world;
  });
  after(async () => {
    await assertBooksHold(world.db);
    await door.close();
  });

  /** An order of 119.00 that is invoiced. @returns the number of its invoice */
  async function invoiced(): Promise<{ order: string; invoice: string }> {
    count += 1;
    const number = `SO-${String(count)}`;
    const { company } = world;
    const customer = await door.customer();
    const order = await company.order(customer, number);
    await company.ship(order);
    const [item] = await door.eventually(async () => {
      const items = await company.items(order);
      assert.equal(items.length, 1);
      return items;
    });
    return { order: number, invoice: item?.number ?? '' };
  }

  async function pay(reference: string, amount = '119.00'): Promise<Reply> {
    count += 1;
    return door.ask('POST', '/v1/payments', { body: payment(reference, `ch_${String(count)}`, amount) });
  }

  function payment(reference: string, sourceId: string, amount = '119.00'): Record<string, unknown> {
    return {
      ...{ legalEntity: world.company.id, customer: 'C-1', amount: eur(amount), valueOn: '2026-01-12' },
      ...{ reference, source: 'psp', sourceId },
    };
  }

  const returned = (reply: Reply, body: Record<string, unknown>) =>
    door.ask('POST', `/v1/payments/${String(reply.body['id'])}/returns`, {
      body: { sourceId: 'rt', kind: 'returned_debit', reasonCode: 'AM04', ...body },
    });
  const shown = async (reply: Reply) => (await door.ask('GET', `/v1/payments/${String(reply.body['id'])}`)).body;

  it('R16: told five times at once take effect once, with five answers of 2xx', async () => {
    const { order } = await invoiced();
    const body = payment(order, 'five-times');
    const replies = await Promise.all(Array.from({ length: 5 }, () => door.ask('POST', '/v1/payments', { body })));
    for (const { status, text } of replies) assert.ok(status >= 200 && status < 300, text);
    assert.equal(new Set(replies.map((reply) => reply.body['id'])).size, 1);
    assert.equal(replies.filter(({ status }) => status === 201).length, 1);
    const [first] = replies;
    assert.ok(first !== undefined);
    const { allocations, unapplied } = await shown(first);
    assert.equal((allocations as unknown[]).length, 1);
    assert.deepEqual(unapplied, eur('0.00'));
  });

  it('R16: taken back five times at once are taken back once, with five answers of 2xx', async () => {
    const { order } = await invoiced();
    const paid = await pay(order);
    const replies = await Promise.all(Array.from({ length: 5 }, () => returned(paid, {})));
    for (const { status, text } of replies) assert.ok(status >= 200 && status < 300, text);
    assert.equal(new Set(replies.map((reply) => reply.body['id'])).size, 1);
    const { returns, allocations } = await shown(paid);
    assert.equal((returns as unknown[]).length, 1);
    assert.equal((allocations as { takenBackOn: string | null }[]).filter((one) => one.takenBackOn !== null).length, 1);
  });

  it('show what was taken back, why, and what to do', async () => {
    const { order, invoice } = await invoiced();
    const paid = await pay(order);
    const reply = await returned(paid, { amount: eur('20.00'), fee: eur('3.50'), reasonCode: 'AC04' });
    assert.equal(reply.status, 201, reply.text);
    const { id, returnedOn } = reply.body;
    assert.match(String(returnedOn), /^\d{4}-\d\d-\d\d$/);
    assert.deepEqual(reply.body, {
      ...{ id, returnedOn },
      ...{ sourceId: 'rt', amount: eur('20.00'), fee: eur('3.50'), kind: 'returned_debit', reasonCode: 'AC04' },
      ...{ reason: 'account closed', action: 'ask_data', state: 'posted' },
      advice: 'Collect nothing from this account; ask the customer for other bank details.',
    });
    const { allocations, returns, refunds, unapplied } = await shown(paid);
    const standing = (allocations as { number: string; amount: unknown; takenBackOn: unknown }[]).map((one) => [
      one.number,
      one.amount,
      one.takenBackOn !== null,
    ]);
    assert.deepEqual(standing, [
      [invoice, eur('119.00'), true],
      [invoice, eur('99.00'), false],
    ]);
    assert.deepEqual([returns, refunds, unapplied], [[reply.body], [], eur('0.00')]);
  });

  it('answer the same return again, and refuse another under its ID', async () => {
    const paid = await pay((await invoiced()).order);
    const first = await returned(paid, {});
    const again = await returned(paid, {});
    assert.deepEqual([first.status, again.status, again.body], [201, 200, first.body]);
    const other = await returned(paid, { reasonCode: 'MD06' });
    assert.deepEqual([other.status, other.body['code']], [409, 'payment_return_exists_with_other_content']);
  });

  it('refuse a return of more than is left, of another currency, of nothing, or from tomorrow', async () => {
    const paid = await pay((await invoiced()).order);
    const cases: readonly [Record<string, unknown>, number, string][] = [
      [{ amount: eur('119.01') }, 422, 'return_exceeds_payment'],
      [{ amount: { amount: '1.00', currency: 'USD' } }, 422, 'currency_not_supported'],
      [{ amount: eur('0.00') }, 400, 'amount_not_positive'],
      [{ returnedOn: '2099-01-01' }, 422, 'returned_in_the_future'],
      [{ kind: 'refund' }, 400, 'invalid_input'],
    ];
    for (const [body, status, code] of cases) {
      const reply = await returned(paid, { sourceId: code, ...body });
      assert.deepEqual([reply.status, reply.body['code']], [status, code], reply.text);
    }
    assert.deepEqual((await shown(paid))['returns'], []);
  });

  it('are undone and used again by hand, by the number of the invoice', async () => {
    const { order, invoice } = await invoiced();
    const paid = await pay(order);
    const path = `/v1/payments/${String(paid.body['id'])}`;
    const undone = await door.ask('POST', `${path}/undo`, { body: { item: invoice } });
    assert.equal(undone.status, 200, undone.text);
    assert.deepEqual(undone.body['unapplied'], eur('119.00'));
    const twice = await door.ask('POST', `${path}/undo`, { body: { item: invoice } });
    assert.deepEqual([twice.status, twice.body['code']], [422, 'nothing_to_undo']);
    const part = { item: invoice, amount: eur('100.00') };
    const used = await door.ask('POST', `${path}/allocations`, { body: part, idempotencyKey: 'used-by-hand' });
    assert.equal(used.status, 200, used.text);
    assert.deepEqual(used.body['unapplied'], eur('19.00'));
    const repeated = await door.ask('POST', `${path}/allocations`, { body: part, idempotencyKey: 'used-by-hand' });
    assert.deepEqual([repeated.status, repeated.body], [200, used.body]);
  });

  it('go to items of their payer alone', async () => {
    const { company } = world;
    const other = await company.customer('C-OTHER');
    await company.opening(other, 'OTHERS-1', { dueOn: '2026-03-01' });
    const paid = await pay('nobody knows');
    for (const path of ['undo', 'allocations']) {
      for (const item of ['OTHERS-1', 'nothing']) {
        const reply = await door.ask('POST', `/v1/payments/${String(paid.body['id'])}/${path}`, { body: { item } });
        assert.deepEqual([reply.status, reply.body['code']], [422, 'item_unknown'], reply.text);
      }
    }
  });

  it('of which a return was stored and lost its run are found by verify, and repaired', async () => {
    const paid = await pay((await invoiced()).order);
    const { db, client } = world;
    const now = await world.now();
    const told = await tellReturn(db, { paymentId: String(paid.body['id']), sourceId: 'lost', now });
    assert.ok(told.ok);
    const owner = new pg.Client({ connectionString: world.ownerUrl });
    await owner.connect();
    await owner.query(`update payment_return set created_at = created_at - interval '1 hour'`);
    await owner.end();
    const servers = { db, temporal: client };
    const missing = async () =>
      (await verifyRuns(servers)).find(({ name }) => name === 'returns_have_runs')?.offenders.map(({ id }) => id);
    assert.deepEqual(await missing(), [`return/ACME-DE/${told.stored.id}`]);
    const started: string[] = [];
    await startMissing(servers, { isDry: false, tell: (id) => void started.push(id) });
    assert.deepEqual(started, [`return/ACME-DE/${told.stored.id}`]);
    await door.eventually(async () => {
      const [one] = (await shown(paid))['returns'] as { state: string }[];
      assert.equal(one?.state, 'posted');
    });
    assert.deepEqual(await missing(), []);
  });

  it('are moved by those who may: a collector neither takes back, undoes nor allocates', async () => {
    const paid = await pay('nobody knows either');
    const key = await door.keyFor([{ legalEntityId: world.company.id, role: 'collector' }]);
    const path = `/v1/payments/${String(paid.body['id'])}`;
    for (const [name, body] of [
      ['returns', { sourceId: 'rt', kind: 'chargeback', reasonCode: 'AM04' }],
      ['undo', { item: 'x' }],
      ['allocations', { item: 'x' }],
    ] as const) {
      assert.equal((await door.ask('POST', `${path}/${name}`, { key, body })).status, 403);
    }
    assert.equal((await door.ask('GET', path, { key })).status, 200);
  });
});
