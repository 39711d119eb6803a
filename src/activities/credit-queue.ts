// The queue of a credit account: whoever frees room lets its head go, first in first out, and tells who was let go.

import { localDate } from '../domain/calendar.ts';
import { grantable, type CreditFacts, type Exposure } from '../domain/credit.ts';
import type { CreditRules } from '../domain/policy.ts';
import type { Db, Tx } from '../database/client.ts';
import { writeAudit } from '../database/queries/audit.ts';
import {
  creditStanding,
  endHold,
  entityRules,
  grantedOn,
  lockCredit,
  markGranted,
  openHold,
  queueOf,
  type CreditAccount,
  type CreditStanding,
  type QueuedHold,
} from '../database/queries/credit.ts';
import type { Told } from '../workflows/messages.ts';
import { engineActor } from './cause.ts';
import { POKES_MAX } from './poke-orders.ts';

/** Orders let go in one pass; what still fits then goes with the next room that is freed. */
const GRANTS_MAX = 500;

/**
 * Grants the head of the queue while it fits, and stops at the first that does not. Locks the credit account itself, after all
 * orders are locked: call it last in a transaction that frees room.
 *
 * @param id a customer's, or a group's
 * @param now business time, epoch milliseconds
 */
export async function grantQueue(tx: Tx, id: string, now: number): Promise<void> {
  const account = await lockCredit(tx, id);
  const { accountId, legalEntityId } = account;
  const queue = await queueOf(tx, accountId, GRANTS_MAX);
  if (queue.length === 0) return;
  const { zone, policy } = await entityRules(tx, legalEntityId);
  const today = localDate(zone, now);
  const standing = await creditStanding(tx, { accountId, orderId: null, today });
  const granted = fitting(queue, { account, standing, today, rules: policy.credit });
  if (granted.length === 0) return;
  await markGranted(
    tx,
    granted.map((hold) => hold.id),
  );
  await writeAudit(
    tx,
    ...granted.map((hold) => ({
      legalEntityId,
      actor: engineActor(),
      action: 'credit.granted',
      orderId: hold.orderId,
      because: 'There is room for the order in the credit limit: it is reserved.',
      details: { amountMinor: hold.orderMinor, currency: account.currency },
      businessAt: now,
    })),
  );
}

/** As many from the head of the queue as fit one after the other, each on top of those before it. */
function fitting(
  queue: readonly QueuedHold[],
  where: { account: CreditAccount; standing: CreditStanding; today: string; rules: CreditRules },
): QueuedHold[] {
  const { account, standing, today, rules } = where;
  const granted: QueuedHold[] = [];
  let exposure: Exposure = standing.exposure;
  for (const hold of queue) {
    const { orderMinor, orderTermsDays, customerTermsDays, isPrepaid } = hold;
    const order = { orderMinor, orderTermsDays, customerTermsDays, isPrepaid };
    const isBlocked = account.isBlocked || hold.isCustomerBlocked;
    if (!grantable({ ...creditFacts(account, { ...standing, exposure }, { today, rules }), ...order, isBlocked }))
      break;
    granted.push(hold);
    exposure = { ...exposure, grantedMinor: exposure.grantedMinor + orderMinor };
  }
  return granted;
}

/** What a credit decision takes from the account, without the order. */
export function creditFacts(
  account: CreditAccount,
  standing: CreditStanding,
  { today, rules }: { today: string; rules: CreditRules },
): Omit<CreditFacts, 'orderMinor' | 'orderTermsDays' | 'isPrepaid'> {
  const { limitMinor, limitUntil, currency } = account;
  const { exposure, overdueMinor, oldestOverdueDays, highestLevel, customerTermsDays } = standing;
  const isBlocked = account.isBlocked || account.isCustomerBlocked;
  const overdue = { overdueMinor, oldestOverdueDays, highestLevel };
  return { exposure, limitMinor, limitUntil, today, currency, isBlocked, ...overdue, customerTermsDays, rules };
}

/** Orders of the account that were granted and have not taken their grant: they must be told. @param id a customer's, or a group's */
export async function grantedOrders(db: Db | Tx, id: string): Promise<string[]> {
  return grantedOn(db, [id], POKES_MAX);
}

/**
 * Adds to an order's answer which other orders of its credit account are to be told. They are read after the effect, so that
 * a retry which finds the work done tells them too.
 */
export async function withGranted<Output extends object>(
  db: Db,
  orderId: string,
  output: Output,
): Promise<Output & Told> {
  const { customer_id: customerId } = await db
    .selectFrom('sales_order')
    .select('customer_id')
    .where('id', '=', orderId)
    .executeTakeFirstOrThrow();
  const granted = await grantedOrders(db, customerId);
  return { ...output, tell: granted.filter((id) => id !== orderId) };
}

/**
 * Takes an order out of the queue, or its grant back, because it was changed or ended. Locks the credit account before the
 * hold, as a grant pass does. @returns whether there was a hold
 */
export async function withdrawHold(
  tx: Tx,
  order: { id: string; customerId: string },
  by: { doneBy: string; now: number },
): Promise<boolean> {
  await lockCredit(tx, order.customerId);
  const hold = await openHold(tx, order.id);
  if (hold === null) return false;
  await endHold(tx, hold, { state: 'withdrawn', ...by });
  return true;
}
