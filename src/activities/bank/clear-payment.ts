// The bank line of a payment that another door told: clears the door's account, and never a customer.

import { BANK_LINE_SOURCE, type OtherDoor } from '../../domain/bank-line.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { lockPayment, type LockedPayment } from '../payments/locked-payment.ts';
import {
  BANK_ACCOUNT,
  clearedBy,
  clearingKey,
  endClearingTasks,
  endLine,
  notPostedYet,
  postClearing,
  show,
  type DoorPosting,
} from './door-line.ts';

type ClearPayment = Extract<OtherDoor, { kind: 'clear_payment' }>;

/** Refuses `payment_is_the_banks`, `payment_is_cleared` and `amount_differs`. */
export async function clearPaymentByLine(
  tx: Tx,
  asked: DoorPosting,
  door: ClearPayment,
): Promise<Result<{ orderIds: readonly string[] }>> {
  const { line, now } = asked;
  const payment = await lockPayment(tx, door.paymentId);
  const fit = await checkClearing(tx, asked, payment);
  if (!fit.ok) return fit;
  if (payment.state === 'received') throw notPostedYet(payment.id);
  await postClearing(tx, asked, {
    kind: 'bank_clearing',
    key: clearingKey(line.id),
    lines: [
      { account: BANK_ACCOUNT, amountMinor: line.amountMinor },
      { account: 'bank_charges', amountMinor: payment.amountMinor - line.amountMinor },
      { account: `clearing:${payment.source}`, amountMinor: -payment.amountMinor, paymentId: payment.id },
    ],
  });
  await tx
    .updateTable('payment')
    .set({ cleared_by_line_id: line.id, cleared_at: new Date(now) })
    .where('id', '=', payment.id)
    .execute();
  await endClearingTasks(tx, line.legalEntityId, [payment]);
  const reasons = [{ code: 'told_before', text: door.because }];
  await endLine(tx, asked, { state: 'cleared', paymentId: payment.id, reasons });
  return { ok: true, orderIds: [] };
}

async function checkClearing(tx: Tx, { line }: DoorPosting, payment: LockedPayment): Promise<Result<object>> {
  const what = `Payment ${payment.source}/${payment.sourceId}`;
  if (payment.source === BANK_LINE_SOURCE || payment.legalEntityId !== line.legalEntityId) {
    return refuse({
      kind: 'unprocessable',
      code: 'payment_is_the_banks',
      text: `${what} was brought by a bank line itself, or is another legal entity's.`,
      hint: 'Name a payment of this legal entity that the API or a provider told.',
    });
  }
  const lineId = await clearedBy(tx, payment.id);
  if (lineId !== null) {
    return refuse({
      kind: 'conflict',
      code: 'payment_is_cleared',
      text: `${what} has had its bank line already.`,
      hint: `Compare with GET /v1/bank-lines/${lineId}: this line is other money, or the same movement told twice.`,
      details: { lineId },
    });
  }
  const missingMinor = payment.amountMinor - line.amountMinor;
  const isWhole = missingMinor === 0 || missingMinor === line.chargesMinor;
  if (payment.currency === line.currency && line.amountMinor > 0 && isWhole) return { ok: true };
  return refuse({
    kind: 'unprocessable',
    code: 'amount_differs',
    text: `${what} is over ${show(payment.amountMinor, payment.currency)}, and the line over ${show(line.amountMinor, line.currency)}.`,
    hint: 'A provider that keeps fees, or pays several payments at once, tells it by POST /v1/provider-payouts.',
    details: { paymentMinor: payment.amountMinor, lineMinor: line.amountMinor },
  });
}
