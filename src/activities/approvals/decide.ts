// The second person: whether they may decide a case, and how its decision is written down.

import { mayApprove } from '../../domain/authority.ts';
import {
  approvalNoun,
  limitAuthorityMinor,
  mayKeepNoLimit,
  mayReject,
  mayWithdraw,
  requireRequested,
  type ApprovalState,
} from '../../domain/approval.ts';
import type { ApprovalRules } from '../../domain/policy.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import { isRole, type Role } from '../../domain/roles.ts';
import type { Tx } from '../../database/client.ts';
import type { ApprovalRow } from '../../database/queries/approvals.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { closeTasks } from '../../database/queries/open-task.ts';
import type { ApprovalDecisionRequest } from '../../workflows/messages.ts';
import { conflictsOf } from './conflicts.ts';
import { approvalTaskKey, windowOf } from './store-approval.ts';

/** The refusal of an approval that the workflow which was asked does not wait for. */
export function approvalUnknown(): ReturnType<typeof refuse> {
  return refuse({
    kind: 'not_found',
    code: 'approval_unknown',
    text: 'There is no such approval here.',
    hint: 'GET /v1/approvals shows what waits for a decision.',
  });
}

/**
 * Whether the caller may decide the case this way, under the lock that keeps it from being decided twice.
 * Refuses `approval_decided`, `not_the_asker`, `maker_is_checker`, `duty_conflict` and `above_authority`.
 */
export async function mayDecide(
  tx: Tx,
  approval: ApprovalRow,
  { request, rules }: { request: ApprovalDecisionRequest; rules: ApprovalRules },
): Promise<Result<object>> {
  const isOpen = requireRequested(approval);
  if (!isOpen.ok) return isOpen;
  const { kind, askedBy: asker, currency } = approval;
  const { actor: decider } = request;
  const roles = (request.roles ?? []).filter(isRole);
  switch (request.decision) {
    case 'withdraw':
      return mayWithdraw({ kind, asker, decider });
    case 'reject':
      return mayReject({ kind, asker, decider, roles, currency, rules });
    case 'approve':
      return mayApproveCase(tx, approval, { decider, roles, rules });
  }
}

async function mayApproveCase(
  tx: Tx,
  approval: ApprovalRow,
  { decider, roles, rules }: { decider: string; roles: readonly Role[]; rules: ApprovalRules },
): Promise<Result<object>> {
  const { kind, itemId, customerId, currency, askedBy: asker } = approval;
  let { amountMinor } = approval;
  if (approval.kind === 'credit_limit') {
    if (approval.details.limitMinor === null) {
      const isFree = mayKeepNoLimit({ roles, currency, rules });
      if (!isFree.ok) return isFree;
    }
    amountMinor = limitAuthorityMinor(approval.details.limitMinor);
  }
  const bankAccountId = approval.kind === 'refund' ? approval.details.bankAccountId : null;
  const groupId = approval.kind === 'credit_limit' ? approval.details.groupId : null;
  return mayApprove({
    power: kind,
    currency,
    rules,
    roles,
    asker,
    decider,
    amountMinor,
    windowMinor: await windowOf(tx, { ...approval, amountMinor }),
    conflicts: await conflictsOf(tx, { kind, itemId, customerId, bankAccountId, groupId, askedBy: asker }),
  });
}

const VERBS: Readonly<Record<Exclude<ApprovalState, 'requested'>, string>> = {
  approved: 'approved',
  rejected: 'rejected',
  withdrawn: 'withdrawn by the person who asked',
  lapsed: 'lapsed: nobody decided it before its deadline, or what it was about was taken back',
};

/** Who ended a case, and when. The engine itself is the actor of what lapsed. */
export interface Ending {
  readonly state: Exclude<ApprovalState, 'requested'>;
  readonly actor: string;
  readonly noteId: string | null;
  readonly requestId: string | null;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/** Ends a case that was requested: its row, its task, and the audit entry. What was approved has been done before. */
export async function endApproval(tx: Tx, approval: ApprovalRow, ending: Ending): Promise<void> {
  const { state, actor, noteId, requestId, now } = ending;
  await tx
    .updateTable('approval')
    .set({
      state,
      decided_by: state === 'lapsed' ? null : actor,
      decided_at: new Date(now),
      decision_note_id: noteId,
    })
    .where('id', '=', approval.id)
    .execute();
  const { legalEntityId, kind, amountMinor, currency } = approval;
  await closeTasks(tx, { legalEntityId, keys: [approvalTaskKey(approval.id)], doneBy: actor });
  await writeAudit(tx, {
    legalEntityId,
    actor,
    action: `approval.${state}`,
    orderId: approval.orderId,
    subject: approval.id,
    because: `The ${approvalNoun(kind)} that ${approval.askedBy} asked for was ${VERBS[state]}.`,
    details: { kind, amountMinor, currency, askedBy: approval.askedBy, noteId },
    businessAt: now,
    requestId,
  });
}

/** The ending that a decision means. */
export function endingOf(request: ApprovalDecisionRequest, now: number): Ending {
  const states = { approve: 'approved', reject: 'rejected', withdraw: 'withdrawn' } as const;
  const { actor, noteId, requestId } = request;
  return { state: states[request.decision], actor, noteId, requestId, now };
}
