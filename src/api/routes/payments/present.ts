// A payment as answers show it.

import { z } from 'zod';
import type { PaymentRow } from '../../../database/queries/payments.ts';
import type { PaymentReturnRow } from '../../../database/queries/payment-returns.ts';
import {
  MISPOSTED,
  RETURN_ACTIONS,
  RETURN_KINDS,
  returnReason,
  type ReturnAction,
} from '../../../domain/payment-return.ts';
import { isoDate, legalEntityId, money, showMoney, uuid } from '../../schemas/common.ts';

const allocationSchema = z.strictObject({
  item: uuid,
  number: z.string(),
  amount: money,
  smallDifference: money.nullable().meta({ description: 'What was written off beside it, as the policy says.' }),
  discount: money.nullable().meta({ description: 'What the payer took off for paying early, beside it.' }),
  bankCharges: money.nullable().meta({ description: 'What banks kept of the payment, settled beside it.' }),
  allocatedOn: isoDate,
  takenBackOn: isoDate.nullable().meta({ description: 'When it was undone, or taken back by a return.' }),
});

const actions = Object.keys(RETURN_ACTIONS) as [ReturnAction, ...ReturnAction[]];

export const returnSchema = z
  .strictObject({
    id: uuid,
    sourceId: z.string(),
    amount: money,
    fee: money,
    kind: z.enum([...RETURN_KINDS, MISPOSTED]).meta({
      description: '`misposted`: the bank line was somebody else’s money, and was decided anew.',
    }),
    reasonCode: z.string(),
    reason: z.string().meta({ description: 'What the code means.' }),
    action: z.enum(actions).meta({ description: 'What the code asks for.' }),
    advice: z.string(),
    returnedOn: isoDate,
    state: z.enum(['received', 'posted']),
  })
  .meta({ id: 'PaymentReturn' });

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
    allocations: z.array(allocationSchema).meta({ description: 'Oldest first, with those that were taken back.' }),
    returns: z.array(returnSchema),
    refunds: z.array(z.strictObject({ amount: money, refundedOn: isoDate })),
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
    allocations: row.allocations.map((one) => ({
      item: one.itemId,
      number: one.number,
      amount: showMoney(one.amountMinor, currency),
      smallDifference: one.differenceMinor === 0 ? null : showMoney(one.differenceMinor, currency),
      discount: one.discountMinor === 0 ? null : showMoney(one.discountMinor, currency),
      bankCharges: one.chargeMinor === 0 ? null : showMoney(one.chargeMinor, currency),
      allocatedOn: one.allocatedOn,
      takenBackOn: one.takenBackOn,
    })),
    returns: row.returns.map((one) => showReturn(one, currency)),
    refunds: row.refunds.map(({ amountMinor, refundedOn }) => ({
      amount: showMoney(amountMinor, currency),
      refundedOn,
    })),
    unapplied: showMoney(row.unappliedMinor, currency),
  };
}

export function showReturn(row: PaymentReturnRow, currency: string): z.infer<typeof returnSchema> {
  const { id, sourceId, kind, reasonCode, action, returnedOn, state } = row;
  return {
    id,
    sourceId,
    amount: showMoney(row.amountMinor, currency),
    fee: showMoney(row.feeMinor, currency),
    kind,
    reasonCode,
    reason: returnReason(reasonCode),
    action,
    advice: RETURN_ACTIONS[action],
    returnedOn,
    state,
  };
}
