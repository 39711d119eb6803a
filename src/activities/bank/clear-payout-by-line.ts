// The bank line of a provider's payout: clears the provider's account of all its payments, books its fee and what was charged back.

import { sql } from 'kysely';
import type { OtherDoor } from '../../domain/bank-line.ts';
import { checkReturn, returnAction } from '../../domain/payment-return.ts';
import { PAYOUT_LINES_MAX, type PayoutLine } from '../../domain/payout.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { ordersBeside } from '../payments/followers.ts';
import { lockOrders, lockPayment, type LockedPayment } from '../payments/locked-payment.ts';
import { bookReturn } from '../payments/post-return.ts';
import {
  BANK_ACCOUNT,
  endClearingTasks,
  endLine,
  notPostedYet,
  postClearing,
  show,
  todayOf,
  type DoorPosting,
} from './door-line.ts';

type ClearPayout = Extract<OtherDoor, { kind: 'clear_payout' }>;

/** A payout under its lock. */
interface LockedPayout {
  readonly id: string;
  readonly legalEntityId: string;
  readonly source: string;
  readonly payoutId: string;
  readonly currency: string;
  readonly netMinor: number;
  readonly lines: readonly PayoutLine[];
  readonly state: 'expected' | 'cleared';
}

/** A payment of the payout, locked, as it stands. */
interface PaidOut {
  readonly id: string;
  readonly sourceId: string;
  readonly state: 'received' | 'posted';
  readonly amountMinor: number;
  readonly returnedMinor: number;
  readonly refundedMinor: number;
  readonly clearedByLineId: string | null;
  /** Returns that were told before and whose money the provider has not kept yet. */
  readonly returns: readonly { readonly id: string; readonly amountMinor: number; readonly state: string }[];
}

/** A chargeback of the payout: a return that was told before, or one that is made of it. */
interface Chargeback {
  readonly payment: PaidOut;
  readonly amountMinor: number;
  readonly knownId: string | null;
}

/**
 * Books each chargeback as a return of its payment, unless it was told before, then the payout itself.
 * Refuses `payout_is_cleared`, `amount_differs`, `payout_payment_changed` and what `checkReturn` refuses; then nothing is written.
 *
 * @throws ApplicationFailure that may be tried again while one of the payments is not posted
 */
export async function clearPayoutByLine(
  tx: Tx,
  asked: DoorPosting,
  door: ClearPayout,
): Promise<Result<{ orderIds: readonly string[] }>> {
  const { line } = asked;
  const payout = await lockPayout(tx, door.payoutId);
  const fit = checkPayout(asked, payout);
  if (!fit.ok) return fit;
  const payments = await lockPayments(tx, payout);
  const whole = checkPayments(payout, payments);
  if (!whole.ok) return whole;
  const chargebacks = chargebacksOf(payout, payments);
  const checked = checkChargebacks(payout, chargebacks, await todayOf(tx, asked));
  if (!checked.ok) return checked;
  const waiting = [...payments.values()].find(isWaiting);
  if (waiting !== undefined) throw notPostedYet(waiting.id);

  const booked = await bookChargebacks(tx, asked, { payout, chargebacks });
  const cleared = payout.lines.flatMap(({ kind, sourceId }) =>
    kind === 'payment' ? (payments.get(sourceId) ?? []) : [],
  );
  await postPayout(tx, asked, { payout, cleared, returnIds: booked.returnIds });
  await markCleared(tx, asked, { payout, cleared, returnIds: booked.returnIds });
  const reasons = [{ code: 'paid_out', text: door.because }];
  await endLine(tx, asked, { state: 'cleared', reasons, details: { payoutId: payout.id, payments: cleared.length } });
  const { source } = payout;
  const ended = [...cleared.map(({ id }) => id), ...booked.returnIds].map((id) => ({ source, id }));
  await endClearingTasks(tx, line.legalEntityId, ended);
  return { ok: true, orderIds: booked.orderIds };
}

function isWaiting({ state, returns }: PaidOut): boolean {
  return state === 'received' || returns.some((one) => one.state === 'received');
}

async function lockPayout(tx: Tx, payoutId: string): Promise<LockedPayout> {
  const { rows } = await sql<LockedPayout>`
    select id, legal_entity_id as "legalEntityId", source, payout_id as "payoutId", currency, net_minor as "netMinor", lines, state
    from provider_payout where id = ${payoutId} for no key update`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no payout ${payoutId}`);
  return row;
}

function checkPayout({ line }: DoorPosting, payout: LockedPayout): Result<object> {
  const what = `Payout ${payout.payoutId} of ${payout.source}`;
  if (payout.state !== 'expected' || payout.legalEntityId !== line.legalEntityId) {
    return refuse({
      kind: 'conflict',
      code: 'payout_is_cleared',
      text: `${what} has had its bank line already, or is another legal entity's.`,
      hint: `Look at it with GET /v1/provider-payouts/${payout.id}.`,
    });
  }
  if (payout.currency === line.currency && payout.netMinor === line.amountMinor) return { ok: true };
  return refuse({
    kind: 'unprocessable',
    code: 'amount_differs',
    text: `${what} is over ${show(payout.netMinor, payout.currency)}, and the line over ${show(line.amountMinor, line.currency)}.`,
    hint: 'Ask the provider what else it kept.',
  });
}

/** Locks all payments of the payout in the order of their IDs. @returns them by their source's IDs */
async function lockPayments(tx: Tx, payout: LockedPayout): Promise<Map<string, PaidOut>> {
  const sourceIds = payout.lines.map(({ sourceId }) => sourceId);
  const { rows: ids } = await sql<{ id: string }>`select id from payment where legal_entity_id = ${payout.legalEntityId}
    and source = ${payout.source} and source_id = any(${sourceIds}::text[])`.execute(tx);
  const { rows } = await sql<PaidOut>`
    select p.id, p.source_id as "sourceId", p.state, p.amount_minor as "amountMinor", p.returned_minor as "returnedMinor",
      p.refunded_minor as "refundedMinor", p.cleared_by_line_id as "clearedByLineId",
      (select coalesce(json_agg(json_build_object('id', r.id, 'amountMinor', r.amount_minor, 'state', r.state) order by r.id), '[]')
        from payment_return r where r.payment_id = p.id and r.cleared_by_line_id is null and r.kind <> 'misposted') as returns
    from payment p where p.id = any(${ids.map(({ id }) => id)}::uuid[]) order by p.id limit ${PAYOUT_LINES_MAX}
    for no key update of p`.execute(tx);
  return new Map(rows.map((row) => [row.sourceId, row]));
}

/** What the door checked when the payout was told may have changed since: a payment may have come by itself. */
function checkPayments(payout: LockedPayout, payments: ReadonlyMap<string, PaidOut>): Result<object> {
  for (const { kind, sourceId, amountMinor } of payout.lines) {
    const payment = payments.get(sourceId);
    if (payment === undefined) throw new Error(`defect: payout ${payout.id} is of a payment that does not exist`);
    if (kind !== 'payment') continue;
    if (payment.clearedByLineId === null && payment.amountMinor === amountMinor) continue;
    return refuse({
      kind: 'conflict',
      code: 'payout_payment_changed',
      text: `Payment ${payout.source}/${sourceId} of payout ${payout.payoutId} has had its bank line already.`,
      hint: `Compare with GET /v1/bank-lines/${payment.clearedByLineId ?? ''}; one of the two lines is other money.`,
      details: { sourceId, lineId: payment.clearedByLineId },
    });
  }
  return { ok: true };
}

/** Each chargeback with the return of the same amount that was told before, if there is one. */
function chargebacksOf(payout: LockedPayout, payments: ReadonlyMap<string, PaidOut>): Chargeback[] {
  const used = new Set<string>();
  return payout.lines.flatMap(({ kind, sourceId, amountMinor }) => {
    const payment = payments.get(sourceId);
    if (kind !== 'chargeback' || payment === undefined) return [];
    const known = payment.returns.find((one) => one.amountMinor === amountMinor && !used.has(one.id));
    if (known !== undefined) used.add(known.id);
    return [{ payment, amountMinor, knownId: known?.id ?? null }];
  });
}

function checkChargebacks(payout: LockedPayout, chargebacks: readonly Chargeback[], today: string): Result<object> {
  const gone = new Map<string, number>();
  for (const { payment, amountMinor, knownId } of chargebacks) {
    if (knownId !== null) continue;
    const told = payment.returns.reduce((sum, one) => sum + (one.state === 'received' ? one.amountMinor : 0), 0);
    const before = gone.get(payment.id) ?? payment.returnedMinor + told;
    const checked = checkReturn({
      ...{
        amountMinor,
        paymentMinor: payment.amountMinor,
        returnedMinor: before,
        refundedMinor: payment.refundedMinor,
      },
      ...{ currency: payout.currency, kind: 'chargeback', returnedOn: today, today },
    });
    if (!checked.ok) return checked;
    gone.set(payment.id, before + amountMinor);
  }
  return { ok: true };
}

async function bookChargebacks(
  tx: Tx,
  asked: DoorPosting,
  { payout, chargebacks }: { payout: LockedPayout; chargebacks: readonly Chargeback[] },
): Promise<{ returnIds: string[]; orderIds: string[] }> {
  const { actor, requestId, now } = asked;
  const fresh = chargebacks.filter(({ knownId }) => knownId === null);
  await lockOrdersOf(tx, fresh);
  const by = { actor, ...(requestId === undefined ? {} : { requestId }) };
  const returnIds = chargebacks.flatMap(({ knownId }) => knownId ?? []);
  const orderIds = new Set<string>();
  const returnedOn = await todayOf(tx, asked);
  for (const [at, { payment, amountMinor }] of fresh.entries()) {
    const sourceId = `payout/${payout.payoutId}/${String(at + 1)}`;
    const returnId = await insertChargeback(tx, asked, { payment, amountMinor, sourceId, returnedOn });
    const locked: LockedPayment = await lockPayment(tx, payment.id);
    const booked = await bookReturn(tx, locked, { returnId, by, now });
    if (!booked.ok) throw new Error(`defect: a chargeback was checked and is refused: ${booked.refusal.text}`);
    for (const orderId of booked.posted.orderIds) orderIds.add(orderId);
    returnIds.push(returnId);
  }
  return { returnIds, orderIds: [...orderIds] };
}

/** All orders that the returns will touch, at once and in one order. */
async function lockOrdersOf(tx: Tx, chargebacks: readonly Chargeback[]): Promise<void> {
  const orderIds = new Set<string>();
  for (const { payment } of chargebacks) for (const id of await ordersBeside(tx, payment.id)) orderIds.add(id);
  if (orderIds.size > 0) await lockOrders(tx, [...orderIds].sort());
}

async function insertChargeback(
  tx: Tx,
  { line, actor }: DoorPosting,
  told: { payment: PaidOut; amountMinor: number; sourceId: string; returnedOn: string },
): Promise<string> {
  const { id } = await tx
    .insertInto('payment_return')
    .values({
      legal_entity_id: line.legalEntityId,
      payment_id: told.payment.id,
      source_id: told.sourceId,
      amount_minor: told.amountMinor,
      fee_minor: 0,
      kind: 'chargeback',
      reason_code: CHARGEBACK,
      action: returnAction(CHARGEBACK),
      returned_on: told.returnedOn,
      content_hash: told.sourceId,
      created_by: actor,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

/** Providers' payouts name no reason; a person finds it out. */
const CHARGEBACK = 'CHARGEBACK';

/**
 * The provider's account is cleared of exactly what its payments and returns left on it; what does not reach the bank is its fee,
 * less the fees of returns that were booked before.
 */
async function postPayout(
  tx: Tx,
  asked: DoorPosting,
  of: { payout: LockedPayout; cleared: readonly PaidOut[]; returnIds: readonly string[] },
): Promise<void> {
  const { payout, cleared, returnIds } = of;
  const account = `clearing:${payout.source}`;
  const keys = [
    ...cleared.map(({ sourceId }) => `payment/${payout.source}/${sourceId}`),
    ...returnIds.map((id) => `return/${id}`),
  ];
  const { rows } = await sql<{ openMinor: number; baseMinor: number }>`
    select coalesce(sum(l.amount_minor), 0)::bigint as "openMinor", coalesce(sum(l.base_minor), 0)::bigint as "baseMinor"
    from journal_entry e join journal_line l on l.entry_id = e.id
    where e.legal_entity_id = ${payout.legalEntityId} and e.key = any(${keys}::text[]) and l.account = ${account}`.execute(
    tx,
  );
  const [{ openMinor, baseMinor } = { openMinor: 0, baseMinor: 0 }] = rows;
  await postClearing(tx, asked, {
    kind: 'provider_payout',
    // The provider's IDs are unique for one source alone.
    key: `provider_payout/${payout.id}`,
    lines: [
      { account: BANK_ACCOUNT, amountMinor: payout.netMinor },
      { account: 'bank_charges', amountMinor: openMinor - payout.netMinor },
      { account, amountMinor: -openMinor, baseMinor: -baseMinor },
    ],
  });
}

async function markCleared(
  tx: Tx,
  { line, now }: DoorPosting,
  of: { payout: LockedPayout; cleared: readonly PaidOut[]; returnIds: readonly string[] },
): Promise<void> {
  const mark = { cleared_by_line_id: line.id, cleared_at: new Date(now) };
  const paymentIds = of.cleared.map(({ id }) => id);
  if (paymentIds.length > 0) await tx.updateTable('payment').set(mark).where('id', 'in', paymentIds).execute();
  if (of.returnIds.length > 0) {
    await tx
      .updateTable('payment_return')
      .set(mark)
      .where('id', 'in', [...of.returnIds])
      .execute();
  }
  await tx
    .updateTable('provider_payout')
    .set({ state: 'cleared', line_id: line.id })
    .where('id', '=', of.payout.id)
    .execute();
}
