// What every use of a payment's money does: allocations, small differences beside them, tasks that end, and the audit.

import { sql } from 'kysely';
import { localDate } from '../../domain/calendar.ts';
import type { Allocation, NamedItem } from '../../domain/payment-allocation.ts';
import { shareOf } from '../../domain/exchange.ts';
import { isSmallDifference } from '../../domain/small-difference.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit, type AuditEntry } from '../../database/queries/audit.ts';
import { cause, engineActor } from '../cause.ts';
import { post } from '../ledger.ts';
import { postBeside } from './beside.ts';
import type { LockedPayment } from './locked-payment.ts';

/** An open item that money may go to; its order is locked. */
export interface Candidate extends NamedItem {
  readonly orderId: string;
  readonly originalMinor: number;
  /** Whether a part of it is disputed: what is left of it then has a reason, and is never written off by itself. */
  readonly isDisputed: boolean;
}

export interface Use {
  readonly allocations: readonly Allocation[];
  /** At least those of the allocations, as they were before. */
  readonly items: readonly Candidate[];
  /** Business time, epoch milliseconds. */
  readonly now: number;
  readonly audit: Pick<AuditEntry, 'action' | 'because' | 'actor' | 'requestId'>;
}

/** The audit of money that finds its own way. */
export function applied(because: string): Use['audit'] {
  return { action: 'payment.applied', because, actor: engineActor() };
}

/** Uses money that was left of a payment, under an entry of its own. @param key of the journal entry */
export async function applyUnapplied(tx: Tx, payment: LockedPayment, use: Use & { key: string }): Promise<void> {
  if (use.allocations.length === 0) return;
  const sumMinor = use.allocations.reduce((sum, one) => sum + one.amountMinor, 0);
  const entryId = await post(tx, {
    legalEntityId: payment.legalEntityId,
    kind: 'allocation',
    key: use.key,
    effectiveOn: localDate(payment.zone, use.now),
    businessAt: use.now,
    currency: payment.currency,
    lines: [
      { account: 'unapplied_cash', amountMinor: sumMinor, paymentId: payment.id },
      ...receivableLines(payment, use.allocations),
    ],
    cause: cause(),
  });
  await settle(tx, payment, { ...use, entryId });
}

/** The lines by which allocations lower their items. */
export function receivableLines(payment: LockedPayment, allocations: readonly Allocation[]) {
  return allocations.map(({ itemId, amountMinor }) => ({
    account: 'receivable',
    amountMinor: -amountMinor,
    itemId,
    paymentId: payment.id,
  }));
}

/** Writes down what an entry allocated: its rows, small differences beside them, tasks that are over, and the audit. */
export async function settle(tx: Tx, payment: LockedPayment, use: Use & { entryId: number }): Promise<void> {
  if (use.allocations.length === 0) return;
  await recordAllocations(tx, payment, use);
  const byItem = new Map(use.items.map((item) => [item.itemId, item]));
  for (const { itemId, amountMinor } of use.allocations) {
    const item = byItem.get(itemId);
    if (item === undefined) throw new Error(`defect: item ${itemId} was allocated and never read`);
    const leftMinor = item.openMinor - amountMinor;
    // The policy's amount is in the legal entity's currency.
    const isSmall = isSmallDifference({
      leftMinor: shareOf(payment, leftMinor),
      originalMinor: shareOf(payment, item.originalMinor),
      rule: payment.smallDifference,
    });
    if (isSmall && !item.isDisputed) await writeOffDifference(tx, payment, { ...use, item, leftMinor });
  }
  await endTasksOfPaid(
    tx,
    use.allocations.map(({ itemId }) => itemId),
  );
}

/** Writes the rows of an entry that lays money on items, and the audit; what is left of an item is the caller's to look after. */
export async function recordAllocations(
  tx: Tx,
  payment: LockedPayment,
  use: Omit<Use, 'items'> & { items: readonly Pick<Candidate, 'itemId' | 'number' | 'orderId'>[]; entryId: number },
): Promise<void> {
  if (use.allocations.length === 0) return;
  const effectiveOn = localDate(payment.zone, use.now);
  await tx
    .insertInto('allocation')
    .values(
      use.allocations.map(({ itemId, amountMinor }) => ({
        entry_id: use.entryId,
        payment_id: payment.id,
        item_id: itemId,
        amount_minor: amountMinor,
        effective_on: effectiveOn,
      })),
    )
    .execute();
  const byItem = new Map(use.items.map((item) => [item.itemId, item]));
  await writeAudit(
    tx,
    ...use.allocations.map(({ itemId, amountMinor }) => ({
      ...use.audit,
      legalEntityId: payment.legalEntityId,
      orderId: byItem.get(itemId)?.orderId ?? null,
      subject: byItem.get(itemId)?.number ?? null,
      details: { paymentId: payment.id, amountMinor, currency: payment.currency },
      businessAt: use.now,
    })),
  );
}

async function writeOffDifference(
  tx: Tx,
  payment: LockedPayment,
  options: { entryId: number; item: Candidate; leftMinor: number; now: number },
): Promise<void> {
  const { entryId: followed, item, leftMinor, now } = options;
  const { itemId } = item;
  await postBeside(tx, payment, {
    ...{ kind: 'small_difference', followed, amountMinor: leftMinor, now },
    item: { itemId, side: 'debit' },
  });
  await writeAudit(tx, {
    legalEntityId: payment.legalEntityId,
    actor: engineActor(),
    action: 'small_difference.written_off',
    orderId: item.orderId,
    subject: item.number,
    because: 'What is left of the item is within the small differences of the policy.',
    details: { paymentId: payment.id, amountMinor: leftMinor, currency: payment.currency },
    businessAt: now,
  });
}

/** An item that is paid needs nobody to press for it any more. */
export async function endTasksOfPaid(tx: Tx, itemIds: readonly string[]): Promise<void> {
  await sql`update task set state = 'done', done_by = 'payment', done_at = clock_timestamp()
    where state = 'open' and kind in ('collect', 'promise_broken', 'plan_broken')
      and item_id in (select id from open_item where id = any(${itemIds}::uuid[]) and open_minor = 0)`.execute(tx);
}
