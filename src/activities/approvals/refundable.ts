// What can be refunded: money of a payment that nobody used, or a credit note that is open; found under its lock.

import { sql } from 'kysely';
import { checkRefund } from '../../domain/approval.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { pendingMinor } from '../../database/queries/approvals.ts';
import { refundAccount } from '../../database/queries/bank-accounts.ts';
import { lockOrders, lockPayment, returningMinor } from '../payments/locked-payment.ts';

/** What a refund is taken from. One of payment and item is named. */
export interface RefundSource {
  readonly legalEntityId: string;
  readonly paymentId: string | null;
  readonly itemId: string | null;
}

export interface Refundable {
  readonly customerId: string;
  readonly currency: string;
  /** As its decider reads it: `payment psp/ch_123`, or a credit note's number. */
  readonly name: string;
  readonly openMinor: number;
  readonly paymentId: string | null;
  readonly itemId: string | null;
  /** The order of the credit note. */
  readonly orderId: string | null;
}

/**
 * Locks the payment or the credit note's order, and reads what is left to refund.
 * Refuses `refund_source_unknown` and `payment_not_posted`.
 */
export async function lockRefundable(tx: Tx, source: RefundSource): Promise<Result<{ from: Refundable }>> {
  if (source.paymentId !== null) return lockMoney(tx, source.legalEntityId, source.paymentId);
  if (source.itemId !== null) return lockCreditItem(tx, source.legalEntityId, source.itemId);
  throw new Error('defect: a refund of nothing');
}

async function lockMoney(tx: Tx, legalEntityId: string, paymentId: string): Promise<Result<{ from: Refundable }>> {
  const known = await tx
    .selectFrom('payment')
    .select('id')
    .where('id', '=', paymentId)
    .where('legal_entity_id', '=', legalEntityId)
    .executeTakeFirst();
  if (known === undefined) return unknownSource('payment');
  const payment = await lockPayment(tx, paymentId);
  const name = `payment ${payment.source}/${payment.sourceId}`;
  if (payment.state === 'received') {
    return refuse({
      kind: 'conflict',
      code: 'payment_not_posted',
      text: `The ${name} was received and is not posted yet.`,
      hint: 'Repeat the request in a moment.',
    });
  }
  const { customerId, currency, unappliedMinor } = payment;
  // The bank takes back what it told of, whether we posted it already or not.
  const openMinor = Math.max(0, unappliedMinor - (await returningMinor(tx, paymentId)));
  return { ok: true, from: { customerId, currency, name, openMinor, paymentId, itemId: null, orderId: null } };
}

async function lockCreditItem(tx: Tx, legalEntityId: string, itemId: string): Promise<Result<{ from: Refundable }>> {
  const isOurs = sql`id = ${itemId} and legal_entity_id = ${legalEntityId} and side = 'credit'`;
  const { rows: orders } = await sql<{ id: string }>`select order_id as id from open_item where ${isOurs}`.execute(tx);
  await lockOrders(
    tx,
    orders.map(({ id }) => id),
  );
  const { rows } =
    await sql<Refundable>`select customer_id as "customerId", currency, number as name, open_minor as "openMinor",
    null as "paymentId", id as "itemId", order_id as "orderId" from open_item where ${isOurs}`.execute(tx);
  return rows[0] === undefined ? unknownSource('credit note') : { ok: true, from: rows[0] };
}

function unknownSource(what: string): ReturnType<typeof refuse> {
  return refuse({
    kind: 'not_found',
    code: 'refund_source_unknown',
    text: `There is no such ${what} in this legal entity.`,
    hint: 'Name a payment, or the open item of a credit note, by its ID.',
  });
}

/**
 * Whether the amount can be refunded now, to that account.
 * Refuses `exceeds_open`, `bank_account_unknown` and `bank_account_ended`.
 *
 * @param asked.isFirst whether it is being asked for: then what others asked for and wait for counts as gone
 */
export async function checkRefundable(
  tx: Tx,
  from: Refundable,
  asked: { amountMinor: number; bankAccountId: string; isFirst: boolean },
): Promise<Result<object>> {
  const { paymentId, itemId, customerId } = from;
  const pending = asked.isFirst ? await pendingMinor(tx, { kind: 'refund', paymentId, itemId, exceptId: null }) : 0;
  const fits = checkRefund({ ...from, amountMinor: asked.amountMinor, pendingMinor: pending });
  if (!fits.ok) return fits;
  const account = await refundAccount(tx, { id: asked.bankAccountId, customerId });
  if (account === null) {
    return refuse({
      kind: 'not_found',
      code: 'bank_account_unknown',
      text: 'The customer has no such bank account.',
      hint: 'GET /v1/customers/{customerId}/bank-accounts lists them.',
    });
  }
  if (!account.isEnded) return { ok: true };
  return refuse({
    kind: 'unprocessable',
    code: 'bank_account_ended',
    text: 'Another bank account took the place of this one.',
    hint: 'Ask for a refund to the account that is good now.',
  });
}
