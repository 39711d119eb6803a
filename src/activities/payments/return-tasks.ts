// Who is asked after a returned payment, and what to do: the reason of the return says it.

import { sql } from 'kysely';
import { formatDecimal } from '../../domain/money.ts';
import { mayRetry, RETRIES_MAX, RETURN_ACTIONS, returnReason, type ReturnAction } from '../../domain/payment-return.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Role } from '../../domain/roles.ts';
import type { Tx } from '../../database/client.ts';
import { ENDS_BY_HAND, openTask } from '../../database/queries/open-task.ts';
import type { LockedPayment } from './locked-payment.ts';
import type { ReturnRow } from './post-return.ts';

/** Time a person has to look after a returned payment. */
const TASK_DEADLINE_MS = 2 * 86_400_000;

const OWNERS: Readonly<Record<ReturnAction, Role>> = {
  retry: 'cash_applier',
  ask_data: 'customer_service',
  stop: 'collector',
  person: 'collector',
};

/** Opens a task for each order that is open again; where none is, one that only tells the customer's money is gone. */
export async function askAboutReturn(
  tx: Tx,
  payment: LockedPayment,
  { one, orderIds, now }: { one: ReturnRow; orderIds: readonly string[]; now: number },
): Promise<void> {
  const shared = {
    legalEntityId: payment.legalEntityId,
    kind: 'payment_returned' as const,
    customerId: payment.customerId,
    endsWith: ENDS_BY_HAND,
    deadlineAt: now + TASK_DEADLINE_MS,
  };
  const what = `Payment ${payment.source}/${payment.sourceId}: ${formatDecimal(one.amountMinor, payment.currency)} ${payment.currency} returned (${one.reasonCode}, ${returnReason(one.reasonCode)}).`;
  for (const orderId of orderIds) {
    const { action, text } = await actionFor(tx, { one, orderId });
    const key = `payment_returned/${one.id}/${orderId}`;
    await openTask(tx, { ...shared, key, orderId, ownerRole: OWNERS[action], reason: `${what} ${text}` });
  }
  if (orderIds.length > 0) return;
  const reason = `${what} Nothing was settled with it. ${RETURN_ACTIONS[one.action]}`;
  const key = `payment_returned/${one.id}`;
  await openTask(tx, { ...shared, key, ownerRole: OWNERS[one.action], reason, lapses: true });
}

/** What the reason asks for, less what was tried too often with this order: a lack of cover is presented again at most twice. */
async function actionFor(
  tx: Tx,
  { one, orderId }: { one: ReturnRow; orderId: string },
): Promise<{ action: ReturnAction; text: string }> {
  const asked = { action: one.action, text: RETURN_ACTIONS[one.action] };
  if (one.action !== 'retry') return asked;
  const { rows } = await sql<{ count: number }>`
    select count(distinct e.id) as count from journal_entry e join allocation a on a.entry_id = e.id and a.amount_minor < 0
      join open_item i on i.id = a.item_id join payment_return r on e.key = 'return/' || r.id and r.payment_id = a.payment_id
    where i.order_id = ${orderId} and e.kind = 'payment_return' and r.action = 'retry'`.execute(tx);
  const times = rows[0]?.count ?? 0;
  if (mayRetry(one.reasonCode, times)) return asked;
  const text = `Returned for a lack of cover ${String(times)} times, and presented again at most ${String(RETRIES_MAX)} times: a person speaks with the customer.`;
  return { action: 'person', text };
}

/** The key of the task about a return that cannot be booked; while it is there, nothing tries again. */
const refusedKey = (returnId: string): string => `payment_return_refused/${returnId}`;

/** Opens the task about a return that cannot be booked. @returns whether it was there before */
export async function askAboutRefused(
  tx: Tx,
  payment: LockedPayment,
  { returnId, refusal, now }: { returnId: string; refusal: Refusal; now: number },
): Promise<boolean> {
  const key = refusedKey(returnId);
  const { legalEntityId, customerId } = payment;
  const known = await tx
    .selectFrom('task')
    .select('id')
    .where('legal_entity_id', '=', legalEntityId)
    .where('key', '=', key)
    .executeTakeFirst();
  if (known !== undefined) return true;
  await openTask(tx, {
    ...{ legalEntityId, key, kind: 'payment_returned', ownerRole: 'treasurer', customerId },
    reason: `A return of payment ${payment.source}/${payment.sourceId} cannot be booked. ${refusal.text}`,
    endsWith: ENDS_BY_HAND,
    deadlineAt: now + TASK_DEADLINE_MS,
  });
  return false;
}
