// Malformed, oversized, hostile: what the door says to requests that are not as they should be.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { routes } from '../../src/api/routes/index.ts';
import { customer, item, openCompany, openDoor, order, payment, type Company, type Door } from './door.ts';
import { sampleFor } from './every-route.ts';

const SECRET = 'qk_canary_secret_value';

describe('requests', () => {
  let door: Door;
  let ours: Company;
  before(async () => {
    door = await openDoor();
    ours = await openCompany(door, 'OURS');
  });
  after(() => door.close());

  it('answers problems in one shape, with the caller’s request ID when it is well-formed', async () => {
    const reply = await door.ask('GET', '/v1/nothing', { headers: { 'x-request-id': 'trace-42' } });
    assert.equal(reply.status, 404);
    assert.match(reply.headers.get('content-type') ?? '', /^application\/problem\+json/);
    assert.deepEqual(Object.keys(reply.body), ['type', 'title', 'status', 'detail', 'code', 'hint', 'requestId']);
    assert.equal(reply.body['requestId'], 'trace-42');
    assert.equal(reply.headers.get('x-request-id'), 'trace-42');
    const odd = await door.ask('GET', '/v1/nothing', { headers: { 'x-request-id': '<script>' } });
    assert.match(String(odd.body['requestId']), /^[0-9a-f-]{36}$/);
  });

  it('names the methods of an address that was asked with another', async () => {
    const reply = await door.ask('DELETE', '/v1/orders');
    assert.equal(reply.status, 405);
    assert.deepEqual(reply.headers.get('allow')?.split(', ').sort(), ['GET', 'HEAD', 'POST']);
    assert.equal(reply.body['code'], 'method_not_allowed');
  });

  it('refuses unknown fields in every body', async () => {
    for (const route of routes.filter(({ schemas }) => schemas.body !== null)) {
      const method = route.method.toUpperCase();
      const { path, body } = sampleFor(`${method} ${route.path}`, 'OURS', ours);
      const reply = await door.ask(method, path, { body: { ...(body as object), surprise: SECRET } });
      assert.equal(reply.status, 400, `${route.path}: ${reply.text}`);
      assert.equal(reply.body['code'], 'invalid_input');
      assert.doesNotMatch(reply.text, new RegExp(SECRET));
    }
  });

  it('refuses unknown query parameters and repeated ones', async () => {
    assert.equal((await door.ask('GET', '/v1/orders?colour=red')).status, 400);
    assert.equal((await door.ask('GET', '/v1/orders?number=A&number=B')).status, 400);
    assert.equal((await door.ask('GET', '/v1/orders?limit=0')).status, 400);
    assert.equal((await door.ask('GET', '/v1/orders?limit=201')).status, 400);
  });

  const malformed: readonly [string, Parameters<Door['ask']>[2], number, string][] = [
    ['JSON that is none', { raw: '{"a":' }, 400, 'request_malformed'],
    ['a bare value', { raw: '42' }, 400, 'request_malformed'],
    ['an array', { raw: '[]' }, 400, 'invalid_input'],
    ['no body', {}, 400, 'invalid_input'],
    ['another media type', { raw: 'a=b', headers: { 'content-type': 'text/plain' } }, 415, 'media_type_unsupported'],
    [
      'a media type that only begins well',
      { raw: '{}', headers: { 'content-type': 'application/jsonx' } },
      415,
      'media_type_unsupported',
    ],
    ['a compressed body', { raw: '{}', headers: { 'content-encoding': 'gzip' } }, 415, 'media_type_unsupported'],
    ['ten megabytes', { raw: `{"a":"${'x'.repeat(10_000_000)}"}` }, 413, 'body_too_large'],
    ['a thousand levels', { raw: `${'{"a":'.repeat(1000)}1${'}'.repeat(1000)}` }, 400, 'body_too_deep'],
    [
      'prototype keys',
      { raw: '{"__proto__":{"isAdmin":true},"constructor":{"prototype":{"x":1}}}' },
      400,
      'invalid_input',
    ],
  ];
  for (const [what, ask, status, code] of malformed) {
    it(`refuses ${what}`, async () => {
      const reply = await door.ask('POST', '/v1/orders', ask);
      assert.equal(reply.status, status, reply.text);
      assert.equal(reply.body['code'], code);
      assert.equal(({} as Record<string, unknown>)['isAdmin'], undefined);
    });
  }

  it('answers 404 to IDs that cannot be, and 400 to broken escapes', async () => {
    assert.equal((await door.ask('GET', '/v1/orders/42')).status, 404);
    assert.equal((await door.ask('GET', '/v1/orders/%E0%A4%A')).status, 400);
    assert.equal((await door.ask('GET', "/v1/orders/'%20or%201=1--")).status, 404);
  });

  const strict: readonly [string, string, Record<string, unknown>, number, string][] = [
    [
      'more decimals than the currency has',
      '/v1/payments',
      { ...payment('OURS', 'd1'), amount: { amount: '1.001', currency: 'EUR' } },
      400,
      'amount_invalid',
    ],
    [
      'an amount as a number',
      '/v1/payments',
      { ...payment('OURS', 'd2'), amount: { amount: 1, currency: 'EUR' } },
      400,
      'invalid_input',
    ],
    [
      'a payment of nothing',
      '/v1/payments',
      { ...payment('OURS', 'd3'), amount: { amount: '0.00', currency: 'EUR' } },
      400,
      'amount_not_positive',
    ],
    [
      'a negative payment',
      '/v1/payments',
      { ...payment('OURS', 'd4'), amount: { amount: '-5', currency: 'EUR' } },
      400,
      'amount_not_positive',
    ],
    [
      'a payment in a currency without a rate',
      '/v1/payments',
      { ...payment('OURS', 'd5'), amount: { amount: '5', currency: 'USD' } },
      422,
      'exchange_rate_missing',
    ],
    ['a payer nobody knows', '/v1/payments', { ...payment('OURS', 'd6'), customer: 'C-999' }, 422, 'customer_unknown'],
    ['a date that is none', '/v1/payments', { ...payment('OURS', 'd7'), valueOn: '2026-02-30' }, 400, 'invalid_input'],
    [
      'an order in a foreign currency without prices in it',
      '/v1/orders',
      { ...order('OURS', 'X-1'), currency: 'USD' },
      422,
      'unit_price_needed',
    ],
    [
      'an order of an unknown customer',
      '/v1/orders',
      { ...order('OURS', 'X-2'), customer: 'C-999' },
      422,
      'customer_unknown',
    ],
    [
      'an order of an unknown item',
      '/v1/orders',
      { ...order('OURS', 'X-3'), lines: [{ item: 'PEAR', quantity: '1' }] },
      422,
      'item_unknown',
    ],
    [
      'an item by the name of a prototype',
      '/v1/orders',
      { ...order('OURS', 'X-3b'), lines: [{ item: 'constructor', quantity: '1' }] },
      422,
      'item_unknown',
    ],
    [
      'an unknown tax code',
      '/v1/orders',
      { ...order('OURS', 'X-4'), lines: [{ item: 'APPLE', quantity: '1', taxCode: 'Q' }] },
      422,
      'tax_code_unknown',
    ],
    [
      'a quantity of nothing',
      '/v1/orders',
      { ...order('OURS', 'X-5'), lines: [{ item: 'APPLE', quantity: '0.000' }] },
      400,
      'invalid_input',
    ],
    [
      'seven decimals',
      '/v1/orders',
      { ...order('OURS', 'X-6'), lines: [{ item: 'APPLE', quantity: '0.0000001' }] },
      400,
      'invalid_input',
    ],
    [
      'more than can be kept',
      '/v1/orders',
      { ...order('OURS', 'X-7'), lines: [{ item: 'APPLE', quantity: '999999999999', unitPrice: '999999999999' }] },
      422,
      'amount_too_large',
    ],
    [
      'an order worth nothing',
      '/v1/orders',
      { ...order('OURS', 'X-8'), lines: [{ item: 'APPLE', quantity: '1', unitPrice: '0' }] },
      422,
      'order_without_value',
    ],
    ['an order of no lines', '/v1/orders', { ...order('OURS', 'X-9'), lines: [] }, 400, 'invalid_input'],
    [
      'an order of 501 lines',
      '/v1/orders',
      { ...order('OURS', 'X-10'), lines: Array.from({ length: 501 }, () => ({ item: 'APPLE', quantity: '1' })) },
      400,
      'invalid_input',
    ],
    ['a legal entity nobody knows', '/v1/orders', order('NOBODY', 'X-11'), 404, 'not_found'],
    [
      'a customer with a line break in the name',
      '/v1/customers',
      { ...customer('OURS', 'X-12'), name: 'A\r\nBcc: b@b.example' },
      400,
      'invalid_input',
    ],
    [
      'a customer with two addresses in one',
      '/v1/customers',
      { ...customer('OURS', 'X-13'), email: 'a@b.example, c@d.example' },
      400,
      'invalid_input',
    ],
    [
      'a zone that is none',
      '/v1/customers',
      { ...customer('OURS', 'X-14'), zone: 'Europe/Atlantis' },
      400,
      'invalid_input',
    ],
    [
      'a negative limit',
      '/v1/customers',
      { ...customer('OURS', 'X-15'), creditLimit: { amount: '-1', currency: 'EUR' } },
      400,
      'credit_limit_negative',
    ],
    [
      'an item with an unknown tax code',
      '/v1/items',
      { ...item('OURS', 'X-16'), taxCode: 'Q' },
      422,
      'tax_code_unknown',
    ],
  ];
  for (const [what, path, body, status, code] of strict) {
    it(`refuses ${what}`, async () => {
      const reply = await door.ask('POST', path, { body });
      assert.equal(reply.status, status, reply.text);
      assert.equal(reply.body['code'], code);
      assert.notEqual(reply.body['hint'], '');
    });
  }

  it('limits how often a key may ask', async () => {
    const narrow = await openDoor({ requestsPerMinute: 3 });
    try {
      const statuses = [];
      for (let asked = 0; asked < 4; asked += 1) statuses.push((await narrow.ask('GET', '/v1/key')).status);
      assert.deepEqual(statuses, [200, 200, 200, 429]);
      const reply = await narrow.ask('GET', '/v1/key');
      assert.equal(reply.body['code'], 'rate_limit_reached');
      assert.notEqual(reply.headers.get('ratelimit'), null);
      assert.notEqual(reply.headers.get('retry-after'), null);
    } finally {
      await narrow.close();
    }
  });

  it('limits how often an address may fail to log in', async () => {
    const narrow = await openDoor({ failedLoginsPerMinute: 2 });
    try {
      const statuses = [];
      for (let asked = 0; asked < 3; asked += 1) {
        statuses.push((await narrow.ask('GET', '/v1/key', { key: 'qk_wrong' })).status);
      }
      assert.deepEqual(statuses, [401, 401, 429]);
      assert.equal((await narrow.ask('GET', '/v1/key')).status, 200);
    } finally {
      await narrow.close();
    }
  });

  it('says 503 with a time to come back when the engine is away, and keeps what was told', async () => {
    const reply = await door.ask('POST', `/v1/orders/${ours.orderId}/shipments`, {
      body: { lines: [{ line: 1, quantity: '1' }] },
    });
    assert.equal(reply.status, 503);
    assert.equal(reply.body['code'], 'engine_unavailable');
    assert.notEqual(reply.headers.get('retry-after'), null);
  });

  it('keeps keys, names, bodies and addresses out of the log', async () => {
    await door.ask('POST', '/v1/customers', { body: { ...customer('OURS', 'LOG-1'), name: 'Canary Name GmbH' } });
    await door.ask('GET', '/v1/customers?number=LOG-1');
    await door.ask('GET', '/v1/key', { key: SECRET });
    const log = door.log.join('');
    assert.match(log, /"route":"\/v1\/customers"/);
    for (const secret of [SECRET, door.key, 'Canary Name', 'LOG-1', 'ap@kunde.example']) {
      assert.ok(!log.includes(secret), `${secret} is in the log`);
    }
  });

  it('sends the headers that keep browsers honest', async () => {
    const { headers } = await door.ask('GET', '/v1/key');
    assert.equal(headers.get('x-content-type-options'), 'nosniff');
    assert.equal(headers.get('x-powered-by'), null);
    assert.match(headers.get('content-security-policy') ?? '', /default-src 'self'/);
  });
});
