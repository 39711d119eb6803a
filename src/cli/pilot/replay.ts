// Replays a history day by day: what the file knows of a day is posted through the API, then time runs and letters go.

import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { localInstant } from '../../domain/calendar.ts';
import { addDays } from '../../domain/dates.ts';
import { formatDecimal } from '../../domain/money.ts';
import { daysOf, type HistoryDay } from '../../domain/pilot/days.ts';
import { DAY_BEGINS_AT } from '../../domain/pilot/dry-run.ts';
import type { HistoryInvoice } from '../../domain/pilot/history.ts';
import type { Db } from '../../database/client.ts';
import { ENTITY, orderOf } from './company.ts';
import type { Doors } from './doors.ts';
import { inParallel } from './in-parallel.ts';
import type { PilotPlan } from './plan.ts';
import type { SimulatedTime } from './simulated-time.ts';
import type { Stopwatch } from './stopwatch.ts';

export interface Replay {
  readonly plan: PilotPlan;
  readonly doors: Doors;
  readonly time: SimulatedTime;
  readonly db: Db;
  readonly watch: Stopwatch;
  /** Told once a month of history. */
  readonly tellProgress: (date: string, share: number) => void;
}

/** How often, and how long at most, a day's runs are asked whether they are done. */
const POLL_MS = 10;
const DAY_TAKES_AT_MOST_MS = 120_000;

export async function replay({ plan, doors, time, db, watch, tellProgress }: Replay): Promise<void> {
  const days = daysOf(plan.history.invoices).filter((day) => day.date <= plan.end);
  const hands: Hands = { plan, doors, orderIds: new Map() };
  let month = '';
  let done = 0;
  for (const day of days) {
    await watch.measure('letters and waiting', () => time.runTo(beginOf(plan, day.date)));
    if (day.date.slice(0, 7) !== month) {
      month = day.date.slice(0, 7);
      await watch.measure('placing orders', () => placeOrders(hands, month));
    }
    await watch.measure('shipping, blocking, paying', () => liveThrough(hands, day, db));
    done += day.invoiced.length + day.settled.length;
    tellProgress(day.date, done / (2 * plan.history.invoices.length));
  }
  await watch.measure('letters and waiting', () => time.runTo(beginOf(plan, addDays(plan.end, 1))));
}

interface Hands {
  readonly plan: PilotPlan;
  readonly doors: Doors;
  /** Order IDs by the file's invoice number. */
  readonly orderIds: Map<string, string>;
}

/** The file knows no order dates: a month's orders are placed when it begins, side by side, and ship on their invoice date. */
async function placeOrders({ plan, doors, orderIds }: Hands, month: string): Promise<void> {
  const ofMonth = plan.history.invoices.filter((invoice) => invoice.invoicedOn.startsWith(month));
  await inParallel(ofMonth, async (invoice) => {
    const amount = formatDecimal(invoice.amountMinor, plan.history.currency);
    const order = await doors.post('/v1/orders', orderOf(plan, invoice, amount), `order-${plan.orderNumber(invoice)}`);
    orderIds.set(invoice.number, String(order.body.id));
  });
}

/** Posts what the file knows of a day. What concerns invoices of this very day waits until they are issued. */
async function liveThrough(hands: Hands, day: HistoryDay, db: Db): Promise<void> {
  const [old, ofToday] = halves(day);
  await Promise.all([
    inParallel(day.invoiced, (invoice) => ship(hands, invoice)).then(() => untilInvoiced(hands, day.invoiced, db)),
    inParallel(old.blocked, (invoice) => block(hands, invoice, day.date)).then(() =>
      inParallel(old.settled, (invoice) => pay(hands, invoice, day.date)),
    ),
  ]);
  await inParallel(ofToday.blocked, (invoice) => block(hands, invoice, day.date));
  await inParallel(ofToday.settled, (invoice) => pay(hands, invoice, day.date));
}

function beginOf(plan: PilotPlan, date: string): number {
  return localInstant(plan.zone, date, DAY_BEGINS_AT);
}

type Half = Pick<HistoryDay, 'blocked' | 'settled'>;

function halves(day: HistoryDay): [Half, Half] {
  const isOfToday = (invoice: HistoryInvoice): boolean => invoice.invoicedOn === day.date;
  const isOld = (invoice: HistoryInvoice): boolean => !isOfToday(invoice);
  return [
    { blocked: day.blocked.filter(isOld), settled: day.settled.filter(isOld) },
    { blocked: day.blocked.filter(isOfToday), settled: day.settled.filter(isOfToday) },
  ];
}

async function ship({ plan, doors, orderIds }: Hands, invoice: HistoryInvoice): Promise<void> {
  const shipment = { lines: [{ line: 1, quantity: '1' }] };
  const path = `/v1/orders/${orderIds.get(invoice.number) ?? ''}/shipments`;
  await doors.post(path, shipment, `ship-${plan.orderNumber(invoice)}`);
}

async function block({ plan, doors, orderIds }: Hands, invoice: HistoryInvoice, date: string): Promise<void> {
  const order = orderIds.get(invoice.number);
  const item = await itemOf(doors, order ?? '');
  await doors.post(
    `/v1/orders/${order ?? ''}/blocks`,
    { item, from: date, reason: 'disputed' },
    `block-${plan.orderNumber(invoice)}`,
  );
}

async function itemOf(doors: Doors, orderId: string): Promise<string> {
  const { body } = await doors.get(`/v1/orders/${orderId}`);
  const [item] = body.openItems as { id: string }[];
  if (item === undefined) throw new Error(`Order ${orderId} has no open item.`);
  return item.id;
}

async function pay({ plan, doors }: Hands, invoice: HistoryInvoice, date: string): Promise<void> {
  const number = plan.orderNumber(invoice);
  const { currency } = plan.history;
  const payment = {
    legalEntity: ENTITY,
    customer: plan.customerNumber(invoice),
    amount: { amount: formatDecimal(invoice.amountMinor, currency), currency },
    valueOn: date,
    reference: number,
    source: 'history',
    sourceId: number,
  };
  await doors.post('/v1/payments', payment, `pay-${number}`);
}

/** Waits until the invoices are issued and delivered, so that the next posting finds them. */
async function untilInvoiced({ orderIds }: Hands, invoices: readonly HistoryInvoice[], db: Db): Promise<void> {
  const ids = invoices.map((invoice) => orderIds.get(invoice.number) ?? '');
  const giveUpAt = Date.now() + DAY_TAKES_AT_MOST_MS;
  for (;;) {
    const { rows } = await sql<{ delivered: number }>`select count(*)::integer as delivered from invoice
      where order_id = any(${ids}::uuid[]) and delivery <> 'pending'`.execute(db);
    if (rows[0]?.delivered === ids.length) return;
    if (Date.now() > giveUpAt) {
      throw new Error(`A day's shipments were not invoiced within ${String(DAY_TAKES_AT_MOST_MS / 1000)} s.`);
    }
    await sleep(POLL_MS);
  }
}
