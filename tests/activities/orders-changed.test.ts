// Orders that change, end or ship where they should not: what is refused, what the database keeps, and who wins a race.

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { sql } from 'kysely';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { callOrder, MONDAY, postPayment, requestOf, runDueSteps, ship } from '../harness/activities.ts';
import { assertBooksHold } from '../harness/books.ts';
import { addCustomer, makeCompany, type Company } from '../harness/company.ts';
import { testDatabase, type TestDatabase } from '../harness/database.ts';
import { makeOpening, makeOrder, makePayment, type OrderHead } from '../harness/order.ts';
import { refusalOf } from '../harness/refusal-of.ts';

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

const count = { requests: 0 };
function nextKey(): string {
  count.requests += 1;
  return `request-${String(count.requests)}`;
}

type Lines = readonly { lineNo: number; quantity?: string; unitPrice?: string }[];

function change(order: OrderHead, lines: Lines, requestedOn?: string | null) {
  const date = requestedOn === undefined ? {} : { requestedOn };
  const request = { ...requestOf(nextKey()), lines, ...date, reason: 'customer_request', noteId: null };
  return callOrder(db, order, { step: 'changeOrder', input: { now: MONDAY, request } });
}

function end(order: OrderHead, step: 'cancelOrder' | 'closeShort', key = nextKey()) {
  const request = { ...requestOf(key), reason: 'customer_request', noteId: null };
  return callOrder(db, order, { step, input: { now: MONDAY, request } });
}

function shipChecked(order: OrderHead, quantity: string, qualityCheck: 'passed' | 'failed') {
  const lines = [{ lineNo: 1, quantity, lots: [] }];
  const request = { ...requestOf(nextKey()), lines, carrier: null, tracking: null, shippedOn: null, qualityCheck };
  return callOrder(db, order, { step: 'recordShipment', input: { now: MONDAY, request } });
}

function decide(
  order: OrderHead,
  step: 'decideQuality' | 'decideShipment',
  asked: { shipmentId: string; decision: 'invoice' | 'do_not_invoice' },
) {
  const request = { ...requestOf(nextKey()), ...asked, noteId: null };
  return callOrder(db, order, { step, input: { now: MONDAY, request } });
}

function returnGoods(order: OrderHead, invoiceId: string, quantity: string, returnedOn: string | null = null) {
  const lines = [{ invoiceLineNo: 1, quantity }];
  const request = { ...requestOf(nextKey()), invoiceId, lines, returnedOn, reason: 'damaged', noteId: null };
  return callOrder(db, order, { step: 'returnGoods', input: { now: MONDAY, request } });
}

/** An order of ten pieces that was approved. */
async function approved(number: string, of: Company = company): Promise<OrderHead> {
  const order = await makeOrder(db, of, { number });
  await runDueSteps(db, order);
  return order;
}

interface Head {
  net: number;
  gross: number;
  billed: number;
  credit: string;
  stage: string;
  cancelledOn: string | null;
  requestedOn: string | null;
}

async function head(order: OrderHead): Promise<Head> {
  const { rows } =
    await sql<Head>`select net_minor as net, gross_minor as gross, billed_minor as billed, credit_state as credit,
    stage, cancelled_on as "cancelledOn", requested_on as "requestedOn" from sales_order where id = ${order.id}`.execute(
      db,
    );
  const [row] = rows;
  assert.ok(row);
  return row;
}

async function invoicesOf(order: OrderHead): Promise<{ id: string; net: number; gross: number }[]> {
  const { rows } = await sql<{
    id: string;
    net: number;
    gross: number;
  }>`select id, net_minor as net, gross_minor as gross
    from invoice where order_id = ${order.id} order by number`.execute(db);
  return rows;
}

async function tasksOf(order: OrderHead): Promise<string[]> {
  const { rows } = await sql<{ text: string }>`select kind || ' ' || state as text from task
    where order_id = ${order.id} order by created_at`.execute(db);
  return rows.map((row) => row.text);
}

async function auditOf(order: OrderHead, action: string): Promise<unknown[]> {
  const { rows } = await sql<{ details: unknown }>`select details from audit_entry
    where order_id = ${order.id} and action = ${action} order by id`.execute(db);
  return rows.map((row) => row.details);
}

describe('a change', () => {
  it('keeps what shipped at its old terms, prices the rest anew, and the invoices sum to the order', async () => {
    const order = await approved('CHG-1');
    await ship(db, order, { 1: '3' }, 'chg-1a');
    await runDueSteps(db, order);
    const report = await change(order, [{ lineNo: 1, quantity: '8', unitPrice: '33.33' }]);
    // Three at 10.00, five at 33.33.
    assert.deepEqual([report.netMinor, report.grossMinor], [3_000 + 16_665, 3_570 + 16_665 + 3_166]);
    await runDueSteps(db, order);
    for (const quantity of ['2', '3']) {
      await ship(db, order, { 1: quantity }, nextKey());
      await runDueSteps(db, order);
    }
    const invoices = await invoicesOf(order);
    assert.deepEqual(
      invoices.map((invoice) => invoice.net),
      [3_000, 6_666, 9_999],
    );
    const { gross, billed } = await head(order);
    assert.deepEqual([gross, billed], [report.grossMinor, report.grossMinor]);
  });

  it('writes down each line as it was and as it is', async () => {
    const order = await approved('CHG-2');
    await change(order, [{ lineNo: 1, quantity: '5', unitPrice: '10' }], '2026-02-01');
    assert.deepEqual(await auditOf(order, 'order.changed'), [
      {
        grossMinor: { before: 11_900, after: 5_950 },
        requestedOn: { before: null, after: '2026-02-01' },
        lines: [
          {
            lineNo: 1,
            before: { quantity: '10', unitPrice: '1', netMinor: 10_000, taxMinor: 1_900 },
            after: { quantity: '5', unitPrice: '10', netMinor: 5_000, taxMinor: 950 },
          },
        ],
        noteId: null,
      },
    ]);
    assert.equal((await head(order)).requestedOn, '2026-02-01');
  });

  it('to less, or of the date alone, stays approved; to more is checked again', async () => {
    const order = await approved('CHG-3');
    await change(order, [], '2026-02-01');
    assert.equal((await head(order)).credit, 'approved');
    await change(order, [{ lineNo: 1, unitPrice: '9' }]);
    assert.equal((await head(order)).credit, 'approved');
    await change(order, [{ lineNo: 1, unitPrice: '20' }]);
    assert.equal((await head(order)).credit, 'unassessed');
    await runDueSteps(db, order);
    assert.equal((await head(order)).credit, 'approved');
  });

  it('waits for the invoice of what shipped, and for the decision on what is contested', async () => {
    const order = await approved('CHG-4');
    await ship(db, order, { 1: '1' }, nextKey());
    assert.equal(await refusalOf(change(order, [{ lineNo: 1, quantity: '5' }])), 'shipment_not_invoiced');
    await runDueSteps(db, order);
    assert.equal(await refusalOf(change(order, [{ lineNo: 1, quantity: '5' }])), 'accepted');
    const { shipmentId } = await shipChecked(order, '1', 'failed');
    assert.equal(await refusalOf(change(order, [{ lineNo: 1, quantity: '6' }])), 'shipment_not_invoiced');
    await decide(order, 'decideQuality', { shipmentId, decision: 'do_not_invoice' });
    // One at the old price, one for nothing, three at the line's price of 1.00.
    assert.equal((await change(order, [{ lineNo: 1, unitPrice: '2' }])).netMinor, 1_000 + 3 * 200);
  });

  it('of what cannot be is refused, and the refusal is in the audit', async () => {
    const order = await approved('CHG-5');
    await ship(db, order, { 1: '4' }, nextKey());
    await runDueSteps(db, order);
    assert.equal(await refusalOf(change(order, [{ lineNo: 7, quantity: '1' }])), 'line_unknown');
    assert.equal(await refusalOf(change(order, [{ lineNo: 1, quantity: '3' }])), 'quantity_below_shipped');
    assert.equal(await refusalOf(change(order, [{ lineNo: 1, quantity: '10' }])), 'nothing_to_change');
    assert.deepEqual(await auditOf(order, 'order.change.refused'), [
      { code: 'line_unknown' },
      { code: 'quantity_below_shipped' },
      { code: 'nothing_to_change' },
    ]);
  });

  it('of services that were invoiced is refused, of others it is not', async () => {
    const lines = [
      { quantity: '10', netMinor: 10_000, taxMinor: 1_900 },
      { quantity: '1', netMinor: 500, taxMinor: 95, isService: true },
    ];
    const order = await makeOrder(db, company, { number: 'CHG-6', lines });
    assert.equal((await change(order, [{ lineNo: 2, unitPrice: '6' }])).netMinor, 10_600);
    await runDueSteps(db, order);
    assert.equal(await refusalOf(change(order, [{ lineNo: 2, unitPrice: '7' }])), 'service_invoiced');
  });

  it('of what is over, or was never ours to invoice, is refused', async () => {
    const cancelled = await approved('CHG-7');
    await end(cancelled, 'cancelOrder');
    const dates = { invoicedOn: '2025-11-01', dueOn: '2025-12-01' };
    const opening = await makeOpening(db, company, { number: 'OLD-7', amountMinor: 500, ...dates });
    for (const order of [cancelled, opening]) {
      assert.equal(await refusalOf(change(order, [{ lineNo: 1, quantity: '5' }])), 'order_over');
      assert.equal(await refusalOf(end(order, 'cancelOrder')), 'order_over');
      assert.equal(await refusalOf(end(order, 'closeShort')), 'order_over');
    }
  });
});

describe('a cancellation', () => {
  it('ends an order of which nothing shipped, once, with its tasks', async () => {
    const order = await approved('CAN-1');
    const reports = await Promise.all([end(order, 'cancelOrder', 'can-1'), end(order, 'cancelOrder', 'can-1')]);
    assert.deepEqual(
      reports.map((report) => report.grossMinor),
      [11_900, 11_900],
    );
    const next = await runDueSteps(db, order);
    assert.deepEqual([next.step, next.stage], ['closed', 'cancelled']);
    const { cancelledOn, stage, credit } = await head(order);
    assert.deepEqual([cancelledOn, stage, credit], ['2026-01-05', 'cancelled', 'approved']);
  });

  it('of what shipped, or was invoiced as a service, is refused and says what to do instead', async () => {
    const shipped = await approved('CAN-2');
    await ship(db, shipped, { 1: '1' }, nextKey());
    assert.equal(await refusalOf(end(shipped, 'cancelOrder')), 'order_shipped');
    await runDueSteps(db, shipped);
    const lines = [{ quantity: '1', netMinor: 500, taxMinor: 95, isService: true }];
    const services = await makeOrder(db, company, { number: 'CAN-3', lines });
    await runDueSteps(db, services);
    assert.equal(await refusalOf(end(services, 'cancelOrder')), 'order_shipped');
  });

  it('against a shipment at the same moment: one of them is first, and no goods are lost', async () => {
    const seen = { shippedFirst: 0, cancelledFirst: 0 };
    for (let round = 0; round < 50; round += 1) {
      const order = await approved(`RACE-${String(round)}`);
      const ships = () => ship(db, order, { 1: '10' }, nextKey());
      const cancels = () => refusalOf(end(order, 'cancelOrder'));
      const started =
        round % 2 === 0 ? { shipment: ships(), cancelled: cancels() } : { cancelled: cancels(), shipment: ships() };
      const [shipment, cancelled] = await Promise.all([started.shipment, started.cancelled]);
      const { cancelledOn } = await head(order);
      if (cancelled === 'accepted') {
        seen.cancelledFirst += 1;
        assert.deepEqual([shipment.invoicing, cancelledOn], ['contested', '2026-01-05']);
        assert.deepEqual(await tasksOf(order), ['shipment_contested open']);
      } else {
        seen.shippedFirst += 1;
        assert.deepEqual([cancelled, shipment.invoicing, cancelledOn], ['order_shipped', 'due', null]);
      }
    }
    assert.ok(seen.shippedFirst > 0 && seen.cancelledFirst > 0, JSON.stringify(seen));
  });

  it('of an order that was paid in advance tells somebody of the money', async () => {
    const customerId = await addCustomer(db, company.legalEntityId, { number: 'C-PRE' });
    const payer = { ...company, customerId, customerNumber: 'C-PRE' };
    const order = await makeOrder(db, payer, { number: 'PRE-1' });
    await sql`update sales_order set is_prepaid = true where id = ${order.id}`.execute(db);
    await runDueSteps(db, order);
    const paymentId = await makePayment(db, payer, { sourceId: 'pre-1', amountMinor: 11_900, reference: 'PRE-1' });
    await postPayment(db, paymentId);
    await end(order, 'cancelOrder');
    assert.deepEqual(await tasksOf(order), ['order_cancelled open']);
    assert.equal((await runDueSteps(db, order)).stage, 'cancelled');
  });
});

describe('closing an order short', () => {
  it('leaves what shipped, and what was billed is the order', async () => {
    const order = await approved('END-1');
    assert.equal(await refusalOf(end(order, 'closeShort')), 'nothing_shipped');
    await ship(db, order, { 1: '3' }, nextKey());
    assert.equal(await refusalOf(end(order, 'closeShort')), 'shipment_not_invoiced');
    await runDueSteps(db, order);
    assert.equal((await end(order, 'closeShort')).grossMinor, 3_570);
    const { gross, billed, credit } = await head(order);
    assert.deepEqual([gross, billed, credit], [3_570, 3_570, 'approved']);
    assert.equal(await refusalOf(end(order, 'closeShort')), 'nothing_to_close');
  });
});

describe('a decision about a shipment', () => {
  it('is made once, by the request that fits, for a shipment of the order', async () => {
    const order = await approved('DEC-1');
    const other = await approved('DEC-2');
    const { shipmentId, invoicing } = await shipChecked(order, '5', 'failed');
    assert.equal(invoicing, 'quality_failed');
    const asked = { shipmentId, decision: 'invoice' } as const;
    assert.equal(await refusalOf(decide(other, 'decideQuality', asked)), 'shipment_unknown');
    assert.equal(await refusalOf(decide(order, 'decideShipment', asked)), 'shipment_decided');
    assert.equal((await decide(order, 'decideQuality', asked)).invoicing, 'due');
    assert.equal(await refusalOf(decide(order, 'decideQuality', asked)), 'shipment_decided');
    assert.deepEqual(await tasksOf(order), ['quality_failed done']);
    await runDueSteps(db, order);
    assert.equal(await refusalOf(decide(order, 'decideQuality', asked)), 'shipment_decided');
    assert.equal((await invoicesOf(order)).length, 1);
  });

  it('that was checked and passed needs nobody', async () => {
    const order = await approved('DEC-3');
    assert.equal((await shipChecked(order, '10', 'passed')).invoicing, 'due');
    await runDueSteps(db, order);
    assert.deepEqual([(await invoicesOf(order)).length, await tasksOf(order)], [1, []]);
  });

  it('against an invoice takes the goods out of the order, once nothing else waits for its invoice', async () => {
    const order = await approved('DEC-5');
    const first = await shipChecked(order, '2', 'failed');
    const second = await shipChecked(order, '3', 'failed');
    await decide(order, 'decideQuality', { shipmentId: first.shipmentId, decision: 'do_not_invoice' });
    assert.equal((await head(order)).net, 10_000);
    await decide(order, 'decideQuality', { shipmentId: second.shipmentId, decision: 'invoice' });
    await runDueSteps(db, order);
    // Three of the ten were cut from the old total; five are left, at the line's price of 1.00.
    assert.deepEqual([(await invoicesOf(order))[0]?.net, (await head(order)).net], [3_000, 3_000 + 500]);
    await ship(db, order, { 1: '5' }, nextKey());
    await runDueSteps(db, order);
    const { gross, billed } = await head(order);
    assert.deepEqual([gross, billed], [3_570 + 595, 3_570 + 595]);
  });

  it('against an invoice leaves nothing to do', async () => {
    const order = await approved('DEC-4');
    const { shipmentId } = await shipChecked(order, '10', 'failed');
    await decide(order, 'decideQuality', { shipmentId, decision: 'do_not_invoice' });
    const next = await runDueSteps(db, order);
    assert.deepEqual([next.step, next.stage, await invoicesOf(order)], ['closed', 'settled', []]);
    assert.equal((await head(order)).gross, 0);
  });
});

describe('goods that came back', () => {
  it('ask for a credit note of their part, never for more than was invoiced', async () => {
    const order = await approved('RET-1');
    await ship(db, order, { 1: '3' }, nextKey());
    await runDueSteps(db, order);
    const [invoice] = await invoicesOf(order);
    assert.ok(invoice);
    const report = await returnGoods(order, invoice.id, '1');
    assert.equal(report.grossMinor, 1_190);
    assert.equal(await refusalOf(returnGoods(order, invoice.id, '2.5')), 'return_exceeds_invoice');
    assert.equal((await returnGoods(order, invoice.id, '2')).grossMinor, 2_380);
    assert.equal(await refusalOf(returnGoods(order, order.id, '1')), 'invoice_unknown');
    assert.equal(await refusalOf(returnGoods(order, invoice.id, '1', '2026-01-06')), 'returned_in_the_future');
    const { rows } = await sql`select kind, amount_minor, state, asked_by, details -> 'lines' as lines from approval
      where id = ${report.approvalId}`.execute(db);
    const lines = [{ invoiceLineNo: 1, quantity: '1', netMinor: 1_000, taxMinor: 190 }];
    assert.deepEqual(rows, [
      { kind: 'credit_note', amount_minor: 1_190, state: 'requested', asked_by: 'key:test', lines },
    ]);
  });

  it('may be reported again when their credit was turned down', async () => {
    const order = await approved('RET-2');
    await ship(db, order, { 1: '10' }, nextKey());
    await runDueSteps(db, order);
    const [invoice] = await invoicesOf(order);
    assert.ok(invoice);
    const { approvalId } = await returnGoods(order, invoice.id, '10');
    assert.equal(await refusalOf(returnGoods(order, invoice.id, '1')), 'return_exceeds_invoice');
    assert.ok(approvalId !== null);
    const request = { ...requestOf(nextKey()), approvalId, decision: 'withdraw', noteId: null } as const;
    await callOrder(db, order, { step: 'decideApproval', input: { now: MONDAY, request } });
    assert.equal((await returnGoods(order, invoice.id, '10')).grossMinor, 11_900);
  });
});
