// Opens a bank line again: what it had settled is open as before, its money is nobody's, and it is decided anew.

import { sql } from 'kysely';
import { localDate } from '../../domain/calendar.ts';
import { formatDecimal } from '../../domain/money.ts';
import { MISPOSTED } from '../../domain/payment-return.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { lockPayment, returningMinor, type LockedPayment } from '../payments/locked-payment.ts';
import { bookReturn, type BankSide } from '../payments/post-return.ts';
import type { BankLineRow } from './bank-line-row.ts';

interface Reopening {
  /** Locked by the caller. */
  readonly line: BankLineRow;
  readonly actor: string;
  readonly requestId?: string;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/**
 * Takes the whole payment of an applied line back, as if its money had never been this customer's, or takes a line out of what is
 * ignored. The line is open then. Locks the payment and its orders.
 *
 * Refuses `line_not_applied` for a line that is neither, and `payment_not_whole` when money of it was returned or paid back.
 */
export async function reopenLine(tx: Tx, asked: Reopening): Promise<Result<{ readonly orderIds: readonly string[] }>> {
  const { line } = asked;
  if (line.state === 'ignored') {
    await open(tx, asked, 'A person says that it is a customer’s payment after all.');
    return { ok: true, orderIds: [] };
  }
  if (line.state !== 'applied' || line.paymentId === null) {
    return refuse({
      kind: 'conflict',
      code: 'line_not_applied',
      text: `The line is ${line.state}.`,
      hint: 'Only a line that is applied or ignored can be opened again.',
      details: { state: line.state },
    });
  }
  const payment = await lockPayment(tx, line.paymentId);
  const whole = await isWhole(tx, payment);
  if (!whole.ok) return whole;
  const returnId = await insertMisposted(tx, payment, asked);
  const { actor, requestId, now } = asked;
  const by = { actor, ...(requestId !== undefined && { requestId }) };
  const bank = await bankSideOf(tx, payment, line);
  const booked = await bookReturn(tx, payment, { returnId, by, now, ...(bank !== null && { bank }) });
  if (!booked.ok) throw new Error(`defect: a whole payment cannot be taken back: ${booked.refusal.text}`);
  await open(tx, asked, 'A person took its payment back: it was somebody else’s money.');
  return { ok: true, orderIds: booked.posted.orderIds };
}

/** Whether all of the payment is still here. */
async function isWhole(tx: Tx, payment: LockedPayment): Promise<Result<object>> {
  const { returnedMinor, refundedMinor, currency } = payment;
  const tellMinor = await returningMinor(tx, payment.id);
  if (returnedMinor + refundedMinor + tellMinor === 0) return { ok: true };
  const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
  return refuse({
    kind: 'conflict',
    code: 'payment_not_whole',
    text: `Of the line’s payment, ${show(returnedMinor + tellMinor)} was returned and ${show(refundedMinor)} paid back.`,
    hint: 'Undo its allocations one by one: what is left stays on the customer’s account.',
    details: { returnedMinor: returnedMinor + tellMinor, refundedMinor, currency },
  });
}

async function insertMisposted(tx: Tx, payment: LockedPayment, { line, actor, now }: Reopening): Promise<string> {
  const { id } = await tx
    .insertInto('payment_return')
    .values({
      legal_entity_id: payment.legalEntityId,
      payment_id: payment.id,
      source_id: `${MISPOSTED}/${payment.sourceId}`,
      amount_minor: payment.amountMinor,
      fee_minor: 0,
      kind: MISPOSTED,
      reason_code: MISPOSTED,
      action: 'person',
      returned_on: localDate(payment.zone, now),
      content_hash: line.id,
      created_by: actor,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** How the line's money had come, where it was not simply the payment's amount. */
async function bankSideOf(tx: Tx, payment: LockedPayment, line: BankLineRow): Promise<BankSide | null> {
  const { currency, amountMinor } = line;
  const isPlain = payment.currency === currency && payment.amountMinor === amountMinor;
  if (isPlain) return null;
  const { rows } = await sql<{ baseMinor: number; chargesMinor: number }>`
    select coalesce(sum(l.base_minor), 0)::bigint as "baseMinor",
      coalesce(sum(l.amount_minor) filter (where l.account = 'bank_charges'), 0)::bigint as "chargesMinor"
    from journal_entry e join journal_line l on l.entry_id = e.id and (l.account = 'bank_charges' or l.account like 'clearing:%')
    where e.legal_entity_id = ${payment.legalEntityId} and e.key = ${`payment/${payment.source}/${payment.sourceId}`}`.execute(
    tx,
  );
  const [row] = rows;
  if (row === undefined) throw new Error('defect: a sum gave no row');
  return { currency, amountMinor, ...row };
}

async function open(tx: Tx, { line, actor, requestId, now }: Reopening, because: string): Promise<void> {
  const reasons = [{ code: 'reopened', text: because }];
  await tx
    .updateTable('bank_line')
    .set({
      ...{ state: 'open', payment_id: null, reasons: JSON.stringify(reasons) },
      ...{ decided_by: actor, decided_at: new Date(now) },
    })
    .where('id', '=', line.id)
    .execute();
  await writeAudit(tx, {
    legalEntityId: line.legalEntityId,
    actor,
    action: 'bank_line.reopened',
    subject: line.id,
    because,
    details: { was: line.state, paymentId: line.paymentId },
    businessAt: now,
    requestId: requestId ?? null,
  });
}
