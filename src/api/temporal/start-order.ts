// Starting an order's run and asking it something are one act: a closed or lost run is started again and finds its place.

import { WithStartWorkflowOperation } from '@temporalio/client';
import {
  awaitCredit,
  orderWorkflowId,
  ORDERS_QUEUE,
  searchAttributes,
  type CreditReport,
  type OrderInput,
} from '../../workflows/messages.ts';
import { callEngine, orLate, type Engine, type InTime } from './engine.ts';

/** What the start of an order's run needs to know. */
export interface StartableOrder {
  readonly id: string;
  readonly kind: 'order' | 'opening';
  readonly legalEntityId: string;
  readonly number: string;
  readonly customerNumber: string;
  readonly stage: string;
}

/** The type of an order's workflow, as a door that may not import it writes it down. */
export type OrderToCash = (input: OrderInput) => Promise<void>;

/** The start operation for update-with-start; good for one call. */
export function startOrder(order: StartableOrder): WithStartWorkflowOperation<OrderToCash> {
  const { kind, legalEntityId, number } = order;
  return new WithStartWorkflowOperation<OrderToCash>('orderToCash', {
    workflowId: orderWorkflowId(order),
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
    taskQueue: ORDERS_QUEUE,
    args: [{ orderId: order.id }],
    typedSearchAttributes: [
      { key: searchAttributes.customer, value: order.customerNumber },
      { key: searchAttributes.legalEntity, value: legalEntityId },
      { key: searchAttributes.stage, value: order.stage },
    ],
    staticSummary: `${kind === 'order' ? 'Order' : 'Opening item'} ${number}, ${legalEntityId}`,
    staticDetails: `${kind === 'order' ? 'Order' : 'Opening item'} **${number}** of legal entity **${legalEntityId}**, customer **${order.customerNumber}**\n\nOrder ID: \`${order.id}\``,
  });
}

/** Starts the order's run, or joins it, and waits until its credit is decided. */
export async function askCredit(engine: Engine, order: StartableOrder): Promise<InTime<CreditReport>> {
  return orLate(
    callEngine(engine, engine.decisionWaitMs, () =>
      engine.client.workflow.executeUpdateWithStart(awaitCredit, {
        args: [{}],
        startWorkflowOperation: startOrder(order),
      }),
    ),
  );
}
