// What other doors told and no bank line has brought: the balances of their clearing accounts, and how old they are.

import { sql } from 'kysely';
import type { StoredPolicy } from '../../domain/policy.ts';
import type { Db, Tx } from '../client.ts';

/** Sources of one legal entity that are listed. */
const SOURCES_MAX = 200;
/** Legal entities whose accounts are looked at in one sweep. */
const ENTITIES_MAX = 1_000;

/**
 * All that stands on a door's clearing account, each posted part with its sign: payments that were told, less returns with their
 * fees, and refunds that left nothing on the bank yet. Their sum is the account's balance in the ledger (see `verify`).
 */
export const OPEN_CLEARING = sql`
  select p.legal_entity_id, p.source, p.currency, p.amount_minor as amount, p.id, p.value_on as since
  from payment p where p.state = 'posted' and p.source <> 'statement' and p.cleared_by_line_id is null
  union all
  select p.legal_entity_id, p.source, p.currency, -(r.amount_minor + r.fee_minor), r.id, r.returned_on
  from payment_return r join payment p on p.id = r.payment_id
  where r.state = 'posted' and p.source <> 'statement' and r.cleared_by_line_id is null
  union all
  select a.legal_entity_id, 'refund', a.currency, -a.amount_minor, a.id, (a.decided_at at time zone e.zone)::date
  from approval a join legal_entity e on e.id = a.legal_entity_id
  where a.kind = 'refund' and a.state = 'approved' and a.cleared_by_line_id is null`;

export interface ClearingAccount {
  readonly source: string;
  readonly currency: string;
  /** Minor units as text: debits less credits of the account in the ledger, which may be beyond the safe integers. */
  readonly balance: string;
  /** Payments, returns and refunds that wait for their bank line. */
  readonly count: number;
  /** ISO date of the oldest; `null`: nothing waits. */
  readonly oldestOn: string | null;
}

/** The clearing accounts of a legal entity, by source and currency; those of which nothing waits too. The bank's own is none of them. */
export async function clearingAccounts(db: Db, legalEntityId: string): Promise<ClearingAccount[]> {
  const { rows } = await sql<ClearingAccount>`
    with ledger as (
      select substr(l.account, 10) as source, l.currency, sum(l.amount_minor) as balance
      from journal_line l join journal_entry e on e.id = l.entry_id
      where e.legal_entity_id = ${legalEntityId} and l.account like 'clearing:%' and l.account <> 'clearing:statement'
      group by l.account, l.currency
    ), waiting as (
      select source, currency, count(*) as count, min(since) as "oldestOn"
      from (${OPEN_CLEARING}) o where legal_entity_id = ${legalEntityId} group by source, currency
    )
    select l.source, l.currency, l.balance::text as balance, coalesce(w.count, 0) as count, w."oldestOn"
    from ledger l left join waiting w on w.source = l.source and w.currency = l.currency
    order by l.source, l.currency limit ${SOURCES_MAX}`.execute(db);
  return rows;
}

/** A legal entity that reads bank files, and since when. */
export interface BankedEntity {
  readonly id: string;
  readonly zone: string;
  readonly policy: StoredPolicy | null;
  /** Booking date of the first line it ever read: what was told before it can wait for ever. */
  readonly since: string;
}

/** Legal entities that have read a bank file. Whoever reads none clears elsewhere, and would drown in tasks. */
export async function bankedEntities(db: Db): Promise<BankedEntity[]> {
  const { rows } = await sql<BankedEntity>`
    select e.id, e.zone, first.since,
      (select y.body from policy y where y.legal_entity_id = e.id order by y.version desc limit 1) as policy
    from legal_entity e, lateral (
      select (select min(l.booked_on) from bank_line l where l.statement_id = s.id) as since
      from bank_statement s where s.legal_entity_id = e.id
        and exists (select from bank_line l where l.statement_id = s.id) order by s.id limit 1) first
    order by e.id limit ${ENTITIES_MAX}`.execute(db);
  return rows;
}

/** What waits longest on a door's clearing account. */
export interface OldestOpen {
  readonly source: string;
  /** The payment's, return's or refund's ID. */
  readonly id: string;
  /** ISO date. */
  readonly since: string;
}

/**
 * The oldest that waits on each clearing account of a legal entity, if it is of `until` or before. A payment that was returned whole
 * before it reached the bank waits for nothing, and neither does its return.
 */
export async function oldestOpen(
  db: Db,
  asked: { legalEntityId: string; from: string; until: string },
): Promise<OldestOpen[]> {
  const { legalEntityId, from, until } = asked;
  // Source by source along the index of uncleared payments: this is asked every minute, and they may be many.
  const { rows } = await sql<OldestOpen>`
    with recursive source as (
      select (select min(source) from payment where ${uncleared(legalEntityId)}) as source
      union all
      select (select min(p.source) from payment p where ${uncleared(legalEntityId)} and p.source > s.source) from source s where s.source is not null
    ), oldest as (
      select s.source, p.id, p.since from source s, lateral (
        select id, value_on as since from payment p where ${uncleared(legalEntityId)} and p.source = s.source and p.state = 'posted'
          and p.returned_minor < p.amount_minor and p.value_on between ${from}::date and ${until}::date
        order by value_on, id limit 1) p
      union all
      select p.source, r.id, r.returned_on from payment_return r join payment p on p.id = r.payment_id
      where r.legal_entity_id = ${legalEntityId} and r.state = 'posted' and r.cleared_by_line_id is null and p.source <> 'statement'
        and r.returned_on between ${from}::date and ${until}::date
        and (p.cleared_by_line_id is not null or p.returned_minor < p.amount_minor)
      union all
      select 'refund', a.id, (a.decided_at at time zone e.zone)::date from approval a join legal_entity e on e.id = a.legal_entity_id
      where a.legal_entity_id = ${legalEntityId} and a.kind = 'refund' and a.state = 'approved' and a.cleared_by_line_id is null
        and (a.decided_at at time zone e.zone)::date between ${from}::date and ${until}::date
    )
    select distinct on (source) source, id, since from oldest order by source, since, id`.execute(db);
  return rows;
}

const uncleared = (legalEntityId: string) =>
  sql`legal_entity_id = ${legalEntityId} and cleared_by_line_id is null and source <> 'statement'`;

/** How much waits on an account, by currency. */
export async function waitingOn(
  tx: Tx,
  account: { legalEntityId: string; source: string },
): Promise<{ currency: string; amount: string; count: number }[]> {
  const { rows } = await sql<{ currency: string; amount: string; count: number }>`
    select currency, sum(amount)::text as amount, count(*) as count from (${OPEN_CLEARING}) o
    where legal_entity_id = ${account.legalEntityId} and source = ${account.source} group by currency order by currency`.execute(
    tx,
  );
  return rows;
}
