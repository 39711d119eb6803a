// The credit check of an order that is new, was changed, or whose release ended: exposure against limit, checked and reserved under the lock of the credit account.

import { rolesAbove, smallestRoleFor } from '../../domain/authority.ts';
import { localDate } from '../../domain/calendar.ts';
import { decideCredit, isQueued, type CreditDecision } from '../../domain/credit.ts';
import { firstOwner } from '../../domain/escalation.ts';
import type { Tier } from '../../domain/policy.ts';
import type { Role } from '../../domain/roles.ts';
import type { Tx } from '../../database/client.ts';
import { creditStanding, lockCredit, type CreditStanding } from '../../database/queries/credit.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import { creditFacts, grantQueue, withGranted } from '../credit-queue.ts';
import type { Dependencies } from '../dependencies.ts';
import { auditCredit, hold, keepCredit, neededMinor, reservedUntil, tellRejected } from './credit-outcome.ts';
import { runStep, type Changed, type StepInput, type StepOutput } from './step.ts';

/** Who is asked where a policy names nobody from the start. */
const FIRST_APPROVER: Role = 'credit_analyst';

export async function assessCredit(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  // What was approved with nobody waiting let nobody go: the way of nearly every order, which needs no second look.
  const done = { isQuiet: false };
  const output = await runStep(deps, input, 'assessCredit', async (tx, context, now) => {
    const { order, policy, entityCalendar } = context;
    const account = await lockCredit(tx, order.customerId);
    const today = localDate(entityCalendar.zone, now);
    const standing = await creditStanding(tx, { accountId: account.accountId, orderId: order.id, today });
    const decision = decideCredit({
      ...creditFacts(account, standing, { today, rules: policy.credit }),
      orderMinor: neededMinor(context),
      orderTermsDays: order.termsDays,
      isPrepaid: order.isPrepaid,
      isQueueWaiting: standing.isQueueWaiting,
    });
    const changed =
      decision.outcome === 'approved'
        ? await approve(tx, context, { standing, now })
        : await deny(tx, context, { decision, accountId: account.accountId, now });
    done.isQuiet = decision.outcome === 'approved' && !standing.isQueueWaiting;
    // An order that is checked again may need less than it had reserved.
    if (!done.isQuiet) await grantQueue(tx, order.customerId, now);
    return changed;
  });
  return done.isQuiet ? output : withGranted(deps.db, input.orderId, output);
}

async function approve(
  tx: Tx,
  context: OrderContext,
  { standing, now }: { standing: CreditStanding; now: number },
): Promise<Changed> {
  const { order, facts } = context;
  const reserved = reservedUntil(context, standing.requestedOn, now);
  const isProformaDue = order.isPrepaid && facts.prepayment.proforma === 'none';
  await keepCredit(tx, order.id, {
    state: 'approved',
    reasons: [],
    isAdding: false,
    reservedUntil: reserved,
    isProformaDue,
  });
  const because = 'The order fits into the credit limit.';
  await auditCredit(tx, context, { state: 'approved', because, details: { reasons: [] }, now });
  const until = { holdUntil: null, releasedUntil: null, reservedUntil: reserved };
  return {
    credit: { state: 'approved', reasons: [], isGranted: false, ...until },
    prepayment: isProformaDue ? { ...facts.prepayment, proforma: 'pending' } : facts.prepayment,
  };
}

/** Holds or rejects. What is left behind is read again, since tasks were opened. */
async function deny(
  tx: Tx,
  context: OrderContext,
  { decision, accountId, now }: { decision: CreditDecision; accountId: string; now: number },
): Promise<undefined> {
  const { reasons } = decision;
  const because = reasons.map((reason) => reason.text).join(' ');
  if (decision.outcome === 'rejected') {
    await keepCredit(tx, context.order.id, { state: 'rejected', reasons, isAdding: false });
    await auditCredit(tx, context, { state: 'rejected', because, details: { reasons }, now });
    await tellRejected(tx, context, { because, now });
    return;
  }
  const endsWith = `POST /v1/orders/${context.order.id}/credit-decision`;
  await hold(tx, context, {
    ...{ accountId, reasons, isAdding: false, isQueued: isQueued(reasons), because, now },
    task: { kind: 'credit_hold', ...approversOf(context), endsWith },
  });
}

/** Who is asked first, and who after: nobody who could not release as much comes before the first who can. */
function approversOf(context: OrderContext): { ownerRole: Role; tiers: readonly Tier[] } {
  const { policy, order } = context;
  const { approvers } = policy.credit;
  const first = firstOwner(approvers) ?? FIRST_APPROVER;
  const rules = policy.approvals;
  const asked = { power: 'credit.release', currency: order.entityCurrency, rules } as const;
  const smallest = smallestRoleFor({ ...asked, amountMinor: neededMinor(context) });
  if (!rolesAbove(first, 'credit.release', rules).includes(smallest)) return { ownerRole: first, tiers: approvers };
  const above = rolesAbove(smallest, 'credit.release', rules);
  return { ownerRole: smallest, tiers: approvers.filter(({ role }) => above.includes(role)) };
}
