// Credit of a customer that nothing uses: a task for somebody who uses or refunds it, until nothing of it is open.

import { sql } from 'kysely';
import { formatDecimal } from '../../domain/money.ts';
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

interface Named {
  readonly number: string;
  readonly currency: string;
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

/**
 * Asks about the credits among items that were opened again, where nobody is asked already. Their orders are locked.
 *
 * @param about.because what opened them, for the key
 */
export async function askAboutReopenedCredits(
  tx: Tx,
  about: { itemIds: readonly string[]; because: string; now: number },
): Promise<void> {
  const { itemIds, because, now } = about;
  const { rows } = await sql<Omit<OpenCredit, 'reason' | 'again' | 'now'> & { openMinor: number } & Named>`
    select i.id as "creditItemId", i.number, i.legal_entity_id as "legalEntityId", i.order_id as "orderId",
      i.customer_id as "customerId", i.currency, i.open_minor as "openMinor"
    from open_item i where i.id = any(${itemIds}::uuid[]) and i.side = 'credit' and i.open_minor > 0
      and not exists (select from task t where t.order_id = i.order_id and t.item_id = i.id and t.kind = 'open_credit' and t.state = 'open')
    order by i.id`.execute(tx);
  for (const { number, currency, openMinor, ...credit } of rows) {
    const reason = `${formatDecimal(openMinor, currency)} ${currency} of ${number} is open again.`;
    await askToUseCredit(tx, { ...credit, reason, again: because, now });
  }
}

/** Nobody need be asked any more: nothing of these credits is open. */
export async function endOpenCredits(tx: Tx, creditItemIds: readonly string[], doneBy: string): Promise<void> {
  if (creditItemIds.length === 0) return;
  await sql`update task set state = 'done', done_by = ${doneBy}, done_at = clock_timestamp()
    where order_id in (select order_id from open_item where id = any(${creditItemIds}::uuid[]))
      and item_id = any(${creditItemIds}::uuid[]) and kind = 'open_credit' and state = 'open'`.execute(tx);
}
