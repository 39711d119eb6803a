// Agrees with a customer that an item is paid in instalments, and ends such a plan.

import { localDate } from '../../domain/calendar.ts';
import type { ItemFacts } from '../../domain/order-facts.ts';
import { checkPlan } from '../../domain/payment-plan.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import { paidOfItem } from '../../database/queries/promises.ts';
import type { CancelPlanRequest, PlanReport, PlanRequest } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { endArrangementTasks, receivableOf } from './promises.ts';
import { answerRequest, type RequestInput } from './request.ts';

export async function agreePlan(deps: Dependencies, input: RequestInput<PlanRequest>): Promise<PlanReport> {
  return answerRequest(deps, input, { action: 'payment_plan', effect: writePlan });
}

async function writePlan(
  tx: Tx,
  { order, facts, calendar }: OrderContext,
  { request, now }: RequestInput<PlanRequest>,
): Promise<Result<{ answer: PlanReport }>> {
  const found = receivableOf(facts.items, request.itemId, order.number);
  if (!found.ok) return found;
  const { item } = found;
  const free = checkFree(item);
  if (!free.ok) return free;
  const { instalments } = request;
  const today = localDate(calendar.zone, now);
  const checked = checkPlan({ instalments, openMinor: item.openMinor, currency: order.currency, today });
  if (!checked.ok) return checked;

  const { id } = await tx
    .insertInto('payment_plan')
    .values({
      order_id: order.id,
      item_id: item.itemId,
      paid_before_minor: await paidOfItem(tx, item.itemId, null),
      note_id: request.noteId,
      created_by: request.actor,
      // Business time: from this day on the plan keeps its item out of dunning.
      created_at: new Date(now),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await tx
    .insertInto('plan_instalment')
    .values(
      instalments.map(({ dueOn, amountMinor }, index) => ({
        plan_id: id,
        instalment_no: index + 1,
        due_on: dueOn,
        amount_minor: amountMinor,
      })),
    )
    .execute();
  await endArrangementTasks(tx, item.itemId, request.actor);
  await writeAudit(tx, {
    legalEntityId: order.legalEntityId,
    actor: request.actor,
    action: 'payment_plan.agreed',
    orderId: order.id,
    subject: item.number,
    because: `Paid in ${String(instalments.length)} instalments until ${instalments.at(-1)?.dueOn ?? today}.`,
    details: { planId: id, instalments },
    businessAt: now,
    requestId: request.requestId,
  });
  return { ok: true, answer: { planId: id, itemId: item.itemId, state: 'active' } };
}

/** One arrangement for an item at a time: else nobody could say what it is measured by. */
function checkFree(item: ItemFacts): Result<object> {
  if (item.promise !== null) {
    return refuse({
      kind: 'conflict',
      code: 'item_has_promise',
      text: `${item.number} is promised for ${item.promise.promisedOn}.`,
      hint: 'Withdraw the promise first if a plan is to take its place.',
    });
  }
  if (item.plan === null) return { ok: true };
  return refuse({
    kind: 'conflict',
    code: 'item_has_plan',
    text: `${item.number} is paid by a payment plan already.`,
    hint: 'Cancel the plan first if another one is to take its place.',
  });
}

export async function cancelPlan(deps: Dependencies, input: RequestInput<CancelPlanRequest>): Promise<PlanReport> {
  return answerRequest(deps, input, {
    action: 'payment_plan',
    effect: async (tx, { order, facts }, { request, now }) => {
      const plan = await tx
        .selectFrom('payment_plan')
        .select(['id', 'item_id', 'state'])
        .where('id', '=', request.planId)
        .where('order_id', '=', order.id)
        .executeTakeFirst();
      if (plan === undefined) {
        return refuse({
          kind: 'not_found',
          code: 'plan_unknown',
          text: `Order ${order.number} has no such payment plan.`,
          hint: `GET /v1/orders/${order.id}/payment-plans lists them with their IDs.`,
        });
      }
      if (plan.state !== 'active') {
        return refuse({
          kind: 'conflict',
          code: 'plan_not_active',
          text: `The payment plan is ${plan.state} already.`,
          hint: 'Only an active plan can be cancelled.',
          details: { state: plan.state },
        });
      }
      await endPlan(tx, plan.id, 'cancelled', now);
      await writeAudit(tx, {
        legalEntityId: order.legalEntityId,
        actor: request.actor,
        action: 'payment_plan.cancelled',
        orderId: order.id,
        subject: facts.items.find((item) => item.itemId === plan.item_id)?.number ?? null,
        because: 'Back in dunning, at the level it had.',
        details: { planId: plan.id },
        businessAt: now,
        requestId: request.requestId,
      });
      return { ok: true, answer: { planId: plan.id, itemId: plan.item_id, state: 'cancelled' } };
    },
  });
}

/** Ends an active plan. */
export async function endPlan(
  tx: Tx,
  planId: string,
  state: 'kept' | 'broken' | 'cancelled',
  now: number,
): Promise<void> {
  await tx
    .updateTable('payment_plan')
    .set({ state, ended_at: new Date(now) })
    .where('id', '=', planId)
    .execute();
}
