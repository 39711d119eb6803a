// Changes what an order asks for: quantities, prices, the requested date.

import { changeableLines } from '../../database/queries/order-lines.ts';
import type { OrderChangeReport, OrderChangeRequest } from '../../workflows/messages.ts';
import { withGranted } from '../credit-queue.ts';
import type { Dependencies } from '../dependencies.ts';
import { answerRequest, type RequestInput } from './request.ts';
import { reviseOrder } from './revise-order.ts';

export async function changeOrder(
  deps: Dependencies,
  input: RequestInput<OrderChangeRequest>,
): Promise<OrderChangeReport> {
  const report = await answerRequest(deps, input, {
    action: 'order.change',
    effect: async (tx, context, { request, now }) =>
      reviseOrder(tx, context, {
        action: 'order.changed',
        lines: await changeableLines(tx, context.order.id),
        changes: request.lines,
        ...(request.requestedOn === undefined ? {} : { requestedOn: request.requestedOn }),
        request,
        now,
      }),
  });
  return withGranted(deps.db, input.orderId, report);
}
