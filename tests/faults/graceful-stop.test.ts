// A worker and an API that are asked to stop under load: they end what they have, and the others take over without an error.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { startMailCatcher } from '../../src/local/mail-catcher.ts';
import { startTemporalDevServer } from '../../src/local/temporal.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import { testDatabase } from '../harness/database.ts';
import { openInstallation } from './installation.ts';
import { assertAllHolds } from './oracle.ts';
import { startApiProcess, startWorkerProcess, type RunningService } from './processes.ts';

const ORDERS = 32;
const AT_ONCE = 8;
const CUSTOMERS = 8;
const WORKS_MS = 2_000;
/** The API's own limit of ten seconds, the worker's of twenty, and some for the rest of the process. */
const STOPS_WITHIN_MS = 25_000;
/** Whatever was sent this long before the signal had reached the API by then. */
const ON_ITS_WAY_MS = 100;

/** Ends it as an operator does. @returns when it was asked, epoch milliseconds */
async function stop({ command }: RunningService): Promise<number> {
  const askedAt = Date.now();
  command.child.kill('SIGTERM');
  assert.equal(await command.ends(), 0, command.stderr());
  assert.ok(Date.now() - askedAt < STOPS_WITHIN_MS);
  return askedAt;
}

describe('R28: one of two workers and one of two APIs that are asked to stop under load', () => {
  it('R28: end in time with exit code 0, answer what they had taken, and no request meets an error', async () => {
    const database = await testDatabase();
    const temporal = await startTemporalDevServer({
      searchAttributes: Object.values(searchAttributes),
      logLevel: 'error',
    });
    const mail = await startMailCatcher();
    const { appUrl, ownerUrl } = database;
    const servers = { appUrl, temporalAddress: temporal.address };
    const { db, client, shop, ...installation } = await openInstallation({
      ...servers,
      ownerUrl,
      customers: CUSTOMERS,
    });
    const [worker, api] = await Promise.all([startWorkerProcess(servers, mail.smtpUrl), startApiProcess(servers)]);
    shop.urls.push(api.url);
    try {
      const selling = shop.sellMany(ORDERS, { atOnce: AT_ONCE, customers: CUSTOMERS });
      selling.catch(() => undefined); // Awaited below, when both have stopped.
      await pause(WORKS_MS);
      await stop(worker);
      await pause(WORKS_MS);
      const askedAt = await stop(api);
      await selling;
      assert.deepEqual(
        shop.answers.filter(({ status }) => status >= 500),
        [],
      );
      const taken = shop.answers.filter(
        (answer) =>
          answer.url === api.url &&
          answer.askedAt < askedAt - ON_ITS_WAY_MS &&
          answer.askedAt + answer.tookMs > askedAt,
      );
      assert.ok(taken.length > 0, 'nothing was under way when the API was asked to stop');
      assert.deepEqual(
        taken.filter(({ status }) => status < 200 || status > 299),
        [],
      );
      await shop.assertNothingLostOrTwice();
      await assertAllHolds(db, client);
    } finally {
      await installation.close();
      for (const { command } of [worker, api]) command.kill();
      await Promise.all([mail.stop(), temporal.stop()]);
      await database.drop();
    }
  });
});
