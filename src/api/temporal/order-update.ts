// A request to an order: an Update of its run, which is started when it is not there, so that a closed order answers too.

import type { UpdateDefinition } from '@temporalio/common';
import type { Request } from '../../workflows/messages.ts';
import { callEngine, inTime, type Engine } from './engine.ts';
import { startOrder, type OrderToCash, type StartableOrder } from './start-order.ts';

/**
 * Sends the Update and waits for its answer.
 *
 * @param options.request carries the request's key, which is the Update's ID too: a repetition is the same request
 * @throws Problem: the handler's refusal, or 503 when no answer came in time
 */
export async function updateOrder<Asked extends Request, Report>(
  engine: Engine,
  options: { order: StartableOrder; update: UpdateDefinition<Report, [Asked]>; request: Asked },
): Promise<Report> {
  const { order, update, request } = options;
  const outcome = await callEngine(engine, engine.deadlineMs, () =>
    engine.client.workflow.executeUpdateWithStart<OrderToCash, Report, [Asked]>(update, {
      args: [request],
      updateId: request.requestKey,
      startWorkflowOperation: startOrder(order),
    }),
  );
  return inTime(outcome);
}
