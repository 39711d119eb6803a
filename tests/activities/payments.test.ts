// Payments are allocated by exact reference, posted once, and lose no cent.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { callOrder, MONDAY, postPayment, requestOf, runDueSteps, ship } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { addCustomer, makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOpening, makeOrder, makePayment, type OrderHead } from '../harness/order.ts';
import { balanceOf, moneyOf, openOf } from '../harness/payments.ts';

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

describe('R15: a payment before the invoice exists', () => {
  it('is kept as unapplied cash, and settles the invoice when it is there', async () => {
    const order = await makeOrder(db, company, { number: 'EARLY-1' });
    await runDueSteps(db, order);
    const posted = await pay('EARLY-1', orderMinor);
    assert.deepEqual([posted.allocations, posted.unappliedMinor, posted.orderIds], [[], orderMinor, [order.id]]);
    await ship(db, order, { 1: '10' }, 'EARLY-1');
    assert.equal((await runDueSteps(db, order)).step, 'closed');
    const { rows } = await sql`select e.kind, e.key from allocation a join journal_entry e on e.id = a.entry_id
      join open_item i on i.id = a.item_id where i.order_id = ${order.id}`.execute(db);
    assert.equal(rows.length, 1);
    assert.match(JSON.stringify(rows), /"allocation\/cash\//);
  });

  it('ends the same in whatever order order, shipments and payments come', async () => {
    let life = 0;
    const events = ['order', 'ship 4', 'ship 6', 'pay 5000', 'pay 6900'] as const;
    const shuffled = fc.shuffledSubarray([...events], { minLength: events.length });
    await fc.assert(
      fc.asyncProperty(shuffled, async (sequence) => {
        life += 1;
        const number = `SHUFFLED-${String(life)}`;
        let order: OrderHead | null = null;
        const later: string[] = [];
        const happen = async (event: string) => {
          const [verb, much = ''] = event.split(' ');
          if (verb === 'order') order = await makeOrder(db, company, { number });
          if (verb === 'pay') await pay(number, Number(much));
          if (verb === 'ship' && order !== null) await ship(db, order, { 1: much }, `${number}/${much}`);
          // Goods leave only when there is an order; the shipment is told again then.
          if (verb === 'ship' && order === null) later.push(event);
          if (order !== null) await runDueSteps(db, order);
          if (verb === 'order') for (const one of later.splice(0)) await happen(one);
        };
        for (const event of sequence) await happen(event);
        assert.ok(order !== null);
        assert.equal((await runDueSteps(db, order)).step, 'closed');
        const { rows } =
          await sql`select coalesce(sum(unapplied_minor), 0)::bigint as left from payment where reference = ${number}`.execute(
            db,
          );
        assert.deepEqual(rows, [{ left: 0 }]);
      }),
      { numRuns: 20 },
    );
  });

  it('names its order also when that must be paid before goods leave', async () => {
    const order = await makeOrder(db, company, { number: 'PREPAID-1' });
    await db.updateTable('sales_order').set({ is_prepaid: true }).where('id', '=', order.id).execute();
    assert.equal((await runDueSteps(db, order)).stage, 'prepayment');
    assert.deepEqual((await pay('PREPAID-1', orderMinor)).orderIds, [order.id]);
    assert.equal((await runDueSteps(db, order)).stage, 'fulfilment');
    await ship(db, order, { 1: '10' }, 'PREPAID-1');
    assert.equal((await runDueSteps(db, order)).step, 'closed');
  });

  it('is applied once, by whichever of two workers comes first (R20)', async () => {
    const orders: OrderHead[] = [];
    for (const number of ['TWICE-1', 'TWICE-2']) {
      const order = await makeOrder(db, company, { number });
      await runDueSteps(db, order);
      orders.push(order);
    }
    const paymentId = await makePayment(db, company, {
      ...{ sourceId: 'twice', amountMinor: 15_000, reference: 'TWICE-1 TWICE-2' },
    });
    await postPayment(db, paymentId);
    for (const order of orders) {
      await ship(db, order, { 1: '10' }, order.number);
      const input = { subject: null, level: null, now: MONDAY };
      const { next } = await callOrder(db, order, { step: 'plan', input });
      await callOrder(db, order, { step: 'issueInvoice', input: { ...input, subject: next.subject } });
    }
    const apply = (order: OrderHead) =>
      callOrder(db, order, { step: 'applyCash', input: { subject: paymentId, level: null, now: MONDAY } });
    const done = await Promise.all([...orders, ...orders, ...orders].map(apply));
    assert.equal(done.length, 6);
    const { rows } =
      await sql`select sum(amount_minor)::bigint as sum, count(*) from allocation where payment_id = ${paymentId}`.execute(
        db,
      );
    assert.deepEqual(rows, [{ sum: 15_000, count: 2 }]);
    assert.deepEqual(await moneyOf(db, paymentId), [0, 0, 0]);
  });
});

describe('what is left of a paid item', () => {
  let ours: Company;
  before(async () => {
    const smallDifference = { fixedMinor: 200, basisPoints: 100 };
    ours = await makeCompany(db, {
      legalEntityId: 'SMALL-DE',
      limitMinor: null,
      policy: { ...POLICY_V1, smallDifference },
    });
  });

  async function opening(number: string, amountMinor = orderMinor): Promise<OrderHead> {
    const order = await makeOpening(db, ours, { number, amountMinor, invoicedOn: '2025-12-01', dueOn: '2026-01-01' });
    await runDueSteps(db, order);
    return order;
  }

  it('is written off when it is within the policy, and the order closes', async () => {
    const order = await opening('S-1');
    const posted = await pay('S-1', orderMinor - 119, ours);
    assert.deepEqual(amounts(posted), [['S-1', orderMinor - 119]]);
    assert.deepEqual([await openOf(db, 'S-1'), await balanceOf(db, 'small_differences')], [[0], 119]);
    assert.equal((await runDueSteps(db, order)).step, 'closed');
    const { rows } =
      await sql`select l.key, f.key as followed from allocation a join journal_entry l on l.id = a.entry_id
      join journal_entry f on f.id = a.follows_entry_id join open_item i on i.id = a.item_id where i.number = 'S-1'`.execute(
        db,
      );
    assert.equal(rows.length, 1);
    assert.match(JSON.stringify(rows), /"small_difference\/\d+\/[-0-9a-f]+","followed":"payment\/psp\//);
  });

  it('stays open a cent above it', async () => {
    await opening('S-2');
    await pay('S-2', orderMinor - 120, ours);
    assert.deepEqual(await openOf(db, 'S-2'), [120]);
  });

  it('stays open where no payment came near it: the policy is about what is left', async () => {
    await opening('S-3', 100);
    await pay('S-3', 98, ours);
    assert.deepEqual(await openOf(db, 'S-3'), [2]);
  });

  it('stays open while a part of the item is disputed, because it has a reason', async () => {
    const order = await opening('S-4');
    const item = await db.selectFrom('open_item').select('id').where('number', '=', 'S-4').executeTakeFirstOrThrow();
    await callOrder(db, order, {
      step: 'raiseDispute',
      input: {
        now: MONDAY,
        request: {
          ...requestOf('S-4/dispute'),
          ...{ itemId: item.id, amountMinor: 100, reason: 'pricing', source: 'customer_mail' },
          ...{ raisedOn: null, noteId: null },
        },
      },
    });
    await pay('S-4', orderMinor - 100, ours);
    assert.deepEqual(await openOf(db, 'S-4'), [100]);
  });

  it('is written off with the last of several payments', async () => {
    const before = await balanceOf(db, 'small_differences');
    await opening('S-5');
    await pay('S-5', 6_000, ours);
    await pay('S-5', 5_850, ours);
    assert.deepEqual([await openOf(db, 'S-5'), (await balanceOf(db, 'small_differences')) - before], [[0], 50]);
  });
});

describe('a payment that makes room', () => {
  it('lets the head of the queue go, and names its order among those to be told', async () => {
    const customerId = await addCustomer(db, company.legalEntityId, { number: 'C-LIMIT', limitMinor: orderMinor });
    const tight = { ...company, customerId, customerNumber: 'C-LIMIT' };
    const opening = await makeOpening(db, tight, {
      ...{ number: 'ROOM-1', amountMinor: 500, invoicedOn: '2026-01-01', dueOn: '2026-02-01' },
    });
    await runDueSteps(db, opening);
    const held = await makeOrder(db, tight, { number: 'ROOM-2' });
    assert.equal((await runDueSteps(db, held)).stage, 'held');
    const posted = await pay('ROOM-1', 500, tight);
    assert.deepEqual([...posted.orderIds].sort(), [opening.id, held.id].sort());
    assert.equal((await runDueSteps(db, held)).stage, 'fulfilment');
  });
});
