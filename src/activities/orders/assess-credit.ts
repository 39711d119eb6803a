// The credit check of a new order: exposure against limit, checked and reserved under the lock of the credit account.

import { sql } from 'kysely';
import { addWorkingDays, localDate, localInstant } from '../../domain/calendar.ts';
import { decideCredit, type CreditDecision, type Exposure } from '../../domain/credit.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { openTask } from '../../database/queries/open-task.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { runStep, type StepInput, type StepOutput } from './step.ts';

/** Local time at which a hold ends on its last working day. */
const HOLD_ENDS_AT = '18:00';

export async function assessCredit(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  return runStep(deps, input, 'assessCredit', async (tx, context, now) => {
    const { order, policy } = context;
    const account = await lockCreditAccount(tx, order.customerId);
    const decision = decideCredit({
      orderMinor: order.grossMinor,
      exposure: await exposureOf(tx, order.customerId),
      limitMinor: account.limitMinor,
      currency: account.currency,
      isBlocked: account.isBlocked,
      rules: policy.credit,
    });
    const holdUntil = decision.outcome === 'held' ? holdEndsAt(context, now) : null;
    await tx
      .updateTable('sales_order')
      .set({
        credit_state: decision.outcome,
        credit_reasons: JSON.stringify(decision.reasons),
        hold_until: holdUntil === null ? null : new Date(holdUntil),
        changed_at: new Date(),
      })
      .where('id', '=', order.id)
      .execute();
    await writeDown(tx, context, { decision, holdUntil, now });
    return { credit: { state: decision.outcome, holdUntil, reasons: decision.reasons.map(({ code }) => code) } };
  });
}

/** Locks the customer's credit account: whoever checks and reserves goes through here, one after the other. */
export async function lockCreditAccount(
  tx: Tx,
  customerId: string,
): Promise<{ limitMinor: number | null; currency: string; isBlocked: boolean }> {
  const { rows } = await sql<{ limitMinor: number | null; currency: string; isBlocked: boolean }>`
    select limit_minor as "limitMinor", currency, is_blocked as "isBlocked" from credit_account
    where customer_id = ${customerId} for update`.execute(tx);
  if (rows[0] === undefined) throw new Error(`defect: customer ${customerId} has no credit account`);
  return rows[0];
}

/** The customer's exposure by bucket, now. */
async function exposureOf(tx: Tx, customerId: string): Promise<Exposure> {
  const { rows } = await sql<Exposure>`select
    coalesce((select sum(open_minor) from open_item where customer_id = ${customerId} and open_minor > 0), 0)::bigint as "openItemsMinor",
    coalesce((select sum(gross_minor - billed_minor) from sales_order
      where customer_id = ${customerId} and credit_state = 'approved' and billed_minor < gross_minor), 0)::bigint as "unbilledOrdersMinor",
    coalesce((select sum(unapplied_minor) from payment where customer_id = ${customerId} and unapplied_minor > 0), 0)::bigint as "unappliedCashMinor"
  `.execute(tx);
  const [exposure] = rows;
  if (exposure === undefined) throw new Error('defect: a sum without a row');
  return exposure;
}

function holdEndsAt({ entityCalendar, policy }: OrderContext, now: number): number {
  const lastDay = addWorkingDays(entityCalendar, localDate(entityCalendar.zone, now), policy.credit.holdWorkingDays);
  return localInstant(entityCalendar.zone, lastDay, HOLD_ENDS_AT);
}

async function writeDown(
  tx: Tx,
  { order }: OrderContext,
  options: { decision: CreditDecision; holdUntil: number | null; now: number },
): Promise<void> {
  const { decision, holdUntil, now } = options;
  const because = decision.reasons.map((reason) => reason.text).join(' ') || 'The order fits into the credit limit.';
  await writeAudit(tx, {
    legalEntityId: order.legalEntityId,
    actor: engineActor(),
    action: `credit.${decision.outcome}`,
    orderId: order.id,
    because,
    details: { reasons: decision.reasons },
    businessAt: now,
  });
  if (holdUntil === null) return;
  await openTask(tx, {
    legalEntityId: order.legalEntityId,
    key: `credit_hold/${order.id}`,
    kind: 'credit_hold',
    ownerRole: 'credit_analyst',
    orderId: order.id,
    customerId: order.customerId,
    reason: because,
    endsWith: `POST /v1/orders/${order.id}/credit-decision`,
    deadlineAt: holdUntil,
  });
}
