// Starting an order's run and asking it something are one act: a closed or lost run is started again and finds its place.

import { WithStartWorkflowOperation } from '@temporalio/client';
import { awaitCredit, orderStart, type CreditReport, type OrderInput } from '../../workflows/messages.ts';
import { callEngine, orLate, type Engine, type InTime } from './engine.ts';

/** What the start of an order's run needs to know. */
export interface StartableOrder {
  readonly id: string;
  readonly kind: 'order' | 'opening';
  readonly legalEntityId: string;
  readonly number: string;
  readonly customerNumber: string;
}

/** The type of an order's workflow, as a door that may not import it writes it down. */
export type OrderToCash = (input: OrderInput) => Promise<void>;

/** The start operation for update-with-start; good for one call. */
export function startOrder(order: StartableOrder): WithStartWorkflowOperation<OrderToCash> {
  return new WithStartWorkflowOperation<OrderToCash>('orderToCash', {
    ...orderStart(order),
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: 'ALLOW_DUPLICATE',
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
