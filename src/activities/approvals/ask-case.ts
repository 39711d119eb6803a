// Somebody asks for a refund or a credit limit; somebody else will decide.

import { sql } from 'kysely';
import { limitAuthorityMinor, type LimitDetails, type RefundDetails } from '../../domain/approval.ts';
import { mayAsk } from '../../domain/authority.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Db, Tx } from '../../database/client.ts';
import { lockCredit } from '../../database/queries/credit.ts';
import type { ApprovalReport, CaseRequest } from '../../workflows/messages.ts';
import { answerCase } from './answer-case.ts';
import { groundOf } from './case-ground.ts';
import { conflictsOf } from './conflicts.ts';
import { checkRefundable, lockRefundable } from './refundable.ts';
import { storeApproval } from './store-approval.ts';

type RefundAsked = Extract<CaseRequest, { kind: 'refund' }>;
type LimitAsked = Extract<CaseRequest, { kind: 'credit_limit' }>;

/** @throws ApplicationFailure with the refusal when a rule says no */
export async function askCase(db: Db, input: { request: CaseRequest; now: number }): Promise<ApprovalReport> {
  const { request, now } = input;
  const { legalEntityId } = request;
  return answerCase(db, { request, now, legalEntityId, subject: subjectOf(request) }, async (tx) => {
    const made = request.kind === 'refund' ? await askRefund(tx, request, now) : await askLimit(tx, request, now);
    return made.ok ? { ok: true, answer: { approvalId: made.approvalId, state: 'requested' } } : made;
  });
}

function subjectOf(request: CaseRequest): string {
  const id =
    request.kind === 'refund' ? (request.paymentId ?? request.itemId) : (request.customerId ?? request.groupId);
  if (id === null) throw new Error(`defect: a ${request.kind} about nothing`);
  return id;
}

async function askRefund(tx: Tx, request: RefundAsked, now: number): Promise<Result<{ approvalId: string }>> {
  const { legalEntityId, paymentId, itemId, amountMinor, bankAccountId, reason, noteId } = request;
  const found = await lockRefundable(tx, { legalEntityId, paymentId, itemId });
  if (!found.ok) return found;
  const { customerId, currency, name } = found.from;
  const fits = await checkRefundable(tx, found.from, { amountMinor, bankAccountId, isFirst: true });
  if (!fits.ok) return fits;
  const about = { kind: 'refund', itemId, customerId, bankAccountId, groupId: null, askedBy: null } as const;
  const free = mayAsk({ asker: request.actor, conflicts: await conflictsOf(tx, about) });
  if (!free.ok) return free;
  const details: RefundDetails = { bankAccountId };
  const approvalId = await storeApproval(tx, await groundOf(tx, legalEntityId, now), {
    ...{ kind: 'refund', customerId, orderId: null, itemId, paymentId, amountMinor, currency },
    ...{ reason, noteId, details, name, request, now },
  });
  return { ok: true, approvalId };
}

/** A limit is one figure and no sum: who asks for two is asked to settle the first. */
async function askLimit(tx: Tx, request: LimitAsked, now: number): Promise<Result<{ approvalId: string }>> {
  const { legalEntityId, customerId, groupId, limitMinor, isBlocked, limitUntil } = request;
  const { currency } = await lockCredit(tx, subjectOf(request));
  const waiting = await waitingLimit(tx, { customerId, groupId });
  if (waiting !== null) {
    return refuse({
      kind: 'conflict',
      code: 'limit_asked_already',
      text: 'Another limit waits for approval there.',
      hint: 'Have it decided or withdrawn first.',
      details: { approvalId: waiting },
    });
  }
  const details: LimitDetails = { groupId, limitMinor, isBlocked, limitUntil };
  const approvalId = await storeApproval(tx, await groundOf(tx, legalEntityId, now), {
    ...{ kind: 'credit_limit', customerId, orderId: null, itemId: null, paymentId: null, currency },
    amountMinor: limitMinor ?? 0,
    authorityMinor: limitAuthorityMinor(limitMinor),
    ...{ reason: request.reason, noteId: request.noteId, details, request, now },
    name: customerId === null ? 'a group of customers' : 'a customer',
  });
  return { ok: true, approvalId };
}

async function waitingLimit(
  tx: Tx,
  { customerId, groupId }: { customerId: string | null; groupId: string | null },
): Promise<string | null> {
  const { rows } = await sql<{ id: string }>`select id from approval
    where kind = 'credit_limit' and state = 'requested' and customer_id is not distinct from ${customerId}::uuid
      and (details ->> 'groupId') is not distinct from ${groupId}::text limit 1`.execute(tx);
  return rows[0]?.id ?? null;
}
