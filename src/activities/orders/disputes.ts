// A customer contests a part of an item: that part leaves dunning until the dispute is resolved or withdrawn.

import { sql } from 'kysely';
import { localDate } from '../../domain/calendar.ts';
import {
  checkDispute,
  DISPUTE_REASONS,
  disputeClock,
  isDisputeReason,
  resolveOutcome,
  type DisputeOutcome,
  type DisputeReason,
  type DisputeSource,
  type DisputeState,
} from '../../domain/dispute.ts';
import type { ItemFacts } from '../../domain/order-facts.ts';
import { formatDecimal } from '../../domain/money.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import { calendarOf } from '../../database/calendars.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { closeTasks, openTask } from '../../database/queries/open-task.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import type { DisputeOutcomeRequest, DisputeReport, DisputeRequest } from '../../workflows/messages.ts';
import { grantQueue, withGranted } from '../credit-queue.ts';
import type { Dependencies } from '../dependencies.ts';
import { requestApproval } from './approvals.ts';
import { answerRequest, type RequestInput } from './request.ts';
import { disputeTaskKey } from './settle-dispute.ts';

/** Disputes that one item may ever have. */
export const DISPUTES_PER_ITEM_MAX = 100;

/** Who may resolve any dispute, whoever owns it. */
const ALWAYS_MAY = ['ar_manager', 'executive'];

export async function raiseDispute(deps: Dependencies, input: RequestInput<DisputeRequest>): Promise<DisputeReport> {
  const report = await answerRequest(deps, input, {
    action: 'dispute',
    effect: async (tx, context, { request, now }): Promise<Result<{ answer: DisputeReport }>> => {
      const raisedOn = request.raisedOn ?? localDate(context.entityCalendar.zone, now);
      const checked = await check(tx, context, { ...request, raisedOn }, now);
      if (!checked.ok) return checked;
      const disputeId = await storeDispute(tx, context, { ...checked, request, raisedOn, now });
      // Where the policy leaves disputed parts out of the exposure, there is room now.
      if (!context.policy.credit.exposure.disputedItems) await grantQueue(tx, context.order.customerId, now);
      return { ok: true, answer: { disputeId, state: 'open', approvalId: null } };
    },
  });
  return withGranted(deps.db, input.orderId, report);
}

/** Whether the dispute may be: with figures read under the order's lock, so that two at once see each other. */
async function check(
  tx: Tx,
  { order, facts, entityCalendar }: OrderContext,
  request: DisputeRequest & { raisedOn: string },
  now: number,
): Promise<Result<{ item: ItemFacts; reason: DisputeReason }>> {
  const item = facts.items.find((candidate) => candidate.itemId === request.itemId);
  if (item?.side !== 'debit') {
    return refuse({
      kind: 'not_found',
      code: 'item_unknown',
      text: `Order ${order.number} has no such item that could be disputed.`,
      hint: 'Name an invoice of this order by its ID or its number.',
    });
  }
  const { count, creditedMinor } = await disputeFigures(tx, item.itemId);
  if (count >= DISPUTES_PER_ITEM_MAX) {
    return refuse({
      kind: 'limit_reached',
      code: 'too_many_disputes',
      text: `${item.number} had ${String(DISPUTES_PER_ITEM_MAX)} disputes already.`,
      hint: 'Put what is new into a message of an open dispute.',
    });
  }
  const { amountMinor, reason, raisedOn } = request;
  const { originalMinor, disputedMinor } = item;
  const today = localDate(entityCalendar.zone, now);
  const asked = { amountMinor, originalMinor, disputedMinor, creditedMinor, currency: order.currency };
  const checked = checkDispute({ ...asked, raisedOn, today, reason });
  if (!checked.ok) return checked;
  if (!isDisputeReason(reason)) throw new Error('defect: a dispute passed with a reason that is none');
  return { ok: true, item, reason };
}

/** How often the item was disputed, and what credit notes gave back of it: by its invoice, or by what was cleared against it. */
export async function disputeFigures(tx: Tx, itemId: string): Promise<{ count: number; creditedMinor: number }> {
  const { rows } = await sql<{ count: number; creditedMinor: number }>`select
    (select count(*) from dispute d where d.item_id = i.id) as count,
    case when i.invoice_id is null
      then (select coalesce(sum(a.amount_minor), 0)::bigint from allocation a join open_item c on c.id = a.counter_item_id
        where a.item_id = i.id and c.kind = 'credit_note')
      else (select coalesce(sum(n.gross_minor), 0)::bigint from invoice n where n.corrects_invoice_id = i.invoice_id)
    end as "creditedMinor"
    from open_item i where i.id = ${itemId}`.execute(tx);
  const [figures] = rows;
  if (figures === undefined) throw new Error(`defect: no item ${itemId}`);
  return figures;
}

/** A dispute that was found in order. */
export interface RaisedDispute {
  readonly item: Pick<ItemFacts, 'itemId' | 'number'>;
  readonly reason: DisputeReason;
  readonly request: Pick<DisputeRequest, 'amountMinor' | 'noteId' | 'actor'> & {
    readonly source: DisputeSource;
    readonly requestId: string | null;
  };
  readonly raisedOn: string;
  /** The entry of the payment that fell short, with whose undo it is withdrawn. */
  readonly followsEntryId?: number;
  readonly now: number;
}

/** Writes the dispute, its task with its clock, and the audit, under the order's lock. @returns the dispute's ID */
export async function storeDispute(tx: Tx, context: OrderContext, raised: RaisedDispute): Promise<string> {
  const { order, policy } = context;
  const { item, reason, request, raisedOn, now } = raised;
  const place = { country: order.entityCountry, zone: order.entityZone };
  const calendar = await calendarOf(tx, { ...place, from: raisedOn, now });
  const { dueAt, escalations } = disputeClock({ reason, raisedOn, rules: policy.disputes, calendar });
  const { label, ownerRole } = DISPUTE_REASONS[reason];
  const { amountMinor, source } = request;
  const { currency } = order;
  const { id } = await tx
    .insertInto('dispute')
    .values({
      ...{
        legal_entity_id: order.legalEntityId,
        order_id: order.id,
        item_id: item.itemId,
        amount_minor: amountMinor,
        currency,
      },
      ...{ reason, source, owner_role: ownerRole, raised_on: raisedOn, due_at: new Date(dueAt) },
      ...{ note_id: request.noteId, created_by: request.actor, follows_entry_id: raised.followsEntryId ?? null },
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const because = `The customer disputes ${formatDecimal(amountMinor, currency)} ${currency} of ${item.number}: ${label.toLowerCase()}.`;
  await openTask(tx, {
    legalEntityId: order.legalEntityId,
    key: disputeTaskKey(id),
    kind: 'dispute',
    ...{ ownerRole, orderId: order.id, itemId: item.itemId, customerId: order.customerId, disputeId: id },
    reason: because,
    endsWith: `POST /v1/disputes/${id}/outcome`,
    deadlineAt: dueAt,
    // A policy without tiers leaves it to the manager after its deadline, as any other task.
    ...(escalations.length > 0 && { escalations }),
  });
  await writeAudit(tx, {
    legalEntityId: order.legalEntityId,
    actor: request.actor,
    action: 'dispute.raised',
    orderId: order.id,
    subject: id,
    because,
    details: { item: item.number, amountMinor, currency, reason, source, raisedOn, noteId: request.noteId },
    businessAt: now,
    requestId: request.requestId,
  });
  return id;
}

interface Dispute {
  readonly id: string;
  readonly itemId: string;
  readonly amountMinor: number;
  readonly currency: string;
  readonly reason: string;
  readonly state: DisputeState;
  readonly ownerRole: string;
  /** Roles that the task went on to so far. */
  readonly reachedRoles: readonly string[];
}

interface Resolution {
  readonly dispute: Dispute;
  readonly request: DisputeOutcomeRequest;
  readonly now: number;
}

export async function resolveDispute(
  deps: Dependencies,
  input: RequestInput<DisputeOutcomeRequest>,
): Promise<DisputeReport> {
  return answerRequest(deps, input, {
    action: 'dispute.outcome',
    effect: async (tx, context, { request, now }): Promise<Result<{ answer: DisputeReport }>> => {
      const found = await openDispute(tx, context, request);
      if (!found.ok) return found;
      const { dispute } = found;
      const may = authorise(dispute, request);
      if (!may.ok) return may;
      if (request.outcome === 'withdrawn') return close(tx, context, { dispute, request, now });
      const { amountMinor, currency } = dispute;
      const { outcome, creditMinor } = request;
      const resolved = resolveOutcome({ outcome, amountMinor, creditMinor, currency });
      if (!resolved.ok) return resolved;
      if (outcome === 'rejected') return close(tx, context, { dispute, request, now });
      return askCredit(tx, context, { dispute, request, now, outcome, creditMinor: resolved.creditMinor });
    },
  });
}

async function openDispute(
  tx: Tx,
  { order }: OrderContext,
  { disputeId }: DisputeOutcomeRequest,
): Promise<Result<{ dispute: Dispute }>> {
  const { rows } =
    await sql<Dispute>`select d.id, d.item_id as "itemId", d.amount_minor as "amountMinor", d.currency, d.reason, d.state,
      d.owner_role as "ownerRole", coalesce((select array_agg(e.role) from task k,
        rows from (jsonb_to_recordset(k.escalations) as (role text)) with ordinality as e(role, tier)
        where k.dispute_id = d.id and e.tier <= k.tier), '{}') as "reachedRoles"
    from dispute d where d.id = ${disputeId} and d.order_id = ${order.id}`.execute(tx);
  const [dispute] = rows;
  if (dispute === undefined) {
    return refuse({
      kind: 'not_found',
      code: 'dispute_unknown',
      text: `Order ${order.number} has no such dispute.`,
      hint: 'GET /v1/disputes?order=… lists those of an order.',
    });
  }
  if (dispute.state === 'open') return { ok: true, dispute };
  const isWaiting = dispute.state === 'awaiting_approval';
  return refuse({
    kind: 'conflict',
    code: isWaiting ? 'dispute_awaits_approval' : 'dispute_ended_already',
    text: isWaiting ? 'The dispute waits for the approval of its credit note.' : `The dispute is ${dispute.state}.`,
    hint: isWaiting ? 'Decide the approval, or let who asked withdraw it.' : 'Nothing is left to do; raise a new one.',
    details: { state: dispute.state },
  });
}

/** The owner by the reason, whoever it went on to, and the managers above. */
function authorise({ ownerRole, reachedRoles }: Dispute, { roles = [] }: DisputeOutcomeRequest): Result<object> {
  const may = [...new Set([ownerRole, ...reachedRoles, ...ALWAYS_MAY])];
  if (roles.some((role) => may.includes(role))) return { ok: true };
  return refuse({
    kind: 'not_allowed',
    code: 'not_the_owner',
    text: `The dispute belongs to the role ${ownerRole}.`,
    hint: `It needs one of the roles ${may.join(', ')}.`,
    details: { roles: may },
  });
}

/** Ends a dispute that gives nothing back. */
async function close(
  tx: Tx,
  { order }: OrderContext,
  { dispute, request, now }: Resolution,
): Promise<Result<{ answer: DisputeReport }>> {
  const state = request.outcome === 'withdrawn' ? 'withdrawn' : 'resolved';
  await tx
    .updateTable('dispute')
    .set({
      state,
      outcome: state === 'withdrawn' ? null : 'rejected',
      resolved_by: request.actor,
      resolved_at: new Date(now),
    })
    .where('id', '=', dispute.id)
    .execute();
  const { legalEntityId } = order;
  await closeTasks(tx, { legalEntityId, keys: [disputeTaskKey(dispute.id)], doneBy: request.actor });
  await auditOutcome(tx, order.legalEntityId, {
    ...{ dispute, request, now, orderId: order.id, action: `dispute.${state}` },
    because:
      state === 'withdrawn'
        ? 'The customer withdrew it: dunning goes on at the level it had.'
        : 'Rejected: dunning goes on at the level it had.',
  });
  return { ok: true, answer: { disputeId: dispute.id, state, approvalId: null } };
}

/** Asks for the credit note. The dispute ends when that is decided; until then its task and its clock stay. */
async function askCredit(
  tx: Tx,
  context: OrderContext,
  asked: Resolution & { outcome: DisputeOutcome; creditMinor: number },
): Promise<Result<{ answer: DisputeReport }>> {
  const { dispute, request, now, outcome, creditMinor } = asked;
  const approval = await requestApproval(tx, context, {
    ...{ kind: 'credit_note', itemId: dispute.itemId, amountMinor: creditMinor, reason: dispute.reason },
    ...{ noteId: request.noteId, disputeId: dispute.id, request, now },
  });
  if (!approval.ok) return approval;
  const { approvalId } = approval;
  await tx
    .updateTable('dispute')
    .set({ state: 'awaiting_approval', outcome, approval_id: approvalId })
    .where('id', '=', dispute.id)
    .execute();
  const { order } = context;
  await auditOutcome(tx, order.legalEntityId, {
    ...{ dispute, request, now, orderId: order.id, action: 'dispute.outcome_asked' },
    because: `A credit note over ${formatDecimal(creditMinor, dispute.currency)} ${dispute.currency} waits for approval.`,
  });
  return { ok: true, answer: { disputeId: dispute.id, state: 'awaiting_approval', approvalId } };
}

async function auditOutcome(
  tx: Tx,
  legalEntityId: string,
  entry: Resolution & { orderId: string; action: string; because: string },
): Promise<void> {
  const { dispute, request, now, orderId, action, because } = entry;
  await writeAudit(tx, {
    ...{ legalEntityId, orderId, action, because },
    actor: request.actor,
    subject: dispute.id,
    details: { outcome: request.outcome, creditMinor: request.creditMinor, noteId: request.noteId },
    businessAt: now,
    requestId: request.requestId,
  });
}
