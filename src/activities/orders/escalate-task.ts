// A task that nobody ended goes on to the next tier: another role owns it from then on.

import { sql } from 'kysely';
import type { Escalation } from '../../domain/escalation.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { runStep, type StepInput, type StepOutput } from './step.ts';

interface OpenTask {
  readonly legalEntityId: string;
  readonly kind: string;
  readonly ownerRole: string;
  readonly orderId: string | null;
  readonly tier: number;
  readonly escalations: readonly Escalation[];
}

/** The step of an order: one tier at a time, so that a task whose clock began in the past goes up one after the other. */
export async function escalateTask(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  return runStep(deps, input, 'escalateTask', async (tx, _context, now) => {
    await escalate(tx, input.subject ?? '', now);
    return undefined;
  });
}

/**
 * Hands an open task to its next tier when that is due. The new owner is told of it, unless the role has no mailbox, and sees
 * it in the list: nobody of the new tier has snoozed it or taken it over.
 *
 * @returns the instant (epoch milliseconds) of the tier after; `null` when none is left or the task is not open
 */
export async function escalate(tx: Tx, taskId: string, now: number): Promise<number | null> {
  const task = await lockOpenTask(tx, taskId);
  const next = task?.escalations[task.tier];
  if (task === null || next === undefined) return null;
  if (next.at > now) return next.at;
  const tier = task.tier + 1;
  await sql`update task set tier = ${tier}, owner_role = ${next.role}, tell_attempts = 0, tell_retry_at = null,
    assigned_to = null, snoozed_until = null,
    told_tier = case when exists (select from role_mailbox b where b.legal_entity_id = ${task.legalEntityId} and b.role = ${next.role})
      then told_tier else ${tier} end
    where id = ${taskId}`.execute(tx);
  await writeAudit(tx, {
    legalEntityId: task.legalEntityId,
    actor: engineActor(),
    action: 'task.escalated',
    orderId: task.orderId,
    subject: taskId,
    because: `Nobody ended the task ${task.kind} in time: it goes on from ${task.ownerRole} to ${next.role}.`,
    details: { kind: task.kind, tier, from: task.ownerRole, to: next.role },
    businessAt: now,
  });
  return task.escalations[tier]?.at ?? null;
}

async function lockOpenTask(tx: Tx, taskId: string): Promise<OpenTask | null> {
  const { rows } = await sql<OpenTask>`select legal_entity_id as "legalEntityId", kind, owner_role as "ownerRole",
    order_id as "orderId", tier, escalations from task where id = ${taskId} and state = 'open' for no key update`.execute(
    tx,
  );
  return rows[0] ?? null;
}
