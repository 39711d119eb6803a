// A long statement while the worker is killed in the middle of it: nothing is lost, nothing is posted twice, and it ends as it would have.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { openWorldDoor } from '../api/world-door.ts';
import { LINES_PER_PAID, longCamt, shareOf } from '../harness/long-statement.ts';
import { postManyItems } from '../harness/many-items.ts';
import { IBAN, nameAccount, upload } from '../harness/statements.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';
import { ALWAYS } from './installation.ts';
import { KilledWorker } from './killed-worker.ts';
import { assertAllHolds } from './oracle.ts';
import { randomFrom, SEED } from './random.ts';

const LINES = 5_000;
/** Kills while lines are being posted; another one comes while the file is being read. */
const KILLS_WHILE_POSTING = 3;
/** A dead worker is noticed by its heartbeats after 20 seconds. */
const DONE_WITHIN_MS = 6 * 60_000;
const LOOK_EVERY_MS = 20;

interface Progress {
  readonly state: string;
  readonly staged: number;
  readonly decided: number;
}

async function progressOf({ db }: World): Promise<Progress> {
  const { rows } = await sql<Progress>`select f.state, (select count(*) from bank_line_staging) as staged,
    (select count(*) from bank_line where state not in ('stored', 'duplicate')) as decided from bank_file f`.execute(
    db,
  );
  return rows[0] ?? { state: 'none', staged: 0, decided: 0 };
}

async function until(world: World, isThere: (progress: Progress) => boolean): Promise<Progress> {
  const giveUpAt = Date.now() + DONE_WITHIN_MS;
  for (;;) {
    const progress = await progressOf(world);
    if (isThere(progress)) return progress;
    if (Date.now() > giveUpAt) throw new Error(`it stands still: ${JSON.stringify(progress)}`);
    await pause(LOOK_EVERY_MS);
  }
}

async function countsOf({ db }: World): Promise<Record<string, number>> {
  const { rows } = await sql<{ state: string; count: number }>`select state, count(*) as count from bank_line
    group by state order by state`.execute(db);
  return Object.fromEntries(rows.map(({ state, count }) => [state, count]));
}

describe('a worker that is killed in the middle of a statement', () => {
  it(`loses no line of ${String(LINES)} and posts none twice (seed ${String(SEED)})`, () =>
    inWorld({ time: 'real', delivery: 'smtp', policy: ALWAYS, isWorkerAway: true }, async (world) => {
      const { company, db, client } = world;
      const random = randomFrom(SEED);
      const door = await openWorldDoor(world);
      const worker = new KilledWorker(world);
      try {
        const share = shareOf(LINES);
        const customers = [await company.customer('C-1'), await company.customer('C-2')];
        const customerIds = customers.map(({ id }) => id);
        await postManyItems(db, { legalEntityId: company.id, customerIds, count: share.paid });
        await nameAccount(db, { legalEntityId: company.id, number: IBAN });
        const sent = await upload(door, [...longCamt({ lines: LINES })].join(''));
        assert.equal(sent.status, 202);

        await worker.start();
        await until(world, ({ staged, state }) => staged > 0 || state !== 'received');
        await worker.kill();
        assert.deepEqual([await countsOf(world), (await progressOf(world)).state], [{}, 'received']);

        for (let killed = 1; killed <= KILLS_WHILE_POSTING; killed += 1) {
          await worker.start();
          const { decided } = await progressOf(world);
          const part = Math.ceil((random() * LINES) / (KILLS_WHILE_POSTING + 1));
          await until(world, (now) => now.decided >= Math.min(decided + part, LINES - 1) || now.state === 'done');
          await worker.kill();
        }
        await worker.start();
        await until(world, ({ state }) => state === 'done');

        assert.deepEqual(await countsOf(world), { applied: share.paid, ignored: share.out, open: share.unknown });
        const { rows: payments } = await sql<{ count: number; sum: number }>`
          select count(*) as count, sum(amount_minor)::bigint as sum from payment where source = 'statement' and state = 'posted'`.execute(
          db,
        );
        assert.deepEqual(payments, [{ count: share.paid, sum: share.paid * 10_000 }]);
        const { rows: open } = await sql<{
          count: number;
        }>`select count(*) as count from open_item where open_minor > 0`.execute(db);
        assert.equal(open[0]?.count, 0);
        // Every order that was paid learns of it.
        await eventually(async () => {
          const { rows } = await sql<{ stage: string }>`select distinct stage from sales_order`.execute(db);
          assert.deepEqual(rows, [{ stage: 'settled' }]);
        }, DONE_WITHIN_MS);
        await eventually(() => assertAllHolds(db, client), DONE_WITHIN_MS);
        assert.equal(share.paid, LINES / LINES_PER_PAID);
      } finally {
        await worker.kill();
        await door.close();
      }
    }));
});
