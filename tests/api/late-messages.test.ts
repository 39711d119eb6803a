// What other systems tell late, twice, in another order or in other words, by IDs of their own. Each message is proven by the key it comes with; none is signed.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { assertBooksHold } from '../harness/books.ts';
import type { Order } from '../harness/acme.ts';
import type { World } from '../harness/world.ts';
import type { Reply } from './door.ts';
import { openEngineDoor, type EngineDoor } from './engine-door.ts';

const eur = (amount: string) => ({ amount, currency: 'EUR' });

describe('S04: messages of other systems', () => {
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

  async function ordered(): Promise<Order> {
    count += 1;
    return world.company.order(await door.customer(), `SO-${String(count)}`);
  }

  /** An order of 119.00 that is invoiced. @returns the number of its invoice */
  async function invoiced(): Promise<string> {
    const order = await ordered();
    await world.company.ship(order);
    return invoiceOf(order);
  }

  async function invoiceOf(order: Order): Promise<string> {
    return door.eventually(async () => {
      const [item] = await world.company.items(order);
      assert.ok(item !== undefined);
      return item.number;
    });
  }

  function payment(sourceId: string, more: Record<string, unknown> = {}): Record<string, unknown> {
    return {
      ...{ legalEntity: world.company.id, customer: 'C-1', amount: eur('119.00'), valueOn: '2026-01-12' },
      ...{ reference: 'thanks', source: 'psp', sourceId, ...more },
    };
  }

  const pay = (body: Record<string, unknown>, idempotencyKey?: string): Promise<Reply> =>
    door.ask('POST', '/v1/payments', { body, ...(idempotencyKey === undefined ? {} : { idempotencyKey }) });
  const takeBack = (paymentId: string, body: Record<string, unknown> = {}, idempotencyKey?: string): Promise<Reply> =>
    door.ask('POST', `/v1/payments/${paymentId}/returns`, {
      body: { sourceId: 'rt', kind: 'returned_debit', reasonCode: 'AM04', ...body },
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
  const shown = async (paymentId: string) => (await door.ask('GET', `/v1/payments/${paymentId}`)).body;
  const idOf = (reply: Reply) => String(reply.body['id']);

  async function forgetAnswers(): Promise<void> {
    await sql`delete from idempotency_key`.execute(world.db);
  }

  it('a payment told again is the same, in other words it is refused, and of another source it is another', async () => {
    await door.customer();
    const first = await pay(payment('ch_1'));
    assert.equal(first.status, 201, first.text);
    const again = await pay(payment('ch_1'));
    assert.deepEqual([again.status, idOf(again)], [200, idOf(first)]);
    for (const other of [{ amount: eur('119.01') }, { reference: 'SO-1' }, { valueOn: '2026-01-13' }]) {
      const reply = await pay(payment('ch_1', other));
      assert.deepEqual([reply.status, reply.body['code']], [409, 'payment_exists_with_other_content'], reply.text);
    }
    const elsewhere = await pay(payment('ch_1', { source: 'cheques' }));
    assert.equal(elsewhere.status, 201);
    assert.notEqual(idOf(elsewhere), idOf(first));
  });

  it('a return told before its payment is unknown, and told again afterwards it is taken', async () => {
    const early = await takeBack('00000000-0000-7000-8000-000000000000', {}, 'return-of-ch_2');
    assert.deepEqual([early.status, early.body['code']], [404, 'not_found']);
    const paid = await pay(payment('ch_2', { reference: await invoiced() }));
    const late = await takeBack(idOf(paid), {}, 'return-of-ch_2');
    assert.equal(late.status, 201, late.text);
    assert.equal(late.body['state'], 'posted');
  });

  it('a return told while its payment waits for a worker is posted after it', async () => {
    const invoice = await invoiced();
    await world.stopWorker();
    const paid = await pay(payment('ch_3', { reference: invoice }));
    const told = await Promise.all([1, 2].map(() => takeBack(idOf(paid), { sourceId: 'rt_3' })));
    assert.deepEqual([paid.status, ...told.map(({ status }) => status)], [202, 202, 202]);
    assert.deepEqual(new Set(told.map(({ body }) => body['state'])), new Set(['received']));
    await world.startWorker();
    await door.eventually(async () => {
      const { allocations, returns, unapplied } = await shown(idOf(paid));
      const standing = (allocations as { number: string; takenBackOn: string | null }[]).map((one) => [
        one.number,
        one.takenBackOn !== null,
      ]);
      const states = (returns as { state: string }[]).map(({ state }) => state);
      assert.deepEqual([standing, states, unapplied], [[[invoice, true]], ['posted'], eur('0.00')]);
    });
  });

  it('a return told again is the same, and in other words it is refused', async () => {
    const paid = await pay(payment('ch_4', { reference: await invoiced() }));
    const first = await takeBack(idOf(paid), { amount: eur('20.00') });
    const again = await takeBack(idOf(paid), { amount: eur('20.00') });
    assert.deepEqual([again.status, again.body], [200, first.body]);
    for (const other of [{ amount: eur('20.01') }, { reasonCode: 'MD06' }, { fee: eur('3.50') }]) {
      const reply = await takeBack(idOf(paid), { amount: eur('20.00'), ...other });
      assert.deepEqual([reply.status, reply.body['code']], [409, 'payment_return_exists_with_other_content']);
    }
    assert.equal(((await shown(idOf(paid)))['returns'] as unknown[]).length, 1);
  });

  it('an old request sent again gets its old answer, whatever came since, and has no second effect', async () => {
    const body = payment('ch_5', { reference: await invoiced() });
    const first = await pay(body, 'old-payment');
    assert.equal(first.status, 201);
    await takeBack(idOf(first));
    const replayed = await pay(body, 'old-payment');
    assert.deepEqual([replayed.status, replayed.body], [201, first.body]);
    assert.equal(replayed.headers.get('idempotent-replayed'), 'true');
    assert.equal(((await shown(idOf(first)))['returns'] as unknown[]).length, 1);
  });

  it('an old request whose answer was forgotten is answered with what is true now', async () => {
    const body = payment('ch_6', { reference: await invoiced() });
    const first = await pay(body, 'forgotten-payment');
    await takeBack(idOf(first));
    await forgetAnswers();
    const again = await pay(body, 'forgotten-payment');
    assert.equal(again.status, 200);
    assert.deepEqual(again.body, await shown(idOf(first)));
    assert.equal((again.body['returns'] as unknown[]).length, 1);
  });

  it('goods told to have left twice under one key left once, also when the answer was forgotten', async () => {
    const order = await ordered();
    const ship = () =>
      door.ask('POST', `/v1/orders/${order.id}/shipments`, {
        ...{ body: { lines: [{ line: 1, quantity: '10' }] }, idempotencyKey: `goods-of-${order.number}` },
      });
    const first = await ship();
    assert.equal(first.status, 201, first.text);
    const replayed = await ship();
    await forgetAnswers();
    const again = await ship();
    assert.deepEqual([replayed.body, again.body], [first.body, first.body]);
    await invoiceOf(order);
    const { rows } = await sql`select id from shipment where order_id = ${order.id}`.execute(world.db);
    assert.equal(rows.length, 1);
  });

  it('an order told again after it was cancelled stays cancelled', async () => {
    const order = await ordered();
    const cancel = () =>
      door.ask('POST', `/v1/orders/${order.id}/cancellation`, {
        ...{ body: { reason: 'customer_request' }, idempotencyKey: `end-of-${order.number}` },
      });
    const cancelled = await cancel();
    assert.equal(cancelled.status, 200, cancelled.text);
    await forgetAnswers();
    assert.deepEqual((await cancel()).body, cancelled.body);
    await world.company.poke(order, 'told again');
    await door.eventually(async () => assert.equal(await world.company.runState(order), 'COMPLETED'));
    assert.equal(await world.company.stage(order), 'cancelled');
  });

  it('money told before the order that it names is used once the order is invoiced', async () => {
    const paid = await pay(payment('ch_7', { reference: `for SO-${String(count + 1)}` }));
    assert.deepEqual(paid.body['unapplied'], eur('119.00'));
    const invoice = await invoiced();
    await door.eventually(async () => {
      const { allocations, unapplied } = await shown(idOf(paid));
      assert.deepEqual(
        (allocations as { number: string }[]).map(({ number }) => number),
        [invoice],
      );
      assert.deepEqual(unapplied, eur('0.00'));
    });
  });
});
