// The ladder's last rung: a person takes over an item that letters did not settle.

import { localDate } from '../../domain/calendar.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { ENDS_BY_HAND, openTask } from '../../database/queries/open-task.ts';
import type { OrderHead } from '../../database/queries/order-context.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { runStep, type StepInput, type StepOutput } from './step.ts';

/** Time a collector has to act. */
const TASK_DEADLINE_MS = 5 * 86_400_000;

/** Opens the task of whoever collects an item; its payment ends it. */
export async function openCollectTask(
  tx: Tx,
  order: OrderHead,
  task: { itemId: string; reason: string; now: number },
): Promise<void> {
  await openTask(tx, {
    legalEntityId: order.legalEntityId,
    key: `collect/${task.itemId}`,
    kind: 'collect',
    ownerRole: 'collector',
    orderId: order.id,
    itemId: task.itemId,
    customerId: order.customerId,
    reason: task.reason,
    endsWith: `${ENDS_BY_HAND}, or the payment of the item`,
    deadlineAt: task.now + TASK_DEADLINE_MS,
  });
}

export async function askCollector(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  return runStep(deps, input, 'askCollector', async (tx, { order, facts, calendar }, now) => {
    const item = facts.items.find((candidate) => candidate.itemId === input.subject);
    if (item === undefined) throw new Error('defect: a step about an item that the order does not have');
    await tx
      .insertInto('dunning_step')
      .values({
        item_id: item.itemId,
        order_id: order.id,
        level: 'collector',
        step_on: localDate(calendar.zone, now),
        state: 'sent',
      })
      .execute();
    const because = `Every letter of the policy went and ${item.number}, due ${item.dueOn}, is still open.`;
    await openCollectTask(tx, order, { itemId: item.itemId, reason: because, now });
    await writeAudit(tx, {
      legalEntityId: order.legalEntityId,
      actor: engineActor(),
      action: 'collector.asked',
      orderId: order.id,
      subject: item.number,
      because,
      details: { openMinor: item.openMinor, currency: order.currency },
      businessAt: now,
    });
  });
}
