// A system that sells through the API, as a good client does: every request is repeated under its key until it is answered.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { sql } from 'kysely';
import type { Db } from '../../src/database/client.ts';
import { createApiKey } from '../../src/database/queries/api-keys.ts';
import { ROLES } from '../../src/domain/roles.ts';
import type { Policy } from '../../src/domain/policy.ts';

export const ENTITY = 'SHOP-DE';
/** 10 pieces at 10.00 EUR and 19 % tax. */
export const ORDER_MINOR = 11_900;

const AGAIN_AFTER_MS = 100;
const ANSWERED_WITHIN_MS = 60_000;
const DONE_WITHIN_MS = 150_000;

/** One answer, or that there was none. */
export interface Answer {
  readonly path: string;
  /** Where the API was asked. */
  readonly url: string;
  /** Epoch milliseconds. */
  readonly askedAt: number;
  /** 0: there was none. */
  readonly status: number;
  readonly code: string;
  readonly retryAfter: string | null;
  readonly tookMs: number;
  readonly body: Readonly<Record<string, unknown>>;
}

interface ShopOptions {
  readonly db: Db;
  /** Where the API is, tried in turn; may be changed while requests are under way. */
  readonly urls: string[];
  readonly key: string;
}

export class Shop {
  /** Every answer to every try, in the order in which they came. */
  readonly answers: Answer[] = [];
  readonly urls: string[];
  readonly #db: Db;
  readonly #key: string;
  readonly #numbers = new Set<string>();
  #tries = 0;
  #isClosed = false;

  private constructor({ db, urls, key }: ShopOptions) {
    this.#db = db;
    this.urls = urls;
    this.#key = key;
  }

  /** A legal entity with one item and customers `C-0`, `C-1`, …, told to the API by a key that may do everything. */
  static async open(options: {
    db: Db;
    urls: string[];
    customers: number;
    limit?: string | null;
    policy?: Policy;
  }): Promise<Shop> {
    const grants = ROLES.map((role) => ({ legalEntityId: '*', role }));
    const { key } = await createApiKey(options.db, { name: 'shop', roles: grants });
    const shop = new Shop({ db: options.db, urls: options.urls, key });
    const place = { country: 'DE', zone: 'Europe/Berlin' };
    await shop.tell('/v1/legal-entities', {
      ...{ id: ENTITY, name: 'Shop GmbH', address: ['Weg 1', '10115 Berlin'], ...place, currency: 'EUR' },
      ...{ taxNumber: 'DE123456789', email: 'ar@shop.example', invoicePrefix: 'SH-' },
      taxCodes: [{ code: 'S', rate: '19.00', description: 'Standard rate' }],
      ...(options.policy === undefined ? {} : { policy: options.policy }),
    });
    await shop.tell('/v1/items', {
      ...{ legalEntity: ENTITY, number: 'BOLT', description: 'Bolt', kind: 'goods', unitPrice: '10.00', taxCode: 'S' },
    });
    for (let index = 0; index < options.customers; index += 1) {
      await shop.tell('/v1/customers', {
        ...{ legalEntity: ENTITY, number: `C-${String(index)}`, name: `Customer ${String(index)}`, ...place },
        ...{ email: `c-${String(index)}@example.org`, language: 'en', termsDays: 30 },
        creditLimit: options.limit === undefined ? null : { amount: options.limit, currency: 'EUR' },
      });
    }
    shop.answers.length = 0;
    return shop;
  }

  /** Tells one thing until it is taken. @param key names the request; default: made of path and body */
  async tell(path: string, body: object, key = `${path} ${JSON.stringify(body)}`): Promise<Answer> {
    const giveUpAt = Date.now() + DONE_WITHIN_MS;
    for (;;) {
      const answer = await this.try(path, body, key);
      // Stored and not decided yet: the same request is answered when it is.
      if (answer.status === 200 || answer.status === 201) return answer;
      const mayPass = [0, 202, 503].includes(answer.status) || answer.code === 'request_in_flight';
      assert.ok(mayPass, `${path}: ${JSON.stringify(answer)}`);
      assert.ok(Date.now() < giveUpAt, `${path} was not taken in time: ${JSON.stringify(answer)}`);
      await this.#rest();
    }
  }

  /** Tells one thing once. */
  async try(path: string, body: object, key: string): Promise<Answer> {
    this.#tries += 1;
    const askedAt = Date.now();
    const url = this.urls[this.#tries % this.urls.length] ?? '';
    const answer = await this.#ask(new URL(path, url), body, createHash('sha256').update(key).digest('hex'));
    const taken = { path, url, askedAt, tookMs: Date.now() - askedAt, ...answer };
    this.answers.push(taken);
    return taken;
  }

  async #ask(
    url: URL,
    body: object,
    idempotencyKey: string,
  ): Promise<Pick<Answer, 'status' | 'code' | 'retryAfter' | 'body'>> {
    try {
      const response = await fetch(url, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: {
          'content-type': 'application/json',
          // A connection for each request, so that one which breaks is this request's and no other's.
          connection: 'close',
          authorization: `Bearer ${this.#key}`,
          'idempotency-key': idempotencyKey,
        },
        signal: AbortSignal.timeout(ANSWERED_WITHIN_MS),
      });
      const parsed = (await response.json()) as Record<string, unknown>;
      const code = typeof parsed['code'] === 'string' ? parsed['code'] : '';
      return { status: response.status, code, retryAfter: response.headers.get('retry-after'), body: parsed };
    } catch (error) {
      return { status: 0, code: whyNoAnswer(error), retryAfter: null, body: {} };
    }
  }

  orderOf(number: string, customer: string): Record<string, unknown> {
    const lines = [{ item: 'BOLT', quantity: '10' }];
    return { legalEntity: ENTITY, number, customer, currency: 'EUR', lines };
  }

  paymentOf(number: string, customer: string): Record<string, unknown> {
    const amount = { amount: '119.00', currency: 'EUR' };
    const source = { source: 'psp', sourceId: `pay-${number}` };
    return { legalEntity: ENTITY, customer, amount, valueOn: '2026-11-20', reference: number, ...source };
  }

  /** An order from its POST to settled: shipped in two parts, each invoiced, paid at once. */
  async sell(number: string, customer: string): Promise<void> {
    this.#numbers.add(number);
    const { body } = await this.tell('/v1/orders', this.orderOf(number, customer));
    const id = String(body['id']);
    for (const quantity of ['4', '6'])
      await this.tell(`/v1/orders/${id}/shipments`, { lines: [{ line: 1, quantity }] });
    await this.#reaches(
      `${number} is invoiced`,
      sql`select 1 from open_item where order_id = ${id} having count(*) = 2`,
    );
    await this.tell('/v1/payments', this.paymentOf(number, customer));
    await this.#reaches(`${number} is settled`, sql`select 1 from sales_order where id = ${id} and stage = 'settled'`);
  }

  /** Sells so many orders, some at a time, to the customers in turn. */
  async sellMany(count: number, options: { atOnce: number; customers: number; prefix?: string }): Promise<void> {
    const waiting = Array.from({ length: count }, (_, index) => index);
    const seller = async (): Promise<void> => {
      for (let index = waiting.shift(); index !== undefined; index = waiting.shift())
        await this.sell(`${options.prefix ?? 'SO'}-${String(index)}`, `C-${String(index % options.customers)}`);
    };
    await Promise.all(Array.from({ length: options.atOnce }, seller));
  }

  /** What was acknowledged is there, and there once. @param more what was told besides, and never shipped */
  async assertNothingLostOrTwice(more = { orders: 0, payments: 0 }): Promise<void> {
    const taken = this.answers.filter(({ status }) => status >= 200 && status < 300);
    const ids = (path: RegExp): Set<unknown> =>
      new Set(taken.filter((answer) => path.test(answer.path)).map(({ body }) => body['id']));
    const sold = this.#numbers.size;
    for (const [table, path, count] of [
      ['sales_order', /orders$/, sold + more.orders],
      ['shipment', /shipments$/, 2 * sold],
      ['payment', /payments$/, sold + more.payments],
    ] as const) {
      const { rows } = await sql<{ id: string }>`select id from ${sql.table(table)}`.execute(this.#db);
      assert.deepEqual(new Set(rows.map(({ id }) => id)), ids(path), table);
      assert.equal(rows.length, count, table);
    }
  }

  /** Ends whatever it is still waiting for. */
  close(): void {
    this.#isClosed = true;
  }

  async #reaches(what: string, query: ReturnType<typeof sql>): Promise<void> {
    const giveUpAt = Date.now() + DONE_WITHIN_MS;
    for (;;) {
      const rows = await query.execute(this.#db).then(
        (found) => found.rows,
        () => [], // The database may be what is broken.
      );
      if (rows.length === 1) return;
      assert.ok(Date.now() < giveUpAt, `it never came true that ${what}`);
      await this.#rest();
    }
  }

  async #rest(): Promise<void> {
    await pause(AGAIN_AFTER_MS);
    if (this.#isClosed) throw new Error('the shop is closed');
  }
}

/** `refused`: nobody listens. `no_answer`: somebody does, and says nothing. `broke`: somebody did, and is gone. */
function whyNoAnswer(error: unknown): string {
  if (!(error instanceof Error)) return 'broke';
  if (error.name === 'TimeoutError') return 'no_answer';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause && cause.code === 'ECONNREFUSED' ? 'refused' : 'broke';
}
