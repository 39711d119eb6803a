// What a customer owes and paid: open items, unapplied cash and ageing, and whose limit counts for it. Totals are summed in SQL and travel as text.

import { sql } from 'kysely';
import type { Db } from '../client.ts';
import { OPEN_ITEM_IN_BASE } from './base-share.ts';

export interface AccountRow {
  readonly openItems: readonly {
    id: string;
    order: string;
    number: string;
    side: 'debit' | 'credit';
    issuedOn: string;
    dueOn: string;
    currency: string;
    originalMinor: number;
    openMinor: number;
  }[];
  readonly payments: readonly {
    id: string;
    source: string;
    sourceId: string;
    valueOn: string;
    currency: string;
    amountMinor: number;
    unappliedMinor: number;
  }[];
  /** In the legal entity's currency, at what the items stand in the books. */
  readonly totals: {
    readonly openItems: string;
    readonly notDue: string;
    readonly days1To30: string;
    readonly days31To60: string;
    readonly days61To90: string;
    readonly over90: string;
  };
}

/** @param options.on the customer's local date: what is due before it is overdue */
export async function customerAccount(
  db: Db,
  options: { customerId: string; on: string; rowsMax: number },
): Promise<AccountRow> {
  const { customerId, on, rowsMax } = options;
  const { rows } = await sql<AccountRow>`select
    coalesce((select json_agg(i) from (select id, order_id as "order", number, side, issued_on as "issuedOn", due_on as "dueOn",
      currency, original_minor as "originalMinor", open_minor as "openMinor" from open_item
      where customer_id = ${customerId} and open_minor > 0 order by due_on, id limit ${rowsMax}) i), '[]') as "openItems",
    coalesce((select json_agg(p) from (select id, source, source_id as "sourceId", value_on as "valueOn", currency, amount_minor as "amountMinor",
      unapplied_minor as "unappliedMinor" from payment
      where customer_id = ${customerId} and unapplied_minor > 0 order by id limit ${rowsMax}) p), '[]') as payments,
    (select json_build_object(
      'openItems', coalesce(sum(signed), 0)::text,
      'notDue', coalesce(sum(signed) filter (where late <= 0), 0)::text,
      'days1To30', coalesce(sum(signed) filter (where late between 1 and 30), 0)::text,
      'days31To60', coalesce(sum(signed) filter (where late between 31 and 60), 0)::text,
      'days61To90', coalesce(sum(signed) filter (where late between 61 and 90), 0)::text,
      'over90', coalesce(sum(signed) filter (where late > 90), 0)::text)
      from (select case side when 'debit' then 1 else -1 end * ${sql.raw(OPEN_ITEM_IN_BASE)} as signed, ${on}::date - due_on as late
        from open_item i where customer_id = ${customerId} and open_minor > 0) items) as totals`.execute(db);
  const [account] = rows;
  if (account === undefined) throw new Error('defect: a select without a table gave no row');
  return account;
}

/** The limit that counts for a customer. */
export interface CountingLimit {
  /** The group's ID, else the customer's. */
  readonly accountId: string;
  readonly groupNumber: string | null;
  readonly limitMinor: number | null;
  readonly limitUntil: string | null;
  /** Of the customer or its group. */
  readonly isBlocked: boolean;
}

/** Read without a lock: for showing, not for deciding. */
export async function countingLimit(db: Db, customerId: string): Promise<CountingLimit> {
  const { rows } = await sql<CountingLimit>`
    select coalesce(g.id, a.customer_id) as "accountId", g.number as "groupNumber",
      case when g.id is null then a.limit_minor else g.limit_minor end as "limitMinor",
      case when g.id is null then a.limit_until else g.limit_until end as "limitUntil",
      a.is_blocked or coalesce(g.is_blocked, false) as "isBlocked"
    from credit_account a left join credit_group g on g.id = a.group_id where a.customer_id = ${customerId}`.execute(
    db,
  );
  const [limit] = rows;
  if (limit === undefined) throw new Error(`defect: customer ${customerId} has no credit account`);
  return limit;
}
