// A payment as answers show it.

import { z } from 'zod';
import type { PaymentRow } from '../../../database/queries/payments.ts';
import { legalEntityId, money, showMoney, uuid } from '../../schemas/common.ts';

export const paymentSchema = z
  .strictObject({
    id: uuid,
    legalEntity: legalEntityId,
    customer: z.string().meta({ description: "The payer's number." }),
    amount: money,
    valueOn: z.string(),
    reference: z.string(),
    source: z.string(),
    sourceId: z.string(),
    state: z.enum(['received', 'posted']),
    allocations: z.array(z.strictObject({ item: uuid, number: z.string(), amount: money })),
    unapplied: money,
  })
  .meta({ id: 'Payment' });

export function showPayment(row: PaymentRow): z.infer<typeof paymentSchema> {
  const { id, currency, valueOn, reference, source, sourceId, state } = row;
  return {
    id,
    legalEntity: row.legalEntityId,
    customer: row.customerNumber,
    amount: showMoney(row.amountMinor, currency),
    valueOn,
    reference,
    source,
    sourceId,
    state,
    allocations: row.allocations.map(({ itemId, number, amountMinor }) => ({
      item: itemId,
      number,
      amount: showMoney(amountMinor, currency),
    })),
    unapplied: showMoney(row.unappliedMinor, currency),
  };
}
