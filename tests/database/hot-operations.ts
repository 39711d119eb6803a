// What may happen to one busy customer, each as one call of the activity or query that a worker or the door would make.

import { Client, Connection, type WorkflowClientInterceptor } from '@temporalio/client';
import { sql } from 'kysely';
import { createCaseActivities } from '../../src/activities/cases.ts';
import { createChangeActivities } from '../../src/activities/changes.ts';
import { createCustomerBlockActivities } from '../../src/activities/customer-blocks.ts';
import type { Dependencies } from '../../src/activities/dependencies.ts';
import { createLetterActivities } from '../../src/activities/letters/index.ts';
import { createOrderActivities, type OrderActivities } from '../../src/activities/orders/index.ts';
import { createPaymentActivities } from '../../src/activities/payments/index.ts';
import { createSealerActivities } from '../../src/activities/sealer.ts';
import type { Db } from '../../src/database/client.ts';
import { storeBankAccount } from '../../src/database/queries/bank-accounts.ts';
import { storeReturn } from '../../src/database/queries/payment-returns.ts';
import { completeTask, lapseTasks, snoozeTask, taskById } from '../../src/database/queries/tasks.ts';
import { FINAL_STAGES } from '../../src/domain/agenda.ts';
import { addDays } from '../../src/domain/dates.ts';
import { endsByRequest } from '../../src/domain/task.ts';
import { orderWorkflowId, type CaseRequest } from '../../src/workflows/messages.ts';
import { asActivity, requestOf } from '../harness/activities.ts';
import type { Company } from '../harness/company.ts';
import { makeOpening, makeOrder, makePayment, type OrderHead } from '../harness/order.ts';
import { refusalOf } from '../harness/refusal-of.ts';

/** Orders that are not over: few, so that everything meets on them. */
const ORDERS_ALIVE_MAX = 24;
/** Open invoices from elsewhere that may come on top. */
const OPENINGS_BESIDE_MAX = 8;
/** Steps that one order takes at once. */
const STEPS_AT_ONCE_MAX = 40;
/** How much likelier the newest row is chosen than the others; 1: as likely. */
const HEAT = 3;
/** Rows that a choice is made among. */
const CHOICE_MAX = 60;
const LAPSING_MAX = 50;
const LETTERS_WITHIN_MS = 12 * 3_600_000;
const PIECES = 10;
/** Room for a few orders each, so that others queue. */
const LIMITS_MINOR = [20_000, 40_000, 60_000, 120_000] as const;

/** One customer that everything happens to, and a sister that comes into its group and leaves it. */
export interface Hot {
  readonly db: Db;
  readonly customer: Company;
  readonly sister: Company;
  readonly groupId: string;
  /** Business time, which goes on with every operation. */
  readonly now: () => number;
  /** From 0 to below 1, by the seed. */
  readonly random: () => number;
  readonly nextKey: () => string;
}

/** What came of an operation: `accepted`, a refusal's code, or `nothing to do`. */
type Operation = (hot: Hot) => Promise<string>;

const NOTHING = 'nothing to do';
const CLERK = { actor: 'key:clerk', roles: ['sales', 'customer_service', 'collector'] };
const CHIEF = { actor: 'key:chief', roles: ['executive'] };

// ── Choices ──

function among<T>(hot: Hot, list: readonly T[]): T | undefined {
  return list[Math.floor(hot.random() * list.length)];
}

function share(hot: Hot, amountMinor: number): number {
  return Math.max(
    1,
    among(hot, [amountMinor, amountMinor, Math.ceil(amountMinor / 2), amountMinor + 1]) ?? amountMinor,
  );
}

/** One of the newest rows of a query, which names its columns and no order; the newer the likelier, so that many meet on it. */
async function oneOf<Row>(hot: Hot, rows: ReturnType<typeof sql<Row>>): Promise<Row | undefined> {
  const found = await sql<Row>`select * from (${rows}) as found order by id desc limit ${CHOICE_MAX}`.execute(hot.db);
  return found.rows[Math.floor(hot.random() ** HEAT * found.rows.length)];
}

interface Row {
  readonly id: string;
}

interface OrderRow extends Row {
  readonly kind: 'order' | 'opening';
  readonly number: string;
}

const headOf = (hot: Hot, { id, kind, number }: OrderRow): OrderHead => ({
  ...{ id, kind, number, legalEntityId: hot.customer.legalEntityId, customerNumber: hot.customer.customerNumber },
});

const ALIVE = sql<OrderRow>`select id, kind, number from sales_order where stage <> all(${[...FINAL_STAGES]}::text[])`;

const ORDINARY = sql`kind = 'order' and credit_state <> 'rejected' and cancelled_on is null`;
const hasLine = (which: ReturnType<typeof sql>) =>
  sql`exists (select from order_line l where l.order_id = sales_order.id and not l.is_service and ${which})`;
const HAS_SHIPPED = hasLine(sql`l.shipped_quantity > 0`);
const HAS_LEFT = hasLine(sql`l.shipped_quantity < l.quantity`);

async function orderAlive(hot: Hot): Promise<OrderHead | null> {
  const row = await oneOf(hot, ALIVE);
  return row === undefined ? null : headOf(hot, row);
}

interface ItemRow extends Row {
  readonly number: string;
  readonly openMinor: number;
  readonly originalMinor: number;
  readonly invoiceId: string | null;
  readonly order: OrderRow;
}

const ITEM =
  sql.raw(`i.id, i.number, i.open_minor as "openMinor", i.original_minor as "originalMinor", i.invoice_id as "invoiceId",
  json_build_object('id', o.id, 'kind', o.kind, 'number', o.number) as "order"
  from open_item i join sales_order o on o.id = i.order_id`);

/** Mostly one that is open. */
function debitItem(hot: Hot): Promise<ItemRow | undefined> {
  const atLeast = hot.random() < 0.9 ? 1 : 0;
  return oneOf(hot, sql<ItemRow>`select ${ITEM} where i.side = 'debit' and i.open_minor >= ${atLeast}`);
}

// ── Calls ──

function dependencies(hot: Hot): Dependencies {
  return { db: hot.db, temporal: edge, delivery: { kind: 'record' } };
}

/** Letters are found in the database: whoever starts their runs or wakes others is told that it is done. */
const elsewhere: WorkflowClientInterceptor = {
  startWithDetails: () => Promise.resolve({ runId: 'here', eagerlyStarted: false }),
  signalWithStart: () => Promise.resolve('here'),
};
const edge = new Client({
  connection: Connection.lazy({ address: '127.0.0.1:1' }),
  interceptors: { workflow: [elsewhere] },
});

type Asked<Name extends keyof OrderActivities> = Omit<Parameters<OrderActivities[Name]>[0], 'orderId' | 'now'>;

/** Calls an activity of an order's run. */
function call<Name extends keyof OrderActivities>(hot: Hot, order: OrderHead, name: Name, asked: Asked<Name>) {
  const act = createOrderActivities(dependencies(hot))[name] as (input: object) => ReturnType<OrderActivities[Name]>;
  return asActivity({ workflowId: orderWorkflowId(order), step: name }, async () =>
    act({ ...asked, orderId: order.id, now: hot.now() }),
  );
}

type Body<Name extends keyof OrderActivities> =
  Asked<Name> extends { request: infer Request } ? Omit<Request, keyof ReturnType<typeof requestOf>> : never;

/** Sends a request to an order. */
function ask<Name extends keyof OrderActivities>(
  hot: Hot,
  about: { order: OrderHead; by?: { actor: string; roles: string[] } },
  name: Name,
  body: Body<Name>,
): Promise<string> {
  const request = { ...requestOf(hot.nextKey(), about.by ?? CLERK), ...body };
  return refusalOf(call(hot, about.order, name, { request } as unknown as Asked<Name>));
}

/** Takes the steps of an order that are due, as its loop would. @returns which */
export async function takeSteps(hot: Hot, order: OrderHead): Promise<string[]> {
  const taken: string[] = [];
  let { next } = await call(hot, order, 'plan', {});
  while (taken.length < STEPS_AT_ONCE_MAX) {
    const { step, subject, level, at } = next;
    if (step === 'wait' || step === 'closed' || at === null || at > hot.now()) break;
    ({ next } = await call(hot, order, step, { subject, level }));
    taken.push(`${order.number} ${step}(${subject ?? ''})`);
  }
  return taken;
}

/** Orders that are not over, for whoever brings them to rest. */
export async function ordersAlive(hot: Hot): Promise<OrderHead[]> {
  const { rows } = await ALIVE.execute(hot.db);
  return rows.map((row) => headOf(hot, row));
}

/** Posts whatever was told to be taken back and waited for its payment. */
export async function postWaitingReturns(hot: Hot): Promise<void> {
  const { rows } = await sql<Row>`select id from payment_return where state = 'received'`.execute(hot.db);
  for (const { id } of rows) await postReturn(hot, id);
}

function postReturn(hot: Hot, returnId: string): Promise<string> {
  const { postReturn: act } = createPaymentActivities(dependencies(hot));
  const cause = { workflowId: `return/${returnId}`, step: 'postReturn' };
  return refusalOf(asActivity(cause, () => act({ returnId, now: hot.now() })));
}

function money(
  hot: Hot,
  name: 'undoAllocation' | 'allocateCash',
  about: { paymentId: string; itemId: string },
): Promise<string> {
  const key = hot.nextKey();
  const act = createPaymentActivities(dependencies(hot))[name];
  const input = { ...requestOf(key, { actor: 'key:cash' }), ...about, amountMinor: null, now: hot.now() };
  return refusalOf(asActivity({ workflowId: `change/${key}`, step: name }, async () => act(input)));
}

function aboutCase(
  hot: Hot,
  workflowId: string,
  act: (cases: ReturnType<typeof createCaseActivities>) => Promise<unknown>,
) {
  const cases = createCaseActivities(dependencies(hot));
  return refusalOf(asActivity({ workflowId, step: 'case' }, () => act(cases)));
}

function askCase(hot: Hot, request: CaseRequest): Promise<string> {
  return aboutCase(hot, `approval/${request.requestKey}`, (cases) => cases.askCase({ request, now: hot.now() }));
}

// ── Orders ──

const order: Operation = async (hot) => {
  const { rows } = await ALIVE.execute(hot.db);
  if (rows.length >= ORDERS_ALIVE_MAX) return NOTHING;
  const company = hot.random() < 0.15 ? hot.sister : hot.customer;
  const goods = { quantity: String(PIECES), netMinor: 1_000 * (1 + Math.floor(hot.random() * 30)) };
  const lines = [goods, ...(hot.random() < 0.3 ? [{ quantity: '1', netMinor: 5_000, isService: true }] : [])];
  const made = await makeOrder(hot.db, company, {
    number: `SO-${hot.nextKey()}`,
    lines: lines.map((line) => ({ ...line, taxMinor: Math.round(line.netMinor * 0.19) })),
  });
  if (hot.random() < 0.15) await sql`update sales_order set is_prepaid = true where id = ${made.id}`.execute(hot.db);
  await takeSteps(hot, made);
  return 'accepted';
};

const opening: Operation = async (hot) => {
  const { rows } = await ALIVE.execute(hot.db);
  if (rows.length >= ORDERS_ALIVE_MAX + OPENINGS_BESIDE_MAX) return NOTHING;
  const amountMinor = 500 + Math.floor(hot.random() * 20_000);
  const dates = { invoicedOn: day(hot, -60), dueOn: day(hot, -40) };
  const made = await makeOpening(hot.db, hot.customer, { number: `OLD-${hot.nextKey()}`, amountMinor, ...dates });
  await takeSteps(hot, made);
  return 'accepted';
};

function day(hot: Hot, fromToday: number): string {
  return addDays(new Date(hot.now()).toISOString().slice(0, 10), fromToday);
}

const steps: Operation = async (hot) => {
  const one = await orderAlive(hot);
  if (one === null) return NOTHING;
  return (await takeSteps(hot, one)).length > 0 ? 'accepted' : NOTHING;
};

const ship: Operation = async (hot) => {
  const isWanted = hot.random() < 0.95 ? HAS_LEFT : ORDINARY;
  const row = await oneOf(hot, sql<OrderRow>`${ALIVE} and ${isWanted}`);
  if (row === undefined) return NOTHING;
  const quantity = String(among(hot, [PIECES, PIECES / 2, 3, 1]) ?? 1);
  const qualityCheck = hot.random() < 0.15 ? 'failed' : null;
  const lines = [{ lineNo: 1, quantity, lots: [] }];
  return ask(hot, { order: headOf(hot, row) }, 'recordShipment', {
    ...{ lines, carrier: null, tracking: null, shippedOn: null, qualityCheck },
  });
};

const change: Operation = async (hot) => {
  const row = await oneOf(hot, sql<OrderRow>`${ALIVE} and ${ORDINARY}`);
  if (row === undefined) return NOTHING;
  const line = {
    lineNo: 1,
    quantity: String(1 + Math.floor(hot.random() * 14)),
    unitPrice: among(hot, ['3', '8.5', '22']),
  };
  const lines = [
    { lineNo: 1, quantity: line.quantity, ...(line.unitPrice === undefined ? {} : { unitPrice: line.unitPrice }) },
  ];
  return ask(hot, { order: headOf(hot, row) }, 'changeOrder', { lines, reason: 'customer_request', noteId: null });
};

const end =
  (name: 'cancelOrder' | 'closeShort'): Operation =>
  async (hot) => {
    const isWanted = name === 'closeShort' ? sql`${HAS_SHIPPED} and ${HAS_LEFT}` : sql`not ${HAS_SHIPPED}`;
    const row = await oneOf(hot, sql<OrderRow>`${ALIVE} and ${ORDINARY} and ${isWanted}`);
    if (row === undefined) return NOTHING;
    // What shipped is invoiced before the rest is given up.
    if (name === 'closeShort') await takeSteps(hot, headOf(hot, row));
    return ask(hot, { order: headOf(hot, row) }, name, { reason: 'customer_request', noteId: null });
  };

const decideShipment: Operation = async (hot) => {
  const row = await oneOf(
    hot,
    sql<Row & { invoicing: string; order: OrderRow }>`select s.id, s.invoicing,
      json_build_object('id', o.id, 'kind', o.kind, 'number', o.number) as "order"
      from shipment s join sales_order o on o.id = s.order_id where s.invoicing in ('contested', 'quality_failed')`,
  );
  if (row === undefined) return NOTHING;
  const decision = hot.random() < 0.6 ? 'invoice' : 'do_not_invoice';
  const name = row.invoicing === 'contested' ? 'decideShipment' : 'decideQuality';
  return ask(hot, { order: headOf(hot, row.order) }, name, { shipmentId: row.id, decision, noteId: null });
};

const returnGoods: Operation = async (hot) => {
  const row = await oneOf(hot, sql<ItemRow>`select ${ITEM} where i.kind = 'invoice'`);
  if (row === undefined || row.invoiceId === null) return NOTHING;
  const lines = [{ invoiceLineNo: 1, quantity: '1' }];
  const body = { invoiceId: row.invoiceId, lines, returnedOn: null, reason: 'damaged', noteId: null };
  return ask(hot, { order: headOf(hot, row.order) }, 'returnGoods', body);
};

const decideCredit: Operation = async (hot) => {
  const isWaiting = sql`exists (select from credit_hold h where h.order_id = sales_order.id and h.state = 'waiting')`;
  const row = await oneOf(
    hot,
    sql<OrderRow>`${ALIVE} and ${hot.random() < 0.9 ? isWaiting : sql`credit_state = 'held'`}`,
  );
  if (row === undefined) return NOTHING;
  const decision = hot.random() < 0.5 ? 'release' : 'reject';
  return ask(hot, { order: headOf(hot, row), by: CHIEF }, 'decideCredit', { decision, noteId: null });
};

// ── Money ──

const pay: Operation = async (hot) => {
  const items = [await debitItem(hot), await debitItem(hot), await debitItem(hot)].filter((one) => one !== undefined);
  const named = [...new Map(items.map((one) => [one.id, one])).values()].slice(0, among(hot, [1, 1, 2, 3]));
  const early = hot.random() < 0.3 ? await orderAlive(hot) : null;
  const reference = [...named.map((one) => one.number), ...(early === null ? [] : [early.number])].join(' ');
  const openMinor = named.reduce((sum, one) => sum + one.openMinor, 0) || 5_000;
  const amountMinor = share(hot, openMinor) - (hot.random() < 0.2 ? 1 : 0) || 1;
  const sourceId = hot.nextKey();
  const paymentId = await makePayment(hot.db, hot.customer, {
    sourceId,
    amountMinor,
    reference: reference || 'thanks',
  });
  const { postPayment } = createPaymentActivities(dependencies(hot));
  const post = () =>
    asActivity({ workflowId: `payment/${sourceId}`, step: 'postPayment' }, () =>
      postPayment({ paymentId, now: hot.now() }),
    );
  // Now and then its run comes twice, as after an answer that was lost.
  await Promise.all(hot.random() < 0.15 ? [post(), post()] : [post()]);
  return 'accepted';
};

const takeBack: Operation = async (hot) => {
  const row = await oneOf(
    hot,
    sql<Row & { amountMinor: number }>`select id, amount_minor as "amountMinor" from payment`,
  );
  if (row === undefined) return NOTHING;
  const key = hot.nextKey();
  const told = await storeReturn(hot.db, {
    ...{ paymentId: row.id, sourceId: key, amountMinor: hot.random() < 0.5 ? null : share(hot, row.amountMinor) },
    ...{ feeMinor: among(hot, [0, 350]) ?? 0, kind: 'returned_debit', reasonCode: 'AM04', returnedOn: null },
    ...{ contentHash: 'x', actor: 'key:cash', requestId: key, now: hot.now() },
  });
  return told.ok ? postReturn(hot, told.stored.id) : told.refusal.code;
};

const undo: Operation = async (hot) => {
  const row = await oneOf(
    hot,
    sql<Row & { itemId: string }>`select payment_id as id, item_id as "itemId" from allocation
      where payment_id is not null and amount_minor > 0`,
  );
  return row === undefined ? NOTHING : money(hot, 'undoAllocation', { paymentId: row.id, itemId: row.itemId });
};

const allocate: Operation = async (hot) => {
  const payment = await oneOf(hot, sql<Row>`select id from payment where unapplied_minor > 0`);
  const item = await debitItem(hot);
  if (payment === undefined || item === undefined) return NOTHING;
  return money(hot, 'allocateCash', { paymentId: payment.id, itemId: item.id });
};

// ── Dunning ──

const dispute: Operation = async (hot) => {
  const item = await debitItem(hot);
  if (item === undefined) return NOTHING;
  const amountMinor = share(hot, item.originalMinor);
  return ask(hot, { order: headOf(hot, item.order) }, 'raiseDispute', {
    ...{ itemId: item.id, amountMinor, reason: 'pricing', source: 'customer_mail', raisedOn: null, noteId: null },
  });
};

/** A row of the given table that belongs to an order, with the order. */
function ofOrder(hot: Hot, table: string, state: string): Promise<(Row & { order: OrderRow }) | undefined> {
  return oneOf(
    hot,
    sql`select t.id, json_build_object('id', o.id, 'kind', o.kind, 'number', o.number) as "order"
      from ${sql.table(table)} t join open_item i on i.id = t.item_id join sales_order o on o.id = i.order_id
      where t.state = ${state}`,
  );
}

const resolve: Operation = async (hot) => {
  const row = await ofOrder(hot, 'dispute', 'open');
  if (row === undefined) return NOTHING;
  const outcome = among(hot, ['credit_note', 'rejected', 'withdrawn'] as const) ?? 'rejected';
  const body = { disputeId: row.id, outcome, creditMinor: null, noteId: null };
  return ask(hot, { order: headOf(hot, row.order) }, 'resolveDispute', body);
};

const promise: Operation = async (hot) => {
  const item = await debitItem(hot);
  if (item === undefined) return NOTHING;
  const body = { itemId: item.id, amountMinor: share(hot, item.openMinor), promisedOn: day(hot, 2), givenOn: null };
  return ask(hot, { order: headOf(hot, item.order) }, 'givePromise', { ...body, noteId: null });
};

const withdrawPromise: Operation = async (hot) => {
  const row = await ofOrder(hot, 'promise', 'open');
  if (row === undefined) return NOTHING;
  return ask(hot, { order: headOf(hot, row.order) }, 'withdrawPromise', { promiseId: row.id });
};

const plan: Operation = async (hot) => {
  const item = await debitItem(hot);
  if (item === undefined || item.openMinor < 2) return NOTHING;
  const first = Math.floor(item.openMinor / 2);
  const instalments = [
    { dueOn: day(hot, 3), amountMinor: first },
    { dueOn: day(hot, 8), amountMinor: item.openMinor - first },
  ];
  return ask(hot, { order: headOf(hot, item.order) }, 'agreePlan', { itemId: item.id, instalments, noteId: null });
};

const cancelPlan: Operation = async (hot) => {
  const row = await ofOrder(hot, 'payment_plan', 'active');
  if (row === undefined) return NOTHING;
  return ask(hot, { order: headOf(hot, row.order) }, 'cancelPlan', { planId: row.id });
};

const block: Operation = async (hot) => {
  const item = await debitItem(hot);
  if (item === undefined) return NOTHING;
  const itemId = hot.random() < 0.7 ? item.id : null;
  const body = { itemId, from: null, until: day(hot, 3), reason: 'disputed', noteId: null };
  return ask(hot, { order: headOf(hot, item.order) }, 'blockItem', body);
};

const endBlock: Operation = async (hot) => {
  const row = await oneOf(
    hot,
    sql<
      Row & { order: OrderRow }
    >`select b.id, json_build_object('id', o.id, 'kind', o.kind, 'number', o.number) as "order"
      from dunning_block b join sales_order o on o.id = b.order_id where b.ended_on is null`,
  );
  if (row === undefined) return NOTHING;
  return ask(hot, { order: headOf(hot, row.order) }, 'endBlock', { blockId: row.id });
};

const blockCustomer: Operation = async (hot) => {
  const { customerId, legalEntityId } = hot.customer;
  const running = await oneOf(
    hot,
    sql<Row>`select id from dunning_block
    where customer_id = ${customerId} and order_id is null and ended_on is null`,
  );
  const set = { from: null, until: day(hot, 2), reason: 'legal', noteId: null };
  const key = hot.nextKey();
  const about = running === undefined ? { set, endBlockId: null } : { set: null, endBlockId: running.id };
  const { writeCustomerBlock } = createCustomerBlockActivities(dependencies(hot));
  const input = { ...requestOf(key), ...about, legalEntityId, customerId, now: hot.now() };
  return refusalOf(
    asActivity({ workflowId: `change/block/${key}`, step: 'writeCustomerBlock' }, () => writeCustomerBlock(input)),
  );
};

const letter: Operation = async (hot) => {
  const row = await oneOf(hot, sql<Row>`select id from letter where state = 'open'`);
  if (row === undefined) return NOTHING;
  const letters = createLetterActivities(dependencies(hot));
  const input = { letterId: row.id, now: hot.now() };
  return asActivity({ workflowId: `letter/${row.id}`, step: 'sendLetter' }, async () => {
    const { at } = await letters.planLetter(input);
    if (at === null || at > input.now + LETTERS_WITHIN_MS) return NOTHING;
    // Its timer rings within the time of a few operations: it goes at its own.
    await letters.sendLetter({ ...input, now: Math.max(at, input.now) });
    return 'accepted';
  });
};

// ── Two people ──

const askApproval: Operation = async (hot) => {
  const item = await debitItem(hot);
  if (item === undefined) return NOTHING;
  const kind = hot.random() < 0.5 ? 'write_off' : 'credit_note';
  const amountMinor = share(hot, kind === 'write_off' ? item.openMinor : item.originalMinor);
  const body = { kind, itemId: item.id, amountMinor, reason: 'goodwill', noteId: null } as const;
  return ask(hot, { order: headOf(hot, item.order) }, 'askApproval', body);
};

const decideApproval: Operation = async (hot) => {
  const row = await oneOf(
    hot,
    sql<
      Row & { order: OrderRow }
    >`select a.id, json_build_object('id', o.id, 'kind', o.kind, 'number', o.number) as "order"
      from approval a join sales_order o on o.id = a.order_id where a.state = 'requested'`,
  );
  if (row === undefined) return NOTHING;
  const decision = among(hot, ['approve', 'approve', 'approve', 'reject'] as const) ?? 'approve';
  const decide = () =>
    ask(hot, { order: headOf(hot, row.order), by: CHIEF }, 'decideApproval', {
      ...{ approvalId: row.id, decision, noteId: null },
    });
  // Now and then two decide at once.
  const [answer = NOTHING] = await Promise.all(hot.random() < 0.2 ? [decide(), decide()] : [decide()]);
  return answer;
};

const askRefund: Operation = async (hot) => {
  const source = await oneOf(
    hot,
    sql<Row & { isItem: boolean; openMinor: number }>`
      select id, false as "isItem", unapplied_minor as "openMinor" from payment where unapplied_minor > 0
      union all select id, true, open_minor from open_item where side = 'credit' and open_minor > 0`,
  );
  if (source === undefined) return NOTHING;
  const { legalEntityId, customerId } = hot.customer;
  const iban = among(hot, ['DE1', 'DE2']) ?? 'DE1';
  const by = { actor: 'key:bank', requestId: hot.nextKey(), now: hot.now() };
  const account = { legalEntityId, customerId, iban, bic: null, holder: 'Customer' };
  const { row } = await storeBankAccount(hot.db, account, by);
  return askCase(hot, {
    ...requestOf(hot.nextKey(), CLERK),
    ...{ kind: 'refund', legalEntityId, amountMinor: share(hot, source.openMinor), bankAccountId: row.id },
    ...{ paymentId: source.isItem ? null : source.id, itemId: source.isItem ? source.id : null },
    ...{ reason: 'overpaid', noteId: null },
  });
};

const askLimit: Operation = async (hot) => {
  const isGroup = hot.random() < 0.5;
  const about = isGroup
    ? { customerId: null, groupId: hot.groupId }
    : { customerId: hot.customer.customerId, groupId: null };
  return askCase(hot, {
    ...requestOf(hot.nextKey(), CLERK),
    ...{ kind: 'credit_limit', legalEntityId: hot.customer.legalEntityId, ...about },
    ...{ limitMinor: among(hot, LIMITS_MINOR) ?? 0, isBlocked: false, limitUntil: null },
    ...{ reason: 'more_business', noteId: null },
  });
};

const decideCase: Operation = async (hot) => {
  const row = await oneOf(
    hot,
    sql<Row & { workflowId: string }>`select id, workflow_id as "workflowId" from approval
      where kind in ('refund', 'credit_limit') and state = 'requested'`,
  );
  if (row === undefined) return NOTHING;
  if (hot.random() < 0.2) {
    return aboutCase(hot, row.workflowId, (cases) => cases.lapseCase({ approvalId: row.id, now: hot.now() }));
  }
  const decision = hot.random() < 0.8 ? ('approve' as const) : ('reject' as const);
  const request = { ...requestOf(hot.nextKey(), CHIEF), approvalId: row.id, decision, noteId: null };
  return aboutCase(hot, row.workflowId, (cases) => cases.decideCase({ request, now: hot.now() }));
};

// ── Limits and what is left ──

const limit: Operation = async (hot) => {
  const company = hot.random() < 0.5 ? hot.customer : hot.sister;
  const key = hot.nextKey();
  const { setCredit } = createChangeActivities(dependencies(hot));
  const groupId = among(hot, [undefined, undefined, null, hot.groupId]);
  const input = {
    ...{ ...requestOf(key), legalEntityId: company.legalEntityId, customerId: company.customerId, now: hot.now() },
    ...{ limitMinor: among(hot, LIMITS_MINOR) ?? 0, isBlocked: false },
    ...(groupId === undefined ? {} : { groupId }),
  };
  return refusalOf(asActivity({ workflowId: `change/credit/${key}`, step: 'setCredit' }, () => setCredit(input)));
};

const group: Operation = async (hot) => {
  const key = hot.nextKey();
  const { setGroup } = createChangeActivities(dependencies(hot));
  const input = {
    ...{ ...requestOf(key), legalEntityId: hot.customer.legalEntityId, groupId: hot.groupId, now: hot.now() },
    ...{ limitMinor: among(hot, LIMITS_MINOR) ?? 0, isBlocked: false, limitUntil: null },
  };
  return refusalOf(asActivity({ workflowId: `change/group/${key}`, step: 'setGroup' }, () => setGroup(input)));
};

const task: Operation = async (hot) => {
  const now = hot.now();
  const by = { actor: 'key:chief', requestId: hot.nextKey(), now };
  if (hot.random() < 0.3) {
    const lapsed = await lapseTasks(hot.db, { actor: 'workflow:sweep', now, limit: LAPSING_MAX });
    return lapsed > 0 ? 'accepted' : NOTHING;
  }
  const row = await oneOf(hot, sql<Row & { kind: string }>`select id, kind from task where state = 'open'`);
  const found = row === undefined ? null : await taskById(hot.db, row.id);
  if (found === null) return NOTHING;
  if (hot.random() < 0.5 || endsByRequest(found.kind)) await snoozeTask(hot.db, found, now + 3_600_000, by);
  else await completeTask(hot.db, found, { ...by, noteId: null });
  return 'accepted';
};

const seal: Operation = async (hot) => {
  const { sealed } = await createSealerActivities({ db: hot.db }).sealAudit({});
  return sealed > 0 ? 'accepted' : NOTHING;
};

/** Every operation with how often it comes beside the others. */
export const OPERATIONS: Readonly<Record<string, { readonly weight: number; readonly act: Operation }>> = {
  order: { weight: 14, act: order },
  opening: { weight: 2, act: opening },
  steps: { weight: 22, act: steps },
  ship: { weight: 12, act: ship },
  change: { weight: 6, act: change },
  cancel: { weight: 4, act: end('cancelOrder') },
  closeShort: { weight: 7, act: end('closeShort') },
  decideShipment: { weight: 4, act: decideShipment },
  returnGoods: { weight: 3, act: returnGoods },
  decideCredit: { weight: 8, act: decideCredit },
  pay: { weight: 24, act: pay },
  takeBack: { weight: 5, act: takeBack },
  undo: { weight: 5, act: undo },
  allocate: { weight: 6, act: allocate },
  dispute: { weight: 4, act: dispute },
  resolve: { weight: 5, act: resolve },
  promise: { weight: 5, act: promise },
  withdrawPromise: { weight: 2, act: withdrawPromise },
  plan: { weight: 3, act: plan },
  cancelPlan: { weight: 2, act: cancelPlan },
  block: { weight: 3, act: block },
  endBlock: { weight: 2, act: endBlock },
  blockCustomer: { weight: 2, act: blockCustomer },
  letter: { weight: 6, act: letter },
  askApproval: { weight: 7, act: askApproval },
  decideApproval: { weight: 9, act: decideApproval },
  askRefund: { weight: 5, act: askRefund },
  askLimit: { weight: 2, act: askLimit },
  decideCase: { weight: 6, act: decideCase },
  limit: { weight: 4, act: limit },
  group: { weight: 3, act: group },
  task: { weight: 3, act: task },
  seal: { weight: 1, act: seal },
};
