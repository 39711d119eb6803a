// Fifty orders that come through the API at the same moment for the last of a credit limit.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startTemporalDevServer } from '../../src/local/temporal.ts';
import { searchAttributes } from '../../src/workflows/messages.ts';
import { testDatabase } from '../harness/database.ts';
import { openInstallation } from './installation.ts';
import { assertAllHolds } from './oracle.ts';

const ORDERS = 50;
const FIT = 7;
/** Room for seven orders of 119.00 and all but a cent of an eighth. */
const LIMIT = '951.99';

describe('R21: fifty orders at once for the last of a limit', () => {
  it('R21: are approved exactly as far as they fit, and stay so when each is told again', async () => {
    const database = await testDatabase();
    const temporal = await startTemporalDevServer({
      searchAttributes: Object.values(searchAttributes),
      logLevel: 'error',
    });
    const { appUrl, ownerUrl } = database;
    const { db, client, shop, close } = await openInstallation({
      ...{ appUrl, ownerUrl, temporalAddress: temporal.address, customers: 1, limit: LIMIT },
    });
    try {
      const tellAll = (round: number): Promise<string[]> =>
        Promise.all(
          Array.from({ length: ORDERS }, async (_, index) => {
            const order = shop.orderOf(`SO-${String(index)}`, 'C-0');
            const { body } = await shop.tell('/v1/orders', order, `order ${String(index)} round ${String(round)}`);
            return String((body['credit'] as { state: unknown }).state);
          }),
        );
      const states = await tellAll(1);
      assert.equal(states.filter((state) => state === 'approved').length, FIT);
      assert.equal(states.filter((state) => state === 'held').length, ORDERS - FIT);
      assert.deepEqual(await tellAll(2), states);
      await assertAllHolds(db, client);
    } finally {
      await close();
      await temporal.stop();
      await database.drop();
    }
  });
});
