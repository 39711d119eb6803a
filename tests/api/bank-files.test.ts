// Files at the door: who may send one, what is refused before it is read, and that what is refused leaves nothing behind.

import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { BANK_FILE_LIMITS } from '../../src/domain/bank-files/types.ts';
import { UPLOADS_AT_ONCE_MAX } from '../../src/api/limits.ts';
import { camt053 } from '../harness/camt.ts';
import { IBAN, upload } from '../harness/statements.ts';
import { eventually } from '../harness/world.ts';
import { openCompany, openDoor, type Door } from './door.ts';

const DAY = { id: 'S-1', iban: IBAN, on: '2026-01-15', openingMinor: 0 };
const file = (amountMinor: number): string =>
  camt053({ ...DAY, entries: [{ reference: `R-${String(amountMinor)}`, transactions: [{ amountMinor }] }] });
const QUERY = '/v1/bank-statements?legalEntity=OURS';

/** So short that the test need not wait for long. */
const REQUEST_WITHIN_MS = 400;

describe('a bank file at the door', () => {
  let door: Door;
  before(async () => {
    door = await openDoor();
    await openCompany(door, 'OURS');
    await openCompany(door, 'THEIRS');
  });
  after(() => door.close());

  const treasurer = (): Promise<string> => door.keyFor([{ legalEntityId: 'OURS', role: 'treasurer' }]);
  async function chunks(): Promise<number> {
    const { rows } = await sql<{ count: number }>`select count(*) as count from bank_file_chunk`.execute(door.db);
    return rows[0]?.count ?? 0;
  }

  /** Waits until so many files are on their way: each has a transaction open. */
  async function uploadsAre(count: number): Promise<void> {
    await eventually(async () => {
      const { rows } = await sql<{ count: number }>`select count(*) as count from pg_stat_activity
        where datname = current_database() and state = 'idle in transaction'`.execute(door.db);
      assert.equal(rows[0]?.count, count);
    });
  }

  /** Sends a head of a request and some of its body, and takes the first line that comes back. */
  async function rawly(headers: readonly string[], body = ''): Promise<string> {
    const { hostname, port } = new URL(door.url);
    const socket = connect({ host: hostname, port: Number(port) });
    try {
      const head = [`POST ${QUERY} HTTP/1.1`, `Host: ${hostname}`, `Authorization: Bearer ${await treasurer()}`];
      socket.write(`${[...head, 'Idempotency-Key: raw-request', ...headers].join('\r\n')}\r\n\r\n${body}`);
      for await (const piece of socket.setEncoding('utf8')) return String(piece).split('\r\n', 1)[0] ?? '';
      return 'closed';
    } finally {
      socket.destroy();
    }
  }

  it('is kept although the engine is away, and told once', async () => {
    const key = await treasurer();
    const sent = await upload({ url: door.url, key }, file(100), { legalEntity: 'OURS', name: 'one.xml' });
    assert.deepEqual([sent.status, sent.file.state], [202, 'received']);
    const again = await upload({ url: door.url, key }, file(100), { legalEntity: 'OURS', name: 'two.xml' });
    assert.deepEqual([again.status, again.file.id], [202, sent.file.id]);
    const theirs = await door.keyFor([{ legalEntityId: 'THEIRS', role: 'treasurer' }]);
    const foreign = await upload({ url: door.url, key: theirs }, file(100), { legalEntity: 'THEIRS' });
    assert.notEqual(foreign.file.id, sent.file.id);
    const seen = await door.ask('GET', `/v1/bank-statements/${sent.file.id}`, { key: theirs });
    assert.equal(seen.status, 404);
  });

  it('is not read for a caller who may not send one, however large it is, and the caller learns why', async () => {
    const before = await chunks();
    const large = new Uint8Array(30_000_000);
    const wrong = await upload({ url: door.url, key: 'qk_wrong' }, large, { legalEntity: 'OURS' });
    assert.deepEqual([wrong.status, wrong.code], [401, 'not_authenticated']);
    const collector = await door.keyFor([{ legalEntityId: 'OURS', role: 'collector' }]);
    const reader = await upload({ url: door.url, key: collector }, large, { legalEntity: 'OURS' });
    assert.deepEqual([reader.status, reader.code], [403, 'role_missing']);
    const elsewhere = await upload({ url: door.url, key: await treasurer() }, large, { legalEntity: 'THEIRS' });
    assert.deepEqual([elsewhere.status, elsewhere.code], [404, 'not_found']);
    assert.equal(await chunks(), before);
  });

  it('that says it is too large, is compressed, or stops before its end is refused, and nothing of it is kept', async () => {
    const before = await chunks();
    const type = 'Content-Type: application/octet-stream';
    const length = `Content-Length: ${String(BANK_FILE_LIMITS.bytesMax + 1)}`;
    assert.match(await rawly([type, length]), /413/);
    assert.match(await rawly([type, 'Content-Encoding: gzip', 'Content-Length: 10'], '0123456789'), /415/);
    assert.match(await rawly(['Content-Type: multipart/form-data', 'Content-Length: 2'], 'ab'), /415/);
    const { hostname, port } = new URL(door.url);
    const socket = connect({ host: hostname, port: Number(port) });
    const head = [`POST ${QUERY} HTTP/1.1`, `Host: x`, `Authorization: Bearer ${await treasurer()}`, type];
    socket.write(`${[...head, 'Idempotency-Key: stops-early', 'Content-Length: 1000000'].join('\r\n')}\r\n\r\nhalf`);
    await uploadsAre(1);
    socket.destroy();
    await uploadsAre(0);
    assert.equal(await chunks(), before);
    assert.ok(!door.log.some((line) => line.includes('"msg":"defect"')), 'a caller who hangs up is no defect of ours');
  });

  it('waits its turn when many are on their way, and those are not held up by it', async () => {
    const { hostname, port } = new URL(door.url);
    const key = await treasurer();
    const slow = Array.from({ length: UPLOADS_AT_ONCE_MAX }, (_, index) => {
      const socket = connect({ host: hostname, port: Number(port) });
      const head = [`POST ${QUERY} HTTP/1.1`, 'Host: x', `Authorization: Bearer ${key}`, 'Content-Length: 1000'];
      const rest = ['Content-Type: text/xml', `Idempotency-Key: slow-request-${String(index)}`];
      socket.write(`${[...head, ...rest].join('\r\n')}\r\n\r\n<?xml`);
      return socket;
    });
    await uploadsAre(UPLOADS_AT_ONCE_MAX);
    const busy = await upload({ url: door.url, key }, file(200), { legalEntity: 'OURS' });
    assert.deepEqual([busy.status, busy.code], [503, 'uploads_busy']);
    assert.equal((await door.ask('GET', '/v1/orders')).status, 200);
    for (const socket of slow) socket.destroy();
    await uploadsAre(0);
    const later = await upload({ url: door.url, key }, file(200), { legalEntity: 'OURS' });
    assert.equal(later.status, 202);
  });

  it('may come slowly, unlike any other request', async () => {
    const slowDoor = await openDoor({ requestWithinMs: REQUEST_WITHIN_MS });
    try {
      await openCompany(slowDoor, 'OURS');
      const { hostname, port } = new URL(slowDoor.url);
      const text = file(300);
      const head = (path: string, type: string): string =>
        [
          `POST ${path} HTTP/1.1`,
          ...[`Host: ${hostname}`, `Authorization: Bearer ${slowDoor.key}`, 'Idempotency-Key: comes-slowly'],
          ...[`Content-Type: ${type}`, `Content-Length: ${String(Buffer.byteLength(text))}`, 'Connection: close'],
        ].join('\r\n');
      const answerTo = async (path: string, type: string): Promise<string> => {
        const socket = connect({ host: hostname, port: Number(port) });
        const half = Math.floor(text.length / 2);
        socket.write(`${head(path, type)}\r\n\r\n${text.slice(0, half)}`);
        setTimeout(() => socket.writable && socket.write(text.slice(half)), 2 * REQUEST_WITHIN_MS);
        try {
          for await (const piece of socket.setEncoding('utf8')) return String(piece).split('\r\n', 1)[0] ?? '';
          return 'closed';
        } finally {
          socket.destroy();
        }
      };
      assert.match(await answerTo('/v1/orders', 'application/json'), /408/);
      assert.match(await answerTo(QUERY, 'application/octet-stream'), /202/);
    } finally {
      await slowDoor.close();
    }
  });

  it('is listed to who may read it, with lines and accounts', async () => {
    const listed = await door.ask('GET', '/v1/bank-statements?legalEntity=OURS&state=received');
    assert.equal(listed.status, 200);
    const data = listed.body['data'] as { id: string; state: string }[];
    assert.ok(data.length > 0 && data.every(({ state }) => state === 'received'));
    const body = { legalEntity: 'OURS', number: 'de89 3704 0044 0532 0130 00', currency: 'EUR', name: 'Bank' };
    const named = await door.ask('POST', '/v1/house-bank-accounts', { body });
    assert.deepEqual([named.status, named.body['number']], [201, 'DE89370400440532013000']);
    const again = await door.ask('POST', '/v1/house-bank-accounts', { body: { ...body, name: 'Other name' } });
    assert.deepEqual([again.status, again.body['name']], [200, 'Other name']);
    const dollars = await door.ask('POST', '/v1/house-bank-accounts', { body: { ...body, currency: 'USD' } });
    assert.deepEqual([dollars.status, dollars.body['code']], [409, 'house_account_other_currency']);
    const wrong = await door.ask('POST', '/v1/house-bank-accounts', {
      body: { ...body, number: 'DE89370400440532013001' },
    });
    assert.equal(wrong.status, 400);
  });
});
