// How a promise to pay is answered.

import { z } from 'zod';
import { PROMISE_STATES, type PromiseState } from '../../../domain/promise.ts';
import type { PromiseRow } from '../../../database/queries/promises.ts';
import { instant, money, showInstant, showMoney, uuid } from '../../schemas/common.ts';

export const promiseSchema = z
  .strictObject({
    id: uuid,
    order: uuid,
    item: uuid,
    number: z.string().meta({ description: "The open item's number." }),
    amount: money,
    givenOn: z.string(),
    promisedOn: z.string(),
    level: z
      .int()
      .meta({ description: '1 for a first promise; one more for each that follows one that was not kept.' }),
    state: z.enum(Object.keys(PROMISE_STATES) as [PromiseState, ...PromiseState[]]),
    evaluatedAt: instant.nullable(),
    createdAt: instant,
  })
  .meta({ id: 'Promise' });

export function showPromise(currency: string): (row: PromiseRow) => z.infer<typeof promiseSchema> {
  return ({ orderId, itemId, amountMinor, ...row }) => ({
    ...row,
    order: orderId,
    item: itemId,
    amount: showMoney(amountMinor, currency),
    evaluatedAt: showInstant(row.evaluatedAt),
    createdAt: showInstant(row.createdAt),
  });
}
