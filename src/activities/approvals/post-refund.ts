// Posts an approved refund: money that nobody used, or an open credit note, on its way back to the customer.

import { localDate, type Calendar } from '../../domain/calendar.ts';
import type { Tx } from '../../database/client.ts';
import type { RefundApproval } from '../../database/queries/approvals.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { cause, engineActor } from '../cause.ts';
import { post, type PostingLine } from '../ledger.ts';
import { endOpenCredits } from './open-credit.ts';
import type { Refundable } from './refundable.ts';

/** What is refunded and not yet seen on a bank statement. */
const REFUND_ACCOUNT = 'clearing:refund';

/** Posts the refund, under the lock of what it is taken from. */
export async function postRefund(
  tx: Tx,
  { approval, from }: { approval: RefundApproval; from: Refundable },
  { calendar, now }: { calendar: Calendar; now: number },
): Promise<void> {
  const { legalEntityId, amountMinor, currency } = approval;
  const effectiveOn = localDate(calendar.zone, now);
  const entryId = await post(tx, {
    legalEntityId,
    kind: 'refund',
    key: `refund/${approval.id}`,
    effectiveOn,
    businessAt: now,
    currency,
    lines: linesOf(from, amountMinor),
    cause: cause(),
  });
  if (from.itemId !== null) {
    await tx
      .insertInto('allocation')
      .values({
        entry_id: entryId,
        item_id: from.itemId,
        approval_id: approval.id,
        amount_minor: amountMinor,
        effective_on: effectiveOn,
      })
      .execute();
    if (from.openMinor === amountMinor) {
      await endOpenCredits(tx, [from.itemId], 'refund');
    }
  }
  await writeAudit(tx, {
    legalEntityId,
    actor: engineActor(),
    action: 'refund.posted',
    orderId: from.orderId,
    subject: approval.id,
    because: `Paid back from ${from.name}: ${approval.reason}.`,
    details: {
      paymentId: from.paymentId,
      itemId: from.itemId,
      amountMinor,
      currency,
      bankAccountId: approval.details.bankAccountId,
    },
    businessAt: now,
  });
}

function linesOf({ paymentId, itemId }: Refundable, amountMinor: number): PostingLine[] {
  if (paymentId !== null) {
    return [
      { account: 'unapplied_cash', amountMinor, paymentId },
      { account: REFUND_ACCOUNT, amountMinor: -amountMinor, paymentId },
    ];
  }
  if (itemId === null) throw new Error('defect: a refund of nothing');
  return [
    { account: 'receivable', amountMinor, itemId, moves: true },
    { account: REFUND_ACCOUNT, amountMinor: -amountMinor },
  ];
}
