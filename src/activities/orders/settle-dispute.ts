// The end of a dispute that waited for an approval: closed by what was approved, or open again.

import { sql } from 'kysely';
import type { DisputeOutcome } from '../../domain/dispute.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { closeTasks } from '../../database/queries/open-task.ts';

/** The key of a dispute's task. */
export function disputeTaskKey(disputeId: string): string {
  return `dispute/${disputeId}`;
}

export interface DisputeSettlement {
  readonly disputeId: string;
  /** Whether its credit note was approved; else the request was rejected, withdrawn or lapsed. */
  readonly approved: boolean;
  /** Gross, in minor units; 0 where nothing was approved. */
  readonly creditedMinor: number;
  readonly actor: string;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/** Settles a dispute under its order's lock, in the transaction that decides the approval. One that waits for none is left as it is. */
export async function settleDispute(tx: Tx, settlement: DisputeSettlement): Promise<void> {
  const { disputeId, approved, actor, now } = settlement;
  const { rows } = approved ? await resolveApproved(tx, settlement) : await reopen(tx, disputeId);
  const [dispute] = rows;
  if (dispute === undefined) return;
  const { legalEntityId, orderId, outcome, creditedMinor, currency } = dispute;
  if (approved) await closeTasks(tx, { legalEntityId, keys: [disputeTaskKey(disputeId)], doneBy: actor });
  await writeAudit(tx, {
    legalEntityId,
    actor,
    action: approved ? 'dispute.resolved' : 'dispute.reopened',
    orderId,
    subject: disputeId,
    because: approved
      ? 'The credit note was approved.'
      : 'The credit note was not approved: the dispute is open again, its clock runs on.',
    details: approved ? { outcome, creditedMinor, currency } : null,
    businessAt: now,
  });
}

interface Settled {
  readonly legalEntityId: string;
  readonly orderId: string;
  readonly outcome: DisputeOutcome | null;
  readonly creditedMinor: number;
  readonly currency: string;
}

const SETTLED = sql.raw(`legal_entity_id as "legalEntityId", order_id as "orderId", outcome,
  credited_minor as "creditedMinor", currency`);

function resolveApproved(tx: Tx, settlement: DisputeSettlement): Promise<{ rows: Settled[] }> {
  const { disputeId, creditedMinor, actor, now } = settlement;
  return sql<Settled>`update dispute set state = 'resolved', credited_minor = ${creditedMinor}, resolved_by = ${actor},
    resolved_at = ${new Date(now)} where id = ${disputeId} and state = 'awaiting_approval' returning ${SETTLED}`.execute(
    tx,
  );
}

function reopen(tx: Tx, disputeId: string): Promise<{ rows: Settled[] }> {
  return sql<Settled>`update dispute set state = 'open', outcome = null, approval_id = null
    where id = ${disputeId} and state = 'awaiting_approval' returning ${SETTLED}`.execute(tx);
}
