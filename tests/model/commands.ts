// Everything that may happen to a company, as plain data that shrinks, and how each is played and foreseen.

import fc from 'fast-check';
import { sql } from 'kysely';
import { storeReturn } from '../../src/database/queries/payment-returns.ts';
import { completeTask, lapseTasks, taskById } from '../../src/database/queries/tasks.ts';
import { endsByRequest } from '../../src/domain/task.ts';
import type { BlockRequest } from '../../src/workflows/messages.ts';
import {
  Model,
  type ModelApproval,
  type ModelCustomer,
  type ModelDispute,
  type ModelItem,
  type ModelOrder,
  type ModelPayment,
} from './model.ts';
import { FOUNDER, idOf, openItems, PEOPLE, STAFF, type Foreseen, type Person, type World } from './world.ts';

/** Orders of one run. */
const ORDERS_MAX = 6;
const HOUR = 3_600_000;
/** Tasks that end by themselves in one sweep. */
const LAPSING_MAX = 500;

const pick = fc.nat(40);
const percent = fc.constantFrom(1, 10, 33, 50, 99, 100, 100, 100, 101, 130);
const person = fc.constantFrom(...PEOPLE);
/** Whether the same request comes again, as after a lost answer. */
const isRepeated = fc.constantFrom(false, false, false, true);

/** How often each happens, beside the others. */
const ARBITRARIES = {
  order: w(6, {
    customer: fc.constantFrom(0, 1, 1, 1),
    quantity: fc.integer({ min: 1, max: 9 }),
    priceMinor: fc.oneof(
      { weight: 1, arbitrary: fc.integer({ min: 1, max: 100 }) },
      { weight: 6, arbitrary: fc.integer({ min: 1_000, max: 12_000 }) },
    ),
    hasService: fc.constantFrom(false, false, true),
    isPrepaid: fc.constantFrom(false, false, false, true),
  }),
  opening: w(1, {
    customer: fc.nat(1),
    amountMinor: fc.integer({ min: 1, max: 90_000 }),
    dueInDays: fc.integer({ min: -60, max: 20 }),
    level: fc.constantFrom('none', 'none', 'reminder2', 'collector'),
  }),
  ship: w(9, {
    order: pick,
    quantity: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 4 }) }, { weight: 2, arbitrary: fc.nat(14) }),
    lineNo: fc.constantFrom(1, 1, 1, 1, 1, 1, 1, 1, 2, 9),
    isFailed: fc.constantFrom(false, false, false, false, true),
    isTomorrow: w1(12),
    isRepeated,
  }),
  decideShipment: w(3, { shipment: pick, isInvoiced: fc.boolean(), isQuality: fc.boolean() }),
  change: w(6, {
    order: pick,
    lineNo: fc.constantFrom(1, 1, 1, 2),
    quantity: fc.option(fc.nat(14)),
    priceMinor: fc.option(fc.integer({ min: 0, max: 20_000 })),
    isRepeated,
  }),
  cancel: w(2, { order: pick }),
  closeShort: w(2, { order: pick, isRepeated }),
  decideCredit: w(4, { order: pick, isRelease: fc.boolean(), by: person }),
  limit: w(2, {
    customer: fc.nat(1),
    limitMinor: fc.constantFrom(0, 60_000, 120_000, 300_000, null),
    isBlocked: w1(6),
  }),
  pay: w(12, {
    item: pick,
    percent,
    offMinor: fc.constantFrom(0, 0, 0, -20, -51, 20),
    names: fc.constantFrom('item', 'item', 'order', 'order', 'both', 'two', 'nothing'),
    isOtherPayer: w1(10),
    isRepeated,
  }),
  allocate: w(3, { payment: pick, item: pick, percent: fc.option(percent), isRepeated }),
  undo: w(3, { payment: pick, item: pick, isRepeated }),
  takeBack: w(4, {
    payment: pick,
    percent,
    feeMinor: fc.constantFrom(0, 350),
    code: fc.constantFrom('AM04', 'AC04', 'MD06', 'MS02'),
  }),
  dispute: w(4, {
    item: pick,
    percent,
    reason: fc.constantFrom('pricing', 'damaged', 'other', 'nonsense'),
    isRepeated,
  }),
  resolve: w(4, {
    dispute: pick,
    outcome: fc.constantFrom('credit_note', 'partly', 'rejected', 'withdrawn'),
    percent,
    by: fc.constantFrom<Person>('manager', 'manager', 'chief', 'cash', 'clerk'),
    isRepeated,
  }),
  askApproval: w(6, { item: pick, percent, isWriteOff: fc.boolean(), by: person, isRepeated }),
  give: w(4, { item: pick, percent, isWriteOff: fc.boolean() }),
  askRefund: w(3, { source: pick, percent, by: person, isRepeated }),
  decideApproval: w(9, {
    approval: pick,
    decision: fc.constantFrom('approve', 'approve', 'approve', 'reject', 'withdraw'),
    by: person,
    isRepeated,
  }),
  returnGoods: w(3, { item: pick, quantity: fc.integer({ min: 1, max: 6 }), by: person }),
  promise: w(5, { item: pick, percent, inDays: fc.integer({ min: -1, max: 20 }) }),
  withdrawPromise: w(1, { item: pick }),
  plan: w(3, { item: pick, parts: fc.integer({ min: 1, max: 3 }), offMinor: fc.constantFrom(0, 0, 0, 1) }),
  cancelPlan: w(1, { item: pick }),
  block: w(3, {
    item: pick,
    about: fc.constantFrom('item', 'order', 'customer', 'customer'),
    days: fc.constantFrom(0, 3, 10, 89, 90, null),
  }),
  endBlock: w(4, { block: pick }),
  completeTask: w(2, { task: pick }),
  passHours: w(5, { hours: fc.integer({ min: 1, max: 30 }) }),
  passDays: w(7, { days: fc.integer({ min: 1, max: 12 }) }),
  passWeeks: w(2, { weeks: fc.integer({ min: 1, max: 6 }) }),
  sleep: w(1, { hours: fc.integer({ min: 1, max: 400 }) }),
};

type Kind = keyof typeof ARBITRARIES;
type Fields<K extends Kind> = (typeof ARBITRARIES)[K]['fields'] extends fc.Arbitrary<infer Value> ? Value : never;
export type Command = { [K in Kind]: { readonly kind: K } & Fields<K> }[Kind];

export const commandArbitrary: fc.Arbitrary<Command> = fc.oneof(
  ...Object.entries(ARBITRARIES).map(([kind, { weight, fields }]) => ({
    weight,
    arbitrary: (fields as fc.Arbitrary<object>).map((values) => ({ kind, ...values }) as Command),
  })),
);

/** A new order. */
export const orderArbitrary: fc.Arbitrary<Command> = fc.noBias(
  ARBITRARIES.order.fields.map((values) => ({ kind: 'order', ...values })),
);

function w<Fields>(
  weight: number,
  shape: { [Name in keyof Fields]: fc.Arbitrary<Fields[Name]> },
): { weight: number; fields: fc.Arbitrary<Fields> } {
  return { weight, fields: fc.record(shape) };
}

/** True once in so many times. */
function w1(times: number): fc.Arbitrary<boolean> {
  return fc.nat(times - 1).map((value) => value === times - 1);
}

/** Plays a command. One that finds nothing to be about does nothing. */
export async function play(world: World, command: Command): Promise<void> {
  const run = RUN[command.kind] as (world: World, command: Command) => Promise<void>;
  await run(world, command);
}

const RUN: { readonly [K in Kind]: (world: World, command: Fields<K>) => Promise<void> } = {
  async order(world, { customer: index, quantity, priceMinor, hasService, isPrepaid }) {
    const { model, entity, db } = world;
    const customer = model.customers[index];
    if (customer === undefined || model.orders.length >= ORDERS_MAX) return;
    const number = `SO-${String(model.orders.length + 1)}`;
    const lines = [Model.line(quantity, priceMinor, false), ...(hasService ? [Model.line(1, 5_000, true)] : [])];
    const netMinor = lines.reduce((sum, line) => sum + line.netMinor, 0);
    const grossMinor = netMinor + lines.reduce((sum, line) => sum + line.taxMinor, 0);
    const id = await db.transaction().execute(async (tx) => {
      const { rows } = await sql<{ id: string }>`
        insert into sales_order (legal_entity_id, kind, number, customer_id, currency, terms_days, net_minor, gross_minor, is_prepaid, content_hash, created_by)
        values (${entity}, 'order', ${number}, ${customer.id}, 'EUR', 14, ${netMinor}, ${grossMinor}, ${isPrepaid}, 'x', 'model') returning id`.execute(
        tx,
      );
      for (const [at, line] of lines.entries()) {
        await sql`insert into order_line (order_id, line_no, item_number, description, is_service, quantity, unit_price, tax_code, tax_rate_bp, net_minor, tax_minor)
          values (${idOf(rows)}, ${at + 1}, 'A', 'Thing', ${line.isService}, ${line.quantity}, ${line.priceMinor}::numeric / 100, 'S', 1900, ${line.netMinor}, ${line.taxMinor})`.execute(
          tx,
        );
      }
      return idOf(rows);
    });
    const order: ModelOrder = {
      ...{ id, number, customer, isPrepaid, openingMinor: null, lines, shipments: [], credit: 'unassessed' },
      ...{ isCancelled: false, isServiceInvoiced: false, billedMinor: 0 },
    };
    model.orders.push(order);
    world.say(`${number} of ${customer.number} over ${String(grossMinor)}${isPrepaid ? ', prepaid' : ''}`);
    world.clockwork.start(world.headOf(order));
  },

  async opening(world, { customer: index, amountMinor, dueInDays, level }) {
    const { model, entity, db } = world;
    const customer = model.customers[index];
    if (customer === undefined || model.orders.length >= ORDERS_MAX) return;
    const number = `OLD-${String(model.orders.length + 1)}`;
    const dueOn = world.day(dueInDays);
    const opening = { amountMinor, invoicedOn: world.day(dueInDays - 14), dueOn, level, lastLetterOn: null };
    const { rows } = await sql<{ id: string }>`
      insert into sales_order (legal_entity_id, kind, number, customer_id, currency, terms_days, net_minor, gross_minor, opening, content_hash, created_by)
      values (${entity}, 'opening', ${number}, ${customer.id}, 'EUR', 14, ${amountMinor}, ${amountMinor}, ${JSON.stringify(opening)}, 'x', 'model') returning id`.execute(
      db,
    );
    const order: ModelOrder = {
      ...{ id: idOf(rows), number, customer, isPrepaid: false, openingMinor: amountMinor, lines: [], shipments: [] },
      ...{ credit: 'unassessed', isCancelled: false, isServiceInvoiced: false, billedMinor: 0 },
    };
    model.orders.push(order);
    world.say(`${number} of ${customer.number} over ${String(amountMinor)}, due ${dueOn}, ${level}`);
    world.clockwork.start(world.headOf(order));
  },

  async ship(world, { order: at, quantity, lineNo, isFailed, isTomorrow, isRepeated: again }) {
    const order = nth(world.model.orders, at);
    if (order === undefined) return;
    const { model } = world;
    const line = order.lines[lineNo - 1];
    const before = line?.shipped ?? 0;
    const isFree = order.credit === 'approved' && !order.isCancelled && model.isPrepaidFor(order);
    const isContested = !isFree || (line !== undefined && before + quantity > line.quantity);
    const invoicing = isFailed ? 'quality_failed' : isContested ? 'contested' : 'due';
    const code = isTomorrow
      ? 'shipped_in_the_future'
      : line === undefined
        ? 'line_unknown'
        : line.isService
          ? 'line_is_service'
          : quantity === 0
            ? 'quantity_not_positive'
            : null;
    const body = {
      lines: [{ lineNo, quantity: String(quantity), lots: [] }],
      ...{ carrier: null, tracking: null, shippedOn: isTomorrow ? world.day(1) : null },
      qualityCheck: isFailed ? ('failed' as const) : null,
    };
    const foreseen = code === null ? 'accepted' : { code };
    await world.ask(order, 'recordShipment', { by: 'clerk', body, foreseen, isRepeated: again }, (answer) => {
      if (line === undefined) return;
      if (answer.invoicing !== invoicing)
        throw new Error(`${order.number}: shipment is ${String(answer.invoicing)}, the model says ${invoicing}`);
      line.shipped += quantity;
      order.shipments.push({ id: answer.shipmentId, lineNo, quantity, before, at: world.now, invoicing });
    });
  },

  async decideShipment(world, { shipment: at, isInvoiced, isQuality }) {
    const all = world.model.orders.flatMap((order) => order.shipments.map((shipment) => ({ order, shipment })));
    const open = all.filter(
      ({ shipment }) => shipment.invoicing === 'contested' || shipment.invoicing === 'quality_failed',
    );
    const chosen = nth(open.length > 0 ? open : all, at);
    if (chosen === undefined) return;
    const { order, shipment } = chosen;
    const asked = isQuality ? 'quality_failed' : 'contested';
    const foreseen: Foreseen = shipment.invoicing === asked ? 'accepted' : { code: 'shipment_decided' };
    const body = {
      shipmentId: shipment.id,
      decision: isInvoiced ? ('invoice' as const) : ('do_not_invoice' as const),
      noteId: null,
    };
    await world.ask(order, isQuality ? 'decideQuality' : 'decideShipment', { by: 'clerk', body, foreseen }, () => {
      shipment.invoicing = isInvoiced ? 'due' : 'waived';
      world.model.dropWaived(order);
    });
  },

  async change(world, { order: at, lineNo, quantity, priceMinor, isRepeated: again }) {
    const order = nth(world.model.orders, at);
    if (order === undefined) return;
    const line = order.lines[lineNo - 1];
    const body = {
      lines: [
        {
          lineNo,
          ...(quantity === null ? {} : { quantity: String(quantity) }),
          ...(priceMinor === null ? {} : { unitPrice: (priceMinor / 100).toFixed(2) }),
        },
      ],
      ...{ reason: 'customer_asked', noteId: null },
    };
    const to = { quantity: quantity ?? line?.quantity ?? 0, priceMinor: priceMinor ?? line?.priceMinor ?? 0 };
    const foreseen = foreseenChange(order, lineNo, to);
    const before = world.model.grossOf(order);
    await world.ask(order, 'changeOrder', { by: 'clerk', body, foreseen, isRepeated: again }, (answer) => {
      if (line !== undefined) world.model.changeLine(line, to.quantity, to.priceMinor);
      const gross = world.model.grossOf(order);
      if (answer.grossMinor !== gross)
        throw new Error(
          `${order.number}: changed to ${String(answer.grossMinor)}, the model says ${String(gross)} after ${String(before)}`,
        );
    });
  },

  async cancel(world, { order: at }) {
    const order = nth(world.model.orders, at);
    if (order === undefined) return;
    const hasLeft = order.shipments.length > 0 || order.isServiceInvoiced;
    const foreseen: Foreseen = isOver(order)
      ? { code: 'order_over' }
      : hasLeft
        ? { code: 'order_shipped' }
        : 'accepted';
    const body = { reason: 'customer_asked', noteId: null };
    await world.ask(order, 'cancelOrder', { by: 'clerk', body, foreseen }, () => {
      order.isCancelled = true;
    });
  },

  async closeShort(world, { order: at, isRepeated: again }) {
    const order = nth(world.model.orders, at);
    if (order === undefined) return;
    const goods = order.lines.filter((line) => !line.isService);
    const code = isOver(order)
      ? 'order_over'
      : goods.every((line) => line.shipped >= line.quantity)
        ? 'nothing_to_close'
        : goods.every((line) => line.shipped === 0)
          ? 'nothing_shipped'
          : waitsForInvoice(order)
            ? 'shipment_not_invoiced'
            : null;
    const body = { reason: 'customer_asked', noteId: null };
    const foreseen = code === null ? 'accepted' : { code };
    await world.ask(order, 'closeShort', { by: 'clerk', body, foreseen, isRepeated: again }, () => {
      for (const line of goods)
        if (line.shipped < line.quantity) world.model.changeLine(line, line.shipped, line.priceMinor);
    });
  },

  async decideCredit(world, { order: at, isRelease, by }) {
    const held = world.model.orders.filter((order) => order.credit === 'held');
    // Mostly about one that is held: the others are refused alike.
    const order = nth(held.length > 0 || at % 4 > 0 ? held : world.model.orders, at);
    if (order === undefined) return;
    const isHeld = world.model.holds.some((hold) => hold.order === order && hold.state === 'waiting');
    const mayRelease = ['analyst', 'manager', 'chief'].includes(by);
    const isCreator = by === FOUNDER && order.customer.number === 'C-2';
    const foreseen: Foreseen = !isHeld
      ? { code: 'credit_not_held' }
      : !isRelease
        ? 'accepted'
        : isCreator
          ? { code: 'duty_conflict' }
          : mayRelease
            ? 'accepted'
            : { code: 'above_authority' };
    const body = { decision: isRelease ? ('release' as const) : ('reject' as const), noteId: null };
    await world.ask(order, 'decideCredit', { by, body, foreseen }, () => undefined);
  },

  async limit(world, { customer: index, limitMinor, isBlocked }) {
    const customer = world.model.customers[index];
    if (customer === undefined) return;
    const { groupId, model, entity } = world;
    const now = world.now;
    if (groupId !== null && !isBlocked) {
      await world.askOther(
        `setGroup ${String(limitMinor)}`,
        { by: 'chief', foreseen: 'accepted', cause: world.changeCause('group') },
        (request) =>
          world.changes.setGroup({
            ...request,
            legalEntityId: entity,
            groupId,
            limitMinor,
            isBlocked: false,
            limitUntil: null,
            now,
          }),
        ({ tell = [] }) => {
          model.group = { limitMinor };
          world.clockwork.tell(tell);
        },
      );
      return;
    }
    await world.askOther(
      `setCredit ${customer.number} ${String(limitMinor)}${isBlocked ? ' blocked' : ''}`,
      { by: 'chief', foreseen: 'accepted', cause: world.changeCause('credit') },
      (request) =>
        world.changes.setCredit({
          ...request,
          legalEntityId: entity,
          customerId: customer.id,
          limitMinor,
          isBlocked,
          now,
        }),
      ({ tell = [] }) => {
        customer.limitMinor = limitMinor;
        customer.isBlocked = isBlocked;
        world.clockwork.tell(tell);
      },
    );
  },

  async pay(world, { item: at, percent: share, offMinor, names: how, isOtherPayer, isRepeated: again }) {
    const { model } = world;
    const item = nth(openItems(model, 'debit'), at);
    const order = item?.order ?? nth(model.orders, at);
    if (order === undefined) return;
    const payer = isOtherPayer
      ? (model.customers.find((one) => one !== order.customer) ?? order.customer)
      : order.customer;
    const second = nth(openItems(model, 'debit'), at + 1);
    const openMinor = item?.openMinor ?? model.grossOf(order);
    const bothMinor = how === 'two' ? (second === item ? 0 : (second?.openMinor ?? 0)) : 0;
    const amountMinor = Math.max(1, Math.floor(((openMinor + bothMinor) * share) / 100) + offMinor);
    const ofItem = item?.number ?? order.number;
    const names = {
      item: [ofItem],
      order: [order.number],
      both: [order.number, ofItem],
      two: [ofItem, second?.number ?? order.number],
      nothing: ['thanks'],
    }[how];
    await pay(world, { payer, amountMinor, names: [...new Set(names)], isRepeated: again });
  },

  async allocate(world, { payment: at, item: itemAt, percent: share, isRepeated: again }) {
    const { model } = world;
    const withMoney = model.payments.filter((one) => one.unappliedMinor > 0);
    const payment = nth(withMoney.length > 0 ? withMoney : model.payments, at);
    if (payment === undefined) return;
    const own = model.items.filter((one) => one.order.customer === payment.customer);
    const item = nth(own.some(isOpenDebit) ? own.filter(isOpenDebit) : model.items, itemAt);
    if (item === undefined) return;
    const fits = Math.min(payment.unappliedMinor, item.openMinor);
    const amountMinor = share === null ? null : Math.max(1, Math.floor((fits * share) / 100));
    const code =
      item.order.customer !== payment.customer
        ? 'item_unknown'
        : payment.unappliedMinor === 0
          ? 'payment_nothing_left'
          : !isOpenDebit(item)
            ? 'item_not_open'
            : amountMinor !== null && amountMinor > fits
              ? 'allocation_does_not_fit'
              : null;
    await world.askOther(
      `allocateCash ${String(amountMinor)} of ${payment.names.join(' ')} to ${item.number}`,
      {
        by: 'cash',
        foreseen: code === null ? 'accepted' : { code },
        cause: world.changeCause('allocation'),
        isRepeated: again,
      },
      (request) =>
        world.payments.allocateCash({
          ...request,
          paymentId: payment.id,
          itemId: item.id,
          amountMinor,
          now: world.now,
        }),
      ({ orderIds }) => {
        model.apply(payment, [item], amountMinor ?? Infinity);
        world.clockwork.tell(orderIds);
      },
    );
  },

  async undo(world, { payment: at, item: itemAt, isRepeated: again }) {
    const { model } = world;
    const used = model.payments.filter((one) => model.standing(one).length > 0);
    const payment = nth(used.length > 0 ? used : model.payments, at);
    if (payment === undefined) return;
    const item = nth(model.standing(payment), itemAt)?.item ?? nth(model.items, itemAt);
    if (item === undefined) return;
    const isStanding = model.standing(payment).some((one) => one.item === item);
    await world.askOther(
      `undoAllocation of ${payment.names.join(' ')} from ${item.number}`,
      {
        by: 'cash',
        foreseen: isStanding ? 'accepted' : 'refused',
        cause: world.changeCause('undo'),
        isRepeated: again,
      },
      (request) =>
        world.payments.undoAllocation({ ...request, paymentId: payment.id, itemId: item.id, now: world.now }),
      ({ orderIds }) => {
        model.undo(payment, item);
        world.clockwork.tell(orderIds);
      },
    );
  },

  async takeBack(world, { payment: at, percent: share, feeMinor, code }) {
    const payment = nth(world.model.payments, at);
    if (payment === undefined) return;
    const leftMinor = payment.amountMinor - payment.returnedMinor - payment.refundedMinor;
    const amountMinor = Math.max(1, Math.floor((payment.amountMinor * share) / 100));
    const { actor, requestId, requestKey } = world.request('cash');
    const stored = await storeReturn(world.db, {
      ...{ paymentId: payment.id, sourceId: requestKey, amountMinor, feeMinor, kind: 'returned_debit' as const },
      ...{ reasonCode: code, returnedOn: null, contentHash: 'x', actor, requestId, now: world.now },
    });
    world.say(
      `return of ${String(amountMinor)} of ${payment.names.join(' ')} → ${stored.ok ? 'stored' : stored.refusal.code}`,
    );
    if (stored.ok !== amountMinor <= leftMinor)
      throw new Error(`a return of ${String(amountMinor)} with ${String(leftMinor)} left: ${String(stored.ok)}`);
    if (!stored.ok) return;
    const { id } = stored.stored;
    const cause = { workflowId: `return/${world.entity}/${id}`, step: 'postReturn' };
    const posted = await world.clockwork.asked(cause, () =>
      world.payments.postReturn({ returnId: id, now: world.now }),
    );
    if (!posted.ok) throw new Error(`a stored return was refused: ${posted.code}`);
    world.model.takeBack(payment, amountMinor);
    world.clockwork.tell(posted.answer.orderIds);
    await world.seeCredit('postReturn', null);
  },

  async dispute(world, { item: at, percent: share, reason, isRepeated: again }) {
    const { model } = world;
    const item = nth(model.items, at);
    if (item === undefined) return;
    const amountMinor = Math.max(1, Math.floor((item.originalMinor * share) / 100));
    const leftMinor = Math.max(0, item.originalMinor - model.creditedMinor(item) - model.disputedMinor(item));
    const code =
      item.side === 'credit'
        ? 'item_unknown'
        : reason === 'nonsense'
          ? 'dispute_reason_unknown'
          : amountMinor > leftMinor
            ? 'dispute_exceeds_item'
            : null;
    const body = {
      itemId: item.id,
      amountMinor,
      reason,
      source: 'customer_mail' as const,
      raisedOn: null,
      noteId: null,
    };
    const foreseen = code === null ? 'accepted' : { code };
    await world.ask(item.order, 'raiseDispute', { by: 'clerk', body, foreseen, isRepeated: again }, (answer) => {
      model.disputes.push({ id: answer.disputeId, item, amountMinor, state: 'open' });
    });
  },

  async resolve(world, { dispute: at, outcome, percent: share, by, isRepeated: again }) {
    const { model } = world;
    const open = model.disputes.filter((one) => one.state === 'open');
    const dispute = nth(open.length > 0 ? open : model.disputes, at);
    if (dispute === undefined) return;
    const partMinor = Math.floor((dispute.amountMinor * share) / 100);
    const creditMinor = outcome === 'partly' ? partMinor : null;
    const foreseen = foreseenOutcome(model, dispute, { outcome, partMinor, by });
    const body = { disputeId: dispute.id, outcome, creditMinor, noteId: null };
    await world.ask(dispute.item.order, 'resolveDispute', { by, body, foreseen, isRepeated: again }, (answer) => {
      dispute.state = answer.approvalId === null ? 'over' : 'awaiting_approval';
      if (answer.approvalId === null) return;
      const amountMinor = outcome === 'partly' ? partMinor : dispute.amountMinor;
      model.approvals.push({
        ...asked(world, by),
        id: answer.approvalId,
        kind: 'credit_note',
        ...aboutItem(dispute.item),
        amountMinor,
        dispute,
      });
    });
  },

  async askApproval(world, { item: at, percent: share, isWriteOff, by, isRepeated: again }) {
    const { model } = world;
    const debit = model.items.filter((one) => one.side === 'debit');
    const item = nth(isWriteOff && debit.some(isOpenDebit) ? debit.filter(isOpenDebit) : model.items, at);
    if (item === undefined) return;
    const kind = isWriteOff ? 'write_off' : 'credit_note';
    const ofMinor = isWriteOff ? item.openMinor : item.originalMinor;
    const amountMinor = Math.max(1, Math.floor((ofMinor * share) / 100));
    const leftMinor = (isWriteOff ? item.openMinor : model.leftToCredit(item)) - model.pendingMinor(kind, item);
    const code =
      item.side === 'credit'
        ? 'item_unknown'
        : !isWriteOff && item.invoiceId === null
          ? 'not_an_invoice'
          : amountMinor > leftMinor
            ? isWriteOff
              ? 'exceeds_open'
              : 'credit_exceeds_invoice'
            : isWriteOff && appliedBy(model, item, by)
              ? 'duty_conflict'
              : null;
    const body = { kind, itemId: item.id, amountMinor, reason: 'goodwill', noteId: null } as const;
    const foreseen = code === null ? 'accepted' : { code };
    await world.ask(item.order, 'askApproval', { by, body, foreseen, isRepeated: again }, ({ approvalId }) => {
      model.approvals.push({ ...asked(world, by), id: approvalId, kind, ...aboutItem(item), amountMinor });
    });
  },

  async give(world, { item, percent: share, isWriteOff }) {
    const { model } = world;
    const before = model.approvals.length;
    await RUN.askApproval(world, { item, percent: share, isWriteOff, by: 'clerk', isRepeated: false });
    const approval = model.approvals[before];
    if (approval !== undefined) await decide(world, { approval, decision: 'approve', by: 'chief', isRepeated: false });
  },

  async askRefund(world, { source: at, percent: share, by, isRepeated: again }) {
    const { model } = world;
    const money = model.payments.filter((one) => one.unappliedMinor > 0);
    const source = nth([...money, ...openItems(model, 'credit')], at);
    if (source === undefined) return;
    const isMoney = 'names' in source;
    const openMinor = isMoney ? source.unappliedMinor : source.openMinor;
    const amountMinor = Math.max(1, Math.floor((openMinor * share) / 100));
    await askRefund(world, { source, amountMinor, by, isRepeated: again });
  },

  async decideApproval(world, { approval: at, decision, by, isRepeated: again }) {
    const waiting = world.model.approvals.filter((one) => one.state === 'requested');
    const approval = nth(waiting.length > 0 ? waiting : world.model.approvals, at);
    if (approval === undefined) return;
    await decide(world, { approval, decision, by, isRepeated: again });
  },

  async returnGoods(world, { item: at, quantity, by }) {
    const { model } = world;
    const item = nth(
      model.items.filter((one) => one.side === 'debit' && one.invoiceId !== null),
      at,
    );
    if (item === undefined || item.invoiceId === null) return;
    const isTooMuch = quantity > model.leftToReturn(item);
    const worth = isTooMuch ? null : model.returnWorth(item, quantity);
    const amountMinor = worth === null ? 0 : worth.netMinor + worth.taxMinor;
    const leftMinor = model.leftToCredit(item) - model.pendingMinor('credit_note', item);
    const code = isTooMuch ? 'return_exceeds_invoice' : amountMinor > leftMinor ? 'credit_exceeds_invoice' : null;
    const body = {
      invoiceId: item.invoiceId,
      lines: [{ invoiceLineNo: 1, quantity: String(quantity) }],
      ...{ returnedOn: null, reason: 'damaged', noteId: null },
    };
    const foreseen = code === null ? 'accepted' : { code };
    await world.ask(item.order, 'returnGoods', { by, body, foreseen }, (answer) => {
      if (answer.grossMinor !== amountMinor)
        throw new Error(`goods worth ${String(answer.grossMinor)}, the model says ${String(amountMinor)}`);
      if (answer.approvalId === null) item.returnedForNothing += quantity;
      else
        model.approvals.push({
          ...asked(world, by),
          id: answer.approvalId,
          kind: 'credit_note',
          ...aboutItem(item),
          amountMinor,
          returned: worth,
        });
    });
  },

  async promise(world, { item: at, percent: share, inDays }) {
    const { model } = world;
    const item = nth(openItems(model, 'debit'), at) ?? nth(model.items, at);
    if (item === undefined) return;
    const amountMinor = Math.max(1, Math.floor((item.openMinor * share) / 100));
    const isWrong = item.side === 'credit' || amountMinor > item.openMinor || inDays < 0;
    const body = { itemId: item.id, amountMinor, promisedOn: world.day(inDays), givenOn: null, noteId: null };
    await world.ask(
      item.order,
      'givePromise',
      { by: 'collector', body, foreseen: isWrong ? 'refused' : null },
      () => undefined,
    );
  },

  async withdrawPromise(world, { item: at }) {
    const item = nth(world.model.items, at);
    if (item === undefined) return;
    const { rows } = await sql<{ id: string; state: string }>`select id, state from promise where item_id = ${item.id}
      order by created_at desc limit 1`.execute(world.db);
    const [promise] = rows;
    if (promise === undefined) return;
    const foreseen: Foreseen = promise.state === 'open' ? 'accepted' : { code: 'promise_not_open' };
    await world.ask(
      item.order,
      'withdrawPromise',
      { by: 'collector', body: { promiseId: promise.id }, foreseen },
      () => undefined,
    );
  },

  async plan(world, { item: at, parts, offMinor }) {
    const item = nth(openItems(world.model, 'debit'), at);
    if (item === undefined || item.openMinor < parts) return;
    const each = Math.floor(item.openMinor / parts);
    const instalments = Array.from({ length: parts }, (_, index) => ({
      dueOn: world.day(7 * (index + 1)),
      amountMinor: index === 0 ? item.openMinor - each * (parts - 1) + offMinor : each,
    }));
    const foreseen = offMinor === 0 ? null : 'refused';
    await world.ask(
      item.order,
      'agreePlan',
      { by: 'collector', body: { itemId: item.id, instalments, noteId: null }, foreseen },
      () => undefined,
    );
  },

  async cancelPlan(world, { item: at }) {
    const item = nth(world.model.items, at);
    if (item === undefined) return;
    const { rows } = await sql<{
      id: string;
      state: string;
    }>`select id, state from payment_plan where item_id = ${item.id}
      order by created_at desc limit 1`.execute(world.db);
    const [plan] = rows;
    if (plan === undefined) return;
    const foreseen: Foreseen = plan.state === 'active' ? 'accepted' : { code: 'plan_not_active' };
    await world.ask(
      item.order,
      'cancelPlan',
      { by: 'collector', body: { planId: plan.id }, foreseen },
      () => undefined,
    );
  },

  async block(world, { item: at, about, days }) {
    const item = nth(openItems(world.model, 'debit'), at) ?? nth(world.model.items, at);
    const order = item?.order ?? nth(world.model.orders, at);
    if (order === undefined) return;
    const { customer } = order;
    const until = days === null ? null : world.day(days);
    const body: Omit<BlockRequest, 'requestKey' | 'actor' | 'requestId' | 'roles'> = {
      ...{ itemId: about === 'item' ? (item?.id ?? null) : null, from: null, until, reason: 'disputed', noteId: null },
    };
    // Ninety days, the first and the last counted.
    const foreseen: Foreseen = days === 90 ? { code: 'block_too_long' } : 'accepted';
    if (about !== 'customer') {
      await world.ask(order, 'blockItem', { by: 'collector', body, foreseen }, ({ blockId }) => {
        world.blocks.push({ id: blockId, order, customer });
      });
      return;
    }
    await changeCustomerBlock(world, {
      customer,
      set: { from: null, until, reason: 'legal', noteId: null },
      endBlockId: null,
      foreseen,
    });
  },

  async endBlock(world, { block: at }) {
    const block = nth(world.blocks, at);
    if (block === undefined) return;
    const { rows } = await sql<{
      isEnded: boolean;
    }>`select ended_on is not null as "isEnded" from dunning_block where id = ${block.id}`.execute(world.db);
    const foreseen: Foreseen = rows[0]?.isEnded === true ? { code: 'block_ended_already' } : 'accepted';
    const { order, customer, id } = block;
    if (order === null) await changeCustomerBlock(world, { customer, set: null, endBlockId: id, foreseen });
    else await world.ask(order, 'endBlock', { by: 'collector', body: { blockId: id }, foreseen }, () => undefined);
  },

  async completeTask(world, { task: at }) {
    const { rows } = await sql<{ id: string; kind: string }>`select id, kind from task
      where legal_entity_id = ${world.entity} and state = 'open' order by id`.execute(world.db);
    const task = nth(
      rows.filter(({ kind }) => !endsByRequest(kind)),
      at,
    );
    const row = task === undefined ? null : await taskById(world.db, task.id);
    if (row === null) return;
    const { actor, requestId } = world.request('chief');
    world.say(`${row.kind} is ticked off`);
    await completeTask(world.db, row, { actor, requestId, now: world.now, noteId: null });
  },

  passHours: (world, { hours }) => pass(world, hours),
  passDays: (world, { days }) => pass(world, days * 24),
  passWeeks: (world, { weeks }) => pass(world, weeks * 168),
  async sleep(world, { hours }) {
    world.say(`nobody works for ${String(hours)} hours`);
    await world.clockwork.sleepTo(world.now + hours * HOUR);
    await sweep(world);
  },
};

export async function pass(world: World, hours: number): Promise<void> {
  world.say(`${String(hours)} hours pass`);
  await world.clockwork.passTo(world.now + hours * HOUR);
  await sweep(world);
}

/** What the sweep does of its own: the rest of it only starts what is missing. */
async function sweep({ db, now }: World): Promise<void> {
  await lapseTasks(db, { actor: 'workflow:sweep', now, limit: LAPSING_MAX });
}

export async function pay(
  world: World,
  {
    payer,
    amountMinor,
    names,
    isRepeated: again,
  }: { payer: ModelCustomer; amountMinor: number; names: readonly string[]; isRepeated: boolean },
): Promise<void> {
  const { model, entity } = world;
  const by = 'cash';
  const sourceId = `p${String(model.payments.length + 1)}`;
  const { rows } = await sql<{ id: string }>`
    insert into payment (legal_entity_id, customer_id, source, source_id, amount_minor, currency, value_on, reference, content_hash, created_by)
    values (${entity}, ${payer.id}, 'psp', ${sourceId}, ${amountMinor}, 'EUR', ${world.day(0)}, ${names.join(' ')}, 'x', ${`key:${by}`}) returning id`.execute(
    world.db,
  );
  const id = idOf(rows);
  world.say(`${payer.number} pays ${String(amountMinor)} for ${names.join(' ')}`);
  const cause = { workflowId: `payment/${entity}/psp/${sourceId}`, step: 'postPayment' };
  for (let round = 0; round < (again ? 2 : 1); round += 1) {
    const posted = await world.clockwork.asked(cause, () =>
      world.payments.postPayment({ paymentId: id, now: world.now }),
    );
    if (!posted.ok) throw new Error(`a payment was refused: ${posted.code}`);
    world.clockwork.tell(posted.answer.orderIds);
  }
  model.pay({ id, customer: payer, amountMinor, names, by });
  await world.seeCredit('postPayment', null);
}

export async function askRefund(
  world: World,
  refund: { source: ModelPayment | ModelItem; amountMinor: number; by: Person; isRepeated: boolean },
): Promise<void> {
  const { source, amountMinor, by } = refund;
  const { model, entity } = world;
  const isMoney = 'names' in source;
  const customer = isMoney ? source.customer : source.order.customer;
  const openMinor = isMoney ? source.unappliedMinor : source.openMinor;
  const code =
    amountMinor > openMinor - model.pendingMinor('refund', source)
      ? 'exceeds_open'
      : by === FOUNDER
        ? 'duty_conflict'
        : null;
  const about = { paymentId: isMoney ? source.id : null, itemId: isMoney ? null : source.id };
  const bankAccountId = world.bankAccounts.get(customer) ?? '';
  const body = { ...about, legalEntityId: entity, amountMinor, bankAccountId, reason: 'overpaid', noteId: null };
  await world.askOther(
    `askCase refund ${String(amountMinor)} of ${isMoney ? source.names.join(' ') : source.number}`,
    { by, foreseen: code === null ? 'accepted' : { code }, cause: world.refundCause, isRepeated: refund.isRepeated },
    (request) => world.cases.askCase({ request: { kind: 'refund', ...body, ...request }, now: world.now }),
    async ({ approvalId }) => {
      const item = isMoney ? null : source;
      model.approvals.push({
        ...asked(world, by),
        id: approvalId,
        kind: 'refund',
        customer,
        item,
        payment: isMoney ? source : null,
        amountMinor,
      });
      startCase(world, approvalId, await world.caseRun(approvalId));
    },
  );
}

/** The run of a case that no order waits for: tells, escalates, lapses. */
function startCase(world: World, approvalId: string, workflowId: string): void {
  const cause = { workflowId, step: 'case' };
  world.clockwork.addSide(cause.workflowId, world.now, async (now) => {
    const { cases } = world;
    const act = <T>(run: () => Promise<T>): Promise<T> => world.clockwork.acting(cause, run);
    const next = await act(() => cases.planCase({ approvalId, now }));
    if (next.step === 'closed') return null;
    if (next.at > now) return next.at;
    if (next.step === 'tellDecider') await act(() => cases.tellDecider({ approvalId, taskId: next.taskId, now }));
    else if (next.step === 'escalate') await act(() => cases.escalateCase({ approvalId, taskId: next.taskId, now }));
    else {
      await act(() => cases.lapseCase({ approvalId, now }));
      const approval = world.model.approvals.find((one) => one.id === approvalId);
      if (approval !== undefined) world.model.end(approval, 'lapsed');
    }
    return now;
  });
}

export async function decide(
  world: World,
  {
    approval,
    decision,
    by,
    isRepeated: again,
  }: { approval: ModelApproval; decision: 'approve' | 'reject' | 'withdraw'; by: Person; isRepeated: boolean },
): Promise<void> {
  const foreseen = foreseenDecision(world.model, approval, { decision, by });
  const body = { approvalId: approval.id, decision, noteId: null };
  const then = async (): Promise<void> => {
    const state = ({ approve: 'approved', reject: 'rejected', withdraw: 'withdrawn' } as const)[decision];
    if (state === 'approved') await carryOut(world, approval);
    world.model.end(approval, state);
  };
  if (approval.kind !== 'refund') {
    const { item } = approval;
    if (item !== null) await world.ask(item.order, 'decideApproval', { by, body, foreseen, isRepeated: again }, then);
    return;
  }
  await world.askOther(
    `decideCase ${decision} refund ${String(approval.amountMinor)}`,
    { by, foreseen, cause: await world.caseRun(approval.id), isRepeated: again },
    (request) => world.cases.decideCase({ request: { ...body, ...request }, now: world.now }),
    async ({ tell = [] }) => {
      await then();
      world.clockwork.tell(tell);
    },
  );
}

async function carryOut(world: World, approval: ModelApproval): Promise<void> {
  if (approval.kind === 'credit_note') world.model.credit(approval, await world.creditItem(approval.id));
  else if (approval.kind === 'write_off') world.model.writeOff(approval);
  else world.model.refund(approval);
}

function foreseenDecision(
  model: Model,
  approval: ModelApproval,
  { decision, by }: { decision: string; by: Person },
): Foreseen {
  const { asker, kind, item, payment, amountMinor } = approval;
  const roles = STAFF[by];
  if (approval.state !== 'requested') return { code: 'approval_decided' };
  if (decision === 'withdraw') return asker === by ? 'accepted' : { code: 'not_the_asker' };
  if (asker === by) return { code: 'maker_is_checker' };
  if (decision === 'reject') return model.isDecider(approval, roles) ? 'accepted' : { code: 'above_authority' };
  if (kind === 'write_off' && item !== null && appliedBy(model, item, by)) return { code: 'duty_conflict' };
  if (kind === 'refund' && by === FOUNDER) return { code: 'duty_conflict' };
  if (!model.mayApprove(approval, roles)) return { code: 'above_authority' };
  if (kind === 'credit_note') {
    // What other credit notes took since decides line by line, which the model foresees for whole amounts alone.
    const leftMinor = item === null ? 0 : model.leftToCredit(item);
    return amountMinor > leftMinor ? { code: 'credit_exceeds_invoice' } : null;
  }
  const openMinor = payment?.unappliedMinor ?? item?.openMinor ?? 0;
  return amountMinor > openMinor ? { code: 'exceeds_open' } : 'accepted';
}

function foreseenOutcome(
  model: Model,
  dispute: ModelDispute,
  { outcome, partMinor, by }: { outcome: string; partMinor: number; by: Person },
): Foreseen {
  if (dispute.state === 'awaiting_approval') return { code: 'dispute_awaits_approval' };
  if (dispute.state === 'over') return { code: 'dispute_ended_already' };
  if (by === 'cash') return { code: 'not_the_owner' };
  // Whether it is the clerk's depends on its reason.
  if (by === 'clerk') return null;
  if (outcome === 'rejected' || outcome === 'withdrawn') return 'accepted';
  if (outcome === 'partly' && (partMinor <= 0 || partMinor >= dispute.amountMinor)) return null;
  const { item } = dispute;
  if (item.invoiceId === null) return { code: 'not_an_invoice' };
  const amountMinor = outcome === 'partly' ? partMinor : dispute.amountMinor;
  const leftMinor = model.leftToCredit(item) - model.pendingMinor('credit_note', item);
  return amountMinor > leftMinor ? { code: 'credit_exceeds_invoice' } : 'accepted';
}

function foreseenChange(order: ModelOrder, lineNo: number, to: { quantity: number; priceMinor: number }): Foreseen {
  const line = order.lines[lineNo - 1];
  if (isOver(order)) return { code: 'order_over' };
  if (waitsForInvoice(order)) return { code: 'shipment_not_invoiced' };
  if (line === undefined) return { code: 'line_unknown' };
  const isRepriced = to.priceMinor !== line.priceMinor;
  if (to.quantity === line.quantity && !isRepriced) return { code: 'nothing_to_change' };
  if (line.isService && order.isServiceInvoiced) return { code: 'service_invoiced' };
  if (to.quantity < line.shipped) return { code: 'quantity_below_shipped' };
  if (isRepriced && line.shipped > 0 && to.quantity === line.shipped) return { code: 'price_changes_nothing' };
  // What is left may be worth nothing.
  return to.quantity === 0 || to.priceMinor === 0 || line.priceMinor === 0 ? null : 'accepted';
}

/** A block over everything of a customer, or its end; its orders are told. */
async function changeCustomerBlock(
  world: World,
  block: {
    customer: ModelCustomer;
    set: { from: null; until: string | null; reason: string; noteId: null } | null;
    endBlockId: string | null;
    foreseen: Foreseen;
  },
): Promise<void> {
  const { customer, set, endBlockId, foreseen } = block;
  const { customerBlocks, clockwork, entity, now } = world;
  await world.askOther(
    `writeCustomerBlock ${customer.number} ${set?.until ?? 'ends'}`,
    { by: 'collector', foreseen, cause: world.changeCause('block') },
    (request) =>
      customerBlocks.writeCustomerBlock({
        ...request,
        legalEntityId: entity,
        customerId: customer.id,
        set,
        endBlockId,
        now,
      }),
    async ({ blockId }) => {
      if (set !== null) world.blocks.push({ id: blockId, order: null, customer });
      const { orderIds } = await customerBlocks.unclosedOrdersOfCustomer({ customerId: customer.id, after: null });
      clockwork.tell(orderIds);
    },
  );
}

function asked(world: World, by: Person): Pick<ModelApproval, 'asker' | 'askedAt' | 'dispute' | 'returned' | 'state'> {
  return { asker: by, askedAt: world.now, dispute: null, returned: null, state: 'requested' };
}

function aboutItem(item: ModelItem): Pick<ModelApproval, 'item' | 'payment' | 'customer'> {
  return { item, payment: null, customer: item.order.customer };
}

/** Whether somebody told a payment that was ever applied to the item. */
function appliedBy(model: Model, item: ModelItem, by: Person): boolean {
  return model.payments.some((payment) => payment.by === by && payment.allocations.some((one) => one.item === item));
}

function isOver(order: ModelOrder): boolean {
  return order.isCancelled || order.credit === 'rejected' || order.openingMinor !== null;
}

function waitsForInvoice(order: ModelOrder): boolean {
  return order.shipments.some(({ invoicing }) => invoicing !== 'invoiced' && invoicing !== 'waived');
}

function isOpenDebit(item: ModelItem): boolean {
  return item.side === 'debit' && item.openMinor > 0;
}

function nth<T>(list: readonly T[], at: number): T | undefined {
  return list.length === 0 ? undefined : list[at % list.length];
}
