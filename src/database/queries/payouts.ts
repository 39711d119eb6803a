// What providers say that they pay out: stored once under the provider's own ID, held against the payments that were told.

import { sql } from 'kysely';
import { checkPayoutPayments, type PayoutLine, type PayoutPayment } from '../../domain/payout.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Db, Tx } from '../client.ts';
import { writeAudit } from './audit.ts';
import { allOf, inScope, type Scope } from './scope.ts';

/** Age from which a payout counts as left over: its door has given up long before. */
const LEFTOVER_AGE = '30 seconds';

export interface PayoutRow {
  readonly id: string;
  readonly legalEntityId: string;
  readonly source: string;
  readonly payoutId: string;
  /** ISO date. */
  readonly paidOn: string;
  readonly currency: string;
  readonly netMinor: number;
  readonly feeMinor: number;
  readonly lines: readonly PayoutLine[];
  readonly state: 'expected' | 'cleared';
  readonly lineId: string | null;
  readonly contentHash: string;
  readonly createdAt: number;
}

const COLUMNS =
  sql.raw(`o.id, o.legal_entity_id as "legalEntityId", o.source, o.payout_id as "payoutId", o.paid_on as "paidOn", o.currency,
  o.net_minor as "netMinor", o.fee_minor as "feeMinor", o.lines, o.state, o.line_id as "lineId", o.content_hash as "contentHash",
  o.created_at as "createdAt"`);

/** The payout with this ID, whatever its legal entity: the caller authorises. */
export async function payoutById(db: Db | Tx, id: string): Promise<PayoutRow | null> {
  const { rows } = await sql<PayoutRow>`select ${COLUMNS} from provider_payout o where o.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** A page of payouts, newest first. */
export async function listPayouts(
  db: Db,
  filter: {
    scope: Scope;
    legalEntityId?: string | undefined;
    source?: string | undefined;
    state?: string | undefined;
  },
  page: { after: string | null; fetch: number },
): Promise<PayoutRow[]> {
  const where = allOf([
    inScope(filter.scope, 'o.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`o.legal_entity_id = ${filter.legalEntityId}`,
    filter.source === undefined ? null : sql`o.source = ${filter.source}`,
    filter.state === undefined ? null : sql`o.state = ${filter.state}`,
    page.after === null ? null : sql`o.id < ${page.after}`,
  ]);
  const { rows } = await sql<PayoutRow>`select ${COLUMNS} from provider_payout o where ${where}
    order by o.id desc limit ${page.fetch}`.execute(db);
  return rows;
}

export type NewPayout = Omit<PayoutRow, 'id' | 'state' | 'lineId' | 'createdAt'> & {
  readonly actor: string;
  readonly requestId: string;
  /** Business time, epoch milliseconds. */
  readonly now: number;
};

/**
 * Stores a payout with its audit entry, or finds the one that its source told before. Refuses `legal_entity_unknown`, and what
 * `checkPayoutPayments` refuses, under the locks of its payments, so that no two payouts have the same.
 */
export async function storePayout(db: Db, told: NewPayout): Promise<Result<{ stored: PayoutRow; isNew: boolean }>> {
  return db.transaction().execute(async (tx) => {
    const known = await payoutBySource(tx, told);
    if (known !== null) return { ok: true, stored: known, isNew: false };
    if (!(await hasEntity(tx, told.legalEntityId))) return entityUnknown(told.legalEntityId);
    const checked = checkPayoutPayments(told, await lockPaymentsOf(tx, told));
    if (!checked.ok) return checked;
    const id = await insertPayout(tx, told);
    const stored = id === null ? await payoutBySource(tx, told) : await payoutById(tx, id);
    if (stored === null) throw new Error('defect: a payout that exists cannot be read');
    return { ok: true, stored, isNew: id !== null };
  });
}

function entityUnknown(legalEntityId: string): ReturnType<typeof refuse> {
  return refuse({
    kind: 'not_found',
    code: 'legal_entity_unknown',
    text: `There is no legal entity ${legalEntityId}.`,
    hint: 'GET /v1/legal-entities lists them.',
  });
}

async function hasEntity(tx: Tx, id: string): Promise<boolean> {
  const row = await tx.selectFrom('legal_entity').select('id').where('id', '=', id).executeTakeFirst();
  return row !== undefined;
}

async function payoutBySource(
  tx: Tx,
  key: Pick<PayoutRow, 'legalEntityId' | 'source' | 'payoutId'>,
): Promise<PayoutRow | null> {
  const { rows } =
    await sql<PayoutRow>`select ${COLUMNS} from provider_payout o where o.legal_entity_id = ${key.legalEntityId}
    and o.source = ${key.source} and o.payout_id = ${key.payoutId}`.execute(tx);
  return rows[0] ?? null;
}

/** Locks the payments that a payout names, in the order of their IDs. @returns them by their source's IDs */
async function lockPaymentsOf(tx: Tx, told: NewPayout): Promise<Map<string, PayoutPayment>> {
  const { legalEntityId, source } = told;
  const sourceIds = told.lines.map(({ sourceId }) => sourceId);
  const { rows: ids } = await sql<{ id: string }>`select id from payment where legal_entity_id = ${legalEntityId}
    and source = ${source} and source_id = any(${sourceIds}::text[])`.execute(tx);
  const paymentIds = ids.map(({ id }) => id);
  await sql`select 1 from payment where id = any(${paymentIds}::uuid[]) order by id for no key update`.execute(tx);
  const { rows } = await sql<PayoutPayment>`
    with named as (
      select l ->> 'sourceId' as source_id from provider_payout o, jsonb_array_elements(o.lines) l
      where o.legal_entity_id = ${legalEntityId} and o.source = ${source} and o.state = 'expected' and l ->> 'kind' = 'payment'
    )
    select p.source_id as "sourceId", p.amount_minor as "amountMinor", p.currency,
      p.cleared_by_line_id is not null or p.source_id in (select source_id from named) as "isTaken"
    from payment p where p.id = any(${paymentIds}::uuid[])`.execute(tx);
  return new Map(rows.map((row) => [row.sourceId, row]));
}

async function insertPayout(tx: Tx, told: NewPayout): Promise<string | null> {
  const made = await tx
    .insertInto('provider_payout')
    .values({
      legal_entity_id: told.legalEntityId,
      source: told.source,
      payout_id: told.payoutId,
      paid_on: told.paidOn,
      currency: told.currency,
      net_minor: told.netMinor,
      fee_minor: told.feeMinor,
      lines: JSON.stringify(told.lines),
      content_hash: told.contentHash,
      created_by: told.actor,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  if (made === undefined) return null;
  await writeAudit(tx, {
    legalEntityId: told.legalEntityId,
    actor: told.actor,
    action: 'payout.received',
    subject: made.id,
    details: { source: told.source, payoutId: told.payoutId, netMinor: told.netMinor, currency: told.currency },
    businessAt: told.now,
    requestId: told.requestId,
  });
  return made.id;
}

/** Says that the payout's run has looked for its line. */
export async function markSought(db: Db, id: string): Promise<void> {
  await sql`update provider_payout set sought_at = clock_timestamp() where id = ${id} and sought_at is null`.execute(
    db,
  );
}

/** Payouts that were stored and whose run never looked for their lines, oldest first. */
export async function payoutsNeverSought(db: Db, limit: number): Promise<Pick<PayoutRow, 'id' | 'legalEntityId'>[]> {
  const { rows } = await sql<Pick<PayoutRow, 'id' | 'legalEntityId'>>`
    select id, legal_entity_id as "legalEntityId" from provider_payout
    where state = 'expected' and sought_at is null and created_at < clock_timestamp() - ${LEFTOVER_AGE}::interval
    order by created_at limit ${limit}`.execute(db);
  return rows;
}
