// Held orders as people see them: by credit account, in the order in which they get room.

import { sql } from 'kysely';
import type { Db } from '../client.ts';
import type { StoredReason } from './orders.ts';
import { allOf, inScope, type Scope } from './scope.ts';

export interface HoldRow {
  /** Counts up, as the holds came. */
  readonly id: number;
  readonly legalEntityId: string;
  readonly accountId: string;
  readonly orderId: string;
  readonly orderNumber: string;
  readonly customerNumber: string;
  /** The group whose limit it waits for; `null`: its customer's own. */
  readonly groupNumber: string | null;
  readonly state: 'waiting' | 'granted';
  /** Its place among those that wait for room; `null`: it was granted, or only a person may decide it. */
  readonly position: number | null;
  /** What it needs of the limit, in the limit's currency. */
  readonly amountMinor: number;
  readonly currency: string;
  readonly reasons: readonly StoredReason[];
  /** Who is asked now; `null`: nobody is any more. */
  readonly ownerRole: string | null;
  readonly tier: number | null;
  readonly holdUntil: number | null;
  readonly since: number;
}

export interface HoldFilter {
  readonly scope: Scope;
  readonly legalEntityId?: string | undefined;
  readonly customerNumber?: string | undefined;
  readonly groupNumber?: string | undefined;
  /** A customer's or a group's ID. */
  readonly accountId?: string | undefined;
}

/** A page of the holds that are not over, queue by queue. */
export async function listHolds(
  db: Db,
  filter: HoldFilter,
  page: { after: readonly [string, string] | null; fetch: number },
): Promise<HoldRow[]> {
  const where = allOf([
    sql`h.state in ('waiting', 'granted')`,
    inScope(filter.scope, 'h.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`h.legal_entity_id = ${filter.legalEntityId}`,
    filter.customerNumber === undefined ? null : sql`c.number = ${filter.customerNumber}`,
    filter.groupNumber === undefined ? null : sql`g.number = ${filter.groupNumber}`,
    filter.accountId === undefined ? null : sql`h.account_id = ${filter.accountId}`,
    page.after === null ? null : sql`(h.account_id, h.id) > (${page.after[0]}::uuid, ${page.after[1]}::bigint)`,
  ]);
  const { rows } = await sql<HoldRow>`
    select h.id, h.legal_entity_id as "legalEntityId", h.account_id as "accountId", h.order_id as "orderId",
      o.number as "orderNumber", c.number as "customerNumber", g.number as "groupNumber", h.state,
      case when h.state = 'waiting' and h.is_queued then (select count(*) from credit_hold q
        where q.account_id = h.account_id and q.state = 'waiting' and q.is_queued and q.id <= h.id) end as position,
      h.amount_minor as "amountMinor", e.currency, o.credit_reasons as reasons, k.owner_role as "ownerRole", k.tier,
      o.hold_until as "holdUntil", h.created_at as since
    from credit_hold h join sales_order o on o.id = h.order_id join customer c on c.id = h.customer_id
      join legal_entity e on e.id = h.legal_entity_id
      left join credit_group g on g.id = h.account_id
      left join lateral (select owner_role, tier from task where order_id = h.order_id and state = 'open'
        and kind in ('credit_hold', 'reservation_expired') order by id desc limit 1) k on true
    where ${where} order by h.account_id, h.id limit ${page.fetch}`.execute(db);
  return rows;
}
