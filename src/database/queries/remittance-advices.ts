// Remittance advice at the door: stored once under its document, read with the line that it belongs to.

import { sql } from 'kysely';
import type { RemittanceAdvice } from '../../domain/bank-files/remittance-types.ts';
import type { RemittanceLine } from '../../domain/matching/types.ts';
import type { Db } from '../client.ts';
import { writeAudit } from './audit.ts';
import { closeTasks } from './open-task.ts';
import { allOf, inScope, type Scope } from './scope.ts';

export interface AdviceRow {
  readonly id: string;
  readonly legalEntityId: string;
  readonly senderName: string | null;
  readonly senderAccount: string | null;
  readonly trace: string | null;
  readonly paidOn: string | null;
  readonly currency: string;
  readonly amountMinor: number;
  readonly lines: readonly RemittanceLine[];
  readonly state: 'parked' | 'joined' | 'open' | 'ended';
  readonly lineId: string | null;
  readonly createdBy: string;
  readonly createdAt: number;
}

const COLUMNS =
  sql.raw(`a.id, a.legal_entity_id as "legalEntityId", a.sender_name as "senderName", a.sender_account as "senderAccount", a.trace,
  a.paid_on as "paidOn", a.currency, a.amount_minor as "amountMinor", a.lines, a.state, a.line_id as "lineId", a.created_by as "createdBy",
  a.created_at as "createdAt" from remittance_advice a`);

/** The advice with this ID, whatever its legal entity: the caller authorises. */
export async function adviceById(db: Db, id: string): Promise<AdviceRow | null> {
  const { rows } = await sql<AdviceRow>`select ${COLUMNS} where a.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** A page of advice, the newest first. @param filter.storedBefore epoch milliseconds */
export async function listAdvices(
  db: Db,
  filter: {
    scope: Scope;
    legalEntityId?: string | undefined;
    state?: string | undefined;
    storedBefore?: number | undefined;
  },
  page: { after: string | null; fetch: number },
): Promise<AdviceRow[]> {
  const where = allOf([
    inScope(filter.scope, 'a.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`a.legal_entity_id = ${filter.legalEntityId}`,
    filter.state === undefined ? null : sql`a.state = ${filter.state}`,
    filter.storedBefore === undefined ? null : sql`a.created_at < ${new Date(filter.storedBefore)}`,
    page.after === null ? null : sql`a.id < ${page.after}::uuid`,
  ]);
  const { rows } =
    await sql<AdviceRow>`select ${COLUMNS} where ${where} order by a.id desc limit ${page.fetch}`.execute(db);
  return rows;
}

/**
 * Stores the advice of one document, in its order; what was stored before stays as it is.
 *
 * @param document.sha256 of its bytes
 * @returns all of the document's, and whether any of them is new
 */
export async function storeAdvices(
  db: Db,
  document: { legalEntityId: string; sha256: string; advices: readonly RemittanceAdvice[] },
  by: { actor: string; requestId: string; now: number },
): Promise<{ rows: AdviceRow[]; isNew: boolean }> {
  const { legalEntityId, sha256 } = document;
  return db.transaction().execute(async (tx) => {
    const told = document.advices.map((advice, position) => ({ ...advice, position: position + 1 }));
    const { rows: made } = await sql<{ id: string; amountMinor: number; currency: string }>`
      insert into remittance_advice (legal_entity_id, sender_name, sender_account, trace, paid_on, currency, amount_minor, lines,
        document_sha256, position, created_by)
      select ${legalEntityId}, t."senderName", t."senderAccount", t.trace, t."paidOn", t.currency, t."amountMinor", t.lines, ${sha256},
        t.position, ${by.actor}
      from jsonb_to_recordset(${JSON.stringify(told)}::jsonb) as t ("senderName" text, "senderAccount" text, trace text, "paidOn" date,
        currency text, "amountMinor" bigint, lines jsonb, position integer)
      order by t.position
      on conflict (legal_entity_id, document_sha256, position) do nothing
      returning id, amount_minor as "amountMinor", currency`.execute(tx);
    await writeAudit(
      tx,
      ...made.map(({ id, ...details }) => ({
        ...{ legalEntityId, actor: by.actor, action: 'remittance_advice.received', subject: id, details },
        ...{ businessAt: by.now, requestId: by.requestId },
      })),
    );
    const { rows } = await sql<AdviceRow>`select ${COLUMNS}
      where a.legal_entity_id = ${legalEntityId} and a.document_sha256 = ${sha256} order by a.position`.execute(tx);
    return { rows, isNew: made.length > 0 };
  });
}

/** Age from which an advice that nobody looked for counts as left over: its door has given up long before. */
const LEFTOVER_AGE = '30 seconds';

/** Parked advice whose run never looked for its money, the oldest first. */
export async function advicesNeverSought(db: Db, limit: number): Promise<Pick<AdviceRow, 'id' | 'legalEntityId'>[]> {
  const { rows } = await sql<Pick<AdviceRow, 'id' | 'legalEntityId'>>`
    select id, legal_entity_id as "legalEntityId" from remittance_advice
    where state = 'parked' and sought_at is null and created_at < clock_timestamp() - ${LEFTOVER_AGE}::interval
    order by created_at limit ${limit}`.execute(db);
  return rows;
}

/** Puts an advice away that found no money. @returns false when it is joined or ended already */
export async function endAdvice(
  db: Db,
  advice: { id: string; legalEntityId: string; taskKey: string; noteId: string | null },
  by: { actor: string; requestId: string; now: number },
): Promise<boolean> {
  const { id, legalEntityId, taskKey, noteId } = advice;
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql`update remittance_advice set state = 'ended', changed_at = clock_timestamp()
      where id = ${id} and state in ('parked', 'open') returning id`.execute(tx);
    if (rows.length === 0) return false;
    await closeTasks(tx, { legalEntityId, keys: [taskKey], doneBy: by.actor });
    await writeAudit(tx, {
      ...{ legalEntityId, actor: by.actor, action: 'remittance_advice.ended', subject: id },
      ...{ because: 'A person put it away.', details: { noteId }, businessAt: by.now, requestId: by.requestId },
    });
    return true;
  });
}
