// Posts what an answer says of a bank line: the payment, what it settles, and what leaves the items beside it, or nothing at all.

import { sql } from 'kysely';
import { localDate } from '../../domain/calendar.ts';
import { planLine } from '../../domain/line-plan.ts';
import type { Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { cause, engineActor } from '../cause.ts';
import { post } from '../ledger.ts';
import { receivableLines } from '../payments/apply.ts';
import { grantedOrdersOf, grantQueues } from '../payments/grant-queues.ts';
import { lockPayment } from '../payments/locked-payment.ts';
import { namedOrders } from '../payments/named-orders.ts';
import { lineItems, lockedItems } from './line-items.ts';
import { accountLines, insertLinePayment, valueOfLine, type LineValue } from './line-payment.ts';
import type { LinePosting, OpenPosting } from './line-posting.ts';
import { settleShares } from './settle-shares.ts';

export type { LinePosting } from './line-posting.ts';
export { reopenLine } from './reopen-line.ts';

/** Who is to be told of a posted line. */
export interface PostedLine {
  readonly paymentId: string;
  readonly orderIds: readonly string[];
}

/**
 * Posts an answer, exactly once, with the items as they are now; locks the payment, then the orders, then the credit accounts.
 *
 * Refuses `item_changed` with the figures, and `exchange_rate_missing`: then nothing is written, and the line is the caller's to
 * put before a person.
 * @throws a defect when the line cannot be posted, or its answer does not add up
 */
export async function postLine(tx: Tx, posting: LinePosting): Promise<Result<PostedLine>> {
  const { line, allocation, now } = posting;
  if ((line.state !== 'stored' && line.state !== 'open') || line.amountMinor <= 0) {
    throw new Error(`defect: line ${line.id} is ${line.state} over ${String(line.amountMinor)}, and cannot be posted`);
  }
  const { legalEntityId } = line;
  const itemIds = allocation.shares.map(({ itemId }) => itemId);
  const { items: found, baseCurrency } = await lineItems(tx, { legalEntityId, itemIds });
  const likely = planLine(line, allocation, found);
  if (!likely.ok) return likely;
  const valued = await valueOfLine(tx, line, { plan: likely.plan, baseCurrency, now });
  if (!valued.ok) return valued;
  const { value } = valued;

  // The payment comes before the orders, so it is written before anybody knows whether the items still are as they were.
  await sql`savepoint line_posting`.execute(tx);
  const { actor } = posting;
  const paid = { plan: likely.plan, customerId: allocation.customerId, baseMinor: value.baseMinor, actor };
  const payment = await lockPayment(tx, await insertLinePayment(tx, line, paid));
  const items = await lockedItems(tx, legalEntityId, found);
  const planned = planLine(line, allocation, items);
  if (!planned.ok) {
    await sql`rollback to savepoint line_posting`.execute(tx);
    return planned;
  }
  return postPlan(tx, { ...posting, payment, plan: planned.plan, items, value });
}

async function postPlan(
  tx: Tx,
  open: Omit<OpenPosting, 'entryId'> & { value: LineValue },
): Promise<Result<PostedLine>> {
  const { line, plan, payment, items, now } = open;
  const { id: paymentId, legalEntityId } = payment;
  const entryId = await post(tx, {
    legalEntityId,
    kind: 'payment',
    key: `payment/${payment.source}/${payment.sourceId}`,
    effectiveOn: localDate(payment.zone, now),
    businessAt: now,
    currency: plan.currency,
    lines: [
      ...accountLines(line, { plan, value: open.value, paymentId }),
      ...receivableLines(payment, plan.cash),
      { account: 'unapplied_cash', amountMinor: -plan.onAccountMinor, paymentId },
    ],
    cause: cause(),
  });
  await settleShares(tx, { ...open, entryId });
  await tx.updateTable('payment').set({ state: 'posted' }).where('id', '=', paymentId).execute();
  await writeDown(tx, { ...open, entryId });
  // Credit accounts come after all orders.
  const customerIds = [...new Set([payment.customerId, ...items.map(({ customerId }) => customerId)])];
  await grantQueues(tx, customerIds, now);
  const granted = await grantedOrdersOf(tx, customerIds);
  const named = plan.onAccountMinor > 0 ? await namedOrders(tx, paymentId) : [];
  const orderIds = [...new Set([...items.map(({ orderId }) => orderId), ...named, ...granted])];
  return { ok: true, paymentId, orderIds };
}

/** The line is applied; who decided it stands beside it when it was a person. */
async function writeDown(tx: Tx, open: OpenPosting): Promise<void> {
  const { line, plan, payment, because, actor, now } = open;
  const isPerson = actor !== engineActor();
  const reasons = [{ code: 'applied', text: because }];
  await tx
    .updateTable('bank_line')
    .set({
      ...{ state: 'applied', payment_id: payment.id, reasons: JSON.stringify(reasons) },
      ...(isPerson && { decided_by: actor, decided_at: new Date(now) }),
    })
    .where('id', '=', line.id)
    .execute();
  await writeAudit(tx, {
    legalEntityId: line.legalEntityId,
    actor,
    action: 'bank_line.applied',
    subject: line.id,
    because,
    details: {
      ...{ paymentId: payment.id, customerId: payment.customerId, amountMinor: plan.amountMinor },
      ...{ currency: plan.currency, items: plan.cash.length, onAccountMinor: plan.onAccountMinor },
    },
    businessAt: now,
    requestId: open.requestId ?? null,
  });
}
