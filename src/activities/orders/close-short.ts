// Ends what is left to ship of an order: its lines come down to what shipped.

import { closeShort as closeLinesShort } from '../../domain/order-change.ts';
import { changeableLines } from '../../database/queries/order-lines.ts';
import type { OrderEndReport, OrderEndRequest } from '../../workflows/messages.ts';
import { withGranted } from '../credit-queue.ts';
import type { Dependencies } from '../dependencies.ts';
import { answerRequest, type RequestInput } from './request.ts';
import { overRefusal, reviseOrder } from './revise-order.ts';

export async function closeShort(deps: Dependencies, input: RequestInput<OrderEndRequest>): Promise<OrderEndReport> {
  const report = await answerRequest(deps, input, {
    action: 'order.close_short',
    effect: async (tx, context, { request, now }) => {
      const refusal = overRefusal(context);
      if (refusal !== null) return { ok: false, refusal };
      const lines = await changeableLines(tx, context.order.id);
      const closed = closeLinesShort(lines);
      if (!closed.ok) return closed;
      const { changes } = closed;
      return reviseOrder(tx, context, { action: 'order.closed_short', lines, changes, request, now });
    },
  });
  return withGranted(deps.db, input.orderId, report);
}
