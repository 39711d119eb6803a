// What a credit decision leaves behind, whoever made it: the order's state and reservation, its hold, and who has to act.

import { sql } from 'kysely';
import { addWorkingDays, localDate, localInstant } from '../../domain/calendar.ts';
import { DAY_ENDS_AT, escalationsOf } from '../../domain/escalation.ts';
import type { Tier } from '../../domain/policy.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { insertHold } from '../../database/queries/credit.ts';
import { ENDS_BY_HAND, openTask } from '../../database/queries/open-task.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import { engineActor } from '../cause.ts';
import { inBase } from './in-base.ts';

/** Working days for which sales sees that an order was rejected. */
const REJECTED_SHOWN_WORKING_DAYS = 5;

interface Reason {
  readonly code: string;
  readonly text?: string;
}

export interface CreditOutcome {
  readonly state: 'held' | 'approved' | 'rejected';
  readonly reasons: readonly Reason[];
  /** Whether they come after the reasons that stand there, or in their place. */
  readonly isAdding: boolean;
  readonly holdUntil?: number | null;
  readonly reservedUntil?: number | null;
  readonly releasedUntil?: number | null;
  /** Whether the customer is to get a proforma invoice now. */
  readonly isProformaDue?: boolean;
}

/** Writes the decision to the order. */
export async function keepCredit(tx: Tx, orderId: string, outcome: CreditOutcome): Promise<void> {
  const at = (instant: number | null | undefined): Date | null =>
    typeof instant === 'number' ? new Date(instant) : null;
  await sql`update sales_order set credit_state = ${outcome.state}, changed_at = clock_timestamp(),
    credit_reasons = case when ${outcome.isAdding}::boolean then credit_reasons else '[]' end || ${JSON.stringify(outcome.reasons)}::jsonb,
    hold_until = ${at(outcome.holdUntil)}, reserved_until = ${at(outcome.reservedUntil)}, released_until = ${at(outcome.releasedUntil)},
    proforma = case when ${outcome.isProformaDue ?? false}::boolean then 'pending' else proforma end
    where id = ${orderId}`.execute(tx);
}

/** The end of the n-th working day from now on at the legal entity. */
export function workingDaysFrom({ entityCalendar }: OrderContext, now: number, count: number): number {
  const { zone } = entityCalendar;
  return localInstant(zone, addWorkingDays(entityCalendar, localDate(zone, now), count), DAY_ENDS_AT);
}

/** When what was approved and never ships loses its reservation; `null`: nothing waits for a shipment. */
export function reservedUntil(context: OrderContext, requestedOn: string | null, now: number): number | null {
  const { facts, entityCalendar, policy } = context;
  if (!facts.awaitsShipment || facts.kind === 'opening') return null;
  const today = localDate(entityCalendar.zone, now);
  const from = requestedOn !== null && requestedOn > today ? requestedOn : today;
  const lastDay = addWorkingDays(entityCalendar, from, policy.credit.reservationWorkingDays);
  return localInstant(entityCalendar.zone, lastDay, DAY_ENDS_AT);
}

/** What the order still needs of a limit, in minor units of the legal entity's currency, which limits are in. */
export function neededMinor({ order }: OrderContext): number {
  return inBase(order, Math.max(0, order.grossMinor - order.billedMinor));
}

/** Holds the order until a person decides, room is found, or its time is over; opens the task of whoever is asked. */
export async function hold(
  tx: Tx,
  context: OrderContext,
  held: {
    accountId: string;
    reasons: readonly Reason[];
    isAdding: boolean;
    isQueued: boolean;
    because: string;
    task: { kind: 'credit_hold' | 'reservation_expired'; ownerRole: string; tiers: readonly Tier[]; endsWith: string };
    now: number;
  },
): Promise<void> {
  const { order, entityCalendar, policy } = context;
  const { accountId, reasons, isAdding, isQueued, because, task, now } = held;
  const { dueAt, escalations } = escalationsOf({
    tiers: task.tiers,
    workingDays: policy.credit.holdWorkingDays,
    from: localDate(entityCalendar.zone, now),
    calendar: entityCalendar,
    endsAt: DAY_ENDS_AT,
  });
  await keepCredit(tx, order.id, { state: 'held', reasons, isAdding, holdUntil: dueAt });
  const { legalEntityId, customerId, id: orderId } = order;
  const amountMinor = neededMinor(context);
  const holdId = await insertHold(tx, { legalEntityId, orderId, customerId, accountId, amountMinor, isQueued });
  await auditCredit(tx, context, { state: 'held', because, details: { reasons }, now });
  await openTask(tx, {
    legalEntityId,
    key: `${task.kind}/${String(holdId)}`,
    kind: task.kind,
    ownerRole: task.ownerRole,
    orderId,
    customerId,
    reason: because,
    endsWith: task.endsWith,
    deadlineAt: dueAt,
    escalations,
  });
}

/** Tells sales that the order goes no further. The task ends by itself. */
export async function tellRejected(
  tx: Tx,
  context: OrderContext,
  { because, now }: { because: string; now: number },
): Promise<void> {
  const { order } = context;
  await openTask(tx, {
    legalEntityId: order.legalEntityId,
    key: `order_rejected/${order.id}`,
    kind: 'order_rejected',
    ownerRole: 'sales',
    orderId: order.id,
    customerId: order.customerId,
    reason: because,
    endsWith: ENDS_BY_HAND,
    deadlineAt: workingDaysFrom(context, now, REJECTED_SHOWN_WORKING_DAYS),
    lapses: true,
  });
}

/** Writes down what the engine decided. */
export async function auditCredit(
  tx: Tx,
  { order }: OrderContext,
  entry: { state: CreditOutcome['state']; because: string; details: Readonly<Record<string, unknown>>; now: number },
): Promise<void> {
  await writeAudit(tx, {
    legalEntityId: order.legalEntityId,
    actor: engineActor(),
    action: `credit.${entry.state}`,
    orderId: order.id,
    because: entry.because,
    details: entry.details,
    businessAt: entry.now,
  });
}
