// Lives of orders that change on their way: changed, cancelled, closed short, paid in advance, shipped where they should not, sent back.
// Every world starts on Monday, 12 January 2026, at 9 in Berlin; two working days later is Wednesday, at the end of the day 18:00.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { sql } from 'kysely';
import {
  cancelOrder,
  changeOrder,
  closeShort,
  decideApproval,
  decideQuality,
  decideShipment,
  recordShipment,
  returnGoods,
  type OrderChangeReport,
  type OrderEndReport,
} from '../../src/workflows/messages.ts';
import type { Company, Customer, Order } from '../harness/acme.ts';
import { assertBooksHold } from '../harness/books.ts';
import { refusalOf } from '../harness/refusal-of.ts';
import { eventually, inWorld, type World, type WorldOptions } from '../harness/world.ts';

const BEFORE_DEADLINE = '2026-01-14T16:59:00Z';
const AFTER_DEADLINE = '2026-01-14T17:01:00Z';

/** Runs a life and holds its books against every proof afterwards. */
function live(act: (world: World) => Promise<void>, options: WorldOptions = {}): Promise<void> {
  return inWorld(options, async (world) => {
    await act(world);
    await assertBooksHold(world.db);
  });
}

async function stageIs(company: Company, order: Order, stage: string): Promise<void> {
  await eventually(async () => {
    assert.equal(await company.stage(order), stage);
  });
}

async function isClosed(company: Company, order: Order, stage = 'settled'): Promise<void> {
  await stageIs(company, order, stage);
  await eventually(async () => {
    assert.equal(await company.runState(order), 'COMPLETED');
  });
}

function change(
  company: Company,
  order: Order,
  line: { quantity?: string; unitPrice?: string },
): Promise<OrderChangeReport> {
  return company.ask(order, changeOrder, {
    lines: [{ lineNo: 1, ...line }],
    reason: 'customer_request',
    noteId: null,
  });
}

function cancel(company: Company, order: Order): Promise<OrderEndReport> {
  return company.ask(order, cancelOrder, { reason: 'customer_request', noteId: null });
}

/** Gross amounts of the order's invoices, in minor units. */
async function invoiced({ db }: World, order: Order): Promise<number[]> {
  const { rows } = await sql<{ gross: number }>`select gross_minor as gross from invoice
    where order_id = ${order.id} and kind = 'invoice' order by number`.execute(db);
  return rows.map((row) => row.gross);
}

async function ordered({ company }: World, limitMinor?: number): Promise<{ customer: Customer; order: Order }> {
  const customer = await company.customer('C-1', limitMinor === undefined ? {} : { limitMinor });
  return { customer, order: await company.order(customer, 'SO-1') };
}

describe('a change', () => {
  it('before and after a part has shipped leaves invoices that sum to the order', () =>
    live(async (world) => {
      const { company } = world;
      const { customer, order } = await ordered(world);
      await change(company, order, { quantity: '12' });
      await stageIs(company, order, 'fulfilment');
      await company.ship(order, '4');
      await eventually(async () => {
        assert.deepEqual(await invoiced(world, order), [4_760]);
      });
      const { grossMinor } = await change(company, order, { quantity: '8', unitPrice: '12' });
      assert.equal(grossMinor, 4_760 + 5_712);
      await stageIs(company, order, 'collection');
      await company.ship(order, '4');
      await eventually(async () => {
        assert.deepEqual(await invoiced(world, order), [4_760, 5_712]);
      });
      await company.pay(customer, 'p1', { amountMinor: grossMinor, reference: 'SO-1' });
      await isClosed(company, order);
    }));

  it('to more than the limit holds the order, and to less again lets it go by itself', () =>
    live(async (world) => {
      const { company } = world;
      const { order } = await ordered(world, 20_000);
      await stageIs(company, order, 'fulfilment');
      await change(company, order, { quantity: '20' });
      await stageIs(company, order, 'held');
      assert.deepEqual(await company.tasks(order), ['credit_hold open']);
      await change(company, order, { quantity: '11' });
      await stageIs(company, order, 'fulfilment');
      assert.deepEqual(await company.tasks(order), ['credit_hold done']);
    }));

  it('to less makes room for whoever waits', () =>
    live(async (world) => {
      const { company } = world;
      const { customer, order } = await ordered(world, 20_000);
      const second = await company.order(customer, 'SO-2');
      await stageIs(company, second, 'held');
      await change(company, order, { quantity: '5' });
      await stageIs(company, second, 'fulfilment');
      assert.equal(await company.stage(order), 'fulfilment');
    }));
});

describe('a cancelled order', () => {
  it('gives its room to whoever waits, and closes', () =>
    live(async (world) => {
      const { company } = world;
      const { customer, order } = await ordered(world, 15_000);
      const second = await company.order(customer, 'SO-2');
      await stageIs(company, second, 'held');
      await cancel(company, order);
      await isClosed(company, order, 'cancelled');
      await stageIs(company, second, 'fulfilment');
    }));

  it('that was held leaves the queue, and its task ends', () =>
    live(async (world) => {
      const { company } = world;
      const { customer, order } = await ordered(world, 15_000);
      const second = await company.order(customer, 'SO-2');
      const third = await company.order(customer, 'SO-3', { netMinor: 1_000 });
      await stageIs(company, third, 'held');
      await cancel(company, second);
      await isClosed(company, second, 'cancelled');
      assert.deepEqual(await company.tasks(second), ['credit_hold done']);
      await stageIs(company, third, 'fulfilment');
      assert.equal(await company.stage(order), 'fulfilment');
    }));

  it('that ships all the same is contested, and is not invoiced when a person says so', () =>
    live(async (world) => {
      const { company, goTo } = world;
      const { order } = await ordered(world);
      await cancel(company, order);
      await isClosed(company, order, 'cancelled');
      const { shipmentId, invoicing } = await company.ship(order);
      assert.equal(invoicing, 'contested');
      assert.deepEqual(await company.tasks(order), ['shipment_contested open']);
      await company.ask(order, decideShipment, { shipmentId, decision: 'do_not_invoice', noteId: null });
      await isClosed(company, order, 'cancelled');
      await goTo(AFTER_DEADLINE);
      assert.deepEqual([await invoiced(world, order), await company.tasks(order)], [[], ['shipment_contested done']]);
    }));

  it('that ships all the same is invoiced when nobody says otherwise, and is collected', () =>
    live(async (world) => {
      const { company, goTo } = world;
      const { customer, order } = await ordered(world);
      await cancel(company, order);
      await company.ship(order, '3');
      await goTo(BEFORE_DEADLINE);
      assert.deepEqual(await invoiced(world, order), []);
      await goTo(AFTER_DEADLINE);
      await stageIs(company, order, 'collection');
      assert.deepEqual(await invoiced(world, order), [3_570]);
      assert.deepEqual(await company.tasks(order), ['shipment_contested done']);
      await company.pay(customer, 'p1', { amountMinor: 3_570, reference: 'SO-1' });
      await isClosed(company, order);
    }));
});

describe('an order that is closed short', () => {
  it('is collected for what shipped, and what it gave back goes to whoever waits', () =>
    live(async (world) => {
      const { company } = world;
      const { customer, order } = await ordered(world, 18_000);
      const second = await company.order(customer, 'SO-2');
      await company.ship(order, '4');
      await stageIs(company, order, 'collection');
      assert.equal(await company.stage(second), 'held');
      const report = await company.ask(order, closeShort, { reason: 'sold_out', noteId: null });
      assert.equal(report.grossMinor, 4_760);
      await stageIs(company, second, 'fulfilment');
      await company.pay(customer, 'p1', { amountMinor: 4_760, reference: 'SO-1' });
      await isClosed(company, order);
    }));
});

describe('a contested shipment', () => {
  it('of a held order is invoiced after two working days while the hold goes on, and is paid after it ended', () =>
    live(async (world) => {
      const { company, goTo } = world;
      const { customer, order } = await ordered(world, 8_000);
      await stageIs(company, order, 'held');
      assert.equal((await company.ship(order, '2')).invoicing, 'contested');
      await goTo(AFTER_DEADLINE);
      await eventually(async () => {
        assert.deepEqual(await invoiced(world, order), [2_380]);
      });
      assert.equal(await company.stage(order), 'held');
      // Monday, 19 January, 18:00 in Berlin: nobody decided the hold.
      await goTo('2026-01-19T17:01:00Z');
      await stageIs(company, order, 'collection');
      await company.pay(customer, 'p1', { amountMinor: 2_380, reference: 'SO-1' });
      await isClosed(company, order);
    }));

  it('of a rejected order wakes it, and is collected', () =>
    live(async (world) => {
      const { company, goTo } = world;
      const { customer, order } = await ordered(world, 5_000);
      await isClosed(company, order, 'rejected');
      assert.equal((await company.ship(order)).invoicing, 'contested');
      await goTo(AFTER_DEADLINE);
      await stageIs(company, order, 'collection');
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await isClosed(company, order);
    }));

  it('that carried more than was ordered is invoiced at once when a person says so', () =>
    live(async (world) => {
      const { company } = world;
      const { customer, order } = await ordered(world);
      const { shipmentId, invoicing } = await company.ship(order, '12');
      assert.equal(invoicing, 'contested');
      await company.ask(order, decideShipment, { shipmentId, decision: 'invoice', noteId: null });
      await stageIs(company, order, 'collection');
      assert.deepEqual(await invoiced(world, order), [11_900 + 2_380]);
      await company.pay(customer, 'p1', { amountMinor: 14_280, reference: 'SO-1' });
      await isClosed(company, order);
    }));

  it('after all was shipped and paid wakes the order again', () =>
    live(async (world) => {
      const { company, goTo } = world;
      const { customer, order } = await ordered(world);
      await company.ship(order);
      await stageIs(company, order, 'collection');
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await isClosed(company, order);
      await company.ship(order, '1');
      await goTo(AFTER_DEADLINE);
      await stageIs(company, order, 'collection');
      assert.deepEqual(await invoiced(world, order), [11_900, 1_190]);
    }));
});

describe('goods that failed their quality check', () => {
  async function failed({ company }: World, order: Order): Promise<string> {
    const lines = [{ lineNo: 1, quantity: '10', lots: ['L-7'] }];
    const asked = { lines, carrier: null, tracking: null, shippedOn: null, qualityCheck: 'failed' } as const;
    const { shipmentId, invoicing } = await company.ask(order, recordShipment, asked);
    assert.equal(invoicing, 'quality_failed');
    return shipmentId;
  }

  it('are not invoiced for weeks, and are when a person says so', () =>
    live(async (world) => {
      const { company, goTo, db } = world;
      const { order } = await ordered(world);
      const shipmentId = await failed(world, order);
      await goTo('2026-02-09T10:00:00Z');
      assert.deepEqual([await company.stage(order), await invoiced(world, order)], ['invoicing', []]);
      const { rows } = await sql`select owner_role, tier, state from task where order_id = ${order.id}`.execute(db);
      assert.deepEqual(rows, [{ owner_role: 'ar_manager', tier: 1, state: 'open' }]);
      await company.ask(order, decideQuality, { shipmentId, decision: 'invoice', noteId: null });
      await stageIs(company, order, 'collection');
      assert.deepEqual(await company.tasks(order), ['quality_failed done']);
    }));

  it('close the order without an invoice when a person says so', () =>
    live(async (world) => {
      const { company } = world;
      const { order } = await ordered(world);
      const shipmentId = await failed(world, order);
      await company.ask(order, decideQuality, { shipmentId, decision: 'do_not_invoice', noteId: null });
      await isClosed(company, order);
      assert.deepEqual(await invoiced(world, order), []);
    }));
});

describe('an order that is paid in advance', () => {
  function subjectsOf({ mail }: World): string[] {
    return (mail?.messages() ?? []).map((message) => message.subject);
  }

  /** Waits until so many proformas have left and are settled. */
  async function proformasWere({ db }: World, count: number): Promise<void> {
    await eventually(async () => {
      const { rows } = await sql`select 1 from mail_message where key like 'proforma/%' and state = 'sent'`.execute(db);
      assert.equal(rows.length, count);
    });
  }

  it('gets a proforma, ships once it is paid, and its invoice is settled by the money that came', () =>
    live(
      async (world) => {
        const { company } = world;
        const customer = await company.customer('C-1', { limitMinor: 0 });
        const order = await company.order(customer, 'SO-1', { isPrepaid: true });
        await stageIs(company, order, 'prepayment');
        await proformasWere(world, 1);
        assert.deepEqual(subjectsOf(world), ['Proforma invoice for order SO-1 (Acme GmbH)']);
        await company.pay(customer, 'p1', { amountMinor: 5_000, reference: 'SO-1' });
        await company.pay(customer, 'p2', { amountMinor: 6_900, reference: 'SO-1 rest' });
        await stageIs(company, order, 'fulfilment');
        assert.equal((await company.ship(order)).invoicing, 'due');
        await isClosed(company, order);
        assert.deepEqual(
          (await company.items(order)).map((item) => item.openMinor),
          [0],
        );
        assert.deepEqual(subjectsOf(world).slice(1), ['Invoice INV-000001 (Acme GmbH)']);
      },
      { delivery: 'smtp' },
    ));

  it('gets another proforma when it changes, and none twice', () =>
    live(
      async (world) => {
        const { company, db } = world;
        const customer = await company.customer('C-1');
        const order = await company.order(customer, 'SO-1', { isPrepaid: true });
        for (const [index, quantity] of ['8', '10'].entries()) {
          await proformasWere(world, index + 1);
          await change(company, order, { quantity });
        }
        await proformasWere(world, 3);
        const { rows } = await sql<{ key: string }>`select replace(key, ${order.id}, 'ORDER') as key from mail_message
          order by key`.execute(db);
        assert.deepEqual(
          rows.map((row) => row.key),
          ['proforma/ORDER', 'proforma/ORDER/2', 'proforma/ORDER/3'],
        );
        assert.equal(subjectsOf(world).length, 3);
      },
      { delivery: 'smtp' },
    ));

  it('whose proforma cannot be delivered is a person’s, and goes on when the money comes', () =>
    live(
      async (world) => {
        const { company } = world;
        const customer = await company.customer('C-1', { email: null });
        const order = await company.order(customer, 'SO-1', { isPrepaid: true });
        await eventually(async () => {
          assert.deepEqual(await company.tasks(order), ['proforma_undeliverable open']);
        });
        await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
        await stageIs(company, order, 'fulfilment');
      },
      { delivery: 'smtp' },
    ));

  it('and ships before it is contested, invoiced after two working days, and settled when it is paid', () =>
    live(async (world) => {
      const { company, goTo } = world;
      const customer = await company.customer('C-1');
      const order = await company.order(customer, 'SO-1', { isPrepaid: true });
      assert.equal((await company.ship(order)).invoicing, 'contested');
      await goTo(AFTER_DEADLINE);
      await stageIs(company, order, 'collection');
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await isClosed(company, order);
    }));

  it('is not invoiced for its services before the money has come', () =>
    live(async (world) => {
      const { company } = world;
      const customer = await company.customer('C-1');
      const order = await company.order(customer, 'SO-1', { isPrepaid: true, isService: true });
      await stageIs(company, order, 'prepayment');
      assert.deepEqual(await invoiced(world, order), []);
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await isClosed(company, order);
      assert.deepEqual(await invoiced(world, order), [11_900]);
    }));

  it('and cancelled with the money here tells somebody of it', () =>
    live(async (world) => {
      const { company } = world;
      const customer = await company.customer('C-1');
      const order = await company.order(customer, 'SO-1', { isPrepaid: true });
      await company.pay(customer, 'p1', { amountMinor: 11_900, reference: 'SO-1' });
      await stageIs(company, order, 'fulfilment');
      await cancel(company, order);
      await isClosed(company, order, 'cancelled');
      assert.deepEqual(await company.tasks(order), ['order_cancelled open']);
    }));
});

describe('goods that came back', () => {
  it('are credited when a second person approves, and the rest is collected', () =>
    live(async (world) => {
      const { company, db } = world;
      const { customer, order } = await ordered(world);
      await company.ship(order);
      await stageIs(company, order, 'collection');
      const { rows } = await sql<{ id: string }>`select id from invoice where order_id = ${order.id}`.execute(db);
      const { approvalId, grossMinor } = await company.ask(order, returnGoods, {
        invoiceId: rows[0]?.id ?? '',
        lines: [{ invoiceLineNo: 1, quantity: '4' }],
        ...{ returnedOn: null, reason: 'damaged', noteId: null },
      });
      assert.equal(grossMinor, 4_760);
      const decision = { approvalId: approvalId ?? '', decision: 'approve', noteId: null } as const;
      assert.equal(await refusalOf(company.ask(order, decideApproval, decision)), 'maker_is_checker');
      await company.ask(order, decideApproval, decision, { actor: 'key:other' });
      await eventually(async () => {
        const open = (await company.items(order)).map((item) => item.openMinor);
        assert.deepEqual(open, [0, 7_140]);
      });
      await company.pay(customer, 'p1', { amountMinor: 7_140, reference: 'SO-1' });
      await isClosed(company, order);
      // Their invoice stays what was billed: the order asks for no more, and closing it short finds nothing.
      assert.equal(
        await refusalOf(company.ask(order, closeShort, { reason: 'sold_out', noteId: null })),
        'nothing_to_close',
      );
    }));
});
