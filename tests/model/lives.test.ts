// Random lives of a small company against a model of its money: whatever comes, in whatever order, the books hold.

import { randomInt } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { createSealerActivities } from '../../src/activities/sealer.ts';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { assertBooksHold } from '../harness/books.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { commandArbitrary, orderArbitrary, play, type Command } from './commands.ts';
import { endEverything } from './ending.ts';
import { World } from './world.ts';

/** Runs, and the most commands of each; more by the environment, for a long look. */
const RUNS = numberFrom('QUITTANCE_MODEL_RUNS', 80);
const COMMANDS_MAX = numberFrom('QUITTANCE_MODEL_COMMANDS', 45);
/** The same seed gives the same lives again. */
const SEED = numberFrom('QUITTANCE_MODEL_SEED', randomInt(2 ** 31));
/** A failure prints its path, by which it is played again alone. */
const PATH = process.env.QUITTANCE_MODEL_PATH;
/** After this long no further life begins, and a failure is told as short as it was found by then. */
const WITHIN_MS = 8 * 60_000;
/** Companies of one database: the proofs at the end of a run look at all of them. */
const COMPANIES_PER_DATABASE = 20;
/** Lines of a failing run's story that are told. */
const LINES_TOLD_MAX = 150;

interface Life {
  readonly isGroup: boolean;
  readonly orders: readonly Command[];
  readonly commands: readonly Command[];
}

describe('a company, whatever happens to it', () => {
  let open: { database: TestDatabase; db: Db } | null = null;
  let companies = 0;

  async function nextDatabase(): Promise<Db> {
    companies += 1;
    if (open !== null && companies % COMPANIES_PER_DATABASE !== 0) return open.db;
    await close();
    const database = await testDatabase();
    open = { database, db: openDatabase(database.appUrl, { connectionsMax: 4 }) };
    return open.db;
  }

  async function close(): Promise<void> {
    await open?.db.destroy();
    await open?.database.drop();
    open = null;
  }

  before(() => {
    process.stdout.write(
      `Model test: ${String(RUNS)} runs of up to ${String(COMMANDS_MAX)} commands, QUITTANCE_MODEL_SEED=${String(SEED)}\n`,
    );
  });
  after(close);

  it('keeps its books and its limits, duns nobody twice, and comes to an end', async () => {
    const lives = fc.record({
      isGroup: fc.constantFrom(false, false, true),
      orders: fc.array(orderArbitrary, { minLength: 1, maxLength: 3 }),
      // Without the usual bias to little: most lives are long.
      commands: fc.noBias(fc.array(commandArbitrary, { maxLength: COMMANDS_MAX, size: 'max' })),
    });
    const property = fc.asyncProperty(lives, async (life) => {
      const db = await nextDatabase();
      try {
        await live(db, `M-${String(companies)}`, life);
      } catch (error) {
        // Broken books would fail every later proof as well.
        await close();
        throw error;
      }
    });
    await fc.assert(property, {
      ...{ numRuns: RUNS, seed: SEED, interruptAfterTimeLimit: WITHIN_MS },
      ...(PATH === undefined ? {} : { path: PATH }),
    });
  });
});

/** Plays a life to its end, and looks at everything after each command. */
async function live(db: Db, entity: string, { isGroup, orders, commands }: Life): Promise<void> {
  const world = await World.found(db, entity, { isGroup });
  try {
    for (const command of [...orders, ...commands]) {
      await play(world, command);
      await world.clockwork.settle();
      await world.check();
    }
    await endEverything(world);
    await createSealerActivities({ db }).sealAudit({});
    await assertBooksHold(db);
  } catch (error) {
    const told = world.log.slice(-LINES_TOLD_MAX).join('\n');
    throw new Error(`${error instanceof Error ? error.message : String(error)}\n\n${told}\n`, { cause: error });
  }
}

function numberFrom(variable: string, usual: number): number {
  const value = Number(process.env[variable] ?? usual);
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`${variable} is a whole number`);
  return value;
}
