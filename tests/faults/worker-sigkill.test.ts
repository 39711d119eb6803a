// A hundred orders while the worker is killed again and again: everything happens, and everything happens once.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import { POLICY_V1, type Policy } from '../../src/domain/policy.ts';
import type { Customer, Order } from '../harness/acme.ts';
import { eventually, inWorld, type World } from '../harness/world.ts';
import { KilledWorker, randomFrom } from './killed-worker.ts';

/** Set `SEED` to see a failure again. */
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 2 ** 32));
const SHIPPED = 60;
const OPENING = 40;
const CUSTOMERS = 20;
const KILLS = 12;
const LONGEST_LIFE_MS = 2_500;
/** An activity that died with its worker is tried again after its two minutes, and may die again. */
const SETTLED_WITHIN_MS = 8 * 60_000;
const AT_ONCE = 8;

const ALWAYS: Policy = {
  ...POLICY_V1,
  sendWindow: { days: 'every', opens: '00:00', closes: '24:00', spreadMinutes: 0 },
};

/** One life: everything is asked under the same key until it is answered, as a door would. */
async function live({ company, db }: World, customer: Customer, index: number): Promise<void> {
  const isOpening = index >= SHIPPED;
  const number = isOpening ? `OLD-${String(index)}` : `SO-${String(index)}`;
  let order: Order;
  if (isOpening) {
    order = await company.opening(customer, number, { dueOn: daysAgo(60) });
    // Its first reminder is due at once. It is paid when that has come to its end, or has to wait for the letter of another
    // day, because it came after the letter of today had gone.
    await eventually(async () => {
      const { rows } = await sql`select 1 from dunning_step d join letter l on l.id = d.letter_id
        where d.order_id = ${order.id} and (d.state in ('sent', 'unknown') or exists (
          select from letter t where t.customer_id = l.customer_id and t.letter_on < l.letter_on))`.execute(db);
      assert.equal(rows.length, 1);
    }, SETTLED_WITHIN_MS);
  } else {
    order = await company.order(customer, number);
    await company.ship(order, '4', `${number}-first`);
    await company.ship(order, '6', `${number}-rest`);
    await eventually(async () => {
      assert.equal((await company.items(order)).length, 2);
    }, SETTLED_WITHIN_MS);
  }
  await company.pay(customer, `pay-${number}`, { amountMinor: 11_900, reference: number });
  await eventually(async () => {
    assert.equal(await company.stage(order), 'settled', number);
  }, SETTLED_WITHIN_MS);
}

function daysAgo(days: number): string {
  return new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
}

async function liveAll(world: World, customers: readonly Customer[]): Promise<void> {
  const waiting = Array.from({ length: SHIPPED + OPENING }, (_, index) => index);
  // Opening items of a customer come together, so that they share its letter of the day.
  const openings = waiting.splice(SHIPPED).map((index) => live(world, customerOf(customers, index), index));
  const runner = async (): Promise<void> => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      await live(world, customerOf(customers, index), index);
    }
  };
  await Promise.all([...openings, ...Array.from({ length: AT_ONCE }, runner)]);
}

function customerOf(customers: readonly Customer[], index: number): Customer {
  const customer = customers[index % customers.length];
  if (customer === undefined) throw new Error('no customer');
  return customer;
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
    [
      'a gap in the numbers',
      `select count(*) from number_series s where s.next_number - 1 <> (select count(*) from invoice i where i.series = s.series)`,
    ],
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

describe(`a worker that is killed at random moments (SEED=${String(SEED)})`, () => {
  it('leaves a hundred orders settled, with nothing twice and nothing lost', () =>
    inWorld({ time: 'real', delivery: 'smtp', policy: ALWAYS, isWorkerAway: true }, async (world) => {
      const customers: Customer[] = [];
      for (let index = 0; index < CUSTOMERS; index += 1)
        customers.push(await world.company.customer(`C-${String(index)}`));
      const worker = new KilledWorker(world);
      try {
        await worker.start();
        const lives = liveAll(world, customers);
        lives.catch(() => undefined); // Awaited below, when the killing is over.
        await worker.killAgainAndAgain(KILLS, randomFrom(SEED), LONGEST_LIFE_MS);
        await lives;
        // Nothing may come after the end either: letters and pokes still on their way.
        await eventually(async () => {
          const today = `letter_on <= (now() at time zone 'Europe/Berlin')::date and state in ('open', 'sending')`;
          assert.equal(await count(world, `select count(*) from letter where ${today}`), 0);
          assert.equal(await count(world, `select count(*) from invoice where delivery = 'pending'`), 0);
        }, SETTLED_WITHIN_MS);
        await assertBooks(world);
        await assertMail(world);
      } finally {
        await worker.kill();
      }
    }));
});
