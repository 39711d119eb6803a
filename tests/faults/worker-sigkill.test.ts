// Orders of two legal entities while the worker is killed again and again: everything happens, and everything happens once.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import { Company, type Customer, type Order } from '../harness/acme.ts';
import { assertAllHolds } from './oracle.ts';
import { inWorld, type World } from '../harness/world.ts';
import { ALWAYS } from './installation.ts';
import { KilledWorker } from './killed-worker.ts';
import { randomFrom, SEED } from './random.ts';

/** `QUITTANCE_FAULTS=full` kills 200 times over 500 orders, which takes about half an hour; without it a minute has to do. */
const IS_FULL = process.env['QUITTANCE_FAULTS'] === 'full';
const KILLS = IS_FULL ? 200 : 5;
const SHIPPED = IS_FULL ? 350 : 24;
const OPENING = IS_FULL ? 150 : 8;
const CUSTOMERS = IS_FULL ? 50 : 8;
/** Orders that are on their way together, so that the killing lasts as long as the work. */
const AT_ONCE = IS_FULL ? 16 : 8;
const LONGEST_LIFE_MS = 2_500;
/** An activity that died with its worker is tried again after its minute, and may die again. */
const SETTLED_WITHIN_MS = (IS_FULL ? 45 : 8) * 60_000;
const POLL_MS = 100;

/** A life: an order of a customer, and the legal entity that sells to it. */
interface Life {
  readonly company: Company;
  readonly customer: Customer;
  readonly index: number;
}

/** Set when the test is over, so that nobody waits for what will never come. */
const over = { is: false };

/** Repeats until it throws no more: Temporal refuses an Update while the run's tasks fail, as they do when worker after worker dies. */
async function comesTrue<T>(check: () => Promise<T>): Promise<T> {
  const giveUpAt = Date.now() + SETTLED_WITHIN_MS;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (over.is || Date.now() > giveUpAt) throw error;
      await pause(POLL_MS);
    }
  }
}

/** One life: everything is asked under the same key until it is answered, as a good client of the API does. */
async function live({ db }: World, { company, customer, index }: Life): Promise<void> {
  const isOpening = index >= SHIPPED;
  const number = isOpening ? `OLD-${String(index)}` : `SO-${String(index)}`;
  let order: Order;
  if (isOpening) {
    order = await company.storeOpening(customer, number, { dueOn: daysAgo(60) });
    await comesTrue(() => company.start(order));
    // Its first reminder is due at once. It is paid when that has come to its end, or has to wait for the letter of another
    // day, because it came after the letter of today had gone.
    await comesTrue(async () => {
      const { rows } = await sql`select 1 from dunning_step d join letter l on l.id = d.letter_id
        where d.order_id = ${order.id} and (d.state in ('sent', 'unknown') or exists (
          select from letter t where t.customer_id = l.customer_id and t.letter_on < l.letter_on))`.execute(db);
      assert.equal(rows.length, 1);
    });
  } else {
    order = await company.store(customer, number);
    await comesTrue(() => company.start(order));
    await comesTrue(() => company.ship(order, '4', `${number}-first`));
    await comesTrue(() => company.ship(order, '6', `${number}-rest`));
    await comesTrue(async () => {
      assert.equal((await company.items(order)).length, 2);
    });
  }
  await company.pay(customer, `pay-${number}`, { amountMinor: 11_900, reference: number });
  await comesTrue(async () => {
    assert.equal(await company.stage(order), 'settled', number);
  });
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}

async function liveAll(world: World, sellers: readonly Pick<Life, 'company' | 'customer'>[]): Promise<void> {
  const waiting = Array.from({ length: SHIPPED + OPENING }, (_, index): Life => {
    const seller = sellers[index % sellers.length];
    if (seller === undefined) throw new Error('no customer');
    return { ...seller, index };
  });
  // Opening items of a customer come together, so that they share its letter of the day.
  const openings = waiting.splice(SHIPPED).map((life) => live(world, life));
  const runner = async (): Promise<void> => {
    for (let life = waiting.shift(); life !== undefined && !over.is; life = waiting.shift()) await live(world, life);
  };
  await Promise.all([...openings, ...Array.from({ length: AT_ONCE }, runner)]);
}

/** Customers of two legal entities, in turn. */
async function sellersOf(world: World): Promise<Pick<Life, 'company' | 'customer'>[]> {
  const { db, client, now } = world;
  const second = await Company.found({ db, client, now, age: () => Promise.resolve() }, ALWAYS, 'ACME-AT');
  const sellers: Pick<Life, 'company' | 'customer'>[] = [];
  for (let index = 0; index < CUSTOMERS; index += 1) {
    const company = index % 2 === 0 ? world.company : second;
    sellers.push({ company, customer: await company.customer(`C-${String(index)}`) });
  }
  return sellers;
}

/** The first column of a query that counts. */
async function count({ db }: World, query: string): Promise<number> {
  const { rows } = await sql.raw<{ count: number }>(query).execute(db);
  return rows[0]?.count ?? -1;
}

/** What holds, by plain SQL, without our own verification. */
async function assertBooks(world: World): Promise<void> {
  const none: readonly [string, string][] = [
    [
      'a shipment without exactly one invoice',
      `select count(*) from (select s.id from shipment s left join invoice i on i.shipment_id = s.id group by s.id having count(i.id) <> 1) x`,
    ],
    [
      'a payment without exactly one posting',
      `select count(*) from (select p.id from payment p left join (select distinct entry_id, payment_id from journal_line where payment_id is not null) l on l.payment_id = p.id group by p.id having count(l.entry_id) <> 1) x`,
    ],
    [
      'two letters of a customer on a day',
      `select count(*) from (select 1 from letter group by customer_id, letter_on having count(*) > 1) x`,
    ],
    [
      'a level taken twice',
      `select count(*) from (select 1 from dunning_step where state <> 'dropped' group by item_id, level having count(*) > 1) x`,
    ],
    [
      'an unbalanced entry',
      `select count(*) from (select 1 from journal_line group by entry_id having sum(amount_minor) <> 0) x`,
    ],
    ['an item still open', `select count(*) from open_item where open_minor <> 0`],
    ['cash left over', `select count(*) from payment where unapplied_minor <> 0`],
    ['an order not settled', `select count(*) from sales_order where stage <> 'settled'`],
  ];
  for (const [what, query] of none) assert.equal(await count(world, query), 0, what);
  assert.equal(await count(world, 'select count(*) from sales_order'), SHIPPED + OPENING);
  assert.equal(await count(world, 'select count(*) from shipment'), 2 * SHIPPED);
  assert.equal(await count(world, 'select count(*) from payment'), SHIPPED + OPENING);
  assert.equal(await count(world, `select count(*) from audit_entry where action = 'shipment.recorded'`), 2 * SHIPPED);
}

/** What the mail server got: no message twice, and none missing but those of which nobody knows. */
async function assertMail(world: World): Promise<void> {
  const caught = (world.mail?.messages() ?? []).map(
    ({ headers }) => headers.find((header) => header.name.toLowerCase() === 'x-quittance-key')?.value ?? 'no key',
  );
  assert.deepEqual(
    caught.filter((key, index) => caught.indexOf(key) !== index),
    [],
    'sent twice',
  );
  const { rows } = await sql<{ key: string; state: string }>`select key, state from mail_message`.execute(world.db);
  const missing = rows.filter(({ key, state }) => state !== 'unknown' && !caught.includes(key));
  assert.deepEqual(missing, [], 'said to be sent');
  const known = new Set(rows.map(({ key }) => key));
  assert.deepEqual(
    caught.filter((key) => !known.has(key)),
    [],
    'sent without a claim',
  );
  const { rows: letters } = await sql<{ key: string; name: string }>`
    select 'letter/' || id as key, customer_id || ' ' || letter_on as name from letter`.execute(world.db);
  const sentLetters = letters.filter(({ key }) => caught.includes(key)).map(({ name }) => name);
  assert.equal(new Set(sentLetters).size, sentLetters.length, 'one letter a customer and day');
  assert.ok(sentLetters.length > 0);
  // Whoever is not sure has told a person.
  assert.equal(
    await count(world, `select count(*) from mail_message where state = 'unknown'`),
    await count(world, `select count(*) from task where kind in ('invoice_unknown', 'letter_unknown')`),
  );
}

/** Every legal entity numbers its invoices from 1 without a hole, and none twice. */
async function assertNumbers({ db }: World): Promise<void> {
  const { rows } = await sql<{ legalEntity: string; numbers: string[]; next: number }>`
    select s.legal_entity_id as "legalEntity", s.next_number as next, array_agg(i.number order by i.number) as numbers
    from number_series s join invoice i on i.legal_entity_id = s.legal_entity_id and i.series = s.series
    group by s.legal_entity_id, s.series`.execute(db);
  for (const { legalEntity, numbers, next } of rows) {
    const expected = numbers.map((_, index) => `INV-${String(index + 1).padStart(6, '0')}`);
    assert.deepEqual(numbers, expected, legalEntity);
    assert.equal(next, numbers.length + 1, legalEntity);
  }
  assert.deepEqual(rows.map(({ legalEntity }) => legalEntity).sort(), ['ACME-AT', 'ACME-DE']);
}

const what = `R02, R22: a worker that is killed ${String(KILLS)} times at random moments (SEED=${String(SEED)})`;
describe(what, () => {
  it(`R02, R22: leaves ${String(SHIPPED + OPENING)} orders settled, nothing twice, nothing lost, and no hole in the numbers`, () =>
    inWorld({ time: 'real', delivery: 'smtp', policy: ALWAYS, isWorkerAway: true }, async (world) => {
      const sellers = await sellersOf(world);
      const worker = new KilledWorker(world);
      try {
        await worker.start();
        const lives = liveAll(world, sellers);
        lives.catch(() => undefined); // Awaited below, when the killing is over.
        await worker.killAgainAndAgain(KILLS, randomFrom(SEED), LONGEST_LIFE_MS);
        await lives;
        // Nothing may come after the end either: letters and pokes still on their way.
        await comesTrue(async () => {
          const today = `letter_on <= (now() at time zone 'Europe/Berlin')::date and state in ('open', 'sending')`;
          assert.equal(await count(world, `select count(*) from letter where ${today}`), 0);
          assert.equal(await count(world, `select count(*) from invoice where delivery = 'pending'`), 0);
        });
        await assertBooks(world);
        await assertNumbers(world);
        await assertMail(world);
        await assertAllHolds(world.db, world.client);
      } finally {
        over.is = true;
        await worker.kill();
      }
    }));
});
