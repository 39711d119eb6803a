// Tasks for people: opened once under a key, closed by what ends them.

import { sql } from 'kysely';
import type { Tx } from '../client.ts';

export interface NewTask {
  readonly legalEntityId: string;
  /** The same key never opens a second task. */
  readonly key: string;
  readonly kind:
    | 'credit_hold'
    | 'collect'
    | 'invoice_undeliverable'
    | 'invoice_unknown'
    | 'letter_undeliverable'
    | 'letter_unknown'
    | 'letter_missed';
  readonly ownerRole: string;
  readonly orderId?: string | null;
  readonly itemId?: string | null;
  readonly customerId?: string | null;
  /** Why somebody has to act, without personal data. */
  readonly reason: string;
  /** The request that ends the task; `{task}` stands for its ID. */
  readonly endsWith: string;
  readonly deadlineAt: number;
}

/** The request that ends a task nothing else ends. */
export const ENDS_BY_HAND = 'POST /v1/tasks/{task}/completion';

export async function openTask(tx: Tx, task: NewTask): Promise<void> {
  await sql`
    with made as (select uuidv7() as id)
    insert into task (id, legal_entity_id, key, kind, owner_role, order_id, item_id, customer_id, reason, ends_with, deadline_at)
    select id, ${task.legalEntityId}, ${task.key}, ${task.kind}, ${task.ownerRole}, ${task.orderId ?? null}::uuid,
      ${task.itemId ?? null}::uuid, ${task.customerId ?? null}::uuid, ${task.reason},
      replace(${task.endsWith}, '{task}', id::text), ${new Date(task.deadlineAt)}::timestamptz from made
    on conflict (legal_entity_id, key) do nothing`.execute(tx);
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
