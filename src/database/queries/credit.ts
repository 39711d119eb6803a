// Credit accounts, what is owed on them, and the orders that are held for their room.

import { sql } from 'kysely';
import type { CreditFacts, Exposure } from '../../domain/credit.ts';
import { LEVELS, wholePolicy, type Policy, type StoredPolicy } from '../../domain/policy.ts';
import type { Db, Tx } from '../client.ts';
import { baseShare, OPEN_ITEM_IN_BASE, UNAPPLIED_IN_BASE } from './base-share.ts';
import { closeTasks } from './open-task.ts';

/** Whose room an order takes: its customer's, or that of the group the customer is in. */
export interface CreditAccount {
  readonly legalEntityId: string;
  /** The group's ID, else the customer's. */
  readonly accountId: string;
  readonly currency: string;
  readonly limitMinor: number | null;
  /** Last day on which the limit is good; `null`: without an end. */
  readonly limitUntil: string | null;
  /** Of the whole account. */
  readonly isBlocked: boolean;
  /** Of the customer by which the account was locked. */
  readonly isCustomerBlocked: boolean;
}

type LockedRow = Omit<CreditAccount, 'accountId' | 'isCustomerBlocked'> & { readonly groupId: string | null };

/**
 * Locks a credit account: whoever checks, reserves or frees room goes through here, one after the other. Orders are locked
 * before it; a customer's own row comes before its group's.
 *
 * @param id a customer's or a group's
 */
export async function lockCredit(tx: Tx, id: string): Promise<CreditAccount> {
  const { rows } = await sql<LockedRow>`
    select legal_entity_id as "legalEntityId", currency, limit_minor as "limitMinor", limit_until as "limitUntil",
      is_blocked as "isBlocked", group_id as "groupId" from credit_account where customer_id = ${id} for update`.execute(
    tx,
  );
  const [own] = rows;
  if (own === undefined) return { ...(await lockGroup(tx, id)), isCustomerBlocked: false };
  const { groupId, ...account } = own;
  if (groupId === null) return { ...account, accountId: id, isCustomerBlocked: account.isBlocked };
  return { ...(await lockGroup(tx, groupId)), isCustomerBlocked: account.isBlocked };
}

/** Locks a customer's own row alone. @returns the group that it is in */
export async function lockOwnRow(tx: Tx, customerId: string): Promise<string | null> {
  const { group_id: groupId } = await tx
    .selectFrom('credit_account')
    .select('group_id')
    .where('customer_id', '=', customerId)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return groupId;
}

async function lockGroup(tx: Tx, groupId: string): Promise<Omit<CreditAccount, 'isCustomerBlocked'>> {
  const { rows } = await sql<Omit<CreditAccount, 'isCustomerBlocked'>>`
    select legal_entity_id as "legalEntityId", id as "accountId", currency, limit_minor as "limitMinor",
      limit_until as "limitUntil", is_blocked as "isBlocked" from credit_group where id = ${groupId} for update`.execute(
    tx,
  );
  const [group] = rows;
  if (group === undefined)
    throw new Error(`defect: ${groupId} is neither a customer with a credit account nor a group`);
  return group;
}

/** What the customers of an account owe and wait for, and what the asking order brings along. */
export interface CreditStanding {
  readonly exposure: Exposure;
  readonly overdueMinor: number;
  readonly oldestOverdueDays: number;
  readonly highestLevel: CreditFacts['highestLevel'];
  /** Whether an order waits in the account's queue. */
  readonly isQueueWaiting: boolean;
  /** Of the asking order; `null` when it has none, or nobody asks. */
  readonly requestedOn: string | null;
  /** Of the asking order's customer; 0 when nobody asks. */
  readonly customerTermsDays: number;
}

const disputedInBase = sql.raw(
  baseShare({ base: 'i.base_minor', part: 'i.disputed_minor', whole: 'i.original_minor' }),
);

/**
 * Reads how a credit account stands, in one statement. All is in the legal entity's currency, which limits are in: open items and
 * unapplied cash by what they stand at in the books, orders at the rate they came in at.
 *
 * @param asked.orderId an order that is decided: its own part is left out; `null`: nothing is
 * @param asked.today the legal entity's date: what is due before it is overdue
 */
export async function creditStanding(
  db: Db | Tx,
  asked: { accountId: string; orderId: string | null; today: string },
): Promise<CreditStanding> {
  const { accountId, orderId, today } = asked;
  const { rows } = await sql<Exposure & Omit<CreditStanding, 'exposure'>>`
    with member as materialized (
      select array_agg(customer_id) as ids from credit_account
      where group_id = ${accountId} or (customer_id = ${accountId} and group_id is null)
    ), item as materialized (
      select i.id, i.order_id, i.side, i.due_on, i.original_minor, i.base_minor, i.open_minor as own_minor,
        ${sql.raw(OPEN_ITEM_IN_BASE)} as open_minor from open_item i
      where i.customer_id = any((select ids from member)::uuid[]) and i.open_minor > 0
    )
    select
      (select coalesce(sum(case side when 'debit' then open_minor else -open_minor end), 0)::bigint from item) as "openItemsMinor",
      (select coalesce(sum(${disputedInBase}), 0)::bigint from (
        select i.*, least(i.own_minor, (select coalesce(sum(d.amount_minor), 0)::bigint from dispute d
          where d.order_id = i.order_id and d.item_id = i.id and d.state in ('open', 'awaiting_approval'))) as disputed_minor
        from item i where i.side = 'debit') i) as "disputedMinor",
      (select coalesce(sum(round((gross_minor - billed_minor) * base_factor)), 0)::bigint from sales_order
        where customer_id = any((select ids from member)::uuid[]) and credit_state = 'approved' and billed_minor < gross_minor
          and not is_prepaid and cancelled_on is null and id is distinct from ${orderId}::uuid) as "unbilledOrdersMinor",
      (select coalesce(sum(round(greatest(0, o.gross_minor - o.billed_minor) * o.base_factor)), 0)::bigint
        from credit_hold h join sales_order o on o.id = h.order_id
        where h.account_id = ${accountId} and h.state = 'granted' and h.order_id is distinct from ${orderId}::uuid) as "grantedMinor",
      (select coalesce(sum(${sql.raw(UNAPPLIED_IN_BASE)}), 0)::bigint from payment p
        where customer_id = any((select ids from member)::uuid[]) and unapplied_minor > 0) as "unappliedCashMinor",
      (select coalesce(sum(open_minor), 0)::bigint from item where side = 'debit' and due_on < ${today}::date) as "overdueMinor",
      (select coalesce(greatest(0, ${today}::date - min(due_on)), 0) from item where side = 'debit') as "oldestOverdueDays",
      (select d.level from item i join dunning_step d on d.item_id = i.id where d.state = 'sent'
        order by array_position(${[...LEVELS]}::text[], d.level) desc limit 1) as "highestLevel",
      exists (select from credit_hold where account_id = ${accountId} and state = 'waiting' and is_queued) as "isQueueWaiting",
      (select requested_on from sales_order where id = ${orderId}::uuid) as "requestedOn",
      coalesce((select c.terms_days from sales_order o join customer c on c.id = o.customer_id where o.id = ${orderId}::uuid), 0)
        as "customerTermsDays"`.execute(db);
  const [row] = rows;
  if (row === undefined) throw new Error('defect: a select without a table gave no row');
  const { openItemsMinor, disputedMinor, unbilledOrdersMinor, grantedMinor, unappliedCashMinor, ...standing } = row;
  return {
    exposure: { openItemsMinor, disputedMinor, unbilledOrdersMinor, grantedMinor, unappliedCashMinor },
    ...standing,
  };
}

/** The rules of a legal entity and the zone of its days. */
export async function entityRules(db: Db | Tx, legalEntityId: string): Promise<{ zone: string; policy: Policy }> {
  const { rows } = await sql<{ zone: string; body: StoredPolicy | null }>`
    select e.zone, (select p.body from policy p where p.legal_entity_id = e.id order by p.version desc limit 1) as body
    from legal_entity e where e.id = ${legalEntityId}`.execute(db);
  const [row] = rows;
  if (row === undefined || row.body === null) throw new Error(`defect: legal entity ${legalEntityId} has no policy`);
  return { zone: row.zone, policy: wholePolicy(row.body) };
}

// ── Holds ──

/** An order's hold that is not over. */
export interface OpenHold {
  readonly id: number;
  readonly legalEntityId: string;
  readonly orderId: string;
  readonly state: 'waiting' | 'granted';
  readonly requestedOn: string | null;
}

/** The order's hold, read under its account's lock. */
export async function openHold(tx: Tx, orderId: string): Promise<OpenHold | null> {
  const { rows } = await sql<OpenHold>`
    select h.id, h.legal_entity_id as "legalEntityId", h.order_id as "orderId", h.state, o.requested_on as "requestedOn"
    from credit_hold h join sales_order o on o.id = h.order_id
    where h.order_id = ${orderId} and h.state in ('waiting', 'granted')`.execute(tx);
  return rows[0] ?? null;
}

/** Puts an order at the end of its account's queue. @returns the hold's ID */
export async function insertHold(
  tx: Tx,
  hold: {
    legalEntityId: string;
    orderId: string;
    customerId: string;
    accountId: string;
    amountMinor: number;
    isQueued: boolean;
  },
): Promise<number> {
  const { id } = await tx
    .insertInto('credit_hold')
    .values({
      legal_entity_id: hold.legalEntityId,
      order_id: hold.orderId,
      customer_id: hold.customerId,
      account_id: hold.accountId,
      amount_minor: hold.amountMinor,
      is_queued: hold.isQueued,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Ends a hold and the task of whoever had to decide it. */
export async function endHold(
  tx: Tx,
  hold: OpenHold,
  end: { state: 'taken' | 'released' | 'rejected' | 'expired' | 'withdrawn'; doneBy: string; now: number },
): Promise<void> {
  await tx
    .updateTable('credit_hold')
    .set({ state: end.state, ended_at: new Date(end.now) })
    .where('id', '=', hold.id)
    .where('state', 'in', ['waiting', 'granted'])
    .execute();
  const id = String(hold.id);
  // In 0.1.0 the task of a hold was named after its order.
  const keys = [`credit_hold/${id}`, `reservation_expired/${id}`, `credit_hold/${hold.orderId}`];
  await closeTasks(tx, { legalEntityId: hold.legalEntityId, keys, doneBy: end.doneBy });
}

/** An order that waits for room, as the grant pass looks at it. Amounts are in the limit's currency. */
export interface QueuedHold {
  readonly id: number;
  readonly orderId: string;
  readonly orderMinor: number;
  readonly orderTermsDays: number;
  readonly customerTermsDays: number;
  readonly isCustomerBlocked: boolean;
  readonly isPrepaid: boolean;
}

/** The head of an account's queue, first in first out. What only a person may decide stands in nobody's way. */
export async function queueOf(tx: Tx, accountId: string, limit: number): Promise<QueuedHold[]> {
  const { rows } = await sql<QueuedHold>`
    select h.id, h.order_id as "orderId", round(greatest(0, o.gross_minor - o.billed_minor) * o.base_factor)::bigint as "orderMinor",
      o.terms_days as "orderTermsDays", c.terms_days as "customerTermsDays", a.is_blocked as "isCustomerBlocked",
      o.is_prepaid as "isPrepaid"
    from credit_hold h join sales_order o on o.id = h.order_id join customer c on c.id = h.customer_id
      join credit_account a on a.customer_id = h.customer_id
    where h.account_id = ${accountId} and h.state = 'waiting' and h.is_queued
    order by h.id limit ${limit}`.execute(tx);
  return rows;
}

/** Reserves room for holds that wait. */
export async function markGranted(tx: Tx, holdIds: readonly number[]): Promise<void> {
  await tx.updateTable('credit_hold').set({ state: 'granted' }).where('id', 'in', holdIds).execute();
}

/** Orders that were granted and have not taken their grant, on the accounts of these customers or groups, oldest first. */
export async function grantedOn(db: Db | Tx, ids: readonly string[], limit: number): Promise<string[]> {
  const { rows } = await sql<{ orderId: string }>`
    select order_id as "orderId" from credit_hold where state = 'granted' and account_id in (
      select coalesce((select coalesce(group_id, customer_id) from credit_account where customer_id = asked.id), asked.id)
      from unnest(${ids}::uuid[]) as asked (id)) order by id limit ${limit}`.execute(db);
  return rows.map((row) => row.orderId);
}

/** What bears on who may release an order of the customer. */
export async function releaseGround(
  tx: Tx,
  asked: { customerId: string; since: number },
): Promise<{ createdBy: string | null; releasedMinor: number }> {
  const { rows } = await sql<{ createdBy: string | null; releasedMinor: number }>`
    select c.created_by as "createdBy", (select coalesce(sum(h.amount_minor), 0)::bigint from credit_hold h
      where h.customer_id = c.id and h.state = 'released' and h.ended_at > ${new Date(asked.since)}) as "releasedMinor"
    from customer c where c.id = ${asked.customerId}`.execute(tx);
  const [ground] = rows;
  if (ground === undefined) throw new Error(`defect: no customer ${asked.customerId}`);
  return ground;
}
