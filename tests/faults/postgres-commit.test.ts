// Connections to Postgres that break at the worst byte: whether a COMMIT took effect is read back by its key, never guessed.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { assertAllHolds } from './oracle.ts';
import { randomFrom, SEED } from './random.ts';
import { throughProxy } from './through-proxy.ts';

const CUSTOMERS = 6;
const AT_ONCE = 6;
const ORDERS = 18;
/** One of so many commits, at a random place among them, loses its connection: in turn before Postgres has seen it, and after. */
const CUT_ONE_OF = 7;
const CUTS_EACH_MIN = 5;

const isCommit = (bytes: Buffer): boolean => bytes.includes('commit\0');

describe(`R05: connections to Postgres that are reset during COMMIT (SEED=${String(SEED)})`, () => {
  it('R05: have one effect each, whether Postgres had seen the COMMIT or not', () =>
    throughProxy(CUSTOMERS, async ({ db, client, shop }, proxy) => {
      const random = randomFrom(SEED);
      const cuts = { cut_before: 0, cut_after: 0 };
      let commits = 0;
      let cutAt = 0;
      proxy.rules.judge = (bytes) => {
        if (!isCommit(bytes)) return 'pass';
        if (commits % CUT_ONE_OF === 0) cutAt = commits + Math.floor(random() * CUT_ONE_OF);
        commits += 1;
        if (commits - 1 !== cutAt) return 'pass';
        // In turn, so that however few commits a quick machine needs, both kinds are among the cuts.
        const verdict = cuts.cut_before <= cuts.cut_after ? 'cut_before' : 'cut_after';
        cuts[verdict] += 1;
        return verdict;
      };
      await shop.sellMany(ORDERS, { atOnce: AT_ONCE, customers: CUSTOMERS });
      delete proxy.rules.judge;
      assert.ok(Math.min(cuts.cut_before, cuts.cut_after) >= CUTS_EACH_MIN, JSON.stringify(cuts));
      await shop.assertNothingLostOrTwice();
      await assertAllHolds(db, client);
    }));
});
