// Tasks as people work them off: listed by deadline, taken over, commented, put off, marked done by hand.

import { sql, type RawBuilder } from 'kysely';
import type { Escalation } from '../../domain/escalation.ts';
import type { Db, Tx } from '../client.ts';
import { writeAudit } from './audit.ts';
import { writeNote } from './notes.ts';
import { allOf, inScope, type Scope } from './scope.ts';

export type TaskState = 'open' | 'done' | 'lapsed';

export interface TaskRow {
  readonly id: string;
  readonly legalEntityId: string;
  readonly kind: string;
  readonly ownerRole: string;
  readonly orderId: string | null;
  readonly itemId: string | null;
  readonly disputeId: string | null;
  readonly approvalId: string | null;
  readonly customerNumber: string | null;
  readonly reason: string;
  readonly endsWith: string;
  readonly deadlineAt: number;
  /** The deadline as the database writes it, to the microsecond: what pages are cut by. */
  readonly deadlineText: string;
  /** 0: its first owner; each escalation adds one. */
  readonly tier: number;
  /** Whom it goes on to next and when; `null`: to nobody. */
  readonly next: Escalation | null;
  readonly lapses: boolean;
  readonly state: TaskState;
  readonly assignedTo: string | null;
  readonly snoozedUntil: number | null;
  readonly doneBy: string | null;
  readonly doneAt: number | null;
  readonly createdAt: number;
}

export interface CommentRow {
  readonly id: string;
  readonly text: string;
  readonly createdBy: string;
  readonly createdAt: number;
}

/** Who changes a task, in which request and when (business time, epoch milliseconds). */
export interface TaskChange {
  readonly actor: string;
  readonly requestId: string;
  readonly now: number;
}

/** Comments that one task may have. */
export const COMMENTS_PER_TASK_MAX = 200;

const COLUMNS =
  sql.raw(`t.id, t.legal_entity_id as "legalEntityId", t.kind, t.owner_role as "ownerRole", t.order_id as "orderId",
  t.item_id as "itemId", t.dispute_id as "disputeId", t.approval_id as "approvalId",
  (select c.number from customer c where c.id = coalesce(t.customer_id, (select o.customer_id from sales_order o
  where o.id = t.order_id))) as "customerNumber", t.reason, t.ends_with as "endsWith", t.deadline_at as "deadlineAt",
  t.deadline_at::text as "deadlineText", t.tier, t.escalations -> t.tier as next, t.lapses, t.state, t.assigned_to as "assignedTo",
  t.snoozed_until as "snoozedUntil", t.done_by as "doneBy", t.done_at as "doneAt", t.created_at as "createdAt"`);

/** The task with this ID, whatever its legal entity: the caller authorises. */
export async function taskById(db: Db, id: string): Promise<TaskRow | null> {
  const { rows } = await sql<TaskRow>`select ${COLUMNS} from task t where t.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

// Written out, so that the index of open tasks is used.
const IN_STATE: Readonly<Record<TaskState, RawBuilder<unknown>>> = {
  open: sql`t.state = 'open'`,
  done: sql`t.state = 'done'`,
  lapsed: sql`t.state = 'lapsed'`,
};

/** What is asked of a list of tasks. */
export interface TaskFilter {
  readonly scope: Scope;
  readonly legalEntityId?: string | undefined;
  readonly ownerRole?: string | undefined;
  readonly assignee?: string | undefined;
  readonly state: TaskState;
  readonly orderId?: string | undefined;
  /** Leaves out what is put off beyond this instant; `null`: shows it too. */
  readonly awakeAt: number | null;
}

/** A page of tasks, the most urgent first. */
export async function listTasks(
  db: Db,
  filter: TaskFilter,
  page: { after: readonly [string, string] | null; fetch: number },
): Promise<TaskRow[]> {
  const where = allOf([
    inScope(filter.scope, 't.legal_entity_id'),
    IN_STATE[filter.state],
    filter.legalEntityId === undefined ? null : sql`t.legal_entity_id = ${filter.legalEntityId}`,
    filter.ownerRole === undefined ? null : sql`t.owner_role = ${filter.ownerRole}`,
    filter.assignee === undefined ? null : sql`t.assigned_to = ${filter.assignee}`,
    filter.orderId === undefined ? null : sql`t.order_id = ${filter.orderId}`,
    filter.awakeAt === null
      ? null
      : sql`(t.snoozed_until is null or t.snoozed_until <= ${new Date(filter.awakeAt)}::timestamptz)`,
    page.after === null ? null : sql`(t.deadline_at, t.id) > (${page.after[0]}::timestamptz, ${page.after[1]}::uuid)`,
  ]);
  const { rows } =
    await sql<TaskRow>`select ${COLUMNS} from task t where ${where} order by t.deadline_at, t.id limit ${page.fetch}`.execute(
      db,
    );
  return rows;
}

/** A task's comments, oldest first. */
export async function commentsOf(db: Db, taskId: string): Promise<CommentRow[]> {
  const { rows } = await sql<CommentRow>`${COMMENTS} where m.task_id = ${taskId} order by m.id
    limit ${sql.lit(COMMENTS_PER_TASK_MAX)}`.execute(db);
  return rows;
}

const COMMENTS = sql.raw(`select m.id, n.body as text, m.created_by as "createdBy", m.created_at as "createdAt"
  from task_comment m join note n on n.id = m.note_id`);

/** Keeps a comment once for a request. @returns the comment; `null` when the task has as many as it may have */
export async function addComment(
  db: Db,
  task: TaskRow,
  text: string,
  by: TaskChange & { requestKey: string },
): Promise<CommentRow | null> {
  return db.transaction().execute(async (tx) => {
    const { actor, requestKey } = by;
    const noteId = await writeNote(tx, { requestKey, legalEntityId: task.legalEntityId, body: text, actor });
    const kept = await commentOf(tx, noteId);
    if (kept !== null) return kept;
    // Two that come at once count one after the other.
    await sql`select 1 from task where id = ${task.id} for no key update`.execute(tx);
    const { rows } = await sql<{ id: string }>`insert into task_comment (task_id, note_id, created_by)
      select ${task.id}, ${noteId}, ${actor}
      where (select count(*) from task_comment where task_id = ${task.id}) < ${COMMENTS_PER_TASK_MAX} returning id`.execute(
      tx,
    );
    if (rows.length === 0) return null;
    await auditTask(tx, task, { action: 'task.commented', because: null, details: { noteId } }, by);
    return commentOf(tx, noteId);
  });
}

async function commentOf(tx: Tx, noteId: string): Promise<CommentRow | null> {
  const { rows } = await sql<CommentRow>`${COMMENTS} where m.note_id = ${noteId}`.execute(tx);
  return rows[0] ?? null;
}

/** Says who of the owning role does it; `null`: nobody in particular. The name is personal and stays out of the audit. @returns whether it was open */
export async function assignTask(db: Db, task: TaskRow, assignee: string | null, by: TaskChange): Promise<boolean> {
  const because = assignee === null ? 'Given back to the role that owns it.' : 'Taken over by a person.';
  return changeOpenTask(db, task, { set: { assigned_to: assignee }, action: 'task.assigned', because }, by);
}

/** Puts a task off: it leaves the list until then. Its deadline and its tiers stay. @returns whether it was open */
export async function snoozeTask(db: Db, task: TaskRow, until: number | null, by: TaskChange): Promise<boolean> {
  const because = until === null ? 'Back in the list.' : `Put off until ${new Date(until).toISOString()}.`;
  const set = { snoozed_until: until === null ? null : new Date(until) };
  return changeOpenTask(db, task, { set, action: 'task.snoozed', because }, by);
}

/** Marks an open task done. @returns whether it was open. */
export async function completeTask(
  db: Db,
  task: TaskRow,
  by: TaskChange & { noteId: string | null },
): Promise<boolean> {
  const set = { state: 'done', done_by: by.actor, done_at: new Date() };
  const because = `Task ${task.kind} marked done by hand.`;
  return changeOpenTask(db, task, { set, action: 'task.completed', because, details: { noteId: by.noteId } }, by);
}

async function changeOpenTask(
  db: Db,
  task: TaskRow,
  change: {
    set: {
      state?: string;
      done_by?: string;
      done_at?: Date;
      assigned_to?: string | null;
      snoozed_until?: Date | null;
    };
    action: string;
    because: string;
    details?: Readonly<Record<string, unknown>>;
  },
  by: TaskChange,
): Promise<boolean> {
  const { set, action, because, details = {} } = change;
  return db.transaction().execute(async (tx) => {
    const changed = await tx
      .updateTable('task')
      .set(set)
      .where('id', '=', task.id)
      .where('state', '=', 'open')
      .returning('id')
      .executeTakeFirst();
    if (changed === undefined) return false;
    await auditTask(tx, task, { action, because, details }, by);
    return true;
  });
}

/**
 * Ends tasks that only tell something, once their deadline has passed.
 *
 * @param options.now business time, epoch milliseconds
 * @returns how many it ended, `limit` at most
 */
export async function lapseTasks(db: Db, options: { actor: string; now: number; limit: number }): Promise<number> {
  const { actor, now, limit } = options;
  return db.transaction().execute(async (tx) => {
    type Lapsed = Pick<TaskRow, 'id' | 'legalEntityId' | 'kind' | 'orderId'>;
    const { rows } = await sql<Lapsed>`update task set state = 'lapsed' where id in (
        select id from task where state = 'open' and lapses and deadline_at <= ${new Date(now)}
        order by deadline_at, id limit ${limit} for no key update skip locked)
      returning id, legal_entity_id as "legalEntityId", kind, order_id as "orderId"`.execute(tx);
    const because = 'It only told something, and its deadline passed.';
    const entries = rows.map((task) => entryOf(task, { action: 'task.lapsed', because, details: {} }, { actor, now }));
    await writeAudit(tx, ...entries);
    return rows.length;
  });
}

interface Entry {
  readonly action: string;
  readonly because: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

function entryOf(
  task: Pick<TaskRow, 'id' | 'legalEntityId' | 'kind' | 'orderId'>,
  { action, because, details }: Entry,
  by: { actor: string; now: number; requestId?: string },
): Parameters<typeof writeAudit>[1] {
  return {
    legalEntityId: task.legalEntityId,
    actor: by.actor,
    action,
    orderId: task.orderId,
    subject: task.id,
    because,
    details: { kind: task.kind, ...details },
    businessAt: by.now,
    requestId: by.requestId ?? null,
  };
}

async function auditTask(tx: Tx, task: TaskRow, entry: Entry, by: TaskChange): Promise<void> {
  await writeAudit(tx, entryOf(task, entry, by));
}
