// Posts what a bank or provider took back of a payment, and opens again what it had settled, exactly once.

import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { sql } from 'kysely';
import { localDate } from '../../domain/calendar.ts';
import {
  checkReturn,
  planReturn,
  returnReason,
  type ReturnAction,
  type ReturnKind,
} from '../../domain/payment-return.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { ReturnReport } from '../../workflows/messages.ts';
import { cause, engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { Refused, refusalFailure } from '../failures.ts';
import { post } from '../ledger.ts';
import { reopenPromise } from '../orders/promises.ts';
import { applied, applyUnapplied, type Candidate } from './apply.ts';
import { lockOrders, lockPayment, type LockedPayment } from './locked-payment.ts';
import { namedOrders } from './named-orders.ts';
import { askAboutRefused, askAboutReturn } from './return-tasks.ts';
import { reopen, standingAllocations, takeBack, writeReversals, type Standing } from './take-back.ts';

export interface PostedReturn extends ReturnReport {
  /** Orders to be told. */
  readonly orderIds: readonly string[];
}

/** A stored return. */
export interface ReturnRow {
  readonly id: string;
  readonly amountMinor: number;
  readonly feeMinor: number;
  readonly kind: ReturnKind;
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
      const one = await readReturn(tx, returnId);
      const key = `return/${returnId}`;
      if (one.state === 'posted') return await storedReport(tx, key);
      if (payment.state === 'received') throw notPostedYet(payment.id);
      const posted = await book(tx, payment, { one, now });
      await tx.updateTable('payment_return').set({ state: 'posted' }).where('id', '=', returnId).execute();
      await tx
        .insertInto('request_effect')
        .values({ key, result: JSON.stringify(posted) })
        .execute();
      return posted;
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

async function book(
  tx: Tx,
  payment: LockedPayment,
  { one, now }: { one: ReturnRow; now: number },
): Promise<PostedReturn> {
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
  if (!checked.ok) throw new Refused(checked.refusal);
  const standing = await standingAllocations(tx, payment.id);
  const plan = planReturn({ amountMinor, unappliedMinor: payment.unappliedMinor, allocations: standing });
  const reversed = standing.slice(0, plan.reverse.length);
  const orderIds = [...new Set(reversed.map(({ orderId }) => orderId))].sort();
  await lockOrders(tx, orderIds);
  const before = await itemsOf(tx, reversed);

  await postEntry(tx, payment, { one, reversed, now });
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
  const reopened = (await itemsOf(tx, reversed)).flatMap((item) => {
    const amountMinor = item.openMinor - (before.find(({ itemId }) => itemId === item.itemId)?.openMinor ?? 0);
    return amountMinor > 0 ? [{ item, amountMinor }] : [];
  });
  for (const { item } of reopened) await reopenPromise(tx, item.itemId, now);
  await reopen(tx, orderIds, now);
  await writeAuditOf(tx, payment, { one, reopened, now });
  await askAboutReturn(tx, payment, { one, orderIds: [...new Set(reopened.map(({ item }) => item.orderId))], now });
  return {
    returnId: one.id,
    reopened: reopened.map(({ item, amountMinor }) => ({ itemId: item.itemId, number: item.number, amountMinor })),
    fromUnappliedMinor: plan.fromUnappliedMinor,
    orderIds: [...new Set([...orderIds, ...(await namedOrders(tx, payment.id))])],
  };
}

/**
 * The entry takes one allocation of an item back. Where the payment went to an item twice, the others are undone before it by
 * entries of their own: an entry says one thing about an item.
 */
async function postEntry(
  tx: Tx,
  payment: LockedPayment,
  { one, reversed, now }: { one: ReturnRow; reversed: readonly Standing[]; now: number },
): Promise<void> {
  const direct = reversed.filter(({ itemId }, at) => reversed.findIndex((other) => other.itemId === itemId) === at);
  for (const other of reversed) if (!direct.includes(other)) await takeBack(tx, payment, { one: other, now });
  const directMinor = direct.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
  const { amountMinor, feeMinor } = one;
  const clearing = `clearing:${payment.source}`;
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
      { account: clearing, amountMinor: -amountMinor, paymentId: payment.id },
      { account: 'bank_charges', amountMinor: feeMinor },
      { account: clearing, amountMinor: -feeMinor },
    ],
    cause: cause(),
  });
  await writeReversals(tx, payment, { entryId, reversed: direct, now });
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
  options: { one: ReturnRow; reopened: readonly { item: Candidate; amountMinor: number }[]; now: number },
): Promise<void> {
  const { one, reopened, now } = options;
  const base = {
    legalEntityId: payment.legalEntityId,
    actor: engineActor(),
    action: 'payment.returned',
    because: `${one.kind} ${one.reasonCode}: ${returnReason(one.reasonCode)}.`,
    businessAt: now,
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
