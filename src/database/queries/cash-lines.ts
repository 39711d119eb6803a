// Bank lines as people see them: what came in, what is proposed, and the numbers behind the IDs.

import { sql } from 'kysely';
import type { BankLineState, LineAnswer, LineReason, LineAsTold } from '../../domain/bank-line.ts';
import type { Db } from '../client.ts';
import { allOf, inScope, type Scope } from './scope.ts';

export interface CashLineRow extends Omit<LineAsTold, 'transactionCode' | 'counterpartName' | 'counterpartAccount'> {
  readonly id: string;
  readonly legalEntityId: string;
  /** Our own account. */
  readonly account: string;
  readonly fileId: string;
  readonly fileName: string;
  readonly position: number;
  readonly source: string;
  readonly payerName: string | null;
  readonly payerAccount: string | null;
  readonly state: BankLineState;
  readonly answer: LineAnswer | null;
  readonly reasons: readonly LineReason[];
  readonly paymentId: string | null;
  readonly duplicateOfId: string | null;
  readonly adviceId: string | null;
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
}

const COLUMNS =
  sql.raw(`l.id, l.legal_entity_id as "legalEntityId", h.number as account, l.file_id as "fileId", f.name as "fileName",
  l.position, l.source, l.amount_minor as "amountMinor", l.currency, l.booked_on as "bookedOn", l.value_on as "valueOn",
  l.is_reversal as "isReversal", l.return_reason as "returnReason", l.bank_reference as "bankReference",
  l.end_to_end_id as "endToEndId", l.trace, l.counterpart_name as "payerName", l.counterpart_account as "payerAccount", l.texts,
  l.structured_references as "structuredReferences", l.remittance, l.instructed, l.charges_minor as "chargesMinor", l.state, l.answer,
  l.reasons, l.payment_id as "paymentId", l.duplicate_of_id as "duplicateOfId",
  (select a.id from remittance_advice a where a.line_id = l.id) as "adviceId", l.decided_by as "decidedBy", l.decided_at as "decidedAt"
  from bank_line l join house_bank_account h on h.id = l.account_id join bank_file f on f.id = l.file_id`);

/** The line with this ID, whatever its legal entity: the caller authorises. */
export async function cashLineById(db: Db, id: string): Promise<CashLineRow | null> {
  const { rows } = await sql<CashLineRow>`select ${COLUMNS} where l.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

export interface CashFilter {
  readonly scope: Scope;
  readonly legalEntityId?: string | undefined;
  /** Number of our own account. */
  readonly account?: string | undefined;
  /** The code of one of the reasons. */
  readonly reason?: string | undefined;
  /** Booked on this date or before. */
  readonly bookedUntil?: string | undefined;
}

/** A page of the lines that wait for a person, the oldest first. */
export async function openCashLines(
  db: Db,
  filter: CashFilter,
  page: { after: readonly [string, string] | null; fetch: number },
): Promise<CashLineRow[]> {
  const where = allOf([
    sql`l.state = 'open'`,
    inScope(filter.scope, 'l.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`l.legal_entity_id = ${filter.legalEntityId}`,
    filter.account === undefined ? null : sql`h.number = ${filter.account}`,
    filter.reason === undefined ? null : sql`l.reasons @> ${JSON.stringify([{ code: filter.reason }])}::jsonb`,
    filter.bookedUntil === undefined ? null : sql`l.booked_on <= ${filter.bookedUntil}`,
    page.after === null ? null : sql`(l.booked_on, l.id) > (${page.after[0]}::date, ${page.after[1]}::uuid)`,
  ]);
  const { rows } =
    await sql<CashLineRow>`select ${COLUMNS} where ${where} order by l.booked_on, l.id limit ${page.fetch}`.execute(db);
  return rows;
}

export interface NamedItem {
  readonly id: string;
  readonly number: string;
  readonly customerNumber: string;
  readonly currency: string;
}

/** What proposals call by IDs, as people know it. */
export interface Names {
  readonly items: ReadonlyMap<string, NamedItem>;
  readonly customers: ReadonlyMap<string, { readonly number: string; readonly name: string }>;
  /** Payments, as `source/sourceId`. */
  readonly payments: ReadonlyMap<string, string>;
}

/** The names of everything that the lines' answers mention. */
export async function namesIn(db: Db, lines: readonly CashLineRow[]): Promise<Names> {
  const mentioned = lines.map(({ answer }) => mentionedBy(answer));
  const itemIds = [...new Set(mentioned.flatMap((one) => one.itemIds))];
  const customerIds = [...new Set(mentioned.flatMap((one) => one.customerIds))];
  const paymentIds = [...new Set(mentioned.flatMap((one) => one.paymentIds))];
  const items = await sql<NamedItem>`select i.id, i.number, c.number as "customerNumber", i.currency
    from open_item i join customer c on c.id = i.customer_id where i.id = any(${itemIds}::uuid[])`.execute(db);
  const customers = await sql<{ id: string; number: string; name: string }>`select id, number, name from customer
    where id = any(${customerIds}::uuid[])`.execute(db);
  const payments = await sql<{ id: string; name: string }>`select id, source || '/' || source_id as name from payment
    where id = any(${paymentIds}::uuid[])`.execute(db);
  return {
    items: new Map(items.rows.map((row) => [row.id, row])),
    customers: new Map(customers.rows.map(({ id, ...row }) => [id, row])),
    payments: new Map(payments.rows.map(({ id, name }) => [id, name])),
  };
}

interface Mentioned {
  readonly itemIds: readonly string[];
  readonly customerIds: readonly string[];
  readonly paymentIds: readonly string[];
}

function mentionedBy(answer: LineAnswer | null): Mentioned {
  const nothing: Mentioned = { itemIds: [], customerIds: [], paymentIds: [] };
  if (answer === null) return nothing;
  if (answer.kind === 'unidentified') {
    return { ...nothing, customerIds: answer.customerId === null ? [] : [answer.customerId] };
  }
  if (answer.kind === 'clear_payment' || answer.kind === 'take_back') {
    return { ...nothing, paymentIds: [answer.paymentId] };
  }
  if (answer.kind !== 'post' && answer.kind !== 'propose') return nothing;
  const proposals = answer.kind === 'post' ? [answer.proposal] : answer.proposals;
  return {
    itemIds: proposals.flatMap(({ allocation }) => allocation.shares.map(({ itemId }) => itemId)),
    customerIds: proposals.map(({ allocation }) => allocation.customerId),
    paymentIds: [],
  };
}

/** The open items of a legal entity that go by these IDs or numbers. */
export async function itemsNamed(
  db: Db,
  asked: { legalEntityId: string; names: readonly string[] },
): Promise<{ id: string; number: string; currency: string; customerId: string }[]> {
  const { rows } = await sql<{
    id: string;
    number: string;
    currency: string;
    customerId: string;
  }>`select id, number, currency, customer_id as "customerId" from open_item
    where legal_entity_id = ${asked.legalEntityId} and (number = any(${asked.names}::text[]) or id::text = any(${asked.names}::text[]))
    limit ${asked.names.length * 2}`.execute(db);
  return rows;
}

/** The ID of a payment of the legal entity that goes by this ID or `source/sourceId`. */
export async function paymentNamed(db: Db, asked: { legalEntityId: string; name: string }): Promise<string | null> {
  const { legalEntityId, name } = asked;
  const [source = '', ...rest] = name.split('/');
  const { rows } = await sql<{ id: string }>`select id from payment where legal_entity_id = ${legalEntityId}
    and (source = ${source} and source_id = ${rest.join('/')} or id::text = ${name}) limit 1`.execute(db);
  return rows[0]?.id ?? null;
}
