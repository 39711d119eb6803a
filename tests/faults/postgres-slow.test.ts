// Postgres behind a network that is slow and breaks anywhere: nobody waits for ever, and everything ends.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { assertAllHolds } from './oracle.ts';
import { randomFrom, SEED } from './random.ts';
import { throughProxy } from './through-proxy.ts';

const CUSTOMERS = 6;
const AT_ONCE = 12;
const ORDERS = 24;
const SLOW_ANSWER_MS = 2_000;
/** Share of the statements that lose their connection: of transactions of six statements these are three in ten. */
const RESET_SHARE = 0.06;
const SLOW_MS = 15_000;
/** Then for a while the network is quick again and still breaks. */
const BROKEN_MS = 8_000;
const RESETS_MIN = 10;
/** Longest answer of the API while every statement takes two seconds and any may fail. */
const ANSWERED_WITHIN_MS = 45_000;
const QUICK_AGAIN_MS = 2_000;

describe(`R06: two seconds to Postgres, and three of ten transactions reset (SEED=${String(SEED)})`, () => {
  it('R06: leave no connection waiting for another, answer every request in time, and every order ends', () =>
    throughProxy(CUSTOMERS, async ({ db, client, shop, apiUrl, passTakeOverTime }, proxy) => {
      const random = randomFrom(SEED);
      let resets = 0;
      proxy.rules.answerDelayMs = SLOW_ANSWER_MS;
      proxy.rules.judge = () => {
        if (random() >= RESET_SHARE) return 'pass';
        resets += 1;
        return random() < 0.5 ? 'cut_before' : 'cut_after';
      };
      const selling = shop.sellMany(ORDERS, { atOnce: AT_ONCE, customers: CUSTOMERS });
      selling.catch(() => undefined); // Awaited below, when the network is well again.
      await pause(SLOW_MS);
      delete proxy.rules.answerDelayMs;
      await pause(BROKEN_MS);
      delete proxy.rules.judge;
      assert.ok(resets >= RESETS_MIN, `only ${String(resets)} connections were reset`);
      // What still hangs on a slow answer ends with it; after that there is a connection for everybody.
      const askedAt = Date.now();
      assert.equal((await fetch(new URL('/ready', apiUrl))).status, 200);
      assert.ok(Date.now() - askedAt < QUICK_AGAIN_MS);
      await passTakeOverTime();
      await selling;
      assert.deepEqual(
        shop.answers.filter(({ tookMs, code }) => tookMs > ANSWERED_WITHIN_MS || code === 'no_answer'),
        [],
      );
      await shop.assertNothingLostOrTwice();
      await assertAllHolds(db, client);
    }));
});
