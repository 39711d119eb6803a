// The answer to an intake: with the credit decision when it comes in time, else with the place to look.

import type { Db } from '../../../database/client.ts';
import { orderById, type OrderRow } from '../../../database/queries/orders.ts';
import type { Answer } from '../../route.ts';
import type { Engine } from '../../temporal/engine.ts';
import { askCredit } from '../../temporal/start-order.ts';
import { receiptOf } from './receipt.ts';

/** @param isNew whether this request stored the order; one that was there answers 200 */
export async function answerOrder(
  { db, engine }: { db: Db; engine: Engine },
  order: OrderRow,
  isNew: boolean,
): Promise<Answer> {
  const location = `/v1/orders/${order.id}`;
  const status = isNew ? 201 : 200;
  // Decided means that its run exists and that Postgres knows as much as it does.
  if (order.creditState !== 'unassessed') return { status, body: receiptOf(order), location };
  const decision = await askCredit(engine, order);
  if (decision.isLate) return { status: 202, body: receiptOf(order), location };
  const decided = await afterDecision(db, order, decision.value.state);
  return { status, body: receiptOf(decided), location };
}

/** An approval says it all; what was held or rejected is read with its reasons and figures. */
async function afterDecision(db: Db, order: OrderRow, state: OrderRow['creditState']): Promise<OrderRow> {
  if (state === 'approved') return { ...order, creditState: state };
  return (await orderById(db, order.id)) ?? order;
}
