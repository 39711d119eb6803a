// Writes down what a customer promises to pay, takes it back, and opens it again when a payment that kept it was taken back.

import { localDate } from '../../domain/calendar.ts';
import { formatDecimal } from '../../domain/money.ts';
import type { ItemFacts } from '../../domain/order-facts.ts';
import { checkPromise, promiseLevel } from '../../domain/promise.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import { latestPromise, paidOfItem } from '../../database/queries/promises.ts';
import type { PromiseReport, PromiseRequest, WithdrawPromiseRequest } from '../../workflows/messages.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { answerRequest, type RequestInput } from './request.ts';

export async function givePromise(deps: Dependencies, input: RequestInput<PromiseRequest>): Promise<PromiseReport> {
  return answerRequest(deps, input, { action: 'promise', effect: writePromise });
}

async function writePromise(
  tx: Tx,
  context: OrderContext,
  { request, now }: RequestInput<PromiseRequest>,
): Promise<Result<{ answer: PromiseReport }>> {
  const { order, facts, calendar } = context;
  const found = receivableOf(facts.items, request.itemId, order.number);
  if (!found.ok) return found;
  const { item } = found;
  if (item.plan !== null) return refuseBesidePlan(item);

  const today = localDate(calendar.zone, now);
  const givenOn = request.givenOn ?? today;
  const paidMinor = await paidOfItem(tx, item.itemId, null);
  // Of a promise that is told late, what came since the day on which it was given counts for it, and was open then.
  const paidBeforeMinor = givenOn < today ? await paidOfItem(tx, item.itemId, givenOn) : paidMinor;
  const { amountMinor, promisedOn } = request;
  const openMinor = item.openMinor + Math.max(0, paidMinor - paidBeforeMinor);
  const checked = checkPromise({ amountMinor, openMinor, currency: order.currency, givenOn, promisedOn, today });
  if (!checked.ok) return checked;

  const answer = await insertPromise(tx, context, { item, request, givenOn, paidBeforeMinor, now });
  return { ok: true, answer };
}

/** The promise in the place of the one that is open, and of the task about the one before. */
async function insertPromise(
  tx: Tx,
  { order }: OrderContext,
  given: { item: ItemFacts; request: PromiseRequest; givenOn: string; paidBeforeMinor: number; now: number },
): Promise<PromiseReport> {
  const { item, request, givenOn, now } = given;
  const { amountMinor, promisedOn } = request;
  const level = promiseLevel(await latestPromise(tx, item.itemId));
  if (item.promise !== null) await setPromise(tx, item.promise.promiseId, 'withdrawn', now);
  const { id } = await tx
    .insertInto('promise')
    .values({
      order_id: order.id,
      item_id: item.itemId,
      amount_minor: amountMinor,
      given_on: givenOn,
      promised_on: promisedOn,
      paid_before_minor: given.paidBeforeMinor,
      level,
      note_id: request.noteId,
      created_by: request.actor,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await endArrangementTasks(tx, item.itemId, request.actor);
  await writeAudit(tx, {
    legalEntityId: order.legalEntityId,
    actor: request.actor,
    action: 'promise.given',
    orderId: order.id,
    subject: item.number,
    because: `${formatDecimal(amountMinor, order.currency)} ${order.currency} promised for ${promisedOn}.`,
    details: { promiseId: id, amountMinor, givenOn, promisedOn, level, replaces: item.promise?.promiseId ?? null },
    businessAt: now,
    requestId: request.requestId,
  });
  return { promiseId: id, itemId: item.itemId, state: 'open', level };
}

export async function withdrawPromise(
  deps: Dependencies,
  input: RequestInput<WithdrawPromiseRequest>,
): Promise<PromiseReport> {
  return answerRequest(deps, input, {
    action: 'promise',
    effect: async (tx, { order, facts }, { request, now }) => {
      const promise = await tx
        .selectFrom('promise')
        .select(['id', 'item_id', 'state', 'level'])
        .where('id', '=', request.promiseId)
        .where('order_id', '=', order.id)
        .executeTakeFirst();
      if (promise === undefined) {
        return refuse({
          kind: 'not_found',
          code: 'promise_unknown',
          text: `Order ${order.number} has no such promise.`,
          hint: `GET /v1/orders/${order.id}/promises lists them with their IDs.`,
        });
      }
      if (promise.state !== 'open') {
        return refuse({
          kind: 'conflict',
          code: 'promise_not_open',
          text: `The promise is ${promise.state} already.`,
          hint: 'Only an open promise can be withdrawn.',
          details: { state: promise.state },
        });
      }
      await setPromise(tx, promise.id, 'withdrawn', now);
      await writeAudit(tx, {
        legalEntityId: order.legalEntityId,
        actor: request.actor,
        action: 'promise.withdrawn',
        orderId: order.id,
        subject: facts.items.find((item) => item.itemId === promise.item_id)?.number ?? null,
        because: 'Back in dunning, at the level it had.',
        details: { promiseId: promise.id },
        businessAt: now,
        requestId: request.requestId,
      });
      const { id: promiseId, item_id: itemId, level } = promise;
      return { ok: true, answer: { promiseId, itemId, state: 'withdrawn', level } };
    },
  });
}

/**
 * Opens the item's latest promise again when it had been kept, in whole or in part, because a payment that counted for it was taken
 * back; the order values it anew (SAP: the reversal of a payment resets the evaluation). Call it under the order's lock.
 *
 * @param now business time, epoch milliseconds
 * @returns the promise's ID, or `null` when there was nothing to open
 */
export async function reopenPromise(tx: Tx, itemId: string, now: number | null = null): Promise<string | null> {
  const latest = await latestPromise(tx, itemId);
  if (latest === null || (latest.state !== 'kept' && latest.state !== 'partly_kept')) return null;
  // What was agreed on since takes the promise's place.
  const plan = await tx
    .selectFrom('payment_plan')
    .select('id')
    .where('item_id', '=', itemId)
    .where('state', '=', 'active')
    .executeTakeFirst();
  if (plan !== undefined) return null;
  await tx.updateTable('promise').set({ state: 'open', evaluated_at: null }).where('id', '=', latest.id).execute();
  const item = await tx
    .selectFrom('open_item')
    .select(['legal_entity_id', 'order_id', 'number'])
    .where('id', '=', itemId)
    .executeTakeFirstOrThrow();
  await writeAudit(tx, {
    legalEntityId: item.legal_entity_id,
    actor: engineActor(),
    action: 'promise.reopened',
    orderId: item.order_id,
    subject: item.number,
    because: 'A payment that counted for it was taken back.',
    details: { promiseId: latest.id, was: latest.state },
    businessAt: now,
  });
  return latest.id;
}

/** Ends a promise: by its evaluation, or withdrawn. */
export async function setPromise(
  tx: Tx,
  promiseId: string,
  state: 'kept' | 'partly_kept' | 'broken' | 'withdrawn',
  now: number,
): Promise<void> {
  const evaluatedAt = state === 'withdrawn' ? null : new Date(now);
  await tx.updateTable('promise').set({ state, evaluated_at: evaluatedAt }).where('id', '=', promiseId).execute();
}

/** The item of the order that a promise or a plan is about: money owed to us. */
export function receivableOf(
  items: readonly ItemFacts[],
  itemId: string,
  orderNumber: string,
): Result<{ item: ItemFacts }> {
  const item = items.find((candidate) => candidate.itemId === itemId);
  if (item === undefined) {
    return refuse({
      kind: 'not_found',
      code: 'item_unknown',
      text: `Order ${orderNumber} has no such open item.`,
      hint: 'Name an open item of this order by its ID or its invoice number.',
    });
  }
  if (item.side === 'debit') return { ok: true, item };
  return refuse({
    kind: 'unprocessable',
    code: 'item_is_a_credit',
    text: `${item.number} is a credit: we owe it to the customer.`,
    hint: 'Name an invoice that the customer owes.',
  });
}

/** Ends the open tasks about an item's broken promise or plan: what is agreed on or found out now takes their place. */
export async function endArrangementTasks(tx: Tx, itemId: string, doneBy: string): Promise<void> {
  await tx
    .updateTable('task')
    .set({ state: 'done', done_by: doneBy, done_at: new Date() })
    .where('item_id', '=', itemId)
    .where('kind', 'in', ['promise_broken', 'plan_broken'])
    .where('state', '=', 'open')
    .execute();
}

function refuseBesidePlan(item: ItemFacts): ReturnType<typeof refuse> {
  return refuse({
    kind: 'conflict',
    code: 'item_has_plan',
    text: `${item.number} is paid by a payment plan, which says what is paid when.`,
    hint: 'Cancel the plan first if a promise is to take its place.',
  });
}
