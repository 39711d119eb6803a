// Invoices: partial shipments sum to the order, numbers have no gaps whatever dies, opening items keep their own.

import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import pg from 'pg';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { callOrder, MONDAY, runDueSteps, ship } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOpening, makeOrder, type OrderHead } from '../harness/order.ts';

let database: TestDatabase;
let db: Db;
let company: Company;

before(async () => {
  database = await testDatabase();
  db = openDatabase(database.appUrl);
  company = await makeCompany(db, { limitMinor: null });
});

after(async () => {
  await assertBooksHold(db);
  await db.destroy();
  await database.drop();
});

interface InvoiceRow {
  number: string;
  netMinor: number;
  taxMinor: number;
  grossMinor: number;
}

async function invoicesOf(order: OrderHead): Promise<InvoiceRow[]> {
  const { rows } =
    await sql<InvoiceRow>`select number, net_minor as "netMinor", tax_minor as "taxMinor", gross_minor as "grossMinor"
    from invoice where order_id = ${order.id} order by number`.execute(db);
  return rows;
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('partial shipments', () => {
  it('are invoiced each for what it carried, and sum to the order to the cent', async () => {
    const lines = [
      { quantity: '7', netMinor: 10_001, taxMinor: 1_900 },
      { quantity: '3', netMinor: 99, taxMinor: 19 },
      { quantity: '1', netMinor: 5_000, taxMinor: 950, isService: true },
    ];
    const order = await makeOrder(db, company, { number: 'PART-1', lines });
    await runDueSteps(db, order);
    for (const [index, carried] of [{ 1: '3' }, { 1: '3', 2: '1' }, { 1: '1' }, { 2: '2' }].entries()) {
      await ship(db, order, carried, `part-${index}`);
      await runDueSteps(db, order);
    }
    const invoices = await invoicesOf(order);
    assert.equal(invoices.length, 5);
    assert.equal(sum(invoices.map((one) => one.netMinor)), 10_001 + 99 + 5_000);
    assert.equal(sum(invoices.map((one) => one.taxMinor)), 1_900 + 19 + 950);
    const row = await db
      .selectFrom('sales_order')
      .select(['billed_minor', 'gross_minor'])
      .where('id', '=', order.id)
      .executeTakeFirstOrThrow();
    assert.equal(row.billed_minor, row.gross_minor);
  });

  it('of which two at once carry more than was ordered are one due and one contested, which is invoiced later with what it carried beyond', async () => {
    const order = await makeOrder(db, company, { number: 'PART-2' });
    await runDueSteps(db, order);
    const reports = await Promise.all([ship(db, order, { 1: '6' }, 'both-a'), ship(db, order, { 1: '6' }, 'both-b')]);
    assert.deepEqual(reports.map((report) => report.invoicing).sort(), ['contested', 'due']);
    await runDueSteps(db, order);
    assert.deepEqual(
      (await invoicesOf(order)).map((one) => one.grossMinor),
      [7_140],
    );
    // Two working days later, at the end of the day.
    await runDueSteps(db, order, Date.UTC(2026, 0, 7, 17));
    // Four of the ten that were ordered, and two beyond at their price of 1.00 each.
    assert.deepEqual((await invoicesOf(order)).map((one) => one.netMinor).sort(), [4_000 + 200, 6_000]);
  });

  it('reported twice under one key are one shipment with one invoice', async () => {
    const order = await makeOrder(db, company, { number: 'PART-3' });
    await runDueSteps(db, order);
    const reports = await Promise.all([1, 2, 3].map(() => ship(db, order, { 1: '5' }, 'same')));
    assert.equal(new Set(reports.map((report) => report.shipmentId)).size, 1);
    await Promise.all([runDueSteps(db, order), runDueSteps(db, order), runDueSteps(db, order)]);
    assert.equal((await invoicesOf(order)).length, 1);
  });

  it('of an order that nobody released are recorded, and the audit says that they should not have left', async () => {
    const order = await makeOrder(db, company, { number: 'PART-4' });
    const { shipmentId, invoicing } = await ship(db, order, { 1: '1' }, 'too-early');
    assert.equal(invoicing, 'contested');
    const { rows } = await sql`select action, subject, details from audit_entry where order_id = ${order.id}`.execute(
      db,
    );
    const details = { shippedOn: '2026-01-05', lines: 1, invoicing, contestedBecause: 'order_unassessed' };
    assert.deepEqual(rows, [{ action: 'shipment.recorded', subject: shipmentId, details }]);
    const { rows: tasks } = await sql`select kind, owner_role, key from task where order_id = ${order.id}`.execute(db);
    const key = `shipment_contested/${shipmentId}`;
    assert.deepEqual(tasks, [{ kind: 'shipment_contested', owner_role: 'customer_service', key }]);
  });

  it('of unknown lines, services, nothing, or tomorrow are refused', async () => {
    const lines = [
      { quantity: '2', netMinor: 100, taxMinor: 19 },
      { quantity: '1', netMinor: 100, taxMinor: 19, isService: true },
    ];
    const order = await makeOrder(db, company, { number: 'PART-5', lines });
    await runDueSteps(db, order);
    await assert.rejects(ship(db, order, { 9: '1' }, 'r1'), { type: 'line_unknown' });
    await assert.rejects(ship(db, order, { 2: '1' }, 'r2'), { type: 'line_is_service' });
    await assert.rejects(ship(db, order, { 1: '0' }, 'r3'), { type: 'quantity_not_positive' });
    const request = {
      requestKey: 'r4',
      actor: 'key:test',
      requestId: 'r4',
      carrier: null,
      tracking: null,
      shippedOn: '2026-01-06',
    };
    const line = { lineNo: 1, quantity: '1', lots: [] };
    await assert.rejects(
      callOrder(db, order, { step: 'recordShipment', input: { now: MONDAY, request: { ...request, lines: [line] } } }),
      { type: 'shipped_in_the_future' },
    );
  });
});

describe('invoice numbers', () => {
  it('have no gaps after fifty issues at once of which some connections were killed', async () => {
    const orders = await Promise.all(
      Array.from({ length: 50 }, (_, index) => makeOrder(db, company, { number: `MANY-${index}` })),
    );
    for (const order of orders) {
      await runDueSteps(db, order);
      await ship(db, order, { 1: '10' }, order.number);
    }
    const killer = new pg.Client({ connectionString: database.ownerUrl });
    await killer.connect();
    const isWorking = { value: true };
    const killing = killSome(killer, isWorking);
    const outcomes = await Promise.allSettled(orders.map((order) => runDueSteps(db, order)));
    isWorking.value = false;
    const killed = await killing;
    await killer.end();
    const failed = outcomes.filter((outcome) => outcome.status === 'rejected').length;
    assert.ok(killed > 0 && failed > 0, `${killed} were killed, ${failed} failed`);

    // A worker tries again what failed, also when the pool hands it a connection that was killed a moment ago.
    for (const order of orders) await retried(() => runDueSteps(db, order));
    for (const order of orders) assert.equal((await invoicesOf(order)).length, 1);
    const { rows } = await sql<{ number: string }>`select number from invoice order by number`.execute(db);
    const expected = rows.map((_, index) => `INV-${String(index + 1).padStart(6, '0')}`);
    assert.deepEqual(
      rows.map((row) => row.number),
      expected,
    );
  });
});

async function retried(act: () => Promise<unknown>, triesLeft = 12): Promise<void> {
  try {
    await act();
  } catch (error) {
    if (triesLeft === 0) throw error;
    await retried(act, triesLeft - 1);
  }
}

/** Kills a connection that is in the middle of a transaction, again and again, up to a dozen. @returns how many it killed */
async function killSome(killer: pg.Client, isWorking: { readonly value: boolean }): Promise<number> {
  let killed = 0;
  while (isWorking.value && killed < 12) {
    const { rowCount } = await killer.query(`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and usename <> current_user and state <> 'idle' and xact_start is not null limit 1`);
    killed += rowCount ?? 0;
    await pause(5);
  }
  return killed;
}

describe('an opening item', () => {
  it('keeps its own number and date, is posted once against the opening balance, and takes no number of ours', async () => {
    const before = await sql<{ next: number }>`select next_number as next from number_series`.execute(db);
    const opening = await makeOpening(db, company, {
      number: 'OLD/2025-17',
      amountMinor: 12_345,
      invoicedOn: '2025-11-01',
      dueOn: '2025-12-01',
      level: 'reminder1',
    });
    await Promise.all([runDueSteps(db, opening), runDueSteps(db, opening)]);
    const { rows } =
      await sql`select i.number, i.open_minor, i.issued_on, i.due_on, i.posted_on, d.level, d.step_on, d.is_imported
      from open_item i join dunning_step d on d.item_id = i.id where i.order_id = ${opening.id}`.execute(db);
    assert.deepEqual(rows, [
      {
        number: 'OLD/2025-17',
        open_minor: 12_345,
        issued_on: '2025-11-01',
        due_on: '2025-12-01',
        posted_on: '2026-01-05',
        level: 'reminder1',
        // Without the date of the last letter, the days between two steps count from the import.
        step_on: '2026-01-05',
        is_imported: true,
      },
    ]);
    const afterwards = await sql<{ next: number }>`select next_number as next from number_series`.execute(db);
    assert.deepEqual(afterwards.rows, before.rows);
  });

  it('that comes over as a collector’s opens the collector’s task, once', async () => {
    const opening = await makeOpening(db, company, {
      number: 'OLD/2025-18',
      amountMinor: 500,
      invoicedOn: '2025-06-01',
      dueOn: '2025-07-01',
      level: 'collector',
    });
    await Promise.all([runDueSteps(db, opening), runDueSteps(db, opening)]);
    const { rows } = await sql`select kind, owner_role, state from task where order_id = ${opening.id}`.execute(db);
    assert.deepEqual(rows, [{ kind: 'collect', owner_role: 'collector', state: 'open' }]);
  });
});
