// A second person decides a refund or a credit limit, done in the same moment or not at all.

import { sql } from 'kysely';
import type { Result } from '../../domain/refusal.ts';
import type { Db, Tx } from '../../database/client.ts';
import { approvalById, type LimitApproval, type RefundApproval } from '../../database/queries/approvals.ts';
import type { ApprovalDecisionRequest, ApprovalReport } from '../../workflows/messages.ts';
import { cause } from '../cause.ts';
import { writeLimit } from '../changes.ts';
import { grantedOrders } from '../credit-queue.ts';
import { refusalFailure } from '../failures.ts';
import { namedOrders } from '../payments/named-orders.ts';
import { answerCase } from './answer-case.ts';
import { groundOf, type Ground } from './case-ground.ts';
import { approvalUnknown, endApproval, endingOf, mayDecide, type Ending } from './decide.ts';
import { postRefund } from './post-refund.ts';
import { checkRefundable, lockRefundable } from './refundable.ts';

type CaseApproval = RefundApproval | LimitApproval;

/** @throws ApplicationFailure with the refusal when a rule says no */
export async function decideCase(
  db: Db,
  { request, now }: { request: ApprovalDecisionRequest; now: number },
): Promise<ApprovalReport> {
  const known = await caseById(db, request.approvalId);
  if (known === null) throw refusalFailure(approvalUnknown().refusal);
  const { legalEntityId, id: subject } = known;
  const report = await answerCase(db, { request, now, legalEntityId, subject }, (tx) =>
    decide(tx, known, { request, ending: endingOf(request, now) }),
  );
  return { ...report, tell: await toldOf(db, known) };
}

/** The case that this run waits for. */
async function caseById(db: Db | Tx, id: string): Promise<CaseApproval | null> {
  const approval = await approvalById(db, id);
  if (approval === null || (approval.kind !== 'refund' && approval.kind !== 'credit_limit')) return null;
  return approval.workflowId === cause().workflowId ? approval : null;
}

/** Locks the case, then what it is about, and decides on it as it is then. */
async function decide(
  tx: Tx,
  { id, legalEntityId }: CaseApproval,
  { request, ending }: { request: ApprovalDecisionRequest; ending: Ending },
): Promise<Result<{ answer: ApprovalReport }>> {
  await lockCase(tx, id);
  const approval = await caseById(tx, id);
  if (approval === null) throw new Error(`defect: approval ${id} is gone`);
  const ground = await groundOf(tx, legalEntityId, ending.now);
  const allowed = await mayDecide(tx, approval, { request, rules: ground.rules });
  if (!allowed.ok) return allowed;
  if (ending.state === 'approved') {
    const done =
      approval.kind === 'refund'
        ? await refund(tx, approval, { ground, now: ending.now })
        : await setLimit(tx, approval, ending);
    if (!done.ok) return done;
  }
  await endApproval(tx, approval, ending);
  return { ok: true, answer: { approvalId: id, state: ending.state } };
}

/** Locks a case that has a run of its own: first of all that its transaction locks, and nobody else does. */
export async function lockCase(tx: Tx, approvalId: string): Promise<void> {
  await sql`select 1 from approval where id = ${approvalId} for no key update`.execute(tx);
}

async function refund(
  tx: Tx,
  approval: RefundApproval,
  { ground, now }: { ground: Ground; now: number },
): Promise<Result<object>> {
  const found = await lockRefundable(tx, approval);
  if (!found.ok) return found;
  const { amountMinor, details } = approval;
  const asked = { amountMinor, bankAccountId: details.bankAccountId, isFirst: false };
  const fits = await checkRefundable(tx, found.from, asked);
  if (!fits.ok) return fits;
  await postRefund(tx, { approval, from: found.from }, { calendar: ground.calendar, now });
  return { ok: true };
}

async function setLimit(tx: Tx, approval: LimitApproval, ending: Ending): Promise<Result<object>> {
  const { details, customerId } = approval;
  await writeLimit(tx, {
    ...details,
    customerId,
    because: `Approved, as ${approval.askedBy} asked: ${approval.reason}.`,
    actor: ending.actor,
    requestId: ending.requestId ?? '',
    now: ending.now,
  });
  return { ok: true };
}

/** Orders that look different now; read from the rows, so that a repetition tells them again. */
async function toldOf(db: Db, approval: CaseApproval): Promise<string[]> {
  if (approval.kind === 'credit_limit') {
    const id = approval.customerId ?? approval.details.groupId;
    return id === null ? [] : grantedOrders(db, id);
  }
  if (approval.paymentId !== null) return namedOrders(db, approval.paymentId);
  const { rows } = await sql<{ id: string }>`
    select order_id as id from open_item where id = ${approval.itemId}::uuid`.execute(db);
  return rows.map((row) => row.id);
}
