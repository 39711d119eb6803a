// Cancels an order of which nothing has left the house: it asks for nothing any more, and its credit is free again.

import { sql } from 'kysely';
import { prepaidMinor } from '../../domain/agenda.ts';
import { addWorkingDays, localDate, localInstant } from '../../domain/calendar.ts';
import { DAY_ENDS_AT } from '../../domain/escalation.ts';
import { formatDecimal } from '../../domain/money.ts';
import type { Refusal } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { ENDS_BY_HAND, openTask } from '../../database/queries/open-task.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import type { OrderEndReport, OrderEndRequest } from '../../workflows/messages.ts';
import { grantQueue, withdrawHold, withGranted } from '../credit-queue.ts';
import type { Dependencies } from '../dependencies.ts';
import { answerRequest, type RequestInput } from './request.ts';
import { overRefusal } from './revise-order.ts';

/** Working days for which the note about money of a cancelled order stays. */
const TASK_WORKING_DAYS = 5;

export async function cancelOrder(deps: Dependencies, input: RequestInput<OrderEndRequest>): Promise<OrderEndReport> {
  const report = await answerRequest(deps, input, {
    action: 'order.cancel',
    effect: async (tx, context, { request, now }) => {
      const { order, entityCalendar } = context;
      const refusal = overRefusal(context) ?? (await shippedRefusal(tx, context));
      if (refusal !== null) return { ok: false, refusal };
      const cancelledOn = localDate(entityCalendar.zone, now);
      await tx
        .updateTable('sales_order')
        .set({
          ...{ cancelled_on: cancelledOn, hold_until: null, reserved_until: null, released_until: null },
          changed_at: new Date(),
        })
        .where('id', '=', order.id)
        .execute();
      await withdrawHold(tx, order, { doneBy: request.actor, now });
      await sql`update task set state = 'done', done_by = ${request.actor}, done_at = clock_timestamp()
        where order_id = ${order.id} and state = 'open' and not lapses`.execute(tx);
      await writeAudit(tx, {
        legalEntityId: order.legalEntityId,
        actor: request.actor,
        action: 'order.cancelled',
        orderId: order.id,
        because: `Cancelled: ${request.reason}.`,
        details: { cancelledOn, grossMinor: order.grossMinor, noteId: request.noteId },
        businessAt: now,
        requestId: request.requestId,
      });
      await tellOfMoney(tx, context, now);
      await grantQueue(tx, order.customerId, now);
      return { ok: true, answer: { grossMinor: order.grossMinor } };
    },
  });
  return withGranted(deps.db, input.orderId, report);
}

/** What left the house, or stands in the books, is corrected and not cancelled. */
async function shippedRefusal(tx: Tx, { order }: OrderContext): Promise<Refusal | null> {
  const { rows } = await sql<{ shipments: number; invoices: number }>`select
    (select count(*) from shipment where order_id = ${order.id}) as shipments,
    (select count(*) from invoice where order_id = ${order.id}) as invoices`.execute(tx);
  const { shipments, invoices } = rows[0] ?? { shipments: 0, invoices: 0 };
  if (shipments === 0 && invoices === 0) return null;
  return {
    kind: 'conflict',
    code: 'order_shipped',
    text: `Order ${order.number} has ${String(shipments)} shipment(s) and ${String(invoices)} invoice(s) and cannot be cancelled.`,
    hint: `End what is left with POST /v1/orders/${order.id}/closing, and report what comes back with POST /v1/orders/${order.id}/returns.`,
    details: { shipments, invoices },
  };
}

/** A prepayment stays the customer's, as money that nothing uses: somebody should give it back or find its use. */
async function tellOfMoney(tx: Tx, context: OrderContext, now: number): Promise<void> {
  const { order, entityCalendar } = context;
  const paidMinor = prepaidMinor(context.facts);
  if (paidMinor === 0) return;
  const today = localDate(entityCalendar.zone, now);
  const lastDay = addWorkingDays(entityCalendar, today, TASK_WORKING_DAYS);
  await openTask(tx, {
    legalEntityId: order.legalEntityId,
    key: `order_cancelled/${order.id}`,
    kind: 'order_cancelled',
    ownerRole: 'cash_applier',
    orderId: order.id,
    customerId: order.customerId,
    reason: `Order ${order.number} is cancelled, and ${formatDecimal(paidMinor, order.currency)} ${order.currency} were paid for it: refund or use them.`,
    endsWith: ENDS_BY_HAND,
    deadlineAt: localInstant(entityCalendar.zone, lastDay, DAY_ENDS_AT),
    lapses: true,
  });
}
