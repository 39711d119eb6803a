// Tasks as people work them off: listed by deadline, marked done by hand.

import { sql } from 'kysely';
import type { Db } from '../client.ts';
import { writeAudit } from './audit.ts';
import { allOf, inScope, type Scope } from './scope.ts';

export interface TaskRow {
  readonly id: string;
  readonly legalEntityId: string;
  readonly kind: string;
  readonly ownerRole: string;
  readonly orderId: string | null;
  readonly itemId: string | null;
  readonly customerNumber: string | null;
  readonly reason: string;
  readonly endsWith: string;
  readonly deadlineAt: number;
  /** The deadline as the database writes it, to the microsecond: what pages are cut by. */
  readonly deadlineText: string;
  readonly state: 'open' | 'done';
  readonly doneBy: string | null;
  readonly doneAt: number | null;
  readonly createdAt: number;
}

const COLUMNS =
  sql.raw(`t.id, t.legal_entity_id as "legalEntityId", t.kind, t.owner_role as "ownerRole", t.order_id as "orderId",
  t.item_id as "itemId", (select c.number from customer c where c.id = coalesce(t.customer_id, (select o.customer_id from sales_order o
  where o.id = t.order_id))) as "customerNumber", t.reason, t.ends_with as "endsWith", t.deadline_at as "deadlineAt",
  t.deadline_at::text as "deadlineText", t.state, t.done_by as "doneBy", t.done_at as "doneAt", t.created_at as "createdAt"`);

/** The task with this ID, whatever its legal entity: the caller authorises. */
export async function taskById(db: Db, id: string): Promise<TaskRow | null> {
  const { rows } = await sql<TaskRow>`select ${COLUMNS} from task t where t.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** A page of tasks, the most urgent first. */
export async function listTasks(
  db: Db,
  filter: {
    scope: Scope;
    legalEntityId?: string | undefined;
    ownerRole?: string | undefined;
    state: string;
    orderId?: string | undefined;
  },
  page: { after: readonly [string, string] | null; fetch: number },
): Promise<TaskRow[]> {
  const where = allOf([
    inScope(filter.scope, 't.legal_entity_id'),
    // Written out, so that the index of open tasks is used.
    filter.state === 'open' ? sql`t.state = 'open'` : sql`t.state = 'done'`,
    filter.legalEntityId === undefined ? null : sql`t.legal_entity_id = ${filter.legalEntityId}`,
    filter.ownerRole === undefined ? null : sql`t.owner_role = ${filter.ownerRole}`,
    filter.orderId === undefined ? null : sql`t.order_id = ${filter.orderId}`,
    page.after === null ? null : sql`(t.deadline_at, t.id) > (${page.after[0]}::timestamptz, ${page.after[1]}::uuid)`,
  ]);
  const { rows } =
    await sql<TaskRow>`select ${COLUMNS} from task t where ${where} order by t.deadline_at, t.id limit ${page.fetch}`.execute(
      db,
    );
  return rows;
}

/** Marks an open task done. @returns whether it was open. */
export async function completeTask(
  db: Db,
  task: TaskRow,
  by: { actor: string; requestId: string; now: number; noteId: string | null },
): Promise<boolean> {
  return db.transaction().execute(async (tx) => {
    const done = await tx
      .updateTable('task')
      .set({ state: 'done', done_by: by.actor, done_at: new Date() })
      .where('id', '=', task.id)
      .where('state', '=', 'open')
      .returning('id')
      .executeTakeFirst();
    if (done === undefined) return false;
    await writeAudit(tx, {
      legalEntityId: task.legalEntityId,
      actor: by.actor,
      action: 'task.completed',
      orderId: task.orderId,
      subject: task.id,
      because: `Task ${task.kind} marked done by hand.`,
      details: { kind: task.kind, noteId: by.noteId },
      businessAt: by.now,
      requestId: by.requestId,
    });
    return true;
  });
}
