// Tasks for people: opened once under a key, closed by what ends them.

import { sql } from 'kysely';
import type { Escalation } from '../../domain/escalation.ts';
import type { TaskKind } from '../../domain/task.ts';
import type { Tx } from '../client.ts';

/** Who is asked when an owner let the deadline pass. */
const MANAGER = 'ar_manager';

export type { TaskKind };

export interface NewTask {
  readonly legalEntityId: string;
  /** The same key never opens a second task. */
  readonly key: string;
  readonly kind: TaskKind;
  readonly ownerRole: string;
  readonly orderId?: string | null;
  readonly itemId?: string | null;
  readonly customerId?: string | null;
  readonly disputeId?: string | null;
  readonly approvalId?: string | null;
  /** Why somebody has to act, without personal data. */
  readonly reason: string;
  /** The request that ends the task; `{task}` stands for its ID. */
  readonly endsWith: string;
  readonly deadlineAt: number;
  /** Whom it goes on to and when, soonest first. None: a manager, once its deadline has passed. */
  readonly escalations?: readonly Escalation[];
  /** Ends by itself at its deadline: it only tells something. */
  readonly lapses?: boolean;
}

/** The request that ends a task nothing else ends. */
export const ENDS_BY_HAND = 'POST /v1/tasks/{task}/completion';

/** @returns the task's ID; of the one that is there when the key was used before. An owner without a mailbox counts as told. */
export async function openTask(tx: Tx, task: NewTask): Promise<string> {
  const escalations = task.escalations ?? (task.lapses === true ? [] : [{ role: MANAGER, at: task.deadlineAt }]);
  const { rows } = await sql<{ id: string }>`
    with made as (select uuidv7() as id)
    insert into task (id, legal_entity_id, key, kind, owner_role, order_id, item_id, customer_id, dispute_id, approval_id, reason,
      ends_with, deadline_at, escalations, lapses, told_tier)
    select id, ${task.legalEntityId}, ${task.key}, ${task.kind}, ${task.ownerRole}, ${task.orderId ?? null}::uuid,
      ${task.itemId ?? null}::uuid, ${task.customerId ?? null}::uuid, ${task.disputeId ?? null}::uuid, ${task.approvalId ?? null}::uuid,
      ${task.reason}, replace(${task.endsWith}, '{task}', id::text), ${new Date(task.deadlineAt)}::timestamptz,
      ${JSON.stringify(escalations)}::jsonb, ${task.lapses ?? false},
      case when exists (select from role_mailbox b where b.legal_entity_id = ${task.legalEntityId} and b.role = ${task.ownerRole}) then -1 else 0 end
    from made
    on conflict (legal_entity_id, key) do update set key = excluded.key
    returning id`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('defect: a task was not written');
  return row.id;
}

/** Closes tasks by their keys, where they are open. */
export async function closeTasks(
  tx: Tx,
  options: { legalEntityId: string; keys: readonly string[]; doneBy: string },
): Promise<void> {
  if (options.keys.length === 0) return;
  await sql`update task set state = 'done', done_by = ${options.doneBy}, done_at = clock_timestamp()
    where legal_entity_id = ${options.legalEntityId} and key = any(${options.keys}::text[]) and state = 'open'`.execute(
    tx,
  );
}
