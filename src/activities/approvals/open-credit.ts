// Credit of a customer that nothing uses: a task for somebody who uses or refunds it, until nothing of it is open.

import { sql } from 'kysely';
import type { Tx } from '../../database/client.ts';
import { openTask } from '../../database/queries/open-task.ts';

const OPEN_CREDIT_DEADLINE_MS = 5 * 86_400_000;

/** A credit item with something open. */
export interface OpenCredit {
  readonly legalEntityId: string;
  readonly creditItemId: string;
  readonly orderId: string;
  readonly customerId: string;
  readonly reason: string;
  /** What opened it again, after a task about it was done; null the first time. */
  readonly again: string | null;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/** Asks somebody to use the credit, or to pay it back. */
export async function askToUseCredit(tx: Tx, credit: OpenCredit): Promise<void> {
  const { legalEntityId, creditItemId, orderId, customerId, reason, again, now } = credit;
  await openTask(tx, {
    ...{ legalEntityId, kind: 'open_credit', ownerRole: 'cash_applier', orderId, customerId, reason },
    key: `open_credit/${creditItemId}${again === null ? '' : `/${again}`}`,
    itemId: creditItemId,
    endsWith: 'POST /v1/refunds',
    deadlineAt: now + OPEN_CREDIT_DEADLINE_MS,
  });
}

/** Nobody need be asked any more: all of these credits is used. */
export async function endOpenCredits(tx: Tx, creditItemIds: readonly string[], doneBy: string): Promise<void> {
  if (creditItemIds.length === 0) return;
  await sql`update task set state = 'done', done_by = ${doneBy}, done_at = clock_timestamp()
    where order_id in (select order_id from open_item where id = any(${creditItemIds}::uuid[]))
      and item_id = any(${creditItemIds}::uuid[]) and kind = 'open_credit' and state = 'open'`.execute(tx);
}
