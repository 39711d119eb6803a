// Postgres that ends at once, several times in the middle of work: who writes is told so, and nothing acknowledged is lost.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startTemporalDevServer } from '../../src/local/temporal.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import { assertBooksHold } from '../harness/books.ts';
import { startOwnPostgres } from '../harness/own-postgres.ts';
import { openInstallation } from './installation.ts';

const ORDERS = 40;
const AT_ONCE = 8;
const CUSTOMERS = 10;
const STOPS = 3;
const WORKS_MS = 2_000;
const AWAY_MS = 1_500;

describe('R04: Postgres that stops immediately and starts again under load', () => {
  it('R04: fails writes loudly while it is away, loses nothing that was acknowledged, and every order ends', async () => {
    const postgres = await startOwnPostgres();
    const temporal = await startTemporalDevServer({
      searchAttributes: Object.values(searchAttributes),
      logLevel: 'error',
    });
    const { appUrl, ownerUrl } = postgres;
    const { db, shop, ...installation } = await openInstallation({
      ...{ appUrl, ownerUrl, temporalAddress: temporal.address, customers: CUSTOMERS },
    });
    try {
      const selling = shop.sellMany(ORDERS, { atOnce: AT_ONCE, customers: CUSTOMERS });
      selling.catch(() => undefined); // Awaited below, when the last stop is over.
      const sold = [selling];
      for (let stop = 0; stop < STOPS; stop += 1) {
        await pause(WORKS_MS);
        const before = shop.answers.length;
        await postgres.stopImmediately();
        // On a quick machine everything else may be sold by now.
        const told = shop.sell(`SO-away-${String(stop)}`, 'C-0');
        told.catch(() => undefined);
        sold.push(told);
        await pause(AWAY_MS);
        await postgres.startAgain();
        // Nobody gave back the keys of requests that were under way.
        await installation.passTakeOverTime();
        const refused = shop.answers.slice(before).filter(({ code }) => code === 'database_unavailable');
        assert.ok(refused.length > 0, `stop ${String(stop)} met no load`);
      }
      await Promise.all(sold);
      const refused = shop.answers.filter(({ status }) => status >= 400);
      assert.deepEqual(
        refused.filter(({ status, code }) => status !== 503 && code !== 'request_in_flight'),
        [],
      );
      assert.deepEqual(
        refused.filter(({ status, retryAfter }) => status === 503 && retryAfter === null),
        [],
      );
      await shop.assertNothingLostOrTwice();
      await assertBooksHold(db);
    } finally {
      await installation.close();
      await temporal.stop();
      await postgres.remove();
    }
  });
});
