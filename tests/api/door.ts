// The API on a database of its own, for tests of the door alone: its engine is away, so that nothing but the door answers.

import { Client, Connection } from '@temporalio/client';
import { createLogger } from '../../src/api/log.ts';
import { startApi, type ApiOptions } from '../../src/api/server.ts';
import { openDatabase, type Db } from '../../src/database/client.ts';
import { createApiKey } from '../../src/database/queries/api-keys.ts';
import { storeLine } from '../harness/bank-lines.ts';
import { testDatabase } from '../harness/database.ts';

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body, for reading in assertions. */
  readonly body: Record<string, unknown>;
}

export interface Ask {
  readonly key?: string | null;
  readonly body?: unknown;
  /** Sent as it is instead of `body`. */
  readonly raw?: string | Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** `null` sends none; a fresh one for each POST when not given. */
  readonly idempotencyKey?: string | null;
}

export interface Door {
  readonly url: string;
  readonly db: Db;
  readonly ownerUrl: string;
  /** Lines of the log. */
  readonly log: string[];
  /** A key that may do everything everywhere. */
  readonly key: string;
  keyFor(roles: readonly { legalEntityId: string; role: string }[]): Promise<string>;
  ask(method: string, path: string, ask?: Ask): Promise<Reply>;
  close(): Promise<void>;
}

const EVERY_ROLE = ['administrator', 'sales', 'ar_manager', 'credit_analyst', 'cash_applier', 'collector', 'auditor'];
/** Nobody listens there. */
const NOWHERE = '127.0.0.1:1';

export async function openDoor(options: Partial<ApiOptions> = {}): Promise<Door> {
  const database = await testDatabase();
  const db = openDatabase(database.appUrl, { connectionsMax: 5 });
  // Without the retries of the SDK, whose timers outlive the connection.
  const connection = Connection.lazy({ address: NOWHERE, interceptors: [] });
  const log: string[] = [];
  const logger = createLogger({ level: 'debug', stream: { write: (line) => void log.push(line) } });
  const api = await startApi({
    db,
    temporal: new Client({ connection }),
    logger,
    isCheckingAnswers: true,
    temporalDeadlineMs: 50,
    decisionWaitMs: 50,
    port: 0,
    host: '127.0.0.1',
    ...options,
  });
  const keyFor: Door['keyFor'] = async (roles) => (await createApiKey(db, { name: 'test', roles })).key;
  const key = await keyFor(EVERY_ROLE.map((role) => ({ legalEntityId: '*', role })));
  let asked = 0;
  return {
    url: api.url,
    db,
    ownerUrl: database.ownerUrl,
    log,
    key,
    keyFor,
    async ask(method, path, ask = {}) {
      asked += 1;
      const { body, raw, headers = {}, idempotencyKey = `request-${String(asked)}` } = ask;
      const bearer = ask.key === undefined ? key : ask.key;
      const sent = raw ?? (body === undefined ? null : JSON.stringify(body));
      const response = await fetch(api.url + path, {
        method,
        body: sent,
        headers: {
          ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
          ...(sent === null ? {} : { 'content-type': 'application/json' }),
          ...(method === 'POST' && idempotencyKey !== null ? { 'idempotency-key': idempotencyKey } : {}),
          ...headers,
        },
      });
      const text = await response.text();
      const isJson = response.headers.get('content-type')?.includes('json') ?? false;
      const parsed = isJson && text !== '' ? (JSON.parse(text) as Record<string, unknown>) : {};
      return { status: response.status, headers: response.headers, text, body: parsed };
    },
    async close() {
      await api.close();
      await connection.close();
      await db.destroy();
      await database.drop();
    },
  };
}

/** A legal entity as it is posted. */
export function legalEntity(id: string): Record<string, unknown> {
  return {
    id,
    name: 'Acme GmbH',
    address: ['Weg 1', '10115 Berlin'],
    country: 'DE',
    zone: 'Europe/Berlin',
    currency: 'EUR',
    taxNumber: 'DE123456789',
    email: 'ar@acme.example',
    invoicePrefix: `${id}-`,
    taxCodes: [{ code: 'S', rate: '19.00', description: 'Standard rate' }],
  };
}

export function customer(legalEntityId: string, number = 'C-1'): Record<string, unknown> {
  return {
    legalEntity: legalEntityId,
    number,
    name: 'Kunde GmbH',
    email: 'ap@kunde.example',
    country: 'DE',
    zone: 'Europe/Berlin',
    language: 'de',
    termsDays: 14,
    creditLimit: { amount: '1000.00', currency: 'EUR' },
  };
}

export function item(legalEntityId: string, number = 'APPLE'): Record<string, unknown> {
  return { legalEntity: legalEntityId, number, description: 'Apple', kind: 'goods', unitPrice: '1.50', taxCode: 'S' };
}

export function order(legalEntityId: string, number = 'SO-1'): Record<string, unknown> {
  return {
    legalEntity: legalEntityId,
    number,
    customer: 'C-1',
    currency: 'EUR',
    lines: [{ item: 'APPLE', quantity: '10' }],
  };
}

export function payment(legalEntityId: string, sourceId = 'ch_1'): Record<string, unknown> {
  return {
    legalEntity: legalEntityId,
    customer: 'C-1',
    amount: { amount: '10.00', currency: 'EUR' },
    valueOn: '2026-11-20',
    reference: 'SO-1',
    source: 'psp',
    sourceId,
  };
}

/** The payment of 10.00 EUR less a fee. */
export function payout(legalEntityId: string): Record<string, unknown> {
  return {
    ...{ legalEntity: legalEntityId, source: 'psp', payoutId: 'po_1', paidOn: '2026-11-22' },
    ...{ net: { amount: '9.70', currency: 'EUR' }, fee: { amount: '0.30', currency: 'EUR' } },
    payments: [{ sourceId: 'ch_1', amount: { amount: '10.00', currency: 'EUR' } }],
  };
}

export function group(legalEntityId: string, number = 'G-1'): Record<string, unknown> {
  return { legalEntity: legalEntityId, number, name: 'Kunde Holding' };
}

export interface Company {
  readonly customerId: string;
  readonly groupId: string;
  readonly orderId: string;
  readonly paymentId: string;
  readonly invoiceId: string;
  readonly taskId: string;
  readonly disputeId: string;
  readonly evidenceId: string;
  readonly approvalId: string;
  readonly lineId: string;
  readonly knowledgeId: string;
  readonly adviceId: string;
  readonly bankFileId: string;
  readonly payoutId: string;
}

/** A legal entity with one of everything. */
export async function openCompany(door: Door, id: string): Promise<Company> {
  await door.ask('POST', '/v1/legal-entities', { body: legalEntity(id) });
  const made = await door.ask('POST', '/v1/customers', { body: customer(id) });
  const grouped = await door.ask('POST', '/v1/groups', { body: group(id) });
  await door.ask('POST', '/v1/items', { body: item(id) });
  const rate = { legalEntity: id, currency: 'USD', on: '2026-01-02', rate: '0.92' };
  await door.ask('POST', '/v1/exchange-rates', { body: rate });
  const ordered = await door.ask('POST', '/v1/orders', { body: order(id) });
  const paid = await door.ask('POST', '/v1/payments', { body: payment(id) });
  const paidOut = await door.ask('POST', '/v1/provider-payouts', { body: payout(id) });
  const customerId = String(made.body['id']);
  const orderId = String(ordered.body['id']);
  const money = { currency: 'EUR', net_minor: 100, tax_minor: 19, gross_minor: 119 };
  const dates = { invoiced_on: '2026-11-01', due_on: '2026-11-15' };
  const invoice = await door.db
    .insertInto('invoice')
    .values({
      legal_entity_id: id,
      series: 'invoice',
      number: `${id}-1`,
      order_id: orderId,
      customer_id: customerId,
      ...money,
      ...dates,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const task = await door.db
    .insertInto('task')
    .values({
      legal_entity_id: id,
      key: 'collect/1',
      kind: 'collect',
      owner_role: 'collector',
      order_id: orderId,
      reason: 'Four letters without an answer.',
      ends_with: 'POST /v1/tasks/{task}/completion',
      deadline_at: new Date('2026-12-01T12:00:00Z'),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await door.db
    .insertInto('credit_hold')
    .values({
      ...{ legal_entity_id: id, order_id: orderId, customer_id: customerId, account_id: customerId },
      ...{ amount_minor: 1_785, is_queued: true },
    })
    .execute();
  const groupId = String(grouped.body['id']);
  const ids = {
    customerId,
    groupId,
    orderId,
    paymentId: String(paid.body['id']),
    invoiceId: invoice.id,
    taskId: task.id,
    payoutId: String(paidOut.body['id']),
  };
  const approvalId = await approvalAsked(door.db, id, ids);
  return {
    ...ids,
    approvalId,
    ...(await cashOf(door.db, id, customerId)),
    ...(await disputed(door.db, id, { ...ids, number: `${id}-1` })),
  };
}

/** A bank line that waits for a person, what an earlier one taught, and an advice without its money. */
async function cashOf(
  db: Db,
  id: string,
  customerId: string,
): Promise<Pick<Company, 'lineId' | 'knowledgeId' | 'adviceId' | 'bankFileId'>> {
  const lineId = await storeLine(db, { legalEntityId: id, state: 'open', counterpartName: `Payer of ${id}` });
  const knowledge = await db
    .insertInto('payer_knowledge')
    .values({
      ...{ legal_entity_id: id, customer_id: customerId, kind: 'name', text: 'Kunde AG', normalised: 'KUNDE AG' },
      ...{ line_id: lineId, created_by: 'test' },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const advice = await db
    .insertInto('remittance_advice')
    .values({
      ...{ legal_entity_id: id, currency: 'EUR', amount_minor: 77_700, lines: '[]' },
      ...{ document_sha256: `test ${id}`, position: 1, created_by: 'test' },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const { file_id: bankFileId } = await db
    .selectFrom('bank_line')
    .select('file_id')
    .where('id', '=', lineId)
    .executeTakeFirstOrThrow();
  await db
    .insertInto('csv_mapping')
    .values({ legal_entity_id: id, name: 'house-bank', body: '{}', changed_by: 'test' })
    .execute();
  return { lineId, knowledgeId: knowledge.id, adviceId: advice.id, bankFileId };
}

/** A write-off of 10.00 EUR that waits for a second person. */
async function approvalAsked(db: Db, id: string, of: { customerId: string; orderId: string }): Promise<string> {
  const made = await db
    .insertInto('approval')
    .values({
      ...{ legal_entity_id: id, kind: 'write_off', customer_id: of.customerId, order_id: of.orderId },
      ...{ amount_minor: 1_000, currency: 'EUR', reason: 'goodwill', details: '{"disputeId":null}' },
      ...{ workflow_id: 'test', asked_by: 'key:somebody' },
      ...{ asked_at: new Date('2026-11-10T10:00:00Z'), deadline_at: new Date('2026-11-24T17:00:00Z') },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return made.id;
}

/** A dispute of 10.00 EUR over an item of 119.00 EUR, with a file. */
async function disputed(
  db: Db,
  id: string,
  of: { customerId: string; orderId: string; invoiceId: string; number: string },
): Promise<{ disputeId: string; evidenceId: string }> {
  return db.transaction().execute(async (tx) => {
    const posted = { legal_entity_id: id, kind: 'invoice' };
    const item = await tx
      .insertInto('open_item')
      .values({
        ...{ ...posted, customer_id: of.customerId, order_id: of.orderId, invoice_id: of.invoiceId, side: 'debit' },
        ...{ number: of.number, currency: 'EUR', original_minor: 11_900 },
        ...{ issued_on: '2026-11-01', due_on: '2026-11-15', posted_on: '2026-11-01' },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const how = { business_at: new Date('2026-11-01T10:00:00Z'), workflow_id: 'test', step: 'test' };
    const entry = await tx
      .insertInto('journal_entry')
      .values({ ...posted, ...how, key: `test/${id}`, effective_on: '2026-11-01' })
      .returning('id')
      .executeTakeFirstOrThrow();
    const line = (lineNo: number, account: string, amount: number, itemId: string | null) => ({
      ...{ entry_id: entry.id, line_no: lineNo, account, amount_minor: amount, base_minor: amount },
      ...{ currency: 'EUR', item_id: itemId },
    });
    const lines = [line(1, 'receivable', 11_900, item.id), line(2, 'revenue', -11_900, null)];
    await tx.insertInto('journal_line').values(lines).execute();
    const dispute = await tx
      .insertInto('dispute')
      .values({
        ...{ legal_entity_id: id, order_id: of.orderId, item_id: item.id, amount_minor: 1_000, currency: 'EUR' },
        ...{ reason: 'pricing', source: 'customer_mail', owner_role: 'sales', created_by: 'test' },
        ...{ raised_on: '2026-11-10', due_at: new Date('2026-11-24T17:00:00Z') },
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const file = { name: 'mail.txt', media_type: 'text/plain', content: Buffer.from('hello'), byte_count: 5 };
    const evidence = await tx
      .insertInto('evidence')
      .values({ ...file, dispute_id: dispute.id, sha256: 'test', created_by: 'test' })
      .returning('id')
      .executeTakeFirstOrThrow();
    return { disputeId: dispute.id, evidenceId: evidence.id };
  });
}
