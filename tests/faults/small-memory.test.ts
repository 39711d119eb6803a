// A worker that has to put runs out of its memory while they work: what it gives up is done again, and nobody hears of it.

import { describe, it } from 'node:test';
import { assertAllReplay } from '../harness/replay.ts';
import { assertAllHolds } from './oracle.ts';
import { throughProxy } from './through-proxy.ts';

const CUSTOMERS = 6;
const AT_ONCE = 12;
const ORDERS = 30;
/** One of so many commits loses its connection, so that requests are under way for long enough to be given up. */
const CUT_ONE_OF = 5;

describe('a worker with memory for a single run', () => {
  it('answers every request, ends every order, and leaves histories that replay', () =>
    throughProxy({ customers: CUSTOMERS, cachedWorkflowsMax: 1 }, async ({ db, client, shop }, proxy) => {
      let commits = 0;
      proxy.rules.judge = (bytes) => {
        if (!bytes.includes('commit\0')) return 'pass';
        commits += 1;
        if (commits % CUT_ONE_OF > 0) return 'pass';
        return commits % 2 === 0 ? 'cut_before' : 'cut_after';
      };
      // A request that meets a defect, or is never taken, fails here.
      await shop.sellMany(ORDERS, { atOnce: AT_ONCE, customers: CUSTOMERS });
      delete proxy.rules.judge;
      await shop.assertNothingLostOrTwice();
      await assertAllHolds(db, client);
      await assertAllReplay(client);
    }));
});
