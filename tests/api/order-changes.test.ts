// Changes, cancellations, closings, prepayments, contested shipments and returns as a caller of the API sees them.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eventually, inWorld } from '../harness/world.ts';
import { customer, item, legalEntity, order, payment, type Reply } from './door.ts';
import { openWorldDoor, type WorldDoor } from './world-door.ts';

const REASON = { reason: 'customer_request', note: 'They rang.' };

/** Runs a test behind a door with a legal entity, a customer and an item. Ten apples are 15.00 EUR and 2.85 EUR tax. */
function behindDoor(act: (door: WorldDoor) => Promise<void>): Promise<void> {
  return inWorld({}, async (world) => {
    const door = await openWorldDoor(world);
    try {
      for (const [path, body] of [
        ['/v1/legal-entities', legalEntity('OURS')],
        ['/v1/customers', customer('OURS')],
        ['/v1/items', item('OURS')],
      ] as const) {
        const reply = await door.ask('POST', path, { body });
        assert.equal(reply.status, 201, reply.text);
      }
      await act(door);
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

/** What the order shows, once it shows it. */
async function shows(door: WorldDoor, path: string, facts: Readonly<Record<string, unknown>>): Promise<Reply['body']> {
  return eventually(async () => {
    const { body } = await door.ask('GET', path);
    const shown = Object.fromEntries(Object.keys(facts).map((name) => [name, body[name]]));
    assert.deepEqual(shown, facts);
    return body;
  });
}

const eur = (amount: string) => ({ amount, currency: 'EUR' });

describe('an order at the door', () => {
  it('is changed and shows it; the same request again is the same change', () =>
    behindDoor(async (door) => {
      const { id } = await made(door, '/v1/orders', order('OURS'));
      const path = `/v1/orders/${String(id)}`;
      const body = { lines: [{ line: 1, quantity: '4', unitPrice: '2.5' }], requestedOn: '2026-02-01', ...REASON };
      const first = await door.ask('POST', `${path}/changes`, { body, idempotencyKey: 'the-same-request' });
      assert.deepEqual([first.status, first.body['gross']], [200, eur('11.90')]);
      assert.deepEqual(
        (await door.ask('POST', `${path}/changes`, { body, idempotencyKey: 'the-same-request' })).body,
        first.body,
      );
      const shown = await shows(door, path, { gross: eur('11.90'), requestedOn: '2026-02-01', stage: 'fulfilment' });
      const [line] = shown['lines'] as Record<string, unknown>[];
      assert.deepEqual([line?.['quantity'], line?.['unitPrice'], line?.['net']], ['4', '2.5', eur('10.00')]);

      const nothing = await door.ask('POST', `${path}/changes`, { body });
      assert.deepEqual([nothing.status, nothing.body['code']], [422, 'nothing_to_change']);
      const empty = await door.ask('POST', `${path}/changes`, { body: REASON });
      assert.deepEqual([empty.status, empty.body['code']], [400, 'invalid_input']);
    }));

  it('is cancelled; what ships all the same is contested until somebody decides', () =>
    behindDoor(async (door) => {
      const { id } = await made(door, '/v1/orders', order('OURS'));
      const path = `/v1/orders/${String(id)}`;
      await made(door, `${path}/cancellation`, REASON, 200);
      await shows(door, path, { stage: 'cancelled', cancelledOn: '2026-01-12', reservedUntil: null });
      const again = await door.ask('POST', `${path}/cancellation`, { body: REASON });
      assert.deepEqual([again.status, again.body['code']], [409, 'order_over']);

      const shipped = await made(door, `${path}/shipments`, { lines: [{ line: 1, quantity: '1' }] });
      assert.equal(shipped['invoicing'], 'contested');
      const contested = await shows(door, path, { cancelledOn: '2026-01-12' });
      const [shipment] = contested['shipments'] as Record<string, unknown>[];
      assert.deepEqual(
        [shipment?.['invoicing'], shipment?.['contestedBecause'], shipment?.['invoiceAt']],
        ['contested', 'order_cancelled', '2026-01-14T17:00:00.000Z'],
      );
      const [task] = contested['tasks'] as Record<string, unknown>[];
      assert.deepEqual([task?.['kind'], task?.['endsWith']], ['shipment_contested', `POST ${path}/shipment-decision`]);

      const decision = { shipment: shipped['id'], decision: 'do_not_invoice' };
      const wrong = await door.ask('POST', `${path}/quality-decision`, { body: decision });
      assert.deepEqual([wrong.status, wrong.body['code']], [409, 'shipment_decided']);
      const decided = await made(door, `${path}/shipment-decision`, decision, 200);
      assert.equal(decided['invoicing'], 'waived');
      await shows(door, path, { stage: 'cancelled', tasks: [] });
    }));

  it('is closed short after a part has shipped, and cannot be cancelled then', () =>
    behindDoor(async (door) => {
      const { id } = await made(door, '/v1/orders', order('OURS'));
      const path = `/v1/orders/${String(id)}`;
      await made(door, `${path}/shipments`, { lines: [{ line: 1, quantity: '4' }], qualityCheck: 'passed' });
      await shows(door, path, { stage: 'collection' });
      const cancelled = await door.ask('POST', `${path}/cancellation`, { body: REASON });
      assert.deepEqual([cancelled.status, cancelled.body['code']], [409, 'order_shipped']);
      assert.match(String(cancelled.body['hint']), /\/closing/);
      const closed = await made(door, `${path}/closing`, { reason: 'sold_out' }, 200);
      assert.deepEqual(closed['gross'], eur('7.14'));
    }));

  it('that is paid in advance shows what it needs and what came', () =>
    behindDoor(async (door) => {
      const body = { ...order('OURS'), prepayment: true };
      const { id } = await made(door, '/v1/orders', body);
      const path = `/v1/orders/${String(id)}`;
      assert.equal((await door.ask('POST', '/v1/orders', { body })).status, 200);
      assert.equal((await door.ask('POST', '/v1/orders', { body: order('OURS') })).status, 409);
      const money = { needed: eur('17.85'), received: eur('0.00'), isPaid: false, proforma: 'sent' };
      await shows(door, path, { stage: 'prepayment', prepayment: money });
      await made(door, '/v1/payments', { ...payment('OURS'), amount: eur('17.85') });
      await shows(door, path, { stage: 'fulfilment', prepayment: { ...money, received: eur('17.85'), isPaid: true } });
      await made(door, `${path}/shipments`, { lines: [{ line: 1, quantity: '10' }] });
      await shows(door, path, { stage: 'settled' });
    }));

  it('shows what came back, asked for by who may', () =>
    behindDoor(async (door) => {
      const { id } = await made(door, '/v1/orders', order('OURS'));
      const path = `/v1/orders/${String(id)}`;
      await made(door, `${path}/shipments`, { lines: [{ line: 1, quantity: '10' }] });
      const { invoices } = await shows(door, path, { stage: 'collection' });
      const [invoice] = invoices as Record<string, unknown>[];
      const body = { invoice: invoice?.['number'], lines: [{ invoiceLine: 1, quantity: '2' }], reason: 'damaged' };
      const key = await door.keyFor('sales');
      assert.equal((await door.ask('POST', `${path}/returns`, { body, key })).status, 403);
      const unknown = await door.ask('POST', `${path}/returns`, { body: { ...body, invoice: 'OURS-9' } });
      assert.deepEqual([unknown.status, unknown.body['code']], [422, 'invoice_unknown']);
      const returned = await made(door, `${path}/returns`, body);
      assert.deepEqual(returned['gross'], eur('3.57'));
      assert.match(String(returned['approval']), /^[0-9a-f-]{36}$/);
      const lines = [{ invoiceLine: 1, quantity: '2' }];
      const shown = {
        id: returned['id'],
        invoice: invoice?.['id'],
        returnedOn: '2026-01-12',
        reason: 'damaged',
        lines,
      };
      await shows(door, path, { returns: [shown] });
    }));
});
