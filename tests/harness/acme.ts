// A legal entity with customers, orders and payments, through the same rows and messages as the doors write.

import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import { sql } from 'kysely';
import type { Db } from '../../src/database/client.ts';
import { insertOrder } from '../../src/database/queries/orders.ts';
import type { Level, Policy } from '../../src/domain/policy.ts';
import {
  awaitCredit,
  blockItem,
  changeWorkflowId,
  decideCredit,
  endBlock,
  orderStart,
  orderWorkflowId,
  ORDERS_QUEUE,
  paymentWorkflowId,
  poke,
  recordShipment,
  type BlockReport,
  type CreditReport,
  type PaymentReport,
  type Request,
  type ShipmentReport,
} from '../../src/workflows/messages.ts';

/** The type of an order's workflow, as a door that may not import it writes it down. */
type OrderToCash = (input: { orderId: string }) => Promise<void>;

export interface Customer {
  readonly id: string;
  readonly number: string;
}

export interface Order {
  readonly id: string;
  readonly kind: 'order' | 'opening';
  readonly number: string;
  readonly legalEntityId: string;
  readonly customer: Customer;
  readonly workflowId: string;
}

interface Place {
  readonly db: Db;
  readonly client: Client;
  /** Business time, epoch milliseconds. */
  readonly now: () => Promise<number>;
  /** Makes all that was stored older than any sweep waits for. */
  readonly age: () => Promise<void>;
}

export class Company {
  readonly id: string;
  readonly #place: Place;
  #requests = 0;

  private constructor(place: Place, id: string) {
    this.#place = place;
    this.id = id;
  }

  /** A German legal entity; its ID keeps workflow IDs of companies apart that share a server. */
  static async found(place: Place, policy: Policy, id = 'ACME-DE'): Promise<Company> {
    const { db } = place;
    await sql`insert into legal_entity (id, name, country, zone, currency, email)
      values (${id}, 'Acme GmbH', 'DE', 'Europe/Berlin', 'EUR', 'billing@acme.example')`.execute(db);
    await sql`insert into policy (legal_entity_id, version, body, created_by) values (${id}, 1, ${JSON.stringify(policy)}, 'test')`.execute(
      db,
    );
    await sql`insert into number_series (legal_entity_id, series, prefix) values (${id}, 'invoice', 'INV-')`.execute(
      db,
    );
    return new Company(place, id);
  }

  async customer(
    number: string,
    options: { limitMinor?: number | null; email?: string | null; termsDays?: number } = {},
  ): Promise<Customer> {
    const { db } = this.#place;
    const email = options.email === undefined ? `${number.toLowerCase()}@example.org` : options.email;
    const { rows } = await sql<{ id: string }>`
      insert into customer (legal_entity_id, number, name, email, country, zone, language, terms_days, content_hash)
      values (${this.id}, ${number}, ${`Customer ${number}`}, ${email}, 'DE', 'Europe/Berlin', 'en', ${options.termsDays ?? 30}, 'x')
      returning id`.execute(db);
    const id = idOf(rows);
    await sql`insert into credit_account (customer_id, legal_entity_id, currency, limit_minor)
      values (${id}, ${this.id}, 'EUR', ${options.limitMinor === undefined ? 100_000_000 : options.limitMinor})`.execute(
      db,
    );
    return { id, number };
  }

  /** Stores an order of one line: 10 pieces at 10.00 EUR and 19 % tax, unless told otherwise. Nothing is started. */
  async store(
    customer: Customer,
    number: string,
    options: { isService?: boolean; isPrepaid?: boolean; netMinor?: number; termsDays?: number } = {},
  ): Promise<Order> {
    const netMinor = options.netMinor ?? 10_000;
    const taxMinor = Math.round(netMinor * 0.19);
    return this.#insert(customer, number, {
      kind: 'order',
      isPrepaid: options.isPrepaid ?? false,
      termsDays: options.termsDays ?? 30,
      netMinor,
      grossMinor: netMinor + taxMinor,
      opening: null,
      lines: [
        {
          ...{
            lineNo: 1,
            itemNumber: 'A-1',
            description: 'Bolt',
            isService: options.isService ?? false,
            quantity: '10',
          },
          ...{ unitPrice: String(netMinor / 1000), taxCode: 'S', taxRateBp: 1900, netMinor, taxMinor },
        },
      ],
    });
  }

  /** Stores an open invoice from elsewhere. Nothing is started. */
  async storeOpening(
    customer: Customer,
    number: string,
    options: { dueOn: string; amountMinor?: number; level?: Level | 'none'; lastLetterOn?: string | null },
  ): Promise<Order> {
    const amountMinor = options.amountMinor ?? 11_900;
    return this.#insert(customer, number, {
      ...{ kind: 'opening', termsDays: 0, netMinor: amountMinor, grossMinor: amountMinor, lines: [] },
      opening: {
        ...{ amountMinor, invoicedOn: options.dueOn, dueOn: options.dueOn },
        ...{ level: options.level ?? 'none', lastLetterOn: options.lastLetterOn ?? null },
      },
    });
  }

  async #insert(
    customer: Customer,
    number: string,
    row: Pick<
      Parameters<typeof insertOrder>[1],
      'kind' | 'isPrepaid' | 'termsDays' | 'netMinor' | 'grossMinor' | 'opening' | 'lines'
    >,
  ): Promise<Order> {
    const { db, now } = this.#place;
    const id = await insertOrder(db, {
      ...row,
      ...{ legalEntityId: this.id, number, customerId: customer.id, currency: 'EUR', purchaseOrder: null },
      ...{ requestedOn: null, contentHash: 'x', actor: 'key:test', requestId: 'test', now: await now() },
    });
    if (id === null) throw new Error(`order ${number} exists already`);
    const head = { id, kind: row.kind, number, legalEntityId: this.id };
    return { ...head, customer, workflowId: orderWorkflowId(head) };
  }

  /** Starts an order's run and waits for its credit decision. */
  start(order: Order): Promise<CreditReport> {
    return this.#place.client.workflow.executeUpdateWithStart(awaitCredit, {
      startWorkflowOperation: startOf(order),
      args: [{}],
    });
  }

  async order(...of: Parameters<Company['store']>): Promise<Order> {
    const order = await this.store(...of);
    await this.start(order);
    return order;
  }

  async opening(...of: Parameters<Company['storeOpening']>): Promise<Order> {
    const order = await this.storeOpening(...of);
    await this.start(order);
    return order;
  }

  ship(order: Order, quantity = '10', requestKey?: string): Promise<ShipmentReport> {
    const lines = [{ lineNo: 1, quantity, lots: [] }];
    return this.ask(order, recordShipment, { lines, carrier: null, tracking: null, shippedOn: null }, { requestKey });
  }

  decide(order: Order, decision: 'release' | 'reject', requestKey?: string): Promise<CreditReport> {
    return this.ask(order, decideCredit, { decision, noteId: null }, { requestKey });
  }

  /** Blocks the order's only open item. */
  async block(
    order: Order,
    options: { from?: string; until?: string | null; itemId?: string; requestKey?: string } = {},
  ): Promise<BlockReport> {
    const itemId = options.itemId ?? (await this.items(order))[0]?.id ?? '';
    const asked = {
      itemId,
      from: options.from ?? null,
      until: options.until ?? null,
      reason: 'disputed',
      noteId: null,
    };
    return this.ask(order, blockItem, asked, { requestKey: options.requestKey });
  }

  endBlock(order: Order, blockId: string): Promise<BlockReport> {
    return this.ask(order, endBlock, { blockId });
  }

  /** Sends any request to the order, as the door does; by default as an executive called `key:test`. */
  ask<Asked extends Request, Answer>(
    order: Order,
    update: UpdateDefinition<Answer, [Asked]>,
    asked: Omit<Asked, keyof Request>,
    by: { requestKey?: string | undefined; actor?: string; roles?: readonly string[] } = {},
  ): Promise<Answer> {
    const requestKey = by.requestKey ?? this.requestKey();
    const caller = { actor: by.actor ?? 'key:test', roles: by.roles ?? ['executive'] };
    const request = { ...asked, ...caller, requestKey, requestId: requestKey } as Asked;
    return this.#place.client.workflow.executeUpdateWithStart(update, {
      startWorkflowOperation: startOf(order),
      updateId: requestKey,
      args: [request],
    });
  }

  requestKey(): string {
    this.#requests += 1;
    return `${this.id}-request-${String(this.#requests)}`;
  }

  /** Stores a payment of the customer. Nothing is started. */
  async storePayment(
    customer: Customer,
    sourceId: string,
    paid: { amountMinor: number; reference: string },
  ): Promise<string> {
    const { rows } = await sql<{ id: string }>`
      insert into payment (legal_entity_id, customer_id, source, source_id, amount_minor, currency, value_on, reference, content_hash, created_by)
      values (${this.id}, ${customer.id}, 'psp', ${sourceId}, ${paid.amountMinor}, 'EUR', '2026-01-01', ${paid.reference}, 'x', 'test')
      returning id`.execute(this.#place.db);
    return idOf(rows);
  }

  /** Pays by reference and waits until the orders are told. */
  async pay(
    customer: Customer,
    sourceId: string,
    paid: { amountMinor: number; reference: string },
  ): Promise<PaymentReport> {
    const paymentId = await this.storePayment(customer, sourceId, paid);
    return this.#place.client.workflow.execute<(input: { paymentId: string }) => Promise<PaymentReport>>(
      'applyPayment',
      {
        workflowId: paymentWorkflowId({ legalEntityId: this.id, source: 'psp', sourceId }),
        taskQueue: ORDERS_QUEUE,
        args: [{ paymentId }],
      },
    );
  }

  async changePolicy(body: Policy): Promise<{ version: number }> {
    const requestKey = this.requestKey();
    return this.#place.client.workflow.execute<(input: object) => Promise<{ version: number }>>('changePolicy', {
      workflowId: changeWorkflowId({ kind: 'policy', requestKey }),
      taskQueue: ORDERS_QUEUE,
      args: [{ legalEntityId: this.id, body, requestKey, actor: 'key:test', requestId: requestKey }],
    });
  }

  async changeCredit(customer: Customer, change: { limitMinor: number | null; isBlocked?: boolean }): Promise<void> {
    const requestKey = this.requestKey();
    await this.#place.client.workflow.execute<(input: object) => Promise<void>>('changeCredit', {
      workflowId: changeWorkflowId({ kind: 'credit', requestKey }),
      taskQueue: ORDERS_QUEUE,
      args: [
        {
          ...{ legalEntityId: this.id, customerId: customer.id, limitMinor: change.limitMinor },
          ...{ isBlocked: change.isBlocked ?? false, requestKey, actor: 'key:test', requestId: requestKey },
        },
      ],
    });
  }

  /** Says "something changed" to an order, which starts it when it does not run. */
  async poke(order: Order, reason = 'test'): Promise<void> {
    await this.#place.client.workflow.signalWithStart('orderToCash', {
      ...startOptions(order),
      signal: poke,
      signalArgs: [{ reason, subject: null }],
    });
  }

  /** Sweeps as if everything had been stored an hour ago. @returns the ID of its run */
  async sweepNow(): Promise<string> {
    await this.#place.age();
    const workflowId = `sweep/${this.requestKey()}`;
    await this.#place.client.workflow.execute('sweep', { workflowId, taskQueue: ORDERS_QUEUE, args: [] });
    return workflowId;
  }

  // ── What is true, in plain SQL ──

  async stage(order: Order): Promise<string> {
    const { rows } = await sql<{ stage: string }>`select stage from sales_order where id = ${order.id}`.execute(
      this.#place.db,
    );
    return rows[0]?.stage ?? 'none';
  }

  async items(order: Order): Promise<{ id: string; number: string; dueOn: string; openMinor: number }[]> {
    const { rows } = await sql<{ id: string; number: string; dueOn: string; openMinor: number }>`
      select id, number, due_on as "dueOn", open_minor as "openMinor" from open_item where order_id = ${order.id} order by number`.execute(
      this.#place.db,
    );
    return rows;
  }

  /** Every step of dunning as `LEVEL DATE STATE`, oldest first. */
  async steps(order: Order): Promise<string[]> {
    const { rows } = await sql<{
      text: string;
    }>`select level || ' ' || step_on || ' ' || state as text from dunning_step
      where order_id = ${order.id} order by step_on, created_at`.execute(this.#place.db);
    return rows.map((row) => row.text);
  }

  /** Letters as `DATE STATE`, oldest first. */
  async letters(customer: Customer): Promise<string[]> {
    const { rows } = await sql<{ text: string }>`select letter_on || ' ' || state as text from letter
      where customer_id = ${customer.id} order by letter_on`.execute(this.#place.db);
    return rows.map((row) => row.text);
  }

  /** Tasks as `KIND STATE`, oldest first. */
  async tasks(order: Order): Promise<string[]> {
    const { rows } = await sql<{ text: string }>`select kind || ' ' || state as text from task
      where order_id = ${order.id} order by created_at`.execute(this.#place.db);
    return rows.map((row) => row.text);
  }

  /** Actions in the audit of an order, oldest first. */
  async audit(order: Order): Promise<string[]> {
    const { rows } = await sql<{
      action: string;
    }>`select action from audit_entry where order_id = ${order.id} order by id`.execute(this.#place.db);
    return rows.map((row) => row.action);
  }

  /** How the order's latest run stands: `RUNNING`, `COMPLETED` or another word of Temporal's. */
  async runState(order: Order): Promise<string> {
    return (await this.#place.client.workflow.getHandle(order.workflowId).describe()).status.name;
  }
}

function startOptions(order: Order): ReturnType<typeof orderStart> {
  return orderStart({ ...order, customerNumber: order.customer.number });
}

/** Good for one call. */
function startOf(order: Order): WithStartWorkflowOperation<OrderToCash> {
  return new WithStartWorkflowOperation<OrderToCash>('orderToCash', {
    ...startOptions(order),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}

function idOf(rows: readonly { readonly id: string }[]): string {
  const [row] = rows;
  if (row === undefined) throw new Error('nothing was written');
  return row.id;
}
