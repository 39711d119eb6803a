// The bank line that takes a payment back, or is the debit of a return that another door had told.

import { sql } from 'kysely';
import { BANK_LINE_SOURCE, type OtherDoor } from '../../domain/bank-line.ts';
import { isDebitOf, takenBackOf } from '../../domain/doors/money-out.ts';
import { checkReturn, returnAction } from '../../domain/payment-return.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import type { PostingLine } from '../ledger.ts';
import { lockPayment, returningMinor, type LockedPayment } from '../payments/locked-payment.ts';
import { bookReturn } from '../payments/post-return.ts';
import {
  BANK_ACCOUNT,
  clearingKey,
  endClearingTasks,
  endLine,
  notPostedYet,
  postClearing,
  show,
  todayOf,
  type DoorPosting,
} from './door-line.ts';

type TakeBack = Extract<OtherDoor, { kind: 'take_back' }>;
type ClearReturn = Extract<OtherDoor, { kind: 'clear_return' }>;

/**
 * Books a return of the payment over the line: what it settled is open again, with promises and dunning as they were.
 * Refuses `return_differs` and what `checkReturn` refuses.
 */
export async function takeBackByLine(
  tx: Tx,
  asked: DoorPosting,
  door: TakeBack,
): Promise<Result<{ orderIds: readonly string[] }>> {
  const { line, actor, requestId, now } = asked;
  const payment = await lockPayment(tx, door.paymentId);
  const fit = await checkTakeBack(tx, asked, { payment, door });
  if (!fit.ok) return fit;
  if (payment.state === 'received') throw notPostedYet(payment.id);
  const returnId = await insertReturn(tx, asked, { door, returnedOn: fit.returnedOn });
  const by = { actor, ...(requestId === undefined ? {} : { requestId }) };
  const booked = await bookReturn(tx, payment, { returnId, by, now });
  if (!booked.ok) throw new Error(`defect: a return was checked and is refused: ${booked.refusal.text}`);
  const goneMinor = door.amountMinor + door.feeMinor;
  if (payment.source !== BANK_LINE_SOURCE) {
    const lines = leaving(payment, { doorMinor: goneMinor, bankMinor: goneMinor });
    await postClearing(tx, asked, { kind: 'bank_clearing', key: clearingKey(line.id), lines });
  }
  const reasons = [{ code: 'taken_back', text: door.because }];
  const { amountMinor, feeMinor, reasonCode } = door;
  const details = { returnId, amountMinor, feeMinor, reasonCode };
  await endLine(tx, asked, { state: 'returned', paymentId: payment.id, reasons, details });
  return { ok: true, orderIds: booked.posted.orderIds };
}

/** From the door's account to the bank's, what differs on the charges. */
function leaving(
  payment: LockedPayment,
  { doorMinor, bankMinor }: { doorMinor: number; bankMinor: number },
): PostingLine[] {
  const charges = { account: 'bank_charges', amountMinor: bankMinor - doorMinor };
  if (payment.source === BANK_LINE_SOURCE)
    return [charges, { account: BANK_ACCOUNT, amountMinor: doorMinor - bankMinor }];
  return [
    { account: `clearing:${payment.source}`, amountMinor: doorMinor, paymentId: payment.id },
    charges,
    { account: BANK_ACCOUNT, amountMinor: -bankMinor },
  ];
}

async function checkTakeBack(
  tx: Tx,
  asked: DoorPosting,
  { payment, door }: { payment: LockedPayment; door: TakeBack },
): Promise<Result<{ returnedOn: string }>> {
  const { line } = asked;
  const { amountMinor, feeMinor } = door;
  // A fee that no bank takes is other money.
  const isLines = amountMinor + feeMinor === -line.amountMinor && takenBackOf(line, amountMinor)?.feeMinor === feeMinor;
  if (!isLines || payment.currency !== line.currency || payment.legalEntityId !== line.legalEntityId) {
    return refuse({
      kind: 'unprocessable',
      code: 'return_differs',
      text: `The line takes ${show(-line.amountMinor, line.currency)}, and not ${show(amountMinor, payment.currency)} of this payment with a fee of ${show(feeMinor, payment.currency)}.`,
      hint: 'Name the payment of this legal entity and currency that the line takes back.',
    });
  }
  const today = await todayOf(tx, asked);
  const returnedOn = line.bookedOn < today ? line.bookedOn : today;
  const checked = checkReturn({
    ...{ amountMinor, currency: payment.currency, kind: 'returned_debit', returnedOn, today },
    paymentMinor: payment.amountMinor,
    // What was told and is not booked yet is gone as well.
    returnedMinor: payment.returnedMinor + (await returningMinor(tx, payment.id)),
    refundedMinor: payment.refundedMinor,
  });
  return checked.ok ? { ok: true, returnedOn } : checked;
}

/** The line's own return: it cannot be told twice, since the line is stored once. */
async function insertReturn(
  tx: Tx,
  { line, actor, now }: DoorPosting,
  { door, returnedOn }: { door: TakeBack; returnedOn: string },
): Promise<string> {
  const { id } = await tx
    .insertInto('payment_return')
    .values({
      legal_entity_id: line.legalEntityId,
      payment_id: door.paymentId,
      source_id: line.id,
      amount_minor: door.amountMinor,
      fee_minor: door.feeMinor,
      kind: 'returned_debit',
      reason_code: door.reasonCode,
      action: returnAction(door.reasonCode),
      returned_on: returnedOn,
      content_hash: line.id,
      created_by: actor,
      cleared_by_line_id: line.id,
      cleared_at: new Date(now),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

interface ToldReturnRow {
  readonly sourceId: string;
  readonly state: 'received' | 'posted';
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly clearedByLineId: string | null;
}

/** The debit of a return that is booked already: nothing is returned twice. Refuses `return_is_cleared` and `return_differs`. */
export async function clearReturnByLine(
  tx: Tx,
  asked: DoorPosting,
  door: ClearReturn,
): Promise<Result<{ orderIds: readonly string[] }>> {
  const { line, now } = asked;
  const { payment, told } = await lockReturn(tx, door.returnId);
  const fit = checkDebit(asked, { payment, told: { ...told, id: door.returnId } });
  if (!fit.ok) return fit;
  if (told.state === 'received') throw notPostedYet(payment.id);
  const bankMinor = -line.amountMinor;
  const doorMinor = told.amountMinor + told.feeMinor;
  if (payment.source !== BANK_LINE_SOURCE || bankMinor !== doorMinor) {
    const lines = leaving(payment, { doorMinor, bankMinor });
    await postClearing(tx, asked, { kind: 'bank_clearing', key: clearingKey(line.id), lines });
  }
  await tx
    .updateTable('payment_return')
    .set({ cleared_by_line_id: line.id, cleared_at: new Date(now) })
    .where('id', '=', door.returnId)
    .execute();
  await endClearingTasks(tx, line.legalEntityId, [{ source: payment.source, id: door.returnId }]);
  const reasons = [{ code: 'return_told_before', text: door.because }];
  const details = { returnId: door.returnId };
  await endLine(tx, asked, { state: 'returned', paymentId: payment.id, reasons, details });
  return { ok: true, orderIds: [] };
}

async function lockReturn(tx: Tx, returnId: string): Promise<{ payment: LockedPayment; told: ToldReturnRow }> {
  const { payment_id } = await tx
    .selectFrom('payment_return')
    .select('payment_id')
    .where('id', '=', returnId)
    .executeTakeFirstOrThrow();
  const payment = await lockPayment(tx, payment_id);
  const { rows } = await sql<ToldReturnRow>`select source_id as "sourceId", state, amount_minor as "amountMinor",
    fee_minor as "feeMinor", cleared_by_line_id as "clearedByLineId" from payment_return where id = ${returnId}`.execute(
    tx,
  );
  const [told] = rows;
  if (told === undefined) throw new Error(`defect: no return ${returnId}`);
  return { payment, told };
}

function checkDebit(
  { line }: DoorPosting,
  { payment, told }: { payment: LockedPayment; told: ToldReturnRow & { id: string } },
): Result<object> {
  if (told.clearedByLineId !== null) {
    return refuse({
      kind: 'conflict',
      code: 'return_is_cleared',
      text: `The return ${told.sourceId} has had its bank line already.`,
      hint: `Compare with GET /v1/bank-lines/${told.clearedByLineId}.`,
      details: { lineId: told.clearedByLineId },
    });
  }
  const isOfLine = payment.currency === line.currency && payment.legalEntityId === line.legalEntityId;
  if (isOfLine && isDebitOf(line, told)) return { ok: true };
  return refuse({
    kind: 'unprocessable',
    code: 'return_differs',
    text: `The return is over ${show(told.amountMinor, payment.currency)} with a fee of ${show(told.feeMinor, payment.currency)}, and the line over ${show(-line.amountMinor, line.currency)}.`,
    hint: 'Name the return whose debit the line is.',
  });
}
