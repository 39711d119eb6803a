// Disputes at the door: raised and resolved through the engine, with messages and files that the door itself keeps.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { createLogger } from '../../src/api/log.ts';
import { EVIDENCE_BYTES_MAX } from '../../src/api/limits.ts';
import { startApi } from '../../src/api/server.ts';
import { createApiKey } from '../../src/database/queries/api-keys.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';
import { openCompany, openDoor, type Company, type Door, type Reply } from './door.ts';

describe('the file of a dispute', () => {
  let door: Door;
  let ours: Company;
  let theirs: Company;
  before(async () => {
    door = await openDoor();
    ours = await openCompany(door, 'OURS');
    theirs = await openCompany(door, 'THEIRS');
  });
  after(() => door.close());

  const post = (path: string, body: unknown, idempotencyKey?: string): Promise<Reply> =>
    door.ask('POST', `/v1/disputes/${ours.disputeId}${path}`, {
      body,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
  const audited = async (action: string): Promise<unknown[]> => {
    const { rows } = await sql<{ details: unknown }>`select details from audit_entry where action = ${action}
      and subject = ${ours.disputeId} order by id`.execute(door.db);
    return rows.map((row) => row.details);
  };

  it('keeps messages in their order, each once, with an audit entry that does not quote them', async () => {
    await post('/messages', { direction: 'from_customer', text: 'You charged too much.' });
    await post('/messages', { direction: 'to_customer', text: 'We look into it.' }, 'message-two');
    await post('/messages', { direction: 'to_customer', text: 'We look into it.' }, 'message-two');
    // As when the first answer was lost before it was kept.
    await sql`delete from idempotency_key where key = 'message-two'`.execute(door.db);
    const again = await post('/messages', { direction: 'to_customer', text: 'We look into it.' }, 'message-two');
    assert.equal(again.status, 201);
    const { body } = await door.ask('GET', `/v1/disputes/${ours.disputeId}`);
    const messages = body['messages'] as { direction: string; text: string; createdBy: string }[];
    assert.deepEqual(
      messages.map(({ direction, text, createdBy }) => [direction, text, createdBy]),
      [
        ['from_customer', 'You charged too much.', 'key:test'],
        ['to_customer', 'We look into it.', 'key:test'],
      ],
    );
    const entries = await audited('dispute.message');
    assert.equal(entries.length, 2);
    assert.doesNotMatch(JSON.stringify(entries), /charged|look/);
  });

  it('keeps a file once, whatever it is called, and gives it back as it was', async () => {
    const content = Buffer.from('%PDF-1.7 a delivery note');
    const file = { name: 'note.pdf', mediaType: 'application/pdf', content: content.toString('base64') };
    const kept = await post('/evidence', file);
    assert.equal(kept.status, 201);
    assert.equal(kept.body['sha256'], createHash('sha256').update(content).digest('hex'));
    assert.equal(kept.body['bytes'], content.length);
    const again = await post('/evidence', { ...file, name: 'the-same.pdf' });
    assert.deepEqual([again.status, again.body], [200, kept.body]);
    const read = await door.ask('GET', String(kept.headers.get('location')));
    assert.deepEqual([read.status, read.body], [200, { ...kept.body, content: file.content }]);
    const { body } = await door.ask('GET', `/v1/disputes/${ours.disputeId}`);
    assert.ok((body['evidence'] as { id: string }[]).some(({ id }) => id === kept.body['id']));
    assert.equal((await audited('dispute.evidence')).length, 1);
  });

  it('takes the same file from many at once as one', async () => {
    const file = { name: 'list.csv', mediaType: 'text/csv', content: Buffer.from('a;b').toString('base64') };
    const replies = await Promise.all([1, 2, 3, 4].map(() => post('/evidence', file)));
    assert.deepEqual(replies.map((reply) => reply.status).sort(), [200, 200, 200, 201]);
    assert.equal(new Set(replies.map((reply) => reply.body['id'])).size, 1);
  });

  const odd: readonly [string, Record<string, unknown>, number, string][] = [
    ['a media type that nobody asked for', { mediaType: 'text/html' }, 400, 'invalid_input'],
    ['what is no base64', { content: 'not base64!' }, 400, 'invalid_input'],
    ['an empty file', { content: '' }, 400, 'invalid_input'],
    [
      'a file that is too large',
      { content: Buffer.alloc(EVIDENCE_BYTES_MAX + 3).toString('base64') },
      400,
      'invalid_input',
    ],
    ['a name of two lines', { name: 'a\nb' }, 400, 'invalid_input'],
    ['a PDF that is none', { mediaType: 'application/pdf' }, 422, 'evidence_is_something_else'],
    ['a picture that is none', { mediaType: 'image/jpeg' }, 422, 'evidence_is_something_else'],
  ];
  for (const [what, change, status, code] of odd) {
    it(`refuses ${what}`, async () => {
      const file = { name: 'mail.eml', mediaType: 'message/rfc822', content: 'aGVsbG8gdGhlcmU=' };
      const reply = await post('/evidence', { ...file, ...change });
      assert.deepEqual([reply.status, reply.body['code']], [status, code], reply.text);
    });
  }

  it('takes a file of the largest size', async () => {
    const content = Buffer.alloc(EVIDENCE_BYTES_MAX, 'x').toString('base64');
    assert.equal((await post('/evidence', { name: 'long.txt', mediaType: 'text/plain', content })).status, 201);
  });

  it('shows no file under another dispute', async () => {
    const foreign = await door.ask('GET', `/v1/disputes/${ours.disputeId}/evidence/${theirs.evidenceId}`);
    assert.equal(foreign.status, 404);
    const own = await door.ask('GET', `/v1/disputes/${theirs.disputeId}/evidence/${theirs.evidenceId}`);
    assert.equal(own.body['content'], Buffer.from('hello').toString('base64'));
  });

  it('is listed by state, order, customer, reason and whether it is overdue', async () => {
    const ids = async (query: string): Promise<unknown[]> => {
      const { body } = await door.ask('GET', `/v1/disputes?${query}`);
      return (body['data'] as { id: unknown }[]).map(({ id }) => id);
    };
    const mine = [ours.disputeId];
    assert.deepEqual(await ids(''), [theirs.disputeId, ours.disputeId]);
    assert.deepEqual(await ids(`order=${ours.orderId}`), mine);
    assert.deepEqual(await ids('legalEntity=OURS&customer=C-1&reason=pricing&state=open'), mine);
    for (const none of ['state=resolved', 'customer=C-9', 'reason=tax']) assert.deepEqual(await ids(none), [], none);
    const old = await door.db
      .selectFrom('dispute')
      .select(['legal_entity_id', 'order_id', 'item_id', 'currency', 'source', 'owner_role', 'created_by'])
      .where('id', '=', ours.disputeId)
      .executeTakeFirstOrThrow();
    const ended = { state: 'resolved', outcome: 'rejected', resolved_at: new Date() };
    const overdue = [];
    for (const more of [{}, ended]) {
      const past = { ...old, ...more, amount_minor: 1, reason: 'tax', raised_on: '2020-01-01' };
      const made = door.db.insertInto('dispute').values({ ...past, due_at: new Date('2020-01-15T17:00:00Z') });
      overdue.push((await made.returning('id').executeTakeFirstOrThrow()).id);
    }
    assert.deepEqual(await ids('overdue=true&reason=tax'), overdue.slice(0, 1));
    const seen = await Promise.all(overdue.map((id) => door.ask('GET', `/v1/disputes/${id}`)));
    assert.deepEqual(
      seen.map(({ body }) => body['isOverdue']),
      [true, false],
    );
    assert.equal((await door.ask('GET', '/v1/disputes?state=none')).status, 400);
  });
});

/** The door of a world, with keys by role. */
async function withDoor(
  world: World,
  act: (ask: (role: string, method: string, path: string, body?: unknown) => Promise<Reply>) => Promise<void>,
): Promise<void> {
  const api = await startApi({
    ...{ db: world.db, temporal: world.client, businessOffsetMs: (await world.now()) - Date.now() },
    ...{ isCheckingAnswers: true, port: 0, host: '127.0.0.1' },
    logger: createLogger({ level: 'error', stream: { write: () => undefined } }),
  });
  const keys = new Map<string, string>();
  let asked = 0;
  try {
    await act(async (role, method, path, body) => {
      const known = keys.get(role);
      const roles = [{ legalEntityId: world.company.id, role }];
      const key = known ?? (await createApiKey(world.db, { name: role, roles })).key;
      keys.set(role, key);
      asked += 1;
      const response = await fetch(api.url + path, {
        method,
        headers: {
          authorization: `Bearer ${key}`,
          ...(method === 'POST' && { 'content-type': 'application/json', 'idempotency-key': `request-${asked}` }),
        },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, headers: response.headers, text, body: JSON.parse(text) as Reply['body'] };
    });
  } finally {
    await api.close();
  }
}

describe('a dispute', () => {
  it('is raised, seen, and resolved by its owner alone, with a credit that waits for approval', () =>
    inWorld({}, async (world) => {
      const { company } = world;
      const order = await company.order(await company.customer('C-1'), 'SO-1');
      await company.ship(order);
      await eventually(async () => {
        assert.equal(await company.stage(order), 'collection');
      });
      await withDoor(world, async (ask) => {
        const asked = {
          item: 'INV-000001',
          amount: { amount: '40.00', currency: 'EUR' },
          reason: 'pricing',
          source: 'customer_mail',
          note: 'The customer says so.',
        };
        const path = `/v1/orders/${order.id}/disputes`;
        assert.equal((await ask('auditor', 'POST', path, asked)).status, 403);
        const raised = await ask('customer_service', 'POST', path, asked);
        assert.equal(raised.status, 201, raised.text);
        const { id, state, ownerRole, dueAt, isOverdue, task } = raised.body;
        assert.deepEqual([state, ownerRole, isOverdue], ['open', 'sales', false]);
        assert.equal(dueAt, '2026-01-26T17:00:00.000Z');
        const file = await ask('auditor', 'GET', `/v1/disputes/${String(id)}`);
        assert.deepEqual([file.body['note'], file.body['messages'], file.body['task']], [asked.note, [], task]);
        const beyond = await ask('sales', 'POST', path, { ...asked, amount: { amount: '79.01', currency: 'EUR' } });
        assert.deepEqual([beyond.status, beyond.body['code']], [422, 'dispute_exceeds_item']);
        const unknown = await ask('sales', 'POST', path, { ...asked, item: 'INV-9' });
        assert.deepEqual([unknown.status, unknown.body['code']], [422, 'item_unknown']);
        const outcome = `/v1/disputes/${String(id)}/outcome`;
        const foreign = await ask('collector', 'POST', outcome, { outcome: 'rejected' });
        assert.deepEqual([foreign.status, foreign.body['code']], [403, 'not_the_owner']);
        const ticked = await ask('sales', 'POST', `/v1/tasks/${(task as { id: string }).id}/completion`, {});
        assert.deepEqual([ticked.status, ticked.body['code']], [422, 'task_ends_with_request']);
        assert.equal(ticked.body['hint'], `POST ${outcome}`);
        const whole = { outcome: 'partly', credit: { amount: '40.00', currency: 'EUR' } };
        assert.equal((await ask('sales', 'POST', outcome, whole)).body['code'], 'dispute_credit_invalid');
        const part = { outcome: 'partly', credit: { amount: '15.00', currency: 'EUR' } };
        const waiting = await ask('sales', 'POST', outcome, part);
        assert.equal(waiting.status, 200, waiting.text);
        assert.deepEqual([waiting.body['state'], waiting.body['outcome']], ['awaiting_approval', 'partly']);
        assert.match(String(waiting.body['approval']), /^[0-9a-f-]{36}$/);
        assert.equal((await ask('sales', 'POST', outcome, { outcome: 'rejected' })).status, 409);
      });
    }));
});

describe('a mailbox', () => {
  let door: Door;
  before(async () => {
    door = await openDoor();
    await openCompany(door, 'OURS');
  });
  after(() => door.close());

  it('is set for a role, set anew, and listed, with the address kept out of the audit', async () => {
    const path = '/v1/legal-entities/OURS/mailboxes';
    const set = (role: string, email: string): Promise<Reply> => door.ask('POST', path, { body: { role, email } });
    assert.equal((await set('sales', 'first@acme.example')).status, 201);
    assert.equal((await set('sales', 'second@acme.example')).status, 200);
    assert.equal((await set('sales', 'second@acme.example')).status, 200);
    assert.equal((await set('collector', 'collect@acme.example')).status, 201);
    const { body } = await door.ask('GET', path);
    assert.deepEqual(
      (body['data'] as { role: string; email: string }[]).map(({ role, email }) => `${role} ${email}`),
      ['collector collect@acme.example', 'sales second@acme.example'],
    );
    const { rows } = await sql<{
      text: string;
    }>`select e::text as text from audit_entry e where action = 'mailbox.set'`.execute(door.db);
    assert.equal(rows.length, 3);
    assert.doesNotMatch(rows.map((row) => row.text).join(), /acme\.example/);
    assert.equal((await set('king', 'king@acme.example')).status, 400);
    assert.equal((await set('sales', 'a@b.example, c@d.example')).status, 400);
  });
});
