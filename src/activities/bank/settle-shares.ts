// What a posted line does to each of its items: money, credit that is used, discount, charges, tolerance, and what was deducted.

import type { ItemShare } from '../../domain/matching/types.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit, type AuditEntry } from '../../database/queries/audit.ts';
import { endOpenCredits } from '../approvals/open-credit.ts';
import { endTasksOfPaid, recordAllocations } from '../payments/apply.ts';
import { postBeside, postClearing, type BesideKind } from '../payments/beside.ts';
import { disputeDeduction } from './deduction.ts';
import type { LineItem } from './line-items.ts';
import type { OpenPosting } from './line-posting.ts';

/** Writes everything that goes with the payment's entry, under the locks of its payment and orders. */
export async function settleShares(tx: Tx, open: OpenPosting): Promise<void> {
  const { payment, plan, entryId, items, because, actor, requestId, now, allocation } = open;
  const audit = { action: 'payment.applied', because, actor, requestId: requestId ?? null };
  await recordAllocations(tx, payment, { entryId, allocations: plan.cash, items, now, audit });
  await useCredits(tx, open);
  const byId = new Map(items.map((item) => [item.itemId, item]));
  for (const share of allocation.shares) {
    const item = byId.get(share.itemId);
    if (item === undefined) throw new Error(`defect: item ${share.itemId} was planned and never read`);
    await reduce(tx, open, { share, item });
  }
  await endTasksOfPaid(
    tx,
    items.map(({ itemId }) => itemId),
  );
  await endTasksOfUsed(tx, open);
  // Once all is settled: a deduction is over what is left.
  for (const share of allocation.shares) await deduct(tx, open, { share, item: byId.get(share.itemId) });
}

/** Settles items with the credit that the payer took off. */
async function useCredits(tx: Tx, open: OpenPosting): Promise<void> {
  const { payment, plan, entryId, now } = open;
  for (const { creditItemId, debitItemId, amountMinor } of plan.credits) {
    const key = `clearing/${String(entryId)}/${creditItemId}/${debitItemId}`;
    await postClearing(tx, payment, { key, creditItemId, debitItemId, amountMinor, followed: entryId, now });
    const credit = itemOf(open, creditItemId);
    const debit = itemOf(open, debitItemId);
    const details = { paymentId: payment.id, credit: credit.number, item: debit.number, amountMinor };
    await writeAudit(tx, {
      ...auditOf(open, { item: debit, action: 'credit.used', amountMinor }),
      because: `${credit.number} was taken off the payment.`,
      details: { ...details, currency: payment.currency },
    });
  }
}

function itemOf({ items }: OpenPosting, itemId: string): LineItem {
  const item = items.find((one) => one.itemId === itemId);
  if (item === undefined) throw new Error(`defect: item ${itemId} was planned and never read`);
  return item;
}

const ACTIONS: Readonly<Record<BesideKind, string>> = {
  discount: 'discount.granted',
  bank_charge: 'bank_charge.booked',
  small_difference: 'small_difference.written_off',
};

async function reduce(tx: Tx, open: OpenPosting, { share, item }: { share: ItemShare; item: LineItem }): Promise<void> {
  const { payment, entryId: followed, now } = open;
  const reductions = [
    {
      kind: 'discount',
      amountMinor: share.discountMinor,
      because: share.isDiscountLate ? 'Taken too late, and granted all the same.' : 'Taken as agreed.',
    },
    { kind: 'bank_charge', amountMinor: share.chargesMinor, because: 'Banks kept it of the payment.' },
    {
      kind: 'small_difference',
      amountMinor: share.toleranceMinor,
      because: 'The difference is within the tolerance of the policy.',
    },
  ] as const;
  for (const { kind, amountMinor, because } of reductions) {
    if (amountMinor === 0) continue;
    await postBeside(tx, payment, { kind, followed, item, amountMinor, now });
    await writeAudit(tx, { ...auditOf(open, { item, action: ACTIONS[kind], amountMinor }), because });
  }
}

function auditOf(
  { payment, actor, requestId, now }: OpenPosting,
  one: { item: LineItem; action: string; amountMinor: number },
): AuditEntry {
  const { item, action, amountMinor } = one;
  return {
    legalEntityId: payment.legalEntityId,
    actor,
    action,
    orderId: item.orderId,
    subject: item.number,
    details: { paymentId: payment.id, amountMinor, currency: payment.currency },
    businessAt: now,
    requestId: requestId ?? null,
  };
}

/** Credit that is used up needs nobody to pay it back. */
async function endTasksOfUsed(tx: Tx, { plan, items, actor }: OpenPosting): Promise<void> {
  const used = items.filter(({ itemId, openMinor, side }) => {
    const usedMinor = plan.credits.reduce((sum, one) => sum + (one.creditItemId === itemId ? one.amountMinor : 0), 0);
    return side === 'credit' && usedMinor === openMinor;
  });
  await endOpenCredits(
    tx,
    used.map(({ itemId }) => itemId),
    actor,
  );
}

async function deduct(
  tx: Tx,
  open: OpenPosting,
  { share, item }: { share: ItemShare; item: LineItem | undefined },
): Promise<void> {
  const { deductionMinor: amountMinor, deductionCode: code, itemId } = share;
  if (amountMinor === 0 || code === null || item?.side !== 'debit') return;
  const { entryId, actor, requestId, now } = open;
  const { orderId } = item;
  await disputeDeduction(tx, {
    orderId,
    itemId,
    amountMinor,
    code,
    entryId,
    actor,
    requestId: requestId ?? null,
    now,
  });
}
