// Looks after a payment plan when an instalment's time has passed, or nothing is left to pay: kept, or broken and a collector's task.

import { formatDecimal } from '../../domain/money.ts';
import type { ItemFacts, PlanFacts } from '../../domain/order-facts.ts';
import { planDay, planStanding } from '../../domain/payment-plan.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { openArrangementTask } from './evaluate-promise.ts';
import { endPlan } from './plans.ts';
import { runStep, type StepInput, type StepOutput } from './step.ts';

export async function evaluatePlan(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  return runStep(deps, input, 'evaluatePlan', async (tx, context, now) => {
    const { order, facts, policy, calendar } = context;
    const { item, plan } = plannedItem(facts.items, input.subject);
    const { planId, instalments, paidMinor } = plan;
    const standing = planStanding({
      instalments,
      paidMinor,
      openMinor: item.openMinor,
      today: planDay(calendar, now),
      toleranceDays: policy.promiseToleranceDays,
    });
    if (standing.state === 'active') throw new Error('defect: an active plan was due, and would be due again at once');
    await endPlan(tx, planId, standing.state, now);
    const show = (minor: number): string => `${formatDecimal(minor, order.currency)} ${order.currency}`;
    const because =
      standing.state === 'kept'
        ? `Everything that the plan of ${item.number} asked for was paid.`
        : `The instalment of ${standing.dueOn} for ${item.number} was not paid in full: ${show(standing.missingMinor)} is missing.`;
    if (standing.state === 'broken')
      await openArrangementTask(tx, context, { kind: 'plan_broken', key: `plan/${planId}`, item, because, now });
    await writeAudit(tx, {
      legalEntityId: order.legalEntityId,
      actor: engineActor(),
      action: `payment_plan.${standing.state}`,
      orderId: order.id,
      subject: item.number,
      because,
      details: { planId, paidMinor, openMinor: item.openMinor, currency: order.currency },
      businessAt: now,
    });
    return undefined;
  });
}

function plannedItem(items: readonly ItemFacts[], planId: string | null): { item: ItemFacts; plan: PlanFacts } {
  for (const item of items) {
    if (item.plan !== null && item.plan.planId === planId) return { item, plan: item.plan };
  }
  throw new Error('defect: a step about a plan that the order does not have');
}
