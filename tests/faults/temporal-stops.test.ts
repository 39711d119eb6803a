// Temporal's server that goes away in the middle of work and comes back with its file: callers are told to come back, nothing is lost.

import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { freePort } from '../../src/local/ports.ts';
import { startTemporalDevServer } from '../../src/local/temporal.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import { assertBooksHold } from '../harness/books.ts';
import { testDatabase } from '../harness/database.ts';
import { eventually } from '../harness/world.ts';
import { openInstallation } from './installation.ts';

const ORDERS = 16;
const AT_ONCE = 8;
const CUSTOMERS = 6;
const WORKS_MS = 2_500;
/** An operator's restart; a minute takes the same paths, more often. */
const AWAY_MS = 12_000;

describe('R07: Temporal’s server that is gone for a while and back', () => {
  it('R07: has requests answered by 202 or by 503 with Retry-After meanwhile, and every order ends', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'quittance-temporal-stops-'));
    const port = await freePort();
    const start = () =>
      startTemporalDevServer({ folder, port, searchAttributes: Object.values(searchAttributes), logLevel: 'error' });
    let temporal = await start();
    const database = await testDatabase();
    const { appUrl, ownerUrl } = database;
    const { db, shop, ...installation } = await openInstallation({
      ...{ appUrl, ownerUrl, temporalAddress: temporal.address, customers: CUSTOMERS },
    });
    try {
      const approved = await shop.tell('/v1/orders', shop.orderOf('FORGOTTEN-1', 'C-0'));
      const selling = shop.sellMany(ORDERS, { atOnce: AT_ONCE, customers: CUSTOMERS });
      selling.catch(() => undefined); // Awaited below, when the server is back.
      await pause(WORKS_MS);
      const before = shop.answers.length;
      await temporal.stop();
      const away = pause(AWAY_MS);
      // Each is told once and never again: what is stored will be started by the sweep, what is not is refused.
      const told = await Promise.all([
        shop.try('/v1/orders', shop.orderOf('FORGOTTEN-2', 'C-0'), 'forgotten-order'),
        shop.try('/v1/payments', shop.paymentOf('FORGOTTEN-2', 'C-0'), 'forgotten-payment'),
        shop.try(
          `/v1/orders/${String(approved.body['id'])}/shipments`,
          { lines: [{ line: 1, quantity: '1' }] },
          'forgotten-goods',
        ),
      ]);
      assert.deepEqual(
        told.map(({ status, code, retryAfter }) => [status, code, retryAfter]),
        [
          [202, '', null],
          [202, '', null],
          [503, 'engine_unavailable', '2'],
        ],
      );
      await away;
      const meanwhile = shop.answers.slice(before).filter(({ status }) => status !== 200 && status !== 201);
      for (const { status, code, retryAfter } of meanwhile)
        assert.ok(status === 202 || code === 'request_in_flight' || (status === 503 && retryAfter !== null), code);

      temporal = await start();
      await installation.sweepNow();
      await selling;
      await eventually(async () => {
        const { rows } = await sql<{ text: string }>`select credit_state || ' ' || (select state from payment
          where reference = 'FORGOTTEN-2') as text from sales_order where number = 'FORGOTTEN-2'`.execute(db);
        assert.deepEqual(rows, [{ text: 'approved posted' }]);
      });
      await shop.assertNothingLostOrTwice({ orders: 2, payments: 1 });
      await assertBooksHold(db);
    } finally {
      await installation.close();
      await temporal.stop();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    }
  });
});
