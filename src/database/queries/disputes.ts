// Disputes as people see them, and what comes with them: messages and files of evidence.

import { sql } from 'kysely';
import type { DisputeOutcome, DisputeSource, DisputeState } from '../../domain/dispute.ts';
import type { Db, Tx } from '../client.ts';
import { writeAudit } from './audit.ts';
import { writeNote } from './notes.ts';
import { allOf, inScope, type Scope } from './scope.ts';

export interface DisputeRow {
  readonly id: string;
  readonly legalEntityId: string;
  readonly orderId: string;
  readonly orderNumber: string;
  readonly itemId: string;
  readonly itemNumber: string;
  readonly customerNumber: string;
  readonly amountMinor: number;
  readonly creditedMinor: number;
  readonly currency: string;
  readonly reason: string;
  readonly source: DisputeSource;
  readonly state: DisputeState;
  readonly outcome: DisputeOutcome | null;
  readonly approvalId: string | null;
  /** The role that had it first, by its reason. */
  readonly ownerRole: string;
  readonly raisedOn: string;
  readonly dueAt: number;
  readonly createdBy: string;
  readonly createdAt: number;
  readonly resolvedBy: string | null;
  readonly resolvedAt: number | null;
  /** Who has it now. */
  readonly task: { readonly id: string; readonly tier: number; readonly ownerRole: string } | null;
}

export interface MessageRow {
  readonly id: string;
  readonly direction: 'from_customer' | 'to_customer' | 'internal';
  readonly text: string;
  readonly createdBy: string;
  readonly createdAt: number;
}

/** A file without its content. */
export interface EvidenceRow {
  readonly id: string;
  readonly name: string;
  readonly mediaType: string;
  readonly byteCount: number;
  readonly sha256: string;
  readonly createdBy: string;
  readonly createdAt: number;
}

/** Who does something, in which request and when. */
export interface By {
  readonly actor: string;
  readonly requestId: string;
  /** One name for the request and its repetitions, SHA-256 in hex. */
  readonly requestKey: string;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

const COLUMNS = sql.raw(`d.id, d.legal_entity_id as "legalEntityId", d.order_id as "orderId", o.number as "orderNumber",
  d.item_id as "itemId", t.number as "itemNumber", c.number as "customerNumber", d.amount_minor as "amountMinor",
  d.credited_minor as "creditedMinor", d.currency, d.reason, d.source, d.state, d.outcome, d.approval_id as "approvalId",
  d.owner_role as "ownerRole", d.raised_on as "raisedOn", d.due_at as "dueAt", d.created_by as "createdBy", d.created_at as "createdAt",
  d.resolved_by as "resolvedBy", d.resolved_at as "resolvedAt",
  (select json_build_object('id', k.id, 'tier', k.tier, 'ownerRole', k.owner_role) from task k
    where k.dispute_id = d.id and k.kind = 'dispute' order by k.id desc limit 1) as task`);
const FROM = sql.raw(`dispute d join sales_order o on o.id = d.order_id join open_item t on t.id = d.item_id
  join customer c on c.id = o.customer_id`);

/** The dispute with this ID, whatever its legal entity: the caller authorises. */
export async function disputeById(db: Db, id: string): Promise<DisputeRow | null> {
  const { rows } = await sql<DisputeRow>`select ${COLUMNS} from ${FROM} where d.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** What is asked of a list of disputes. */
export interface DisputeFilter {
  readonly scope: Scope;
  readonly legalEntityId?: string | undefined;
  readonly state?: string | undefined;
  readonly orderId?: string | undefined;
  readonly customerNumber?: string | undefined;
  readonly reason?: string | undefined;
  /** Only those that should have been resolved before this instant, and are not. */
  readonly overdueAt?: number | undefined;
}

/** A page of disputes, newest first. */
export async function listDisputes(
  db: Db,
  filter: DisputeFilter,
  page: { after: string | null; fetch: number },
): Promise<DisputeRow[]> {
  const where = allOf([
    inScope(filter.scope, 'd.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`d.legal_entity_id = ${filter.legalEntityId}`,
    filter.state === undefined ? null : sql`d.state = ${filter.state}`,
    filter.orderId === undefined ? null : sql`d.order_id = ${filter.orderId}`,
    filter.customerNumber === undefined ? null : sql`c.number = ${filter.customerNumber}`,
    filter.reason === undefined ? null : sql`d.reason = ${filter.reason}`,
    filter.overdueAt === undefined
      ? null
      : sql`d.state in ('open', 'awaiting_approval') and d.due_at < ${new Date(filter.overdueAt)}`,
    page.after === null ? null : sql`d.id < ${page.after}`,
  ]);
  const { rows } =
    await sql<DisputeRow>`select ${COLUMNS} from ${FROM} where ${where} order by d.id desc limit ${page.fetch}`.execute(
      db,
    );
  return rows;
}

/** What was said and shown, oldest first, and the note it was raised with. */
export async function disputeFile(
  db: Db,
  id: string,
): Promise<{ note: string | null; messages: readonly MessageRow[]; evidence: readonly EvidenceRow[] }> {
  const { rows: messages } =
    await sql<MessageRow>`select m.id, m.direction, n.body as text, m.created_by as "createdBy",
    m.created_at as "createdAt" from dispute_message m join note n on n.id = m.note_id
    where m.dispute_id = ${id} order by m.id limit ${sql.lit(MESSAGES_PER_DISPUTE_MAX)}`.execute(db);
  const { rows: evidence } = await sql<EvidenceRow>`select ${EVIDENCE} from evidence
    where dispute_id = ${id} order by id limit ${sql.lit(FILES_PER_DISPUTE_MAX)}`.execute(db);
  const { rows: notes } = await sql<{ body: string }>`select n.body from dispute d join note n on n.id = d.note_id
    where d.id = ${id}`.execute(db);
  return { note: notes[0]?.body ?? null, messages, evidence };
}

/** Messages and files of one dispute. */
export const MESSAGES_PER_DISPUTE_MAX = 500;
export const FILES_PER_DISPUTE_MAX = 50;

const EVIDENCE =
  sql.raw(`id, name, media_type as "mediaType", byte_count as "byteCount", sha256, created_by as "createdBy",
  created_at as "createdAt"`);

/** Keeps a message once for a request. @returns the message; `null` when the dispute has as many as it may have */
export async function addMessage(
  db: Db,
  dispute: DisputeRow,
  message: Pick<MessageRow, 'direction' | 'text'>,
  by: By,
): Promise<MessageRow | null> {
  return db.transaction().execute(async (tx) => {
    const { legalEntityId } = dispute;
    const noteId = await writeNote(tx, { ...by, legalEntityId, body: message.text });
    const kept = await messageOf(tx, noteId);
    if (kept !== null) return kept;
    await lockDispute(tx, dispute.id);
    const { rows } = await sql<{ id: string }>`insert into dispute_message (dispute_id, direction, note_id, created_by)
      select ${dispute.id}, ${message.direction}, ${noteId}, ${by.actor}
      where (select count(*) from dispute_message where dispute_id = ${dispute.id}) < ${MESSAGES_PER_DISPUTE_MAX}
      returning id`.execute(tx);
    if (rows.length === 0) return null;
    await auditIntake(
      tx,
      dispute,
      { action: 'dispute.message', details: { direction: message.direction, noteId } },
      by,
    );
    return messageOf(tx, noteId);
  });
}

async function messageOf(tx: Tx, noteId: string): Promise<MessageRow | null> {
  const { rows } = await sql<MessageRow>`select m.id, m.direction, n.body as text, m.created_by as "createdBy",
    m.created_at as "createdAt" from dispute_message m join note n on n.id = m.note_id where m.note_id = ${noteId}`.execute(
    tx,
  );
  return rows[0] ?? null;
}

/** A file as it is handed in. */
export interface NewEvidence {
  readonly name: string;
  readonly mediaType: string;
  readonly content: Buffer;
  readonly sha256: string;
}

/** Keeps a file. The same content twice is one file. @returns `null` when the dispute has as many as it may have */
export async function addEvidence(
  db: Db,
  dispute: DisputeRow,
  file: NewEvidence,
  by: By,
): Promise<{ file: EvidenceRow; isNew: boolean } | null> {
  return db.transaction().execute(async (tx) => {
    await lockDispute(tx, dispute.id);
    const { rows: known } = await sql<EvidenceRow>`select ${EVIDENCE} from evidence
      where dispute_id = ${dispute.id} and sha256 = ${file.sha256}`.execute(tx);
    if (known[0] !== undefined) return { file: known[0], isNew: false };
    const { rows } =
      await sql<EvidenceRow>`insert into evidence (dispute_id, name, media_type, content, byte_count, sha256, created_by)
      select ${dispute.id}, ${file.name}, ${file.mediaType}, ${file.content}, ${file.content.length}, ${file.sha256}, ${by.actor}
      where (select count(*) from evidence where dispute_id = ${dispute.id}) < ${FILES_PER_DISPUTE_MAX}
      returning ${EVIDENCE}`.execute(tx);
    const [made] = rows;
    if (made === undefined) return null;
    const { id: evidenceId, mediaType, byteCount, sha256 } = made;
    const details = { evidenceId, mediaType, byteCount, sha256 };
    await auditIntake(tx, dispute, { action: 'dispute.evidence', details }, by);
    return { file: made, isNew: true };
  });
}

/** A file with its content. */
export async function evidenceById(
  db: Db,
  evidence: { disputeId: string; id: string },
): Promise<(EvidenceRow & { content: Buffer }) | null> {
  const { rows } = await sql<EvidenceRow & { content: Buffer }>`select ${EVIDENCE}, content from evidence
    where id = ${evidence.id} and dispute_id = ${evidence.disputeId}`.execute(db);
  return rows[0] ?? null;
}

/** Two that come at once count one after the other. */
async function lockDispute(tx: Tx, id: string): Promise<void> {
  await sql`select 1 from dispute where id = ${id} for no key update`.execute(tx);
}

async function auditIntake(
  tx: Tx,
  dispute: DisputeRow,
  entry: { action: string; details: Readonly<Record<string, unknown>> },
  by: By,
): Promise<void> {
  await writeAudit(tx, {
    legalEntityId: dispute.legalEntityId,
    actor: by.actor,
    action: entry.action,
    orderId: dispute.orderId,
    subject: dispute.id,
    details: entry.details,
    businessAt: by.now,
    requestId: by.requestId,
  });
}
