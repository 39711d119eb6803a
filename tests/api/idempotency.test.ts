// The same request is answered once, however often it is sent.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { deleteOldAnswers } from '../../src/database/queries/idempotency-keys.ts';
import { customer, legalEntity, openCompany, openDoor, order, type Door } from './door.ts';

describe('S05: idempotency keys', () => {
  let door: Door;
  before(async () => {
    door = await openDoor();
    await openCompany(door, 'OURS');
  });
  after(() => door.close());

  const post = (number: string, idempotencyKey: string | null, more: Record<string, unknown> = {}, key = door.key) =>
    door.ask('POST', '/v1/customers', { body: { ...customer('OURS', number), ...more }, idempotencyKey, key });

  it('refuses a POST without one, or with a malformed one', async () => {
    for (const key of [null, 'short', 'x'.repeat(201), 'with blank inside']) {
      const reply = await post('C-10', key);
      assert.equal(reply.status, 400);
      assert.equal(reply.body['code'], key === null ? 'idempotency_key_missing' : 'idempotency_key_invalid');
      assert.notEqual(reply.body['hint'], '');
    }
  });

  it('replays the answer to the same body, in whatever order and spelling of JSON it comes', async () => {
    const first = await post('C-11', 'same-body');
    assert.equal(first.status, 201);
    assert.equal(first.headers.get('idempotent-replayed'), null);
    const reversed = Object.fromEntries(Object.entries(customer('OURS', 'C-11')).reverse());
    const raw = JSON.stringify(reversed, null, 2);
    const second = await door.ask('POST', '/v1/customers', { raw, idempotencyKey: 'same-body' });
    assert.equal(second.status, 201);
    assert.equal(second.headers.get('idempotent-replayed'), 'true');
    assert.equal(second.headers.get('location'), first.headers.get('location'));
    assert.deepEqual(second.body, first.body);
  });

  it('refuses another body under the same key', async () => {
    await post('C-12', 'other-body');
    const reply = await post('C-13', 'other-body');
    assert.equal(reply.status, 422);
    assert.equal(reply.body['code'], 'idempotency_key_reused');
  });

  it('keeps the keys of callers and of routes apart', async () => {
    assert.equal((await post('C-14', 'everybodys-key')).status, 201);
    const other = await door.keyFor([{ legalEntityId: 'OURS', role: 'administrator' }]);
    assert.equal((await post('C-15', 'everybodys-key', {}, other)).status, 201);
    const elsewhere = await door.ask('POST', '/v1/legal-entities', {
      body: legalEntity('ELSEWHERE'),
      idempotencyKey: 'everybodys-key',
    });
    assert.equal(elsewhere.status, 201);
  });

  it('gives another caller an answer of their own to the same body, also while the first is being answered', async () => {
    const first = await post('C-25', 'shared-by-two');
    const other = await door.keyFor([{ legalEntityId: 'OURS', role: 'administrator' }]);
    const theirs = await post('C-25', 'shared-by-two', {}, other);
    assert.deepEqual([first.status, theirs.status, theirs.body], [201, 200, first.body]);
    assert.equal(theirs.headers.get('idempotent-replayed'), null);
    await sql`update idempotency_key set status = null, response = null where key = 'shared-by-two'
      and created_at = (select min(created_at) from idempotency_key where key = 'shared-by-two')`.execute(door.db);
    assert.equal((await post('C-25', 'shared-by-two')).body['code'], 'request_in_flight');
    const replayed = await post('C-25', 'shared-by-two', {}, other);
    assert.deepEqual([replayed.status, replayed.headers.get('idempotent-replayed')], [200, 'true']);
  });

  it('replays a final refusal, under the ID of the request that asks', async () => {
    await post('C-16', 'first-of-16');
    const refused = await post('C-16', 'second-of-16', { name: 'Another' });
    assert.equal(refused.status, 409);
    const again = await post('C-16', 'second-of-16', { name: 'Another' });
    assert.equal(again.status, 409);
    assert.equal(again.headers.get('idempotent-replayed'), 'true');
    assert.equal(again.body['code'], refused.body['code']);
    assert.notEqual(again.body['requestId'], refused.body['requestId']);
  });

  it('does not keep what may pass: a missing role, a malformed body, an engine that is away', async () => {
    const auditor = await door.keyFor([{ legalEntityId: 'OURS', role: 'auditor' }]);
    assert.equal((await post('C-17', 'passing-key', {}, auditor)).status, 403);
    assert.equal((await post('C-17', 'passing-key', { termsDays: -1 })).status, 400);
    assert.equal((await post('C-17', 'passing-key')).status, 201);

    const late = await door.ask('POST', '/v1/orders', { body: order('OURS', 'SO-17'), idempotencyKey: 'late-order' });
    assert.equal(late.status, 202);
    const again = await door.ask('POST', '/v1/orders', { body: order('OURS', 'SO-17'), idempotencyKey: 'late-order' });
    assert.equal(again.status, 202);
    assert.equal(again.headers.get('idempotent-replayed'), null);
    assert.equal(again.body['id'], late.body['id']);
  });

  it('tells a repetition to wait while the first is being answered, and goes on in its place when it died', async () => {
    await post('C-18', 'in-flight-key');
    await sql`update idempotency_key set status = null, response = null where key = 'in-flight-key'`.execute(door.db);
    const waiting = await post('C-18', 'in-flight-key');
    assert.equal(waiting.status, 409);
    assert.equal(waiting.body['code'], 'request_in_flight');
    assert.notEqual(waiting.headers.get('retry-after'), null);

    const other = await post('C-19', 'in-flight-key');
    assert.equal(other.body['code'], 'idempotency_key_reused');

    await sql`update idempotency_key set created_at = now() - interval '2 minutes' where key = 'in-flight-key'`.execute(
      door.db,
    );
    const takenOver = await post('C-18', 'in-flight-key');
    assert.equal(takenOver.status, 200, 'the customer is there already');
  });

  it('takes effect once for ten at a time', async () => {
    const replies = await Promise.all(Array.from({ length: 10 }, () => post('C-20', 'ten-at-a-time')));
    const statuses = replies.map((reply) => reply.status);
    assert.ok(statuses.includes(201));
    assert.ok(
      statuses.every((status) => [201, 409].includes(status)),
      statuses.join(),
    );
    const { rows } = await sql<{
      count: number;
    }>`select count(*) from audit_entry a join customer c on c.id::text = a.subject
      where a.action = 'customer.created' and c.number = 'C-20'`.execute(door.db);
    assert.equal(rows[0]?.count, 1);
  });

  it('forgets answers after their age, and no earlier', async () => {
    await post('C-21', 'young-key');
    await post('C-22', 'old-key-1');
    await sql`update idempotency_key set created_at = now() - interval '3 days' where key = 'old-key-1'`.execute(
      door.db,
    );
    assert.equal(await deleteOldAnswers(door.db), 1);
    const { rows } = await sql`select key from idempotency_key where key in ('young-key', 'old-key-1')`.execute(
      door.db,
    );
    assert.deepEqual(rows, [{ key: 'young-key' }]);
  });
});
