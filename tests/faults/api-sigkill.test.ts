// An API that is killed in the middle of requests: its clients repeat them under their keys, and each takes effect once.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startTemporalDevServer } from '../../src/local/temporal.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import { testDatabase } from '../harness/database.ts';
import { openInstallation } from './installation.ts';
import { assertAllHolds } from './oracle.ts';
import { startApiProcess } from './processes.ts';
import { randomFrom, SEED } from './random.ts';

const ORDERS = 24;
const AT_ONCE = 8;
const CUSTOMERS = 8;
const KILLS = 3;
const SHORTEST_LIFE_MS = 300;
const LONGEST_LIFE_MS = 1_500;

describe(`R03: an API that is killed in the middle of requests (SEED=${String(SEED)})`, () => {
  it('R03: has each request take effect once, however often it is repeated', async () => {
    const database = await testDatabase();
    const temporal = await startTemporalDevServer({
      searchAttributes: Object.values(searchAttributes),
      logLevel: 'error',
    });
    const { appUrl, ownerUrl } = database;
    const temporalAddress = temporal.address;
    const { db, client, shop, ...installation } = await openInstallation({
      ...{ appUrl, ownerUrl, temporalAddress, customers: CUSTOMERS },
    });
    let api = await startApiProcess({ appUrl, temporalAddress });
    const port = Number(new URL(api.url).port);
    shop.urls.splice(0, 1, api.url);
    try {
      const random = randomFrom(SEED);
      const selling = shop.sellMany(ORDERS, { atOnce: AT_ONCE, customers: CUSTOMERS });
      selling.catch(() => undefined); // Awaited below, when the killing is over.
      for (let killed = 0; killed < KILLS; killed += 1) {
        await pause(SHORTEST_LIFE_MS + random() * (LONGEST_LIFE_MS - SHORTEST_LIFE_MS));
        api.command.kill();
        assert.equal(await api.command.ends(), 'SIGKILL');
        api = await startApiProcess({ appUrl, temporalAddress }, port);
        // Nobody gave back the keys of requests that were under way.
        await installation.passTakeOverTime();
      }
      await selling;
      assert.ok(
        shop.answers.some(({ code }) => code === 'broke'),
        'no kill met a request',
      );
      await shop.assertNothingLostOrTwice();
      await assertAllHolds(db, client);
    } finally {
      await installation.close();
      api.command.kill();
      await temporal.stop();
      await database.drop();
    }
  });
});
