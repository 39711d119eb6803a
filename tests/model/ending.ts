// Ends whatever is open in a company, the way people would: an order that cannot be ended is a defect.

import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { askRefund, decide, pass, pay } from './commands.ts';
import type { ModelApproval, ModelOrder } from './model.ts';
import { openItems, type World } from './world.ts';

/** Days after which everything that ends by itself has ended: the longest block, and the tasks about it. */
const ENDS_WITHIN_DAYS = 120;

/** Decides, pays and refunds everything, waits, and sees that every order has come to its end. */
export async function endEverything(world: World): Promise<void> {
  const { model } = world;
  world.say('everything is brought to its end');
  await endWaiting(world);
  for (const order of model.orders) await endOrder(world, order);
  await settle(world);
  for (const item of openItems(model, 'debit')) {
    if (item.openMinor === 0) continue;
    await pay(world, {
      payer: item.order.customer,
      amountMinor: item.openMinor,
      names: [item.number],
      isRepeated: false,
    });
    await settle(world);
  }
  await refundEverything(world);
  await pass(world, ENDS_WITHIN_DAYS * 24);
  await world.check();
  for (const order of model.orders) {
    const next = world.clockwork.nextOf(world.headOf(order));
    assert.equal(next?.step, 'closed', `${order.number} does not end: ${next?.because ?? ''}`);
  }
  await assertNothingWaits(world);
  for (const customer of model.customers) {
    const { paidMinor, returnedMinor, refundedMinor } = model.totalsOf(customer);
    const isOwn = paidMinor + model.lostMinor(customer) >= returnedMinor + refundedMinor;
    assert.ok(isOwn, `${customer.number} got back more than it paid`);
  }
}

async function settle(world: World): Promise<void> {
  await world.clockwork.settle();
  await world.check();
}

/** Cases and disputes are decided against, and goods that should not have left are not charged. */
async function endWaiting(world: World): Promise<void> {
  const { model } = world;
  for (const approval of model.approvals.filter((one) => one.state === 'requested')) {
    const by = approval.asker === 'chief' ? 'manager' : 'chief';
    await decide(world, { approval, decision: 'reject', by, isRepeated: false });
  }
  for (const dispute of model.disputes.filter((one) => one.state === 'open')) {
    const body = { disputeId: dispute.id, outcome: 'rejected' as const, creditMinor: null, noteId: null };
    await world.ask(dispute.item.order, 'resolveDispute', { by: 'chief', body, foreseen: 'accepted' }, () => {
      dispute.state = 'over';
    });
  }
  await settle(world);
}

async function endOrder(world: World, order: ModelOrder): Promise<void> {
  for (const shipment of order.shipments) {
    const { invoicing } = shipment;
    if (invoicing !== 'contested' && invoicing !== 'quality_failed') continue;
    const name = invoicing === 'contested' ? 'decideShipment' : 'decideQuality';
    const body = { shipmentId: shipment.id, decision: 'do_not_invoice' as const, noteId: null };
    await world.ask(order, name, { by: 'clerk', body, foreseen: 'accepted' }, () => {
      shipment.invoicing = 'waived';
      world.model.dropWaived(order);
    });
  }
  await settle(world);
  if (order.isCancelled || order.credit === 'rejected' || order.openingMinor !== null) return;
  await giveUpRest(world, order);
  await settle(world);
}

/** What did not ship never does, and a service that nobody paid for in advance is dropped. */
async function giveUpRest(world: World, order: ModelOrder): Promise<void> {
  const { model } = world;
  const body = { reason: 'given_up', noteId: null };
  if (order.shipments.length === 0 && !order.isServiceInvoiced) {
    await world.ask(order, 'cancelOrder', { by: 'clerk', body, foreseen: 'accepted' }, () => {
      order.isCancelled = true;
    });
    return;
  }
  const drop = async (lineNo: number, quantity: number): Promise<void> => {
    const lines = [{ lineNo, quantity: String(quantity) }];
    await world.ask(order, 'changeOrder', { by: 'clerk', body: { ...body, lines }, foreseen: 'accepted' }, () => {
      const line = order.lines[lineNo - 1];
      if (line !== undefined) model.changeLine(line, quantity, line.priceMinor);
    });
  };
  for (const [index, line] of order.lines.entries()) {
    if (line.isService) {
      if (!order.isServiceInvoiced && line.quantity > 0) await drop(index + 1, 0);
    } else if (line.shipped > 0 && line.shipped < line.quantity) {
      await world.ask(order, 'closeShort', { by: 'clerk', body, foreseen: 'accepted' }, () => {
        model.changeLine(line, line.shipped, line.priceMinor);
      });
    } else if (line.shipped < line.quantity) await drop(index + 1, 0);
  }
}

async function refundEverything(world: World): Promise<void> {
  const { model } = world;
  const sources = [...openItems(model, 'credit'), ...model.payments.filter((one) => one.unappliedMinor > 0)];
  for (const source of sources) {
    const amountMinor = 'names' in source ? source.unappliedMinor : source.openMinor;
    await askRefund(world, { source, amountMinor, by: 'cash', isRepeated: false });
    const approval = model.approvals.at(-1);
    if (approval !== undefined) await approveAsChief(world, approval);
    await settle(world);
  }
}

async function approveAsChief(world: World, approval: ModelApproval): Promise<void> {
  await decide(world, { approval, decision: 'approve', by: 'chief', isRepeated: false });
}

/** Nothing is left for a person, except what no order waits for and ends by itself. */
async function assertNothingWaits(world: World): Promise<void> {
  const { rows } = await sql<{ kind: string; reason: string }>`select kind, reason from task
    where legal_entity_id = ${world.entity} and state = 'open' and not lapses and order_id is not null`.execute(
    world.db,
  );
  assert.deepEqual(rows, []);
}
