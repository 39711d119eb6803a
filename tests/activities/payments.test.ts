// Payments are allocated by exact reference, posted once, and lose no cent.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { MONDAY, postPayment, runDueSteps, ship } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { addCustomer, makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOpening, makeOrder, makePayment, type OrderHead } from '../harness/order.ts';

const MS_PER_DAY = 86_400_000;
const orderMinor = 11_900;

let database: TestDatabase;
let db: Db;
let company: Company;
let count = 0;

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

/** An order, shipped and invoiced; in parts, each a day after the other. */
async function invoiced(
  number: string,
  parts: readonly string[] = ['10'],
): Promise<{ order: OrderHead; invoices: string[] }> {
  const order = await makeOrder(db, company, { number });
  await runDueSteps(db, order);
  for (const [index, quantity] of parts.entries()) {
    const now = MONDAY + index * MS_PER_DAY;
    await ship(db, order, { 1: quantity }, `${number}/${index}`, now);
    await runDueSteps(db, order, now);
  }
  const { rows } = await sql<{
    number: string;
  }>`select number from invoice where order_id = ${order.id} order by number`.execute(db);
  return { order, invoices: rows.map((row) => row.number) };
}

async function pay(reference: string, amountMinor: number, payer = company) {
  count += 1;
  return postPayment(
    db,
    await makePayment(db, payer, { sourceId: `p${count}`, amountMinor, reference }),
    MONDAY + 5 * MS_PER_DAY,
  );
}

const amounts = (posted: Awaited<ReturnType<typeof pay>>) =>
  posted.allocations.map((one) => [one.number, one.amountMinor]);

describe('a payment', () => {
  it('that names an invoice settles it', async () => {
    const { order, invoices } = await invoiced('PAY-1');
    const posted = await pay(invoices[0] ?? '', orderMinor);
    assert.deepEqual(amounts(posted), [[invoices[0], orderMinor]]);
    assert.equal(posted.unappliedMinor, 0);
    assert.deepEqual(posted.orderIds, [order.id]);
    assert.equal((await runDueSteps(db, order)).step, 'closed');
  });

  it('that names the order settles its items, earliest due first', async () => {
    const { invoices } = await invoiced('PAY-2', ['5', '5']);
    const posted = await pay('PAY-2', 7_000);
    assert.deepEqual(amounts(posted), [
      [invoices[0], 5_950],
      [invoices[1], 1_050],
    ]);
  });

  it('that names several settles them in the order of naming, and the item before its order', async () => {
    const first = await invoiced('PAY-3');
    const second = await invoiced('PAY-4', ['5', '5']);
    const posted = await pay(`PAY-4, ${first.invoices[0]}`, orderMinor + 6_000);
    assert.deepEqual(
      new Map(posted.allocations.map((one) => [one.number, one.amountMinor])),
      new Map([
        [first.invoices[0], orderMinor],
        [second.invoices[0], 5_950],
        [second.invoices[1], 50],
      ]),
    );
  });

  it('of a part leaves the rest open', async () => {
    const { order, invoices } = await invoiced('PAY-5');
    assert.deepEqual(amounts(await pay('PAY-5', 4_000)), [[invoices[0], 4_000]]);
    const { rows } = await sql`select open_minor from open_item where order_id = ${order.id}`.execute(db);
    assert.deepEqual(rows, [{ open_minor: orderMinor - 4_000 }]);
    assert.equal((await pay('PAY-5', orderMinor - 4_000)).unappliedMinor, 0);
  });

  it('of too much leaves the rest unapplied', async () => {
    await invoiced('PAY-6');
    assert.equal((await pay('PAY-6', orderMinor + 77)).unappliedMinor, 77);
  });

  it('that pays twice is unapplied the second time', async () => {
    const { invoices } = await invoiced('PAY-7');
    await pay(invoices[0] ?? '', orderMinor);
    const again = await pay(invoices[0] ?? '', orderMinor);
    assert.deepEqual([again.allocations, again.unappliedMinor], [[], orderMinor]);
  });

  it('that names nothing of the payer is unapplied, also when it names what another owes', async () => {
    const { invoices } = await invoiced('PAY-8');
    assert.equal((await pay('thank you', 500)).unappliedMinor, 500);
    const customerId = await addCustomer(db, company.legalEntityId, { number: 'C-OTHER' });
    const other = { ...company, customerId, customerNumber: 'C-OTHER' };
    const posted = await pay(invoices[0] ?? '', orderMinor, other);
    assert.deepEqual([posted.allocations, posted.unappliedMinor, posted.orderIds], [[], orderMinor, []]);
    const { rows } = await sql`select action from audit_entry where details ->> 'paymentId' in
      (select id::text from payment where customer_id = ${customerId})`.execute(db);
    assert.deepEqual(rows, [{ action: 'payment.unapplied' }]);
  });

  it('settles an opening item by its own number', async () => {
    const opening = await makeOpening(db, company, {
      number: 'OLD-1',
      amountMinor: 700,
      invoicedOn: '2025-12-01',
      dueOn: '2026-01-01',
    });
    await runDueSteps(db, opening);
    assert.deepEqual(amounts(await pay('OLD-1', 700)), [['OLD-1', 700]]);
  });

  it('posted ten times at once is posted once, and everybody gets the same answer', async () => {
    await invoiced('PAY-9');
    const id = await makePayment(db, company, { sourceId: 'at-once', amountMinor: 9_000, reference: 'PAY-9' });
    const posted = await Promise.all(Array.from({ length: 10 }, () => postPayment(db, id)));
    for (const one of posted) assert.deepEqual(one, posted[0]);
    const { rows } = await sql`select count(*) from journal_entry where key = 'payment/psp/at-once'`.execute(db);
    assert.deepEqual(rows, [{ count: 1 }]);
    assert.deepEqual(await postPayment(db, id, MONDAY + 300 * MS_PER_DAY), posted[0]);
  });

  it('and nineteen others of one item at once pay it once, and the rest is unapplied', async () => {
    await invoiced('PAY-10');
    const ids = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        makePayment(db, company, { sourceId: `many-${index}`, amountMinor: 1_000, reference: 'PAY-10' }),
      ),
    );
    const posted = await Promise.all(ids.map((id) => postPayment(db, id)));
    const allocated = posted.flatMap((one) => one.allocations.map((each) => each.amountMinor));
    assert.equal(
      allocated.reduce((sum, amount) => sum + amount, 0),
      orderMinor,
    );
    assert.equal(
      posted.reduce((sum, one) => sum + one.unappliedMinor, 0),
      20_000 - orderMinor,
    );
  });

  it('of items in opposite orders at once does not lock up', async () => {
    const [a, b] = [await invoiced('PAY-11'), await invoiced('PAY-12')];
    const references = Array.from({ length: 16 }, (_, index) =>
      index % 2 === 0 ? `${a.invoices[0]} ${b.invoices[0]}` : `${b.invoices[0]} ${a.invoices[0]}`,
    );
    const posted = await Promise.all(references.map((reference) => pay(reference, 2_000)));
    const allocated = posted.flatMap((one) => one.allocations.map((each) => each.amountMinor));
    assert.equal(
      allocated.reduce((sum, amount) => sum + amount, 0),
      2 * orderMinor,
    );
  });

  it('is posted against the clearing account of its source, never the bank', async () => {
    const { rows } = await sql<{
      account: string;
    }>`select distinct l.account from journal_line l join journal_entry e on e.id = l.entry_id
      where e.kind = 'payment' order by 1`.execute(db);
    assert.deepEqual(
      rows.map((row) => row.account),
      ['clearing:psp', 'receivable', 'unapplied_cash'],
    );
  });
});
