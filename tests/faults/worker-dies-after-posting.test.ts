// A worker that dies after Postgres has committed its posting and before it knows: the retry finds the work done.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { assertAllHolds } from './oracle.ts';
import { startProxy } from '../harness/proxy.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';
import { ALWAYS } from './installation.ts';
import { KilledWorker } from './killed-worker.ts';

/** An activity that died with its worker is tried again after its half minute. */
const DONE_WITHIN_MS = 60_000;

/** Every entry as `KIND KEY-PREFIX`, in the order of their posting. */
async function entries({ db }: World): Promise<string[]> {
  const { rows } = await sql<{ kind: string }>`select kind from journal_entry order by id`.execute(db);
  return rows.map((row) => row.kind);
}

describe('R01: a worker that is killed between posting and returning', () => {
  it('R01: leaves one posting, and the order goes on', () =>
    inWorld({ time: 'real', delivery: 'smtp', policy: ALWAYS, isWorkerAway: true }, async (world) => {
      const { company, mail } = world;
      const proxy = await startProxy(world.databaseUrl);
      const worker = new KilledWorker({ ...world, databaseUrl: proxy.urlOf(world.databaseUrl) });
      /** Lets Postgres take the next posting's COMMIT, and its sender wait for the answer for ever. */
      const holdNextPosting = (): void => {
        let hasPosted = false;
        proxy.rules.judge = (bytes) => {
          hasPosted ||= bytes.includes('insert into journal_entry');
          if (!hasPosted || !bytes.includes('commit\0')) return 'pass';
          delete proxy.rules.judge;
          return 'hold';
        };
      };
      try {
        await worker.start();
        holdNextPosting();
        const customer = await company.customer('C-1');
        const opening = await company.storeOpening(customer, 'OLD-1', { dueOn: '2026-01-10' });
        await company.poke(opening);
        await eventually(async () => {
          assert.deepEqual(await entries(world), ['opening_item']);
        });
        const order = await company.order(customer, 'SO-1');
        holdNextPosting();
        await company.ship(order);
        await eventually(async () => {
          assert.deepEqual(await entries(world), ['opening_item', 'invoice']);
        });
        assert.equal(await company.stage(opening), 'collection');
        await worker.kill();
        assert.deepEqual(mail?.messages(), []);

        await worker.start();
        // The letter and the invoice are the next steps of the two.
        await eventually(() => {
          assert.equal(mail?.messages().length, 2);
          return Promise.resolve();
        }, DONE_WITHIN_MS);
        await company.pay(customer, 'p1', { amountMinor: 23_800, reference: 'SO-1 OLD-1' });
        for (const one of [opening, order]) {
          await eventually(async () => {
            assert.equal(await company.stage(one), 'settled');
          });
        }
        assert.deepEqual(await entries(world), ['opening_item', 'invoice', 'payment']);
        assert.deepEqual(await company.audit(order), [
          ...['order.received', 'credit.approved', 'shipment.recorded'],
          ...['invoice.issued', 'invoice.sent', 'payment.applied'],
        ]);
        await assertAllHolds(world.db, world.client);
      } finally {
        await worker.kill();
        await proxy.close();
      }
    }));
});
