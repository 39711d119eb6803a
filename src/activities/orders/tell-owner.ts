// Tells the owner of a task by mail: once for each tier, and never twice, because SMTP does not deduplicate.

import { sql } from 'kysely';
import type { Escalation } from '../../domain/escalation.ts';
import { taskMailText, type TaskMail } from '../../domain/task-text.ts';
import type { Db, Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { lockOrder } from '../../database/queries/order-context.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { claimMessage, retryDelayMs, settleMessage, storedOutcome } from '../mail/claim.ts';
import { withHeartbeat } from '../mail/heartbeat.ts';
import type { MailOutcome } from '../mail/smtp.ts';
import { contextOf, isStill, keepStage, runStep, type StepInput, type StepOutput } from './step.ts';

/** Tries of one mail before the owner counts as not told: about nine hours. The task stands in the list all the while. */
const TELL_ATTEMPTS_MAX = 10;
const RETRY_AT_MOST_MS = 4 * 3_600_000;

/** A task with what its owner's mail says and where it goes. */
interface Notice extends Omit<TaskMail, 'next'> {
  readonly taskId: string;
  readonly orderId: string | null;
  readonly entityName: string;
  readonly escalations: readonly Escalation[];
  /** Where the owner's role reads its mail; `null`: nowhere. */
  readonly email: string | null;
  readonly state: string;
  readonly toldTier: number;
  readonly tellAttempts: number;
  readonly tellRetryAt: number | null;
}

/** What became of the mail: sent by this call, or settled by an earlier one that could not say so. */
type Sent = MailOutcome | 'settled_before';

const RECORDED: MailOutcome = { kind: 'sent', messageId: 'recorded' };

/** The step of an order. */
export async function tellOwner(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  const taskId = input.subject ?? '';
  if (deps.delivery.kind === 'record') {
    return runStep(deps, input, 'tellOwner', async (tx, _context, now) => {
      const notice = await noticeOf(tx, taskId);
      if (notice !== null) await writeDown(tx, notice, { sent: RECORDED, now });
      return undefined;
    });
  }
  const context = await contextOf(deps.db, input.orderId, input.now);
  const notice = await noticeOf(deps.db, taskId);
  if (notice === null || !isStill(context, input, 'tellOwner')) return keepStage(deps.db, context, input.now);
  const sent = await send(deps, notice);
  return deps.db.transaction().execute(async (tx) => {
    await lockOrder(tx, input.orderId);
    await writeDown(tx, notice, { sent, now: input.now });
    return keepStage(tx, await contextOf(tx, input.orderId, input.now), input.now);
  });
}

/**
 * Tells the owner of a task that no order waits for.
 *
 * @returns when to try again (epoch milliseconds); `null` when nobody is left to tell: told, given up, or the task has ended
 */
export async function tell(deps: Dependencies, taskId: string, now: number): Promise<number | null> {
  const notice = await noticeOf(deps.db, taskId);
  if (notice?.state !== 'open' || notice.toldTier >= notice.tier) return null;
  if (notice.tellRetryAt !== null && notice.tellRetryAt > now) return notice.tellRetryAt;
  const sent = await send(deps, notice);
  return deps.db.transaction().execute((tx) => writeDown(tx, notice, { sent, now }));
}

async function noticeOf(db: Db | Tx, taskId: string): Promise<Notice | null> {
  const { rows } = await sql<Notice>`
    select t.id as "taskId", t.kind, t.owner_role as "ownerRole", t.legal_entity_id as "legalEntityId", e.zone, e.name as "entityName",
      t.order_id as "orderId", o.number as "orderNumber", t.reason, t.ends_with as "endsWith", t.deadline_at as "deadlineAt", t.tier,
      t.escalations, b.email, t.state, t.told_tier as "toldTier", t.tell_attempts as "tellAttempts", t.tell_retry_at as "tellRetryAt"
    from task t join legal_entity e on e.id = t.legal_entity_id
    left join sales_order o on o.id = t.order_id
    left join role_mailbox b on b.legal_entity_id = t.legal_entity_id and b.role = t.owner_role
    where t.id = ${taskId}`.execute(db);
  return rows[0] ?? null;
}

/** One message a tier. */
function keyOf(notice: Notice): string {
  return `task/${notice.taskId}/${String(notice.tier)}`;
}

async function send({ db, delivery }: Dependencies, notice: Notice): Promise<Sent> {
  if (delivery.kind === 'record') return RECORDED;
  const { email, legalEntityId, entityName } = notice;
  if (email === null) return { kind: 'refused', code: 'no_mailbox', text: 'The role has no mailbox.' };
  const key = keyOf(notice);
  const mail = taskMailText({ ...notice, next: notice.escalations[notice.tier] ?? null });
  const claim = await db.transaction().execute((tx) => claimMessage(tx, { key, legalEntityId }));
  if (claim !== 'claimed') return 'settled_before';
  return withHeartbeat(() => delivery.mailer.send({ key, to: email, fromName: entityName, ...mail }));
}

/** Writes down what became of the mail of the notice's tier, which may not be the task's tier any more. @returns when to try again */
async function writeDown(tx: Tx, notice: Notice, result: { sent: Sent; now: number }): Promise<number | null> {
  const { sent, now } = result;
  const key = keyOf(notice);
  if (sent !== 'settled_before' && sent !== RECORDED) await settleMessage(tx, key, sent);
  const outcome = sent === 'settled_before' ? await storedOutcome(tx, key) : sent;
  const attempts = notice.tellAttempts + 1;
  const { taskId, tier } = notice;
  if (outcome.kind === 'not_sent' && attempts < TELL_ATTEMPTS_MAX) {
    const retryAt = now + retryDelayMs(attempts, RETRY_AT_MOST_MS);
    await sql`update task set tell_attempts = ${attempts}, tell_retry_at = ${new Date(retryAt)}
      where id = ${taskId} and tier = ${tier} and told_tier < ${tier}`.execute(tx);
    return retryAt;
  }
  const { rows } = await sql`update task set told_tier = ${tier}, tell_attempts = ${attempts}, tell_retry_at = null
    where id = ${taskId} and told_tier < ${tier} returning id`.execute(tx);
  // Somebody wrote it down before us: their word stands.
  if (rows.length > 0) await auditOutcome(tx, notice, { outcome, attempts, now });
  return null;
}

const BECAUSE: Readonly<Record<MailOutcome['kind'], string>> = {
  sent: 'The mail server took the mail to the owner.',
  refused: 'The mail to the owner was refused for good.',
  not_sent: 'The mail server did not take the mail to the owner, and it is not tried again.',
  unknown:
    'The connection broke while the owner was mailed: nobody knows whether it arrived, and it is not sent again.',
};

async function auditOutcome(
  tx: Tx,
  notice: Notice,
  result: { outcome: MailOutcome; attempts: number; now: number },
): Promise<void> {
  const { outcome, attempts, now } = result;
  const why = 'code' in outcome ? { code: outcome.code } : {};
  await writeAudit(tx, {
    legalEntityId: notice.legalEntityId,
    actor: engineActor(),
    action: outcome.kind === 'sent' ? 'task.told' : 'task.not_told',
    orderId: notice.orderId,
    subject: notice.taskId,
    because: BECAUSE[outcome.kind],
    details: { kind: notice.kind, tier: notice.tier, role: notice.ownerRole, outcome: outcome.kind, attempts, ...why },
    businessAt: now,
  });
}
