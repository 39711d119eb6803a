// One run of the model test: a company of its own, the clockwork that plays its workflows, and the model beside them.

import assert from 'node:assert/strict';
import { sql } from 'kysely';
import { createCaseActivities } from '../../src/activities/cases.ts';
import { createChangeActivities } from '../../src/activities/changes.ts';
import { createCustomerBlockActivities } from '../../src/activities/customer-blocks.ts';
import { createPaymentActivities } from '../../src/activities/payments/index.ts';
import type { Db } from '../../src/database/client.ts';
import { POLICY_V1, type Policy } from '../../src/domain/policy.ts';
import {
  approvalWorkflowId,
  changeWorkflowId,
  orderWorkflowId,
  type ChangeKind,
  type Request,
} from '../../src/workflows/messages.ts';
import {
  Clockwork,
  type Asked,
  type OrderAnswer,
  type OrderRequest,
  type OrderRequestName,
  type StepTaken,
} from '../harness/clockwork.ts';
import type { OrderHead } from '../harness/order.ts';
import {
  Model,
  SMALL,
  type Hold,
  type ModelCustomer,
  type ModelItem,
  type ModelOrder,
  type Shipment,
} from './model.ts';
import { bookFaults, letterFaults, modelFaults } from './oracle.ts';

/** Who works here, and in which roles. Nobody has two duties that one person must not hold, except where a command tries. */
export const STAFF = {
  clerk: ['sales', 'customer_service'],
  collector: ['collector'],
  cash: ['cash_applier'],
  analyst: ['credit_analyst'],
  manager: ['ar_manager'],
  treasurer: ['treasurer'],
  chief: ['executive'],
} as const;
export type Person = keyof typeof STAFF;
export const PEOPLE: readonly Person[] = ['clerk', 'collector', 'cash', 'analyst', 'manager', 'treasurer', 'chief'];
/** Who created the second customer, and entered all bank accounts. */
export const FOUNDER: Person = 'manager';

const POLICY: Policy = {
  ...POLICY_V1,
  smallDifference: SMALL,
  // Queues last for weeks, so that much happens while orders wait; what was approved does not.
  credit: { ...POLICY_V1.credit, holdWorkingDays: 20, graceWorkingDays: 3, reservationWorkingDays: 12 },
};
/** Monday, 5 January 2026, 11:00 in Berlin. */
const STARTS_AT = Date.UTC(2026, 0, 5, 10);
/** In minor units: enough for a few orders, and for about two. */
const LIMITS = [100_000_000, 120_000] as const;
const GROUP_LIMIT = 150_000;

/** What a command foresees: `null`: it may be either. A code: refused for just this. */
export type Foreseen = null | 'accepted' | 'refused' | { readonly code: string };

export type Body<Asked extends Request> = Omit<Asked, keyof Request>;

export class World {
  readonly model = new Model();
  readonly clockwork: Clockwork;
  readonly entity: string;
  readonly db: Db;
  /** What happened, for whoever reads a failure. */
  readonly log: string[] = [];
  readonly bankAccounts = new Map<ModelCustomer, string>();
  /** Blocks that were set, with what they are about. */
  readonly blocks: { readonly id: string; readonly order: ModelOrder | null; readonly customer: ModelCustomer }[] = [];
  groupId: string | null = null;
  #requests = 0;

  private constructor(db: Db, entity: string) {
    this.db = db;
    this.entity = entity;
    this.clockwork = new Clockwork(db, STARTS_AT, {
      onStep: (taken) => this.#onStep(taken),
      onLetter: async (letterId) => {
        this.say(`  a letter of the day goes`);
        assert.deepEqual(await letterFaults(db, letterId), []);
      },
    });
  }

  static async found(db: Db, entity: string, options: { isGroup: boolean }): Promise<World> {
    const world = new World(db, entity);
    await sql`insert into legal_entity (id, name, country, zone, currency) values (${entity}, 'Acme GmbH', 'DE', 'Europe/Berlin', 'EUR')`.execute(
      db,
    );
    await sql`insert into policy (legal_entity_id, version, body, created_by) values (${entity}, 1, ${JSON.stringify(POLICY)}, 'model')`.execute(
      db,
    );
    await sql`insert into number_series (legal_entity_id, series, prefix) values (${entity}, 'invoice', 'INV-')`.execute(
      db,
    );
    await sql`insert into role_mailbox (legal_entity_id, role, email, changed_by)
      select ${entity}, role, role || '@acme.example', 'model' from unnest(array['collector', 'ar_manager', 'credit_analyst']) as r (role)`.execute(
      db,
    );
    if (options.isGroup) await world.#foundGroup();
    for (const [index, limitMinor] of LIMITS.entries()) await world.#addCustomer(`C-${String(index + 1)}`, limitMinor);
    return world;
  }

  async #foundGroup(): Promise<void> {
    const { rows } = await sql<{
      id: string;
    }>`insert into credit_group (legal_entity_id, number, name, currency, limit_minor, created_by)
      values (${this.entity}, 'G-1', 'Group', 'EUR', ${GROUP_LIMIT}, 'model') returning id`.execute(this.db);
    this.groupId = idOf(rows);
    this.model.group = { limitMinor: GROUP_LIMIT };
  }

  async #addCustomer(number: string, limitMinor: number): Promise<void> {
    const { db, entity } = this;
    const { rows } = await sql<{ id: string }>`
      insert into customer (legal_entity_id, number, name, email, country, zone, language, terms_days, content_hash, created_by)
      values (${entity}, ${number}, ${number}, 'ap@example.org', 'DE', 'Europe/Berlin', 'en', 14, 'x',
        ${number === 'C-2' ? `key:${FOUNDER}` : null}) returning id`.execute(db);
    const id = idOf(rows);
    await sql`insert into credit_account (customer_id, legal_entity_id, currency, limit_minor) values (${id}, ${entity}, 'EUR', ${limitMinor})`.execute(
      db,
    );
    await sql`update credit_account set group_id = ${this.groupId} where customer_id = ${id}`.execute(db);
    const account = await sql<{
      id: string;
    }>`insert into bank_account (legal_entity_id, customer_id, iban, holder, created_by)
      values (${entity}, ${id}, 'DE89370400440532013000', ${number}, ${`key:${FOUNDER}`}) returning id`.execute(db);
    const customer = { id, number, limitMinor, isBlocked: false };
    this.model.customers.push(customer);
    this.bankAccounts.set(customer, idOf(account.rows));
  }

  get now(): number {
    return this.clockwork.now;
  }

  /** A date some days from today. */
  day(fromToday: number): string {
    return new Date(this.now + fromToday * 86_400_000 + 3_600_000).toISOString().slice(0, 10);
  }

  headOf(order: ModelOrder): OrderHead {
    const { id, number, customer } = order;
    return {
      id,
      kind: order.openingMinor === null ? 'order' : 'opening',
      number,
      legalEntityId: this.entity,
      customerNumber: customer.number,
    };
  }

  /** Who asks, under which key. */
  request(person: Person): Required<Request> {
    this.#requests += 1;
    const requestKey = `${this.entity}/${String(this.#requests)}`;
    return { requestKey, requestId: requestKey, actor: `key:${person}`, roles: STAFF[person] };
  }

  /** Sends a request to an order and holds the answer against what was foreseen. @returns the answer; `null`: it was refused */
  async ask<Name extends OrderRequestName>(
    order: ModelOrder,
    name: Name,
    asked: { by: Person; body: Body<OrderRequest<Name> & Request>; foreseen: Foreseen; isRepeated?: boolean },
    then: (answer: OrderAnswer<Name>) => void | Promise<void>,
  ): Promise<void> {
    const body = { ...asked.body, ...this.request(asked.by) } as unknown as OrderRequest<Name> & Request;
    const head = this.headOf(order);
    const send = (): Promise<Asked<OrderAnswer<Name>>> => this.clockwork.ask(head, name, body);
    await this.#answered(`${order.number} ${name} ${shownBody(asked.body)} by ${asked.by}`, {
      ...asked,
      body,
      send,
      then,
    });
    await this.seeCredit(name, order);
  }

  /** Sends a request that is no order's own, the same way. Who it tells is told by `then`. */
  async askOther<Answer>(
    what: string,
    asked: { by: Person; foreseen: Foreseen; cause: string; isRepeated?: boolean },
    send: (request: Required<Request>) => Promise<Answer>,
    then: (answer: Answer) => void | Promise<void>,
  ): Promise<void> {
    const body = this.request(asked.by);
    const cause = { workflowId: asked.cause.replace('REQUEST', body.requestKey), step: what.split(' ')[0] ?? what };
    await this.#answered(`${what} by ${asked.by}`, {
      ...{ ...asked, body, then },
      send: () => this.clockwork.asked(cause, () => send(body)),
    });
    await this.seeCredit(what, null);
  }

  async #answered<Answer>(
    what: string,
    asked: {
      body: Request;
      foreseen: Foreseen;
      isRepeated?: boolean;
      send: () => Promise<Asked<Answer>>;
      then: (answer: Answer) => void | Promise<void>;
    },
  ): Promise<void> {
    const answer = await asked.send();
    this.say(`${what} → ${answer.ok ? 'accepted' : answer.code}`);
    this.#holdAgainst(what, asked.foreseen, answer);
    await this.#auditHas(what, asked.body.requestId, answer.ok);
    if (!answer.ok) return;
    await asked.then(answer.answer);
    if (asked.isRepeated !== true) return;
    // The same key gives the same answer and has no second effect; whom it tells may have gone on meanwhile.
    const again = await asked.send();
    assert.deepEqual(withoutTold(again), withoutTold(answer), `${what}: the same key answers otherwise`);
  }

  #holdAgainst(what: string, foreseen: Foreseen, answer: Asked<unknown>): void {
    if (foreseen === null) return;
    const is = answer.ok ? 'accepted' : `refused ${answer.code}`;
    if (foreseen === 'accepted') assert.equal(is, 'accepted', `${what}: the model would accept it`);
    else if (foreseen === 'refused') assert.equal(answer.ok, false, `${what}: the model would refuse it`);
    else assert.equal(is, `refused ${foreseen.code}`, `${what}: the model foresaw a refusal`);
  }

  async #auditHas(what: string, requestId: string, isAccepted: boolean): Promise<void> {
    const { rows } = await sql<{ refused: number; accepted: number }>`
      select count(*) filter (where action like '%refused') as refused, count(*) filter (where action not like '%refused') as accepted
      from audit_entry where legal_entity_id = ${this.entity} and request_id = ${requestId}`.execute(this.db);
    const { refused = 0, accepted = 0 } = rows[0] ?? {};
    const isRight = isAccepted ? accepted > 0 && refused === 0 : refused === 1 && accepted === 0;
    assert.ok(isRight, `${what}: ${String(accepted)} audit entries and ${String(refused)} of a refusal`);
  }

  say(line: string): void {
    this.log.push(`${new Date(this.now).toISOString().slice(0, 16)} ${line}`);
  }

  // ── What activities of other workflows need ──

  get payments(): ReturnType<typeof createPaymentActivities> {
    return createPaymentActivities(this.clockwork.dependencies);
  }
  get cases(): ReturnType<typeof createCaseActivities> {
    return createCaseActivities(this.clockwork.dependencies);
  }
  get changes(): ReturnType<typeof createChangeActivities> {
    return createChangeActivities(this.clockwork.dependencies);
  }
  get customerBlocks(): ReturnType<typeof createCustomerBlockActivities> {
    return createCustomerBlockActivities(this.clockwork.dependencies);
  }
  changeCause(kind: ChangeKind): string {
    return changeWorkflowId({ kind, requestKey: 'REQUEST' });
  }
  get refundCause(): string {
    return approvalWorkflowId({ legalEntityId: this.entity, kind: 'refund', requestKey: 'REQUEST' });
  }

  // ── What the engine did by itself ──

  async #onStep({ order: head, step, subject }: StepTaken): Promise<void> {
    const order = this.model.orders.find((one) => one.id === head.id);
    if (order === undefined) throw new Error(`a step of an order that nobody made: ${head.number}`);
    this.say(`  ${head.number} ${step} ${subject ?? ''}`);
    const foreseen = step === 'assessCredit' ? this.model.assess(order) : null;
    if (step === 'postOpeningItem') await this.#seeOpening(order);
    if (step === 'issueInvoice') await this.#seeInvoice(order, subject);
    if (step === 'applyCash') this.#seeCash(order, subject);
    if (step === 'expireApproval') {
      const approval = this.model.approvals.find((one) => one.id === subject);
      if (approval !== undefined) this.model.end(approval, 'lapsed');
    }
    await this.seeCredit(step, order);
    if (foreseen !== null)
      assert.equal(order.credit, foreseen, `${order.number}: credit is ${order.credit}, the model says ${foreseen}`);
  }

  #seeCash(order: ModelOrder, paymentId: string | null): void {
    const payment = this.model.payments.find((one) => one.id === paymentId);
    assert.ok(payment !== undefined, 'cash is applied from a payment that nobody told');
    const items = this.model.named(payment, order);
    assert.ok(items.length > 0, `the model would not apply ${payment.names.join(' ')} to ${order.number}`);
    this.model.apply(payment, items);
  }

  async #seeOpening(order: ModelOrder): Promise<void> {
    const { rows } = await sql<{
      itemId: string;
      dueOn: string;
    }>`select id as "itemId", due_on as "dueOn" from open_item
      where order_id = ${order.id}`.execute(this.db);
    const [named] = rows;
    assert.ok(named !== undefined, `${order.number}: an open invoice was posted and is not there`);
    this.model.open(order, named);
  }

  async #seeInvoice(order: ModelOrder, subject: string | null): Promise<void> {
    const shipment = order.shipments.find((one) => one.id === subject) ?? null;
    this.#mayInvoice(order, shipment);
    const which = shipment === null ? sql`v.shipment_id is null` : sql`v.shipment_id = ${shipment.id}`;
    const { rows } = await sql<{ invoiceId: string; itemId: string; number: string; dueOn: string }>`
      select v.id as "invoiceId", t.id as "itemId", v.number, v.due_on as "dueOn" from invoice v left join open_item t on t.invoice_id = v.id
      where v.order_id = ${order.id} and v.kind = 'invoice' and ${which}`.execute(this.db);
    const [named] = rows;
    assert.ok(named !== undefined, `${order.number}: an invoice was issued and is not there`);
    const item = this.model.invoice(order, shipment, named);
    // What is worth nothing opens no item.
    if (item.originalMinor === 0) this.model.items.splice(this.model.items.indexOf(item), 1);
  }

  #mayInvoice(order: ModelOrder, shipment: Shipment | null): void {
    if (shipment === null) {
      assert.ok(
        order.credit === 'approved' && !order.isCancelled,
        `${order.number}: services invoiced while ${order.credit}`,
      );
      assert.ok(this.model.isPrepaidFor(order), `${order.number}: services invoiced before they were paid for`);
      return;
    }
    const { invoicing, at } = shipment;
    const isWaited = invoicing === 'contested' && this.now >= at + 86_400_000;
    assert.ok(invoicing === 'due' || isWaited, `${order.number}: a shipment that is ${invoicing} was invoiced`);
  }

  /** Reads how orders stand for credit, and holds every change against what may cause it. */
  async seeCredit(by: string, asked: ModelOrder | null): Promise<void> {
    const { rows: states } = await sql<{ id: string; credit: ModelOrder['credit'] }>`
      select id, credit_state as credit from sales_order where legal_entity_id = ${this.entity}`.execute(this.db);
    const { rows: holds } = await sql<{ id: number; orderId: string; isQueued: boolean; state: string }>`
      select id, order_id as "orderId", is_queued as "isQueued", state from credit_hold where legal_entity_id = ${this.entity}`.execute(
      this.db,
    );
    for (const { id, credit } of states) {
      const order = this.model.orders.find((one) => one.id === id);
      if (order === undefined || order.credit === credit) continue;
      const change = `${order.credit} → ${credit}`;
      const isAllowed = (CREDIT_CHANGES[change] ?? []).includes(by) && (asked === null || asked === order);
      assert.ok(isAllowed, `${order.number}: ${change} by ${by}`);
      order.credit = credit;
    }
    const before = this.model.holds;
    this.model.holds = holds.flatMap(({ orderId, ...hold }): Hold[] => {
      const order = this.model.orders.find((one) => one.id === orderId);
      return order === undefined ? [] : [{ ...hold, order }];
    });
    const isNew = (hold: Hold): boolean => before.find((one) => one.id === hold.id)?.state !== 'granted';
    const granted = this.model.holds.filter((hold) => hold.state === 'granted' && isNew(hold));
    assert.deepEqual(this.model.grantFaults(granted), []);
  }

  /** The item that an approved credit note opened. */
  async creditItem(approvalId: string): Promise<{ itemId: string; number: string; dueOn: string; invoiceId: string }> {
    const { rows } = await sql<{ itemId: string; number: string; dueOn: string; invoiceId: string }>`
      select t.id as "itemId", t.number, t.due_on as "dueOn", v.id as "invoiceId" from invoice v join open_item t on t.invoice_id = v.id
      where v.id = ${approvalId}`.execute(this.db);
    const [named] = rows;
    assert.ok(named !== undefined, 'an approved credit note was not issued');
    return named;
  }

  /** The workflow that waits for an approval. */
  async caseRun(approvalId: string): Promise<string> {
    const row = await this.db
      .selectFrom('approval')
      .select('workflow_id')
      .where('id', '=', approvalId)
      .executeTakeFirstOrThrow();
    return row.workflow_id;
  }

  /** Fails with everything that is wrong now. */
  async check(): Promise<void> {
    const { db, entity, model } = this;
    const faults = [
      ...(await bookFaults(db, entity, this.now)),
      ...(await modelFaults(db, entity, model)),
      ...model.faults(),
      ...model.forgottenHeads(),
      ...this.#forgotten(),
      ...(await this.clockwork.waitingFaults()),
    ];
    assert.deepEqual(faults, []);
  }

  /** What should have happened by itself by now and did not. */
  #forgotten(): string[] {
    const { model } = this;
    return model.orders.flatMap((order) => {
      const due = order.shipments.filter((one) => one.invoicing === 'due');
      const late = order.shipments.filter(
        (one) => one.invoicing === 'contested' && this.now > one.at + 14 * 86_400_000,
      );
      const cash = model.payments.filter((one) => one.unappliedMinor > 0 && model.named(one, order).length > 0);
      return [
        ...due.map(() => `${order.number}: a shipment waits for its invoice`),
        ...late.map(() => `${order.number}: a contested shipment waits for its invoice without end`),
        ...cash.map((one) => `${order.number}: money for ${one.names.join(' ')} is there and not used`),
      ];
    });
  }

  workflowIdOf(order: ModelOrder): string {
    return orderWorkflowId(this.headOf(order));
  }
}

/** Which requests and steps may change the credit of an order, and how. */
const CREDIT_CHANGES: Readonly<Record<string, readonly string[]>> = {
  'unassessed → approved': ['assessCredit', 'postOpeningItem'],
  'unassessed → held': ['assessCredit'],
  'unassessed → rejected': ['assessCredit'],
  'approved → held': ['assessCredit', 'expireReservation'],
  'approved → rejected': ['assessCredit'],
  'approved → unassessed': ['changeOrder'],
  'held → approved': ['takeGrant', 'decideCredit'],
  'held → rejected': ['expireHold', 'decideCredit'],
  'held → unassessed': ['changeOrder', 'closeShort'],
};

function withoutTold(asked: Asked<unknown>): unknown {
  if (!asked.ok || typeof asked.answer !== 'object' || asked.answer === null) return asked;
  return { ...asked.answer, tell: null, orderIds: null };
}

function shownBody(body: object): string {
  return JSON.stringify(body, (_key, value: unknown) => (value === null ? undefined : value));
}

export function idOf(rows: readonly { id: string }[]): string {
  const [row] = rows;
  if (row === undefined) throw new Error('an insert gave no ID');
  return row.id;
}

/** Every item that is open on one side. */
export function openItems(model: Model, side: ModelItem['side']): ModelItem[] {
  return model.items.filter((item) => item.side === side && item.openMinor > 0);
}
