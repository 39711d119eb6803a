// A worker whose clock is three days ahead: time comes from the workflow, so nothing is dated or sent by the worker's clock.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { assertAllHolds } from './oracle.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';
import { addDays } from '../../src/domain/dates.ts';
import { ALWAYS } from './installation.ts';
import { KilledWorker } from './killed-worker.ts';

const WITHIN_MS = 60_000;

/** Today in Berlin by Postgres' clock, which is right. */
async function today({ db }: World): Promise<string> {
  const { rows } = await sql<{ on: string }>`select (now() at time zone 'Europe/Berlin')::date as on`.execute(db);
  return rows[0]?.on ?? '';
}

describe('R13: a worker whose clock is three days ahead', () => {
  it('R13: dates invoices, entries and letters as any other, and sends nothing before its day', (t) =>
    inWorld({ time: 'real', delivery: 'smtp', policy: ALWAYS, isWorkerAway: true }, async (world) => {
      const { company, db, mail } = world;
      const worker = new KilledWorker({ ...world, preload: new URL('./clock-ahead.ts', import.meta.url).href });
      try {
        await worker.start();
        const started = await today(world);
        const [late, soon] = [await company.customer('C-1'), await company.customer('C-2')];
        const overdue = await company.opening(late, 'OLD-1', { dueOn: addDays(started, -60) });
        // Its notice is due in two days: yesterday, by the worker's clock.
        const dueSoon = await company.opening(soon, 'OLD-2', { dueOn: addDays(started, 5) });
        const order = await company.order(soon, 'SO-1');
        await company.ship(order);
        await eventually(async () => {
          assert.deepEqual(
            mail
              ?.messages()
              .map(({ to }) => to.join())
              .sort(),
            ['c-1@example.org', 'c-2@example.org'],
          );
          assert.equal(await company.stage(order), 'collection');
          assert.match((await company.steps(overdue)).join(), / sent$/);
        }, WITHIN_MS);
        if ((await today(world)) !== started) {
          t.skip('midnight came in between: another run will tell');
          return;
        }

        assert.deepEqual(await company.steps(overdue), [`reminder1 ${started} sent`]);
        assert.deepEqual(await company.letters(soon), []);
        assert.deepEqual(await company.steps(dueSoon), []);
        const [item] = await company.items(order);
        assert.equal(item?.dueOn, addDays(started, 30));
        const { rows: dates } = await sql<{ on: string }>`
          select effective_on as on from journal_entry union select invoiced_on from invoice`.execute(db);
        assert.deepEqual(dates, [{ on: started }]);
        const { rows: ahead } = await sql`select action from audit_entry where business_at > now()`.execute(db);
        assert.deepEqual(ahead, []);
        // The fault was there: what the worker writes by its own clock lies in the future.
        const { rows: future } =
          await sql`select from sales_order where changed_at > now() + interval '2 days'`.execute(db);
        assert.ok(future.length > 0);
        await assertAllHolds(db, world.client);
      } finally {
        await worker.kill();
      }
    }));
});
