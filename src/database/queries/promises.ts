// Promises to pay and payment plans of an order: what was paid before them, and how they are listed.

import { sql } from 'kysely';
import type { IsoDate } from '../../domain/dates.ts';
import type { PlanState } from '../../domain/payment-plan.ts';
import type { PromiseState } from '../../domain/promise.ts';
import type { Db, Tx } from '../client.ts';

/** What payments have settled of an item, in minor units; with a date, by allocations of earlier days alone. */
export async function paidOfItem(tx: Tx, itemId: string, before: IsoDate | null): Promise<number> {
  const { rows } = await sql<{ paid: number }>`
    select greatest(0, coalesce(sum(amount_minor), 0))::bigint as paid from allocation
    where item_id = ${itemId} and payment_id is not null and (${before}::date is null or effective_on < ${before}::date)`.execute(
    tx,
  );
  return rows[0]?.paid ?? 0;
}

/** The promise that was given last for an item. */
export async function latestPromise(
  tx: Tx,
  itemId: string,
): Promise<{ id: string; state: PromiseState; level: number } | null> {
  const { rows } = await sql<{ id: string; state: PromiseState; level: number }>`
    select id, state, level from promise where item_id = ${itemId} order by created_at desc, id desc limit 1`.execute(
    tx,
  );
  return rows[0] ?? null;
}

/** A promise as every answer shows it. */
export interface PromiseRow {
  readonly id: string;
  readonly orderId: string;
  readonly itemId: string;
  readonly number: string;
  readonly amountMinor: number;
  readonly givenOn: IsoDate;
  readonly promisedOn: IsoDate;
  readonly level: number;
  readonly state: PromiseState;
  readonly evaluatedAt: number | null;
  readonly createdAt: number;
}

const PROMISE_COLUMNS =
  sql.raw(`p.id, p.order_id as "orderId", p.item_id as "itemId", t.number, p.amount_minor as "amountMinor",
  p.given_on as "givenOn", p.promised_on as "promisedOn", p.level, p.state, p.evaluated_at as "evaluatedAt", p.created_at as "createdAt"`);

/** A page of an order's promises, newest first. */
export async function listPromises(
  db: Db,
  orderId: string,
  page: { after: string | null; fetch: number },
): Promise<PromiseRow[]> {
  const after = page.after === null ? sql`true` : sql`p.id < ${page.after}`;
  const { rows } = await sql<PromiseRow>`select ${PROMISE_COLUMNS} from promise p join open_item t on t.id = p.item_id
    where p.order_id = ${orderId} and ${after} order by p.id desc limit ${page.fetch}`.execute(db);
  return rows;
}

/** The order's promise with this ID. */
export async function promiseOfOrder(db: Db, orderId: string, promiseId: string): Promise<PromiseRow | null> {
  const { rows } = await sql<PromiseRow>`select ${PROMISE_COLUMNS} from promise p join open_item t on t.id = p.item_id
    where p.order_id = ${orderId} and p.id = ${promiseId}`.execute(db);
  return rows[0] ?? null;
}

/** A payment plan as every answer shows it. */
export interface PlanRow {
  readonly id: string;
  readonly orderId: string;
  readonly itemId: string;
  readonly number: string;
  readonly state: PlanState;
  readonly instalments: readonly { readonly dueOn: IsoDate; readonly amountMinor: number }[];
  readonly endedAt: number | null;
  readonly createdAt: number;
}

const PLAN_COLUMNS =
  sql.raw(`p.id, p.order_id as "orderId", p.item_id as "itemId", t.number, p.state, p.ended_at as "endedAt",
  p.created_at as "createdAt", (select json_agg(json_build_object('dueOn', n.due_on, 'amountMinor', n.amount_minor) order by n.instalment_no)
    from plan_instalment n where n.plan_id = p.id) as instalments`);

/** A page of an order's payment plans, newest first. */
export async function listPlans(
  db: Db,
  orderId: string,
  page: { after: string | null; fetch: number },
): Promise<PlanRow[]> {
  const after = page.after === null ? sql`true` : sql`p.id < ${page.after}`;
  const { rows } = await sql<PlanRow>`select ${PLAN_COLUMNS} from payment_plan p join open_item t on t.id = p.item_id
    where p.order_id = ${orderId} and ${after} order by p.id desc limit ${page.fetch}`.execute(db);
  return rows;
}

/** The order's payment plan with this ID. */
export async function planOfOrder(db: Db, orderId: string, planId: string): Promise<PlanRow | null> {
  const { rows } = await sql<PlanRow>`select ${PLAN_COLUMNS} from payment_plan p join open_item t on t.id = p.item_id
    where p.order_id = ${orderId} and p.id = ${planId}`.execute(db);
  return rows[0] ?? null;
}
