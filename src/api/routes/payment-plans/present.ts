// How a payment plan is answered.

import { z } from 'zod';
import { PLAN_STATES, type PlanState } from '../../../domain/payment-plan.ts';
import type { PlanRow } from '../../../database/queries/promises.ts';
import { instant, money, showInstant, showMoney, uuid } from '../../schemas/common.ts';

export const planSchema = z
  .strictObject({
    id: uuid,
    order: uuid,
    item: uuid,
    number: z.string().meta({ description: "The open item's number." }),
    state: z.enum(Object.keys(PLAN_STATES) as [PlanState, ...PlanState[]]),
    instalments: z.array(z.strictObject({ dueOn: z.string(), amount: money })),
    endedAt: instant.nullable(),
    createdAt: instant,
  })
  .meta({ id: 'PaymentPlan' });

export function showPlan(currency: string): (row: PlanRow) => z.infer<typeof planSchema> {
  return ({ orderId, itemId, instalments, ...row }) => ({
    ...row,
    order: orderId,
    item: itemId,
    instalments: instalments.map(({ dueOn, amountMinor }) => ({ dueOn, amount: showMoney(amountMinor, currency) })),
    endedAt: showInstant(row.endedAt),
    createdAt: showInstant(row.createdAt),
  });
}
