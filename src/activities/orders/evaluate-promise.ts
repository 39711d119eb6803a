// Values a promise when its time has passed or its money has come: what was not kept becomes a collector's task.

import { localDate } from '../../domain/calendar.ts';
import { DAY_ENDS_AT, escalationsOf } from '../../domain/escalation.ts';
import { formatDecimal } from '../../domain/money.ts';
import type { ItemFacts, PromiseFacts } from '../../domain/order-facts.ts';
import { evaluatePromise as outcomeOf } from '../../domain/promise.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { ENDS_BY_HAND, openTask, type TaskKind } from '../../database/queries/open-task.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { endArrangementTasks, setPromise } from './promises.ts';
import { runStep, type StepInput, type StepOutput } from './step.ts';

/** Working days of the legal entity that a collector has to speak to the customer. */
const TASK_WORKING_DAYS = 3;

export async function evaluatePromise(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  return runStep(deps, input, 'evaluatePromise', async (tx, context, now) => {
    const { item, promise } = promisedItem(context.facts.items, input.subject);
    const { amountMinor, paidMinor, promisedOn, promiseId } = promise;
    const state = outcomeOf({ amountMinor, paidMinor, openMinor: item.openMinor });
    const { order } = context;
    await setPromise(tx, promiseId, state, now);
    const show = (minor: number): string => `${formatDecimal(minor, order.currency)} ${order.currency}`;
    const because = `${show(amountMinor)} of ${item.number} was promised for ${promisedOn}, and ${paidMinor === 0 ? 'nothing' : show(paidMinor)} was paid.`;
    await endArrangementTasks(tx, item.itemId, `promise ${state}`);
    if (state !== 'kept') {
      const key = `promise/${promiseId}/${String(now)}`;
      await openArrangementTask(tx, context, { kind: 'promise_broken', key, item, because, now });
    }
    await writeAudit(tx, {
      legalEntityId: order.legalEntityId,
      actor: engineActor(),
      action: `promise.${state}`,
      orderId: order.id,
      subject: item.number,
      because,
      details: { promiseId, amountMinor, paidMinor, currency: order.currency },
      businessAt: now,
    });
    return undefined;
  });
}

function promisedItem(
  items: readonly ItemFacts[],
  promiseId: string | null,
): { item: ItemFacts; promise: PromiseFacts } {
  for (const item of items) {
    if (item.promise !== null && item.promise.promiseId === promiseId) return { item, promise: item.promise };
  }
  throw new Error('defect: a step about a promise that the order does not have');
}

/** Opens the collector's task about an item whose promise or plan was broken. */
export async function openArrangementTask(
  tx: Tx,
  { order, entityCalendar }: OrderContext,
  task: {
    kind: Extract<TaskKind, 'promise_broken' | 'plan_broken'>;
    key: string;
    item: ItemFacts;
    because: string;
    now: number;
  },
): Promise<void> {
  const { dueAt } = escalationsOf({
    tiers: [],
    workingDays: TASK_WORKING_DAYS,
    from: localDate(entityCalendar.zone, task.now),
    calendar: entityCalendar,
    endsAt: DAY_ENDS_AT,
  });
  await openTask(tx, {
    legalEntityId: order.legalEntityId,
    key: task.key,
    kind: task.kind,
    ownerRole: 'collector',
    orderId: order.id,
    itemId: task.item.itemId,
    customerId: order.customerId,
    reason: task.because,
    endsWith: `${ENDS_BY_HAND}, a new promise or plan, or the payment of the order`,
    deadlineAt: dueAt,
  });
}
