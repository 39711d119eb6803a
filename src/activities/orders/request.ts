// How every request to an order is answered: once under its key, in one transaction, with an audit entry also for a refusal.

import type { Refusal, Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { lockOrder, type OrderContext } from '../../database/queries/order-context.ts';
import type { Request } from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { Refused, refusalFailure } from '../failures.ts';
import { contextOf } from './step.ts';

export interface RequestInput<Asked extends Request> {
  readonly orderId: string;
  readonly now: number;
  readonly request: Asked;
}

/**
 * Runs a request under the order's lock. The same key gives the stored answer again, also when Temporal has forgotten the
 * Update. @throws ApplicationFailure with the refusal when a rule says no; the refusal is in the audit.
 */
export async function answerRequest<Asked extends Request, Answer>(
  { db }: Dependencies,
  input: RequestInput<Asked>,
  options: {
    action: string;
    effect: (tx: Tx, context: OrderContext, input: RequestInput<Asked>) => Promise<Result<{ answer: Answer }>>;
  },
): Promise<Answer> {
  const { orderId, request, now } = input;
  try {
    return await db.transaction().execute(async (tx) => {
      await lockOrder(tx, orderId);
      const known = await tx
        .selectFrom('request_effect')
        .select('result')
        .where('key', '=', request.requestKey)
        .executeTakeFirst();
      if (known !== undefined) return known.result as Answer;
      const result = await options.effect(tx, await contextOf(tx, orderId, now), input);
      if (!result.ok) throw new Refused(result.refusal);
      await tx
        .insertInto('request_effect')
        .values({ key: request.requestKey, order_id: orderId, result: JSON.stringify(result.answer) })
        .execute();
      return result.answer;
    });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    await auditRefusal(db, input, options.action, error.refusal);
    throw refusalFailure(error.refusal);
  }
}

async function auditRefusal(
  db: Dependencies['db'],
  { orderId, request, now }: RequestInput<Request>,
  action: string,
  refusal: Refusal,
): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const { order } = await contextOf(tx, orderId, now);
    await writeAudit(tx, {
      legalEntityId: order.legalEntityId,
      actor: request.actor,
      action: `${action}.refused`,
      orderId,
      because: refusal.text,
      details: { code: refusal.code },
      businessAt: now,
      requestId: request.requestId,
    });
  });
}
