// Customers that share one limit, and the limits themselves as they are written.

import { sql } from 'kysely';
import type { Db, Tx } from '../client.ts';
import { writeAudit } from './audit.ts';
import { allOf, inScope, type Scope } from './scope.ts';

/** Members that are named with their group. */
const MEMBERS_SHOWN_MAX = 500;

/** A customer's or a group's own limit, whichever counts. */
export interface LimitHolder {
  readonly currency: string;
  readonly limitMinor: number | null;
  /** Last day; `null`: without an end. */
  readonly limitUntil: string | null;
  readonly isBlocked: boolean;
  /** The group that a customer is in. */
  readonly groupId: string | null;
  /** Who created the customer, or the customers of the group; where that was kept. */
  readonly createdBy: readonly string[];
}

/** The limit as it stands, under the account's lock. @param id a customer's or a group's */
export async function limitHolder(tx: Tx, id: string): Promise<LimitHolder> {
  const { rows } = await sql<LimitHolder>`
    select a.currency, a.limit_minor as "limitMinor", a.limit_until as "limitUntil", a.is_blocked as "isBlocked",
      a.group_id as "groupId", array_remove(array[c.created_by], null) as "createdBy"
    from credit_account a join customer c on c.id = a.customer_id where a.customer_id = ${id}
    union all
    select g.currency, g.limit_minor, g.limit_until, g.is_blocked, null, array(select distinct c.created_by from credit_account a
      join customer c on c.id = a.customer_id where a.group_id = g.id and c.created_by is not null)
    from credit_group g where g.id = ${id}`.execute(tx);
  const [holder] = rows;
  if (holder === undefined) throw new Error(`defect: ${id} is neither a customer with a credit account nor a group`);
  return holder;
}

type Terms = Pick<LimitHolder, 'limitMinor' | 'limitUntil' | 'isBlocked'>;

export async function writeAccountLimit(
  tx: Tx,
  customerId: string,
  { limitMinor, limitUntil, isBlocked, groupId }: Terms & Pick<LimitHolder, 'groupId'>,
): Promise<void> {
  await tx
    .updateTable('credit_account')
    .set({
      ...{ limit_minor: limitMinor, limit_until: limitUntil, is_blocked: isBlocked, group_id: groupId },
      changed_at: new Date(),
    })
    .where('customer_id', '=', customerId)
    .execute();
}

export async function writeGroupLimit(
  tx: Tx,
  groupId: string,
  { limitMinor, limitUntil, isBlocked }: Terms,
): Promise<void> {
  await tx
    .updateTable('credit_group')
    .set({ limit_minor: limitMinor, limit_until: limitUntil, is_blocked: isBlocked, changed_at: new Date() })
    .where('id', '=', groupId)
    .execute();
}

/** Waiting and granted orders of a customer go to the account it is on now. Their places go by when they came. */
export async function moveHolds(tx: Tx, to: { customerId: string; accountId: string }): Promise<void> {
  await tx
    .updateTable('credit_hold')
    .set({ account_id: to.accountId })
    .where('customer_id', '=', to.customerId)
    .where('state', 'in', ['waiting', 'granted'])
    .execute();
}

// ── Groups as the door shows them ──

export interface GroupRow {
  readonly id: string;
  readonly legalEntityId: string;
  readonly number: string;
  readonly name: string;
  readonly currency: string;
  readonly limitMinor: number | null;
  readonly limitUntil: string | null;
  readonly isBlocked: boolean;
  /** Numbers of its customers, the first ones. */
  readonly customers: readonly string[];
  readonly customerCount: number;
  readonly createdAt: number;
}

const COLUMNS = sql.raw(`g.id, g.legal_entity_id as "legalEntityId", g.number, g.name, g.currency,
  g.limit_minor as "limitMinor", g.limit_until as "limitUntil", g.is_blocked as "isBlocked", g.created_at as "createdAt",
  (select count(*) from credit_account a where a.group_id = g.id) as "customerCount",
  array(select c.number from credit_account a join customer c on c.id = a.customer_id where a.group_id = g.id
    order by c.number limit ${String(MEMBERS_SHOWN_MAX)}) as customers`);

/** The group with this ID, whatever its legal entity: the caller authorises. */
export async function groupById(db: Db, id: string): Promise<GroupRow | null> {
  const { rows } = await sql<GroupRow>`select ${COLUMNS} from credit_group g where g.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** A page in the order of legal entities and numbers. */
export async function listGroups(
  db: Db,
  filter: { scope: Scope; legalEntityId?: string | undefined; number?: string | undefined },
  page: { after: readonly [string, string] | null; fetch: number },
): Promise<GroupRow[]> {
  const where = allOf([
    inScope(filter.scope, 'g.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`g.legal_entity_id = ${filter.legalEntityId}`,
    filter.number === undefined ? null : sql`g.number = ${filter.number}`,
    page.after === null ? null : sql`(g.legal_entity_id, g.number) > (${page.after[0]}, ${page.after[1]})`,
  ]);
  const { rows } = await sql<GroupRow>`select ${COLUMNS} from credit_group g
    where ${where} order by g.legal_entity_id, g.number limit ${page.fetch}`.execute(db);
  return rows;
}

/** Writes a group. It begins with a limit of zero, since a limit has a request of its own. @returns false when the number is taken */
export async function insertGroup(
  db: Db,
  group: { legalEntityId: string; number: string; name: string; currency: string },
  by: { actor: string; requestId: string; now: number },
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const made = await tx
      .insertInto('credit_group')
      .values({
        legal_entity_id: group.legalEntityId,
        number: group.number,
        name: group.name,
        currency: group.currency,
        limit_minor: 0,
        created_by: by.actor,
      })
      .onConflict((conflict) => conflict.columns(['legal_entity_id', 'number']).doNothing())
      .returning('id')
      .executeTakeFirst();
    if (made === undefined) return false;
    await writeAudit(tx, {
      legalEntityId: group.legalEntityId,
      actor: by.actor,
      action: 'credit_group.created',
      subject: made.id,
      businessAt: by.now,
      requestId: by.requestId,
    });
    return true;
  });
}
