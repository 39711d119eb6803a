// Posts what a bank or provider took back of a payment, and opens again what it had settled, exactly once.

import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { sql } from 'kysely';
import { localDate } from '../../domain/calendar.ts';
import {
  checkReturn,
  MISPOSTED,
  planReturn,
  returnReason,
  type BookedReturnKind,
  type ReturnAction,
} from '../../domain/payment-return.ts';
import type { Refusal, Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { ReturnReport } from '../../workflows/messages.ts';
import { cause, engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { Refused, refusalFailure } from '../failures.ts';
import { post, type PostingLine } from '../ledger.ts';
import { reopenPromise } from '../orders/promises.ts';
import { applied, applyUnapplied, type Candidate } from './apply.ts';
import { ordersBeside, takeBackFollowers } from './followers.ts';
import { lockOrders, lockPayment, type LockedPayment } from './locked-payment.ts';
import { namedOrders } from './named-orders.ts';
import { clearOwnCredit } from './own-credit.ts';
import { askAboutRefused, askAboutReturn } from './return-tasks.ts';
import { ordersOf, reopen, standingAllocations, takeBack, writeReversals, type Standing } from './take-back.ts';

export interface PostedReturn extends ReturnReport {
  /** Orders to be told. */
  readonly orderIds: readonly string[];
}

/** A stored return. */
export interface ReturnRow {
  readonly id: string;
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly kind: BookedReturnKind;
  readonly reasonCode: string;
  readonly action: ReturnAction;
  readonly returnedOn: string;
  readonly state: 'received' | 'posted';
}

/**
 * Posts the return, or gives what was posted when it was posted before.
 *
 * @throws ApplicationFailure that may be tried again while the payment itself is not posted
 * @throws ApplicationFailure with the refusal when less is left of the payment, for instance because it was refunded meanwhile
 */
export async function postReturn(
  { db }: Dependencies,
  { returnId, now }: { returnId: string; now: number },
): Promise<PostedReturn> {
  const { payment_id } = await db
    .selectFrom('payment_return')
    .select('payment_id')
    .where('id', '=', returnId)
    .executeTakeFirstOrThrow();
  try {
    return await db.transaction().execute(async (tx) => {
      const payment = await lockPayment(tx, payment_id);
      if (payment.state === 'received') throw notPostedYet(payment.id);
      const booked = await bookReturn(tx, payment, { returnId, now });
      if (!booked.ok) throw new Refused(booked.refusal);
      return booked.posted;
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const { refusal } = error;
    await db.transaction().execute((tx) => writeDownRefusal(tx, { paymentId: payment_id, returnId, refusal, now }));
    throw refusalFailure(refusal);
  }
}

/** Tried again until the payment is posted, which is no alarm. */
function notPostedYet(paymentId: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'payment_not_posted',
    message: `Payment ${paymentId} is not posted yet: its return waits.`,
    category: ApplicationFailureCategory.BENIGN,
  });
}

async function readReturn(tx: Tx, returnId: string): Promise<ReturnRow> {
  const { rows } = await sql<ReturnRow>`
    select id, amount_minor as "amountMinor", fee_minor as "feeMinor", kind, reason_code as "reasonCode", action,
      returned_on as "returnedOn", state from payment_return where id = ${returnId}`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no return ${returnId}`);
  return row;
}

async function storedReport(tx: Tx, key: string): Promise<PostedReturn> {
  const known = await tx.selectFrom('request_effect').select('result').where('key', '=', key).executeTakeFirstOrThrow();
  return known.result as PostedReturn;
}

/** How the money left our bank, where that is not simply the amount in the payment's currency. */
export interface BankSide {
  readonly currency: string;
  /** What left the account. */
  readonly amountMinor: number;
  /** Charges of the incoming payment that are given back with it, 0 or more. */
  readonly chargesMinor: number;
  /** Both together in the legal entity's currency. */
  readonly baseMinor: number;
}

/** A stored return that is booked in the caller's transaction. */
export interface Booking {
  readonly returnId: string;
  readonly bank?: BankSide;
  /** Who takes it back, for the audit; without it, the engine. */
  readonly by?: { readonly actor: string; readonly requestId?: string };
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/**
 * Books a stored return of a locked, posted payment, once: a booked one gives its report again. Locks the orders.
 * Refuses `return_exceeds_payment` and the other refusals of `checkReturn`; then nothing is written.
 */
export async function bookReturn(
  tx: Tx,
  payment: LockedPayment,
  booking: Booking,
): Promise<Result<{ posted: PostedReturn }>> {
  const { returnId, now } = booking;
  const one = await readReturn(tx, returnId);
  const key = `return/${returnId}`;
  if (one.state === 'posted') return { ok: true, posted: await storedReport(tx, key) };
  const { amountMinor } = one;
  const checked = checkReturn({
    ...{ amountMinor, currency: payment.currency, kind: one.kind, returnedOn: one.returnedOn },
    ...{
      paymentMinor: payment.amountMinor,
      returnedMinor: payment.returnedMinor,
      refundedMinor: payment.refundedMinor,
    },
    today: localDate(payment.zone, now),
  });
  if (!checked.ok) return checked;
  const posted = await book(tx, payment, { ...booking, one });
  await tx.updateTable('payment_return').set({ state: 'posted' }).where('id', '=', returnId).execute();
  await tx
    .insertInto('request_effect')
    .values({ key, result: JSON.stringify(posted) })
    .execute();
  return { ok: true, posted };
}

async function book(tx: Tx, payment: LockedPayment, booking: Booking & { one: ReturnRow }): Promise<PostedReturn> {
  const { one, now } = booking;
  const standing = await standingAllocations(tx, payment.id);
  const { unappliedMinor } = payment;
  const plan = planReturn({ amountMinor: one.amountMinor, unappliedMinor, allocations: standing });
  const reversed = standing.slice(0, plan.reverse.length);
  await lockOrders(tx, await ordersBeside(tx, payment.id));
  const before = await itemsOf(tx, reversed);

  const opened = await postEntry(tx, payment, { ...booking, reversed });
  const { reallocate } = plan;
  if (reallocate !== null) {
    await applyUnapplied(tx, payment, {
      key: `allocation/return/${one.id}`,
      allocations: [reallocate],
      items: await itemsOf(tx, reversed),
      now,
      audit: applied('The rest of an allocation of which a part was taken back.'),
    });
  }
  await clearOwnCredit(tx, payment, { itemIds: opened, because: `return/${one.id}`, now });
  const orderIds = await ordersOf(tx, opened);
  const reopened = (await itemsOf(tx, reversed)).flatMap((item) => {
    const amountMinor = item.openMinor - (before.find(({ itemId }) => itemId === item.itemId)?.openMinor ?? 0);
    return amountMinor > 0 ? [{ item, amountMinor }] : [];
  });
  for (const { item } of reopened) await reopenPromise(tx, item.itemId, now);
  await reopen(tx, orderIds, now);
  await writeAuditOf(tx, payment, { ...booking, reopened });
  if (one.kind !== MISPOSTED) {
    await askAboutReturn(tx, payment, { one, orderIds: [...new Set(reopened.map(({ item }) => item.orderId))], now });
  }
  return {
    returnId: one.id,
    reopened: reopened.map(({ item, amountMinor }) => ({ itemId: item.itemId, number: item.number, amountMinor })),
    fromUnappliedMinor: plan.fromUnappliedMinor,
    orderIds: [...new Set([...orderIds, ...(await namedOrders(tx, payment.id))])],
  };
}

/**
 * The entry takes one allocation of an item back. Where the payment went to an item twice, the others are undone before it by
 * entries of their own: an entry says one thing about an item. When the last of the payment is gone, so is all that went beside it.
 *
 * @returns the items that are open again, credit items too
 */
async function postEntry(
  tx: Tx,
  payment: LockedPayment,
  booking: Booking & { one: ReturnRow; reversed: readonly Standing[] },
): Promise<string[]> {
  const { one, reversed, now } = booking;
  const direct = reversed.filter(({ itemId }, at) => reversed.findIndex((other) => other.itemId === itemId) === at);
  const opened: string[] = [];
  for (const other of reversed) {
    if (!direct.includes(other)) opened.push(...(await takeBack(tx, payment, { one: other, now })));
  }
  const directMinor = direct.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const { amountMinor } = one;
  const entryId = await post(tx, {
    legalEntityId: payment.legalEntityId,
    kind: 'payment_return',
    key: `return/${one.id}`,
    effectiveOn: localDate(payment.zone, now),
    businessAt: now,
    currency: payment.currency,
    lines: [
      ...direct.map((each) => ({
        account: 'receivable',
        amountMinor: each.amountMinor,
        itemId: each.itemId,
        paymentId: payment.id,
      })),
      { account: 'unapplied_cash', amountMinor: amountMinor - directMinor, paymentId: payment.id },
      ...bankLines(payment, booking),
    ],
    cause: cause(),
  });
  opened.push(...(await writeReversals(tx, payment, { entryId, reversed: direct, now })));
  const isGone = payment.returnedMinor + amountMinor === payment.amountMinor;
  if (isGone) opened.push(...(await takeBackFollowers(tx, payment, { entryId: null, itemId: null, now })));
  return [...new Set(opened)];
}

/** The other side of a return: the account on which the payment stands, and the fee for taking it back. */
function bankLines(payment: LockedPayment, { one, bank }: Booking & { one: ReturnRow }): PostingLine[] {
  const { amountMinor, feeMinor } = one;
  const account = `clearing:${payment.source}`;
  const currency = bank?.currency ?? payment.currency;
  const fee = [
    { account: 'bank_charges', amountMinor: feeMinor, currency },
    { account, amountMinor: -feeMinor, currency },
  ];
  if (bank === undefined) return [{ account, amountMinor: -amountMinor, paymentId: payment.id }, ...fee];
  const { chargesMinor, baseMinor } = bank;
  const charges = { account: 'bank_charges', amountMinor: -chargesMinor, currency };
  if (currency === payment.currency) {
    const gone = { account, amountMinor: -amountMinor, paymentId: payment.id };
    return [gone, { account, amountMinor: chargesMinor }, charges, ...fee];
  }
  const leftMinor = bank.amountMinor;
  return [
    { account: 'exchange', amountMinor: -amountMinor, paymentId: payment.id, baseMinor: -baseMinor },
    { account: 'exchange', amountMinor: leftMinor + chargesMinor, currency },
    { account, amountMinor: -leftMinor, currency },
    charges,
    ...fee,
  ];
}

/** The items of the allocations as they stand now. */
async function itemsOf(tx: Tx, reversed: readonly Standing[]): Promise<Candidate[]> {
  const { rows } = await sql<Candidate>`
    select i.id as "itemId", i.number, null as "orderNumber", i.due_on as "dueOn", i.open_minor as "openMinor",
      i.original_minor as "originalMinor", i.order_id as "orderId",
      exists (select from dispute d where d.item_id = i.id and d.state in ('open', 'awaiting_approval')) as "isDisputed"
    from open_item i where i.id = any(${reversed.map(({ itemId }) => itemId)}::uuid[]) order by i.due_on, i.number`.execute(
    tx,
  );
  return rows;
}

async function writeAuditOf(
  tx: Tx,
  payment: LockedPayment,
  options: Booking & { one: ReturnRow; reopened: readonly { item: Candidate; amountMinor: number }[] },
): Promise<void> {
  const { one, reopened, by, now } = options;
  const base = {
    legalEntityId: payment.legalEntityId,
    actor: by?.actor ?? engineActor(),
    action: 'payment.returned',
    because:
      one.kind === MISPOSTED
        ? 'The bank line was somebody else’s money, and is decided anew.'
        : `${one.kind} ${one.reasonCode}: ${returnReason(one.reasonCode)}.`,
    businessAt: now,
    requestId: by?.requestId ?? null,
  };
  const { currency } = payment;
  const details = { paymentId: payment.id, returnId: one.id, currency };
  const entries = reopened.map(({ item, amountMinor }) => ({
    ...base,
    orderId: item.orderId,
    subject: item.number,
    details: { ...details, amountMinor },
  }));
  const whole = { ...base, subject: one.id, details: { ...details, amountMinor: one.amountMinor } };
  await writeAudit(tx, ...(entries.length > 0 ? entries : [whole]));
}

async function writeDownRefusal(
  tx: Tx,
  options: { paymentId: string; returnId: string; refusal: Refusal; now: number },
): Promise<void> {
  const payment = await lockPayment(tx, options.paymentId);
  const isKnown = await askAboutRefused(tx, payment, options);
  if (isKnown) return;
  await writeAudit(tx, {
    legalEntityId: payment.legalEntityId,
    actor: engineActor(),
    action: 'payment_return.refused',
    subject: options.returnId,
    because: options.refusal.text,
    details: { paymentId: payment.id, code: options.refusal.code },
    businessAt: options.now,
  });
}
