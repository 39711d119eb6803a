// What is stored and may have no run: orders, payments, their returns, bank files and letters, in bounded pages, with what a start needs to know.

import { sql } from 'kysely';
import { FINAL_STAGES } from '../../domain/agenda.ts';
import type { Db } from '../client.ts';

/** Age from which a row counts as left over: its door has given up long before. */
const LEFTOVER_AGE = '30 seconds';

/** What the start of a run needs to know of its row; the shapes are those of the starts in `src/workflows/messages.ts`. */
export interface StartableOrder {
  readonly id: string;
  readonly kind: 'order' | 'opening';
  readonly legalEntityId: string;
  readonly number: string;
  readonly customerNumber: string;
}
export interface StartablePayment {
  readonly id: string;
  readonly legalEntityId: string;
  readonly source: string;
  readonly sourceId: string;
}
export interface StartableReturn {
  readonly id: string;
  readonly legalEntityId: string;
}
export interface StartableFile {
  readonly id: string;
  readonly legalEntityId: string;
  readonly name: string;
}
export interface StartableLetter {
  readonly letterId: string;
  readonly letterOn: string;
  readonly legalEntityId: string;
  readonly customerNumber: string;
}

/** A page of something in the order of its IDs. */
export interface Page {
  /** The last ID of the page before; `null`: the first page. */
  readonly after: string | null;
  readonly limit: number;
}

const ORDER = sql.raw(
  `o.id, o.kind, o.legal_entity_id as "legalEntityId", o.number, c.number as "customerNumber" from sales_order o join customer c on c.id = o.customer_id`,
);
const PAYMENT = sql.raw(
  `p.id, p.legal_entity_id as "legalEntityId", p.source, p.source_id as "sourceId" from payment p`,
);
const LETTER = sql.raw(
  `l.id as "letterId", l.letter_on as "letterOn", l.legal_entity_id as "legalEntityId", c.number as "customerNumber" from letter l join customer c on c.id = l.customer_id`,
);

/** Orders that were stored and never assessed, oldest first. */
export async function unassessedOrders(db: Db, limit: number): Promise<StartableOrder[]> {
  const { rows } = await sql<StartableOrder>`select ${ORDER}
    where o.credit_state = 'unassessed' and o.created_at < clock_timestamp() - ${LEFTOVER_AGE}::interval
    order by o.created_at limit ${limit}`.execute(db);
  return rows;
}

/** Held orders for which room was found and that did not take it, oldest hold first: whoever was to tell them died. */
export async function grantedLeftovers(db: Db, limit: number): Promise<StartableOrder[]> {
  const { rows } = await sql<StartableOrder>`select ${ORDER} join credit_hold h on h.order_id = o.id
    where h.state = 'granted' and o.created_at < clock_timestamp() - ${LEFTOVER_AGE}::interval
    order by h.id limit ${limit}`.execute(db);
  return rows;
}

/** Orders that are not closed and not just being stored. */
export async function unclosedOrders(db: Db, page: Page): Promise<StartableOrder[]> {
  const { rows } = await sql<StartableOrder>`select ${ORDER}
    where o.stage <> all(${FINAL_STAGES}::text[]) and (${page.after}::uuid is null or o.id > ${page.after}::uuid)
      and (o.credit_state <> 'unassessed' or o.created_at < clock_timestamp() - ${LEFTOVER_AGE}::interval)
    order by o.id limit ${page.limit}`.execute(db);
  return rows;
}

/** Those of the orders that are not closed now. */
export async function stillUnclosed(db: Db, orderIds: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql<{ id: string }>`select id from sales_order
    where id = any(${orderIds}::uuid[]) and stage <> all(${FINAL_STAGES}::text[])`.execute(db);
  return new Set(rows.map((row) => row.id));
}

/** The stages of orders by their names, for runs of which only the workflow ID is known. Orders that do not exist are missing. */
export async function stagesByName(
  db: Db,
  names: readonly { kind: string; legalEntityId: string; number: string }[],
): Promise<Map<string, string>> {
  const { rows } = await sql<{ name: string; stage: string }>`
    select o.kind || '/' || o.legal_entity_id || '/' || o.number as name, o.stage
    from json_to_recordset(${JSON.stringify(names)}::json) as n(kind text, "legalEntityId" text, number text)
    join sales_order o on o.legal_entity_id = n."legalEntityId" and o.kind = n.kind and o.number = n.number`.execute(
    db,
  );
  return new Map(rows.map((row) => [row.name, row.stage]));
}

/** Payments that were stored and not posted. */
export async function receivedPayments(db: Db, page: Page): Promise<StartablePayment[]> {
  const { rows } = await sql<StartablePayment>`select ${PAYMENT}
    where p.state = 'received' and p.created_at < clock_timestamp() - ${LEFTOVER_AGE}::interval
      and (${page.after}::uuid is null or p.id > ${page.after}::uuid)
    order by p.id limit ${page.limit}`.execute(db);
  return rows;
}

/** Returned payments that were stored and not posted. One that cannot be posted is a person's task, and nobody tries again. */
export async function receivedReturns(db: Db, page: Page): Promise<StartableReturn[]> {
  const { rows } = await sql<StartableReturn>`select r.id, r.legal_entity_id as "legalEntityId" from payment_return r
    where r.state = 'received' and r.created_at < clock_timestamp() - ${LEFTOVER_AGE}::interval
      and (${page.after}::uuid is null or r.id > ${page.after}::uuid)
      and not exists (select from task t where t.legal_entity_id = r.legal_entity_id and t.key = 'payment_return_refused/' || r.id)
    order by r.id limit ${page.limit}`.execute(db);
  return rows;
}

/** Bank files that were stored and whose lines do not all have their answer. One that was refused waits for a person. */
export async function unfinishedFiles(db: Db, page: Page): Promise<StartableFile[]> {
  const { rows } = await sql<StartableFile>`select f.id, f.legal_entity_id as "legalEntityId", f.name from bank_file f
    where f.state in ('received', 'read') and f.created_at < clock_timestamp() - ${LEFTOVER_AGE}::interval
      and (${page.after}::uuid is null or f.id > ${page.after}::uuid)
    order by f.id limit ${page.limit}`.execute(db);
  return rows;
}

/** Letters that are neither sent nor closed. */
export async function unsentLetters(db: Db, page: Page): Promise<StartableLetter[]> {
  const { rows } = await sql<StartableLetter>`select ${LETTER}
    where l.state in ('open', 'sending') and (${page.after}::uuid is null or l.id > ${page.after}::uuid)
      and l.created_at < clock_timestamp() - ${LEFTOVER_AGE}::interval
    order by l.id limit ${page.limit}`.execute(db);
  return rows;
}

/** Unsent letters whose day is over where the customer lives. */
export async function lettersOfPastDays(db: Db, options: { now: number; limit: number }): Promise<StartableLetter[]> {
  const { rows } = await sql<StartableLetter>`select ${LETTER}
    where l.state in ('open', 'sending') and l.letter_on < (${new Date(options.now)}::timestamptz at time zone c.zone)::date
    order by l.letter_on, l.id limit ${options.limit}`.execute(db);
  return rows;
}
