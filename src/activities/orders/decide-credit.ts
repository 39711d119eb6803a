// A person releases or rejects a held order, as far as the amount is theirs to decide.

import { mayApprove, WINDOW_DAYS } from '../../domain/authority.ts';
import { localDate } from '../../domain/calendar.ts';
import { totalExposureMinor } from '../../domain/credit.ts';
import { refuse, type Refusal, type Result } from '../../domain/refusal.ts';
import { isRole } from '../../domain/roles.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import {
  creditStanding,
  endHold,
  lockCredit,
  openHold,
  releaseGround,
  type CreditAccount,
  type OpenHold,
} from '../../database/queries/credit.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import type { CreditDecisionRequest, CreditReport, Told } from '../../workflows/messages.ts';
import { grantQueue, withGranted } from '../credit-queue.ts';
import type { Dependencies } from '../dependencies.ts';
import { keepCredit, neededMinor, reservedUntil, workingDaysFrom } from './credit-outcome.ts';
import { answerRequest, type RequestInput } from './request.ts';

const MS_PER_DAY = 86_400_000;

type Input = RequestInput<CreditDecisionRequest>;

export async function decideCredit(deps: Dependencies, input: Input): Promise<CreditReport & Told> {
  const answer = await answerRequest(deps, input, {
    action: 'credit.decision',
    effect: async (tx, context, { request, now }): Promise<Result<{ answer: CreditReport }>> => {
      const { order, facts } = context;
      const account = await lockCredit(tx, order.customerId);
      const hold = await openHold(tx, order.id);
      if (hold?.state !== 'waiting') return refuse(notHeld(context, hold));
      const isRelease = request.decision === 'release';
      if (isRelease) {
        const may = await mayRelease(tx, context, { request, now });
        if (!may.ok) return may;
      }
      const { state, code } = isRelease
        ? await release(tx, context, { hold, account, request, now })
        : await reject(tx, context, { hold, request, now });
      await grantQueue(tx, order.customerId, now);
      return { ok: true, answer: { state, reasons: [...facts.credit.reasons, code], holdUntil: null } };
    },
  });
  return withGranted(deps.db, input.orderId, answer);
}

function notHeld({ order, facts }: OrderContext, hold: OpenHold | null): Refusal {
  const state = hold?.state ?? facts.credit.state;
  return {
    kind: 'conflict',
    code: 'credit_not_held',
    text:
      hold === null
        ? `Order ${order.number} is not held: its credit is ${state}.`
        : `Order ${order.number} is not held any more: room was found for it.`,
    hint: 'Only a held order can be released or rejected; look at its timeline for who decided.',
    details: { state },
  };
}

/** Whether the amount, with what was released to the customer of late, is the caller's to release. */
async function mayRelease(
  tx: Tx,
  context: OrderContext,
  { request, now }: { request: CreditDecisionRequest; now: number },
): Promise<Result<object>> {
  const { order, policy } = context;
  const since = now - WINDOW_DAYS * MS_PER_DAY;
  const { createdBy, releasedMinor } = await releaseGround(tx, { customerId: order.customerId, since });
  const amountMinor = neededMinor(context);
  return mayApprove({
    power: 'credit.release',
    currency: order.entityCurrency,
    rules: policy.approvals,
    roles: (request.roles ?? []).filter(isRole),
    asker: null,
    decider: request.actor,
    amountMinor,
    windowMinor: releasedMinor + amountMinor,
    conflicts: createdBy === null ? [] : [{ duty: 'created_customer', actor: createdBy }],
  });
}

interface Decided {
  readonly state: 'approved' | 'rejected';
  readonly code: string;
}

async function release(
  tx: Tx,
  context: OrderContext,
  {
    hold,
    account,
    request,
    now,
  }: { hold: OpenHold; account: CreditAccount; request: CreditDecisionRequest; now: number },
): Promise<Decided> {
  const { order, policy } = context;
  const isAbove = await isAboveLimit(tx, context, { account, now });
  const days = request.graceWorkingDays ?? policy.credit.graceWorkingDays;
  // Within the limit there is nothing to come back to.
  const releasedUntil = isAbove ? workingDaysFrom(context, now, days) : null;
  const because = isAbove ? 'Released by a person above the limit.' : 'Released by a person.';
  const code = 'released_by_person';
  await keepCredit(tx, order.id, {
    ...{ state: 'approved', reasons: [{ code }], isAdding: true, releasedUntil },
    reservedUntil: reservedUntil(context, hold.requestedOn, now),
  });
  await endHold(tx, hold, { state: 'released', doneBy: request.actor, now });
  await auditDecision(tx, context, { request, after: 'approved', because, releasedUntil, now });
  return { state: 'approved', code };
}

async function reject(
  tx: Tx,
  context: OrderContext,
  { hold, request, now }: { hold: OpenHold; request: CreditDecisionRequest; now: number },
): Promise<Decided> {
  const code = 'rejected_by_person';
  await keepCredit(tx, context.order.id, { state: 'rejected', reasons: [{ code }], isAdding: true });
  await endHold(tx, hold, { state: 'rejected', doneBy: request.actor, now });
  const because = 'Rejected by a person.';
  await auditDecision(tx, context, { request, after: 'rejected', because, releasedUntil: null, now });
  return { state: 'rejected', code };
}

async function isAboveLimit(
  tx: Tx,
  context: OrderContext,
  { account, now }: { account: CreditAccount; now: number },
): Promise<boolean> {
  const { accountId, limitMinor } = account;
  const { order, policy, entityCalendar } = context;
  if (limitMinor === null || order.isPrepaid) return false;
  const today = localDate(entityCalendar.zone, now);
  const { exposure } = await creditStanding(tx, { accountId, orderId: order.id, today });
  return totalExposureMinor(exposure, policy.credit.exposure) + neededMinor(context) > limitMinor;
}

async function auditDecision(
  tx: Tx,
  { order, facts }: OrderContext,
  decided: {
    request: CreditDecisionRequest;
    after: Decided['state'];
    because: string;
    releasedUntil: number | null;
    now: number;
  },
): Promise<void> {
  const { request, after, because, releasedUntil, now } = decided;
  await writeAudit(tx, {
    legalEntityId: order.legalEntityId,
    actor: request.actor,
    action: `credit.${after}`,
    orderId: order.id,
    because,
    details: { before: 'held', after, reasons: facts.credit.reasons, noteId: request.noteId, releasedUntil },
    businessAt: now,
    requestId: request.requestId,
  });
}
