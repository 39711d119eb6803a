// Lists in pages: nothing skipped, nothing repeated.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { customer, openCompany, openDoor, order, payment, type Door } from './door.ts';

describe('pages', () => {
  let door: Door;
  before(async () => {
    door = await openDoor({ decisionWaitMs: 1 });
    await openCompany(door, 'OURS');
    for (let number = 2; number <= 7; number += 1) {
      await door.ask('POST', '/v1/customers', { body: customer('OURS', `C-${String(number)}`) });
      await door.ask('POST', '/v1/orders', { body: order('OURS', `SO-${String(number)}`) });
      await door.ask('POST', '/v1/payments', { body: payment('OURS', `ch_${String(number)}`) });
    }
    await door.db
      .insertInto('task')
      .values(
        Array.from({ length: 6 }, (_, index) => ({
          legal_entity_id: 'OURS',
          key: `letter_unknown/${String(index)}`,
          kind: 'letter_unknown',
          owner_role: 'collector',
          reason: 'Nobody knows whether the letter left.',
          ends_with: 'POST /v1/tasks/{task}/completion',
          // Three share one deadline: pages go by more than the deadline.
          deadline_at: new Date(Date.UTC(2026, 11, 1 + Math.floor(index / 3))),
        })),
      )
      .execute();
  });
  after(() => door.close());

  const walk = async (path: string): Promise<{ ids: string[]; pages: number }> => {
    const ids: string[] = [];
    let cursor: string | null = null;
    let pages = 0;
    do {
      const next = cursor === null ? '' : `&cursor=${cursor}`;
      const { status, body, text } = await door.ask('GET', `${path}?limit=3${next}`);
      assert.equal(status, 200, text);
      const data = body['data'] as { id?: string; number?: string }[];
      assert.ok(data.length <= 3);
      ids.push(...data.map((row) => row.id ?? row.number ?? ''));
      cursor = body['nextCursor'] as string | null;
      pages += 1;
    } while (cursor !== null);
    return { ids, pages };
  };

  for (const list of ['customers', 'orders', 'payments', 'tasks']) {
    it(`walks all of /v1/${list}, each once`, async () => {
      const whole = await door.ask('GET', `/v1/${list}?limit=200`);
      const all = (whole.body['data'] as { id: string }[]).map((row) => row.id);
      assert.equal(all.length, 7);
      assert.equal(whole.body['nextCursor'], null);
      assert.deepEqual(await walk(`/v1/${list}`), { ids: all, pages: 3 });
    });
  }

  it('walks a timeline, oldest first', async () => {
    const orders = await door.ask('GET', '/v1/orders?number=SO-2');
    const [first] = orders.body['data'] as { links: { timeline: string } }[];
    const { body } = await door.ask('GET', `${String(first?.links.timeline)}?limit=1`);
    assert.deepEqual(
      (body['data'] as { action: string }[]).map((entry) => entry.action),
      ['order.received'],
    );
  });

  it('does not show a row that came before the cursor', async () => {
    const first = await door.ask('GET', '/v1/customers?limit=3');
    await door.ask('POST', '/v1/customers', { body: customer('OURS', 'C-0') });
    const second = await door.ask('GET', `/v1/customers?limit=3&cursor=${String(first.body['nextCursor'])}`);
    const numbers = (second.body['data'] as { number: string }[]).map((row) => row.number);
    assert.deepEqual(numbers, ['C-4', 'C-5', 'C-6']);
  });

  it('refuses a cursor that is not one of the list', async () => {
    const other = await door.ask('GET', '/v1/customers?limit=1');
    for (const cursor of [
      'zz',
      'eyJhIjoxfQ',
      String(other.body['nextCursor']),
      Buffer.from('["\' or 1=1--"]').toString('base64url'),
    ]) {
      const reply = await door.ask('GET', `/v1/orders?cursor=${cursor}`);
      assert.equal(reply.status, 400, cursor);
      assert.equal(reply.body['code'], 'cursor_invalid');
    }
  });
});
