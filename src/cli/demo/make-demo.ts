// Makes the demo company through the public API, as a company's own systems would. Finds what is there already.

import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { addDays, type IsoDate } from '../../domain/dates.ts';
import { CommandProblem } from '../command-problem.ts';
import { exitCodes } from '../exit-codes.ts';
import { createHttpCaller, type HttpCaller } from '../http-caller.ts';
import type { DemoKeys } from '../local-instance/keys.ts';
import { customers, DEMO_ENTITY, items, legalEntity, mailboxes } from './company.ts';
import { demoBlock, demoDispute, demoPromise, openingItems } from './opening-items.ts';
import { demoOrders, type DemoOrder } from './orders.ts';

const STAGE_WAIT_MS = 60_000;
const STAGE_POLL_MS = 100;

const receipt = z.object({ id: z.string() });
const anything = z.unknown();
const orderDetail = z.object({
  stage: z.string(),
  shipments: z.array(z.unknown()),
  openItems: z.array(
    z.object({
      number: z.string(),
      original: z.object({ amount: z.string(), currency: z.string() }),
      blocks: z.array(z.unknown()),
    }),
  ),
});
type OrderDetail = z.infer<typeof orderDetail>;

export interface DemoOptions {
  readonly apiUrl: string;
  readonly keys: DemoKeys;
  /** All dates count from here, also when an interrupted start goes on a day later. */
  readonly firstDay: IsoDate;
}

/** @throws CommandProblem when the API refuses something or an order does not come to its stage */
export async function makeDemo({ apiUrl, keys, firstDay }: DemoOptions): Promise<void> {
  const as = (role: keyof DemoKeys): HttpCaller => createHttpCaller({ url: apiUrl, key: keys[role] });
  const administrator = as('administrator');
  await make(administrator, '/v1/legal-entities', { number: legalEntity.id, body: legalEntity });
  for (const mailbox of mailboxes) {
    const path = `/v1/legal-entities/${DEMO_ENTITY}/mailboxes`;
    await administrator.post(path, { body: mailbox, idempotencyKey: keyOf('mailbox', mailbox.role) }, anything);
  }
  for (const item of items) await make(administrator, '/v1/items', { number: item.number, body: item });
  for (const customer of customers)
    await make(administrator, '/v1/customers', { number: customer.number, body: customer });

  for (const item of openingItems(firstDay)) {
    const { id } = await make(as('ar_manager'), '/v1/opening-items', { number: item.number, body: item });
    if (item.number === demoBlock.number) await block(as('collector'), id);
    if (item.number === demoDispute.number) await dispute(as('customer_service'), { id, firstDay });
    if (item.number === demoPromise.number) await promise(as('collector'), { id, firstDay });
  }
  for (const order of demoOrders) {
    const { id } = await make(as('sales'), '/v1/orders', { number: order.number, body: orderBody(order) });
    await ship(as('sales'), id, order);
    const paymentId = await pay({ reader: as('auditor'), payer: as('cash_applier') }, { id, order, firstDay });
    if (paymentId !== null) await takeBack(as('cash_applier'), { paymentId, order });
    await reaches(
      as('auditor'),
      id,
      (found) => found.stage === order.stage,
      `${order.number} does not become ${order.stage}`,
    );
  }
}

async function make(
  caller: HttpCaller,
  path: string,
  { number, body }: { number: string; body: unknown },
): Promise<z.infer<typeof receipt>> {
  // Natural keys: what an interrupted start has made answers as if it were made now.
  const answer = path === '/v1/items' ? receipt.partial().transform(() => ({ id: number })) : receipt;
  return caller.post(path, { body, idempotencyKey: keyOf(path, number) }, answer);
}

function orderBody({ number, customer, purchaseOrder, lines }: DemoOrder): unknown {
  return {
    legalEntity: DEMO_ENTITY,
    number,
    customer,
    currency: 'EUR',
    purchaseOrder,
    lines: lines.map(([item, quantity]) => ({ item, quantity })),
  };
}

/** Shipments and blocks have no number of their own, so it is looked up whether they were recorded before. */
async function ship(caller: HttpCaller, id: string, { number, shipped }: DemoOrder): Promise<void> {
  if (shipped.length === 0) return;
  const found = await caller.get(`/v1/orders/${id}`, orderDetail);
  if (found.shipments.length > 0) return;
  const lines = shipped.map(([line, quantity]) => ({ line, quantity, lots: [`L-${number.slice(3)}-${String(line)}`] }));
  const body = { lines, carrier: 'DHL', tracking: `JD0146${number.slice(3)}` };
  await caller.post(`/v1/orders/${id}/shipments`, { body, idempotencyKey: keyOf('shipment', number) }, receipt);
}

async function block(caller: HttpCaller, id: string): Promise<void> {
  const { number, reason, note } = demoBlock;
  const found = await reaches(caller, id, ({ openItems }) => openItems.length > 0, `${number} is not in the books`);
  if (found.openItems.some((item) => item.blocks.length > 0)) return;
  const request = { body: { item: number, reason, note }, idempotencyKey: keyOf('block', number) };
  await caller.post(`/v1/orders/${id}/blocks`, request, receipt);
}

async function pay(
  { reader, payer }: { reader: HttpCaller; payer: HttpCaller },
  { id, order, firstDay }: { id: string; order: DemoOrder; firstDay: IsoDate },
): Promise<string | null> {
  if (order.paid === null) return null;
  const found = await reaches(reader, id, ({ openItems }) => openItems.length > 0, `${order.number} is not invoiced`);
  const [item] = found.openItems;
  if (item === undefined) return null;
  const body = {
    legalEntity: DEMO_ENTITY,
    customer: order.customer,
    amount: order.paid === 'all' ? item.original : { ...item.original, ...order.paid },
    valueOn: firstDay,
    reference: `${item.number} ${order.purchaseOrder}`,
    source: 'demo',
    sourceId: `pay-${order.number}`,
  };
  const request = { body, idempotencyKey: keyOf('payment', order.number) };
  return (await payer.post('/v1/payments', request, receipt)).id;
}

async function takeBack(
  caller: HttpCaller,
  { paymentId, order }: { paymentId: string; order: DemoOrder },
): Promise<void> {
  if (order.takenBack === undefined) return;
  const { reasonCode, fee } = order.takenBack;
  const body = {
    sourceId: `return-${order.number}`,
    kind: 'returned_debit',
    reasonCode,
    fee: { amount: fee, currency: 'EUR' },
  };
  const request = { body, idempotencyKey: keyOf('return', order.number) };
  await caller.post(`/v1/payments/${paymentId}/returns`, request, anything);
}

/** The requests that hang on an open item: it has to be in the books first. */
async function dispute(caller: HttpCaller, { id, firstDay }: { id: string; firstDay: IsoDate }): Promise<void> {
  const { number, amount, reason, source, raisedIn, note } = demoDispute;
  await reaches(caller, id, ({ openItems }) => openItems.length > 0, `${number} is not in the books`);
  const raisedOn = addDays(firstDay, raisedIn);
  const body = { item: number, amount: { amount, currency: 'EUR' }, reason, source, raisedOn, note };
  await caller.post(`/v1/orders/${id}/disputes`, { body, idempotencyKey: keyOf('dispute', number) }, anything);
}

async function promise(caller: HttpCaller, { id, firstDay }: { id: string; firstDay: IsoDate }): Promise<void> {
  const { number, amount, givenIn, promisedIn } = demoPromise;
  await reaches(caller, id, ({ openItems }) => openItems.length > 0, `${number} is not in the books`);
  const body = {
    item: number,
    amount: { amount, currency: 'EUR' },
    givenOn: addDays(firstDay, givenIn),
    promisedOn: addDays(firstDay, promisedIn),
  };
  await caller.post(`/v1/orders/${id}/promises`, { body, idempotencyKey: keyOf('promise', number) }, anything);
}

async function reaches(
  caller: HttpCaller,
  id: string,
  isThere: (found: OrderDetail) => boolean,
  otherwise: string,
): Promise<OrderDetail> {
  const giveUpAt = Date.now() + STAGE_WAIT_MS;
  for (;;) {
    const found = await caller.get(`/v1/orders/${id}`, orderDetail);
    if (isThere(found)) return found;
    if (Date.now() > giveUpAt) {
      throw new CommandProblem(
        exitCodes.unavailable,
        `${otherwise} within ${String(STAGE_WAIT_MS / 1000)} s (it is at ${found.stage}).`,
        'Look at its run in the Temporal UI, and at quittance.log in the data folder; the next start tries again.',
      );
    }
    await sleep(STAGE_POLL_MS);
  }
}

/** The same request has the same key, whenever it is sent. */
function keyOf(what: string, number: string): string {
  return `demo-${what.replace('/v1/', '')}-${number}`;
}
