// Seals of audit entries: which committed entries wait for one, where the chains end, and the new links.

import { sql, type RawBuilder } from 'kysely';
import type { AuditRecord, ChainHead, Seal } from '../../domain/audit-chain.ts';
import type { Tx } from '../client.ts';

/** Any number that nobody else locks with. */
const SEALER_LOCK = 20_261_122;

const instant = (column: string): string => `to_char(${column} at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`;

/** The columns of an audit entry `e` as they are sealed. */
export const AUDIT_RECORD = sql.raw(`e.id::text as id, e.transaction_id::text as "transactionId",
  e.legal_entity_id as "legalEntityId", ${instant('e.at')} as at, ${instant('e.business_at')} as "businessAt", e.actor, e.action,
  e.order_id::text as "orderId", e.subject, e.because, e.details::text as details, e.request_id as "requestId"`);

/**
 * The entry (`transaction_id`, `id`) up to which everything is sealed, as a query of one row or none. Entries are sealed in that order and only
 * below every transaction that still runs, so the latest one says it. A transaction that is not below them is of another
 * cluster, from which these rows were restored: then nothing is known, and the sealer looks at all entries.
 */
export const SEALED_UP_TO: RawBuilder<unknown> = sql`
  select transaction_id, id from (
    select e.transaction_id, e.id from audit_seal s join audit_entry e on e.id = s.entry_id order by s.sealed_at desc limit 1
  ) latest where transaction_id < pg_snapshot_xmin(pg_current_snapshot())`;

/** Whether this transaction is the one sealer of the database from now on. */
export async function lockSealer(tx: Tx): Promise<boolean> {
  const { rows } = await sql<{
    isOurs: boolean;
  }>`select pg_try_advisory_xact_lock(${SEALER_LOCK}::bigint) as "isOurs"`.execute(tx);
  return rows[0]?.isOurs === true;
}

/**
 * The first entries without a seal, in the order of sealing: by transaction, then by ID. Only entries of transactions below every
 * one that still runs: an entry with a lower ID could be committed later otherwise. One that was restored from another
 * cluster may have a number that is still to come here.
 */
export async function sealableEntries(tx: Tx, limit: number): Promise<AuditRecord[]> {
  const { rows: found } = await sql<{ transactionId: string; id: string }>`
    select transaction_id::text as "transactionId", id::text as id from (${SEALED_UP_TO}) sealed`.execute(tx);
  const after = found[0] ?? { transactionId: '0', id: '0' };
  const { rows } = await sql<AuditRecord>`select ${AUDIT_RECORD} from audit_entry e
    where (e.transaction_id, e.id) > (${after.transactionId}::xid8, ${after.id}::bigint)
      and (e.transaction_id < pg_snapshot_xmin(pg_current_snapshot()) or e.transaction_id >= pg_snapshot_xmax(pg_current_snapshot()))
      and not exists (select from audit_seal s where s.entry_id = e.id)
    order by e.transaction_id, e.id limit ${limit}`.execute(tx);
  return rows;
}

/** The last link of each of the chains that has one. */
export async function chainHeads(tx: Tx, chains: readonly string[]): Promise<ChainHead[]> {
  const { rows } =
    await sql<ChainHead>`select head.chain, head.position, head.hash from unnest(${chains}::text[]) as asked (chain)
    cross join lateral (
      select s.chain, s.position, s.hash from audit_seal s where s.chain = asked.chain order by s.position desc limit 1
    ) head`.execute(tx);
  return rows;
}

/** Writes new links in the order given. */
export async function insertSeals(tx: Tx, seals: readonly Seal[]): Promise<void> {
  await sql`insert into audit_seal (chain, position, entry_id, previous_hash, hash)
    select link.chain, link.position, link."entryId", link."previousHash", link.hash
    from json_to_recordset(${JSON.stringify(seals)}::json)
      as link(chain text, position bigint, "entryId" bigint, "previousHash" text, hash text)`.execute(tx);
}
