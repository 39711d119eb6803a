// Writes down what somebody asks for: the approval, the task of whoever decides it, and the audit entry.

import { smallestRoleFor, rolesAbove, WINDOW_DAYS } from '../../domain/authority.ts';
import { approvalNoun, type ApprovalKind } from '../../domain/approval.ts';
import { localDate, type Calendar } from '../../domain/calendar.ts';
import { DAY_ENDS_AT, escalationsOf, type Escalation } from '../../domain/escalation.ts';
import { formatDecimal } from '../../domain/money.ts';
import type { ApprovalRules } from '../../domain/policy.ts';
import type { Tx } from '../../database/client.ts';
import { windowOthersMinor } from '../../database/queries/approvals.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { openTask } from '../../database/queries/open-task.ts';
import type { Request } from '../../workflows/messages.ts';
import { cause } from '../cause.ts';

const MS_PER_DAY = 86_400_000;
/** From these shares of its time on, a case goes on to the next roles that may decide it. */
const ESCALATES_AT_PERCENT = [50, 80] as const;

/** Where a case is decided: the legal entity's rules and working days. */
export interface CaseGround {
  readonly legalEntityId: string;
  readonly rules: ApprovalRules;
  /** The legal entity's. */
  readonly calendar: Calendar;
}

export interface NewApproval {
  readonly kind: ApprovalKind;
  readonly customerId: string | null;
  /** The order whose run waits for it; `null`: it has a run of its own. */
  readonly orderId: string | null;
  readonly itemId: string | null;
  readonly paymentId: string | null;
  readonly amountMinor: number;
  /** By which the authority to decide it is measured, where that is not the amount. */
  readonly authorityMinor?: number;
  readonly currency: string;
  readonly reason: string;
  readonly noteId: string | null;
  readonly details: object;
  /** What it is about, as its decider reads it: `INV-000001`. */
  readonly name: string;
  readonly request: Request;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/** Stores a case that was found in order. @returns its ID */
export async function storeApproval(tx: Tx, ground: CaseGround, asked: NewApproval): Promise<string> {
  const amountMinor = asked.authorityMinor ?? asked.amountMinor;
  const windowMinor = await windowOf(tx, { ...asked, amountMinor, askedAt: asked.now, id: null });
  const { ownerRole, deadlineAt, escalations } = whoAndWhen(ground, asked, windowMinor);
  const { id } = await tx
    .insertInto('approval')
    .values({
      legal_entity_id: ground.legalEntityId,
      kind: asked.kind,
      customer_id: asked.customerId,
      order_id: asked.orderId,
      item_id: asked.itemId,
      payment_id: asked.paymentId,
      amount_minor: asked.amountMinor,
      currency: asked.currency,
      reason: asked.reason,
      note_id: asked.noteId,
      details: JSON.stringify(asked.details),
      workflow_id: cause().workflowId,
      asked_by: asked.request.actor,
      asked_at: new Date(asked.now),
      deadline_at: new Date(deadlineAt),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const what = `A ${approvalNoun(asked.kind)} of ${formatDecimal(asked.amountMinor, asked.currency)} ${asked.currency} for ${asked.name}`;
  await openTask(tx, {
    legalEntityId: ground.legalEntityId,
    key: approvalTaskKey(id),
    kind: 'approval',
    ownerRole,
    orderId: asked.orderId,
    itemId: asked.itemId,
    customerId: asked.customerId,
    approvalId: id,
    reason: `${what} waits for approval: ${asked.reason}.`,
    endsWith: `POST /v1/approvals/${id}/decision`,
    deadlineAt,
    escalations,
  });
  await writeAudit(tx, {
    legalEntityId: ground.legalEntityId,
    actor: asked.request.actor,
    action: 'approval.requested',
    orderId: asked.orderId,
    subject: id,
    because: `${what} was asked for: ${asked.reason}.`,
    details: {
      kind: asked.kind,
      amountMinor: asked.amountMinor,
      currency: asked.currency,
      windowMinor,
      ownerRole,
      noteId: asked.noteId,
    },
    businessAt: asked.now,
    requestId: asked.request.requestId,
  });
  return id;
}

/** The key of an approval's task. */
export function approvalTaskKey(approvalId: string): string {
  return `approval/${approvalId}`;
}

/**
 * What counts together with a case when somebody decides it, in minor units: the customer's other cases of the kind that were
 * asked since thirty days before it and not refused. A credit limit is no sum: the last one counts alone.
 */
export async function windowOf(
  tx: Tx,
  one: {
    kind: ApprovalKind;
    customerId: string | null;
    amountMinor: number;
    currency: string;
    askedAt: number;
    id: string | null;
  },
): Promise<number> {
  if (one.kind === 'credit_limit' || one.customerId === null) return one.amountMinor;
  const others = await windowOthersMinor(tx, {
    kind: one.kind,
    customerId: one.customerId,
    currency: one.currency,
    since: one.askedAt - WINDOW_DAYS * MS_PER_DAY,
    exceptId: one.id,
  });
  return one.amountMinor + others;
}

function whoAndWhen(
  { rules, calendar }: CaseGround,
  { kind, currency, now }: NewApproval,
  windowMinor: number,
): { ownerRole: string; deadlineAt: number; escalations: readonly Escalation[] } {
  const owner = smallestRoleFor({ power: kind, currency, rules, amountMinor: windowMinor });
  const above = rolesAbove(owner, kind, rules);
  const tiers = ESCALATES_AT_PERCENT.flatMap((afterPercent, index) => {
    const role = above[index];
    return role === undefined ? [] : [{ role, afterPercent }];
  });
  const { dueAt, escalations } = escalationsOf({
    tiers,
    workingDays: rules.workingDays,
    from: localDate(calendar.zone, now),
    calendar,
    endsAt: DAY_ENDS_AT,
  });
  return { ownerRole: owner, deadlineAt: dueAt, escalations };
}
