// One busy customer: thousands of mixed operations at once on real Postgres. No deadlock, nothing but answers and refusals, books that balance.

import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { describe, it } from 'node:test';
import pg from 'pg';
import { sql } from 'kysely';
import { createSealerActivities } from '../../src/activities/sealer.ts';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { POLICY_V1, type Policy } from '../../src/domain/policy.ts';
import { MONDAY } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { addCustomer, addGroup, makeCompany } from '../harness/company.ts';
import { testDatabase } from '../harness/database.ts';
import { OPERATIONS, ordersAlive, postWaitingReturns, takeSteps, type Hot } from './hot-operations.ts';
import { watchLocks, type LockWatch } from './lock-order.ts';

/** Few enough for every run; the full size is 10,000. */
const COUNT = numberFrom('QUITTANCE_HOT_OPERATIONS', 2_500);
/** Gives the same draws again; which of them meet is the machine's. */
const SEED = numberFrom('QUITTANCE_HOT_SEED', randomInt(2 ** 31));
/** Who works at once, each on a connection of their own. */
const WORKERS = 16;
/** Business time that passes meanwhile, whatever the size: letters go, promises break, holds expire. */
const DAYS = 90;
const MS_PER_DAY = 86_400_000;
/** Rounds in which all orders must come to rest, each of many steps: one that takes the same step again and again never does. */
const ROUNDS_MAX = 40;
const DEADLOCK = '40P01';

/** Cash that nobody used makes no room and nothing is rejected outright: so orders queue. */
const POLICY: Policy = {
  ...POLICY_V1,
  smallDifference: { fixedMinor: 100, basisPoints: 100 },
  credit: {
    ...POLICY_V1.credit,
    rejectAbovePercent: null,
    exposure: { ...POLICY_V1.credit.exposure, unappliedCash: false },
  },
};

describe('one hot customer', () => {
  it(`takes ${String(COUNT)} mixed operations at once without a deadlock, and its books hold`, async () => {
    process.stdout.write(`Hot customer: ${String(COUNT)} operations, QUITTANCE_HOT_SEED=${String(SEED)}\n`);
    const database = await testDatabase();
    const locks = watchLocks();
    const db = openDatabase(database.appUrl, { connectionsMax: WORKERS });
    try {
      const storm = await openStorm(db);
      const { faults, answers } = await blow(storm);
      // None of them is tried again: what is no answer and no refusal is a fault.
      assert.deepEqual(faults, []);
      await comeToRest(storm.hot);
      assertEverythingHappened(answers);
      assertLockOrder(locks);
      await createSealerActivities({ db }).sealAudit({});
      await assertBooksHold(db);
      await db.destroy();
      assert.equal(await deadlocksOf(database.ownerUrl), 0);
    } finally {
      locks.stop();
      await db.destroy();
      await database.drop();
    }
  });
});

interface Storm {
  readonly hot: Hot;
  /** Lets business time go on by one operation. */
  readonly tick: () => void;
}

async function openStorm(db: Db): Promise<Storm> {
  const customer = await makeCompany(db, { limitMinor: 40_000, policy: POLICY });
  const { legalEntityId } = customer;
  const sister = await addCustomer(db, legalEntityId, { number: 'C-2', limitMinor: 40_000 });
  const groupId = await addGroup(db, legalEntityId, { number: 'G-1', limitMinor: 60_000, customerIds: [] });
  await sql`insert into role_mailbox (legal_entity_id, role, email, changed_by)
    select ${legalEntityId}, role, role || '@acme.example', 'test' from unnest(array['collector', 'ar_manager', 'sales']) as r (role)`.execute(
    db,
  );
  const random = randomFrom(SEED);
  const state = { ticks: 0, keys: 0 };
  const hot: Hot = {
    ...{ db, customer, groupId, random },
    sister: { legalEntityId, customerId: sister, customerNumber: 'C-2' },
    now: () => MONDAY + Math.floor((state.ticks / COUNT) * DAYS * MS_PER_DAY),
    nextKey() {
      state.keys += 1;
      return String(state.keys);
    },
  };
  return { hot, tick: () => void (state.ticks += 1) };
}

interface Blown {
  readonly faults: string[];
  /** Operation → answer → how often. */
  readonly answers: Map<string, Map<string, number>>;
}

async function blow({ hot, tick }: Storm): Promise<Blown> {
  const drawn = Object.entries(OPERATIONS).flatMap(([name, { weight }]) => Array<string>(weight).fill(name));
  const { faults, answers }: Blown = { faults: [], answers: new Map() };
  let left = COUNT;
  const work = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      tick();
      const name = drawn[Math.floor(hot.random() * drawn.length)] ?? 'steps';
      try {
        const answer = (await OPERATIONS[name]?.act(hot)) ?? '';
        const counts = answers.get(name) ?? new Map<string, number>();
        answers.set(name, counts.set(answer, (counts.get(answer) ?? 0) + 1));
      } catch (error) {
        faults.push(`${name}: ${shown(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return { faults, answers };
}

/** Postgres says under `where` and `detail` which statements met. */
function shown(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof pg.DatabaseError)) return error.stack ?? error.message;
  const what = error.code === DEADLOCK ? 'DEADLOCK' : (error.code ?? 'no code');
  return [what, error.message, error.detail, error.where, error.stack].join('\n');
}

/** A storm in which nothing succeeds proves nothing. */
function assertEverythingHappened(answers: Blown['answers']): void {
  const story = [...answers]
    .map(([name, counts]) => `${name}: ${JSON.stringify(Object.fromEntries(counts))}`)
    .join('\n');
  for (const name of Object.keys(OPERATIONS)) {
    assert.ok((answers.get(name)?.get('accepted') ?? 0) > 0, `${name} never did anything:\n${story}`);
  }
}

/** No deadlock came; none can come where everybody locks in one order. */
function assertLockOrder({ seen, broken }: LockWatch): void {
  assert.deepEqual([...broken], []);
  // Whoever frees room goes this way: were it not seen, the watch would see nothing at all.
  for (const pair of ['payment → sales_order', 'sales_order → credit_account', 'credit_account → credit_group']) {
    assert.ok(seen.has(pair), `${pair} in ${[...seen].join(', ')}`);
  }
}

/** All orders take the steps that are due, until none is left. */
async function comeToRest(hot: Hot): Promise<void> {
  let taken: string[] = [];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    await postWaitingReturns(hot);
    taken = (await Promise.all((await ordersAlive(hot)).map((order) => takeSteps(hot, order)))).flat();
    if (taken.length === 0) return;
  }
  assert.fail(`the orders do not come to rest: ${taken.join(', ')}`);
}

/** What Postgres itself counted, once all connections have said their last. */
async function deadlocksOf(ownerUrl: string): Promise<number> {
  const client = new pg.Client({ connectionString: ownerUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ count: string }>(
      'select deadlocks as count from pg_stat_database where datname = current_database()',
    );
    return Number(rows[0]?.count ?? Number.NaN);
  } finally {
    await client.end();
  }
}

/** Mulberry32: small, good enough to draw by, and the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function numberFrom(variable: string, usual: number): number {
  const value = Number(process.env[variable] ?? usual);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${variable} is a whole number`);
  return value;
}
