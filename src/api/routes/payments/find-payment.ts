// The payment that a request is about, the item of its payer that it names, and the answer: the payment as it is then.

import { z } from 'zod';
import { itemOfPayer, paymentById, type PaymentRow } from '../../../database/queries/payments.ts';
import type { Db } from '../../../database/client.ts';
import { notFound, Problem } from '../../problem.ts';
import type { Answer, Asked, Subject } from '../../route.ts';
import { shortText, uuid } from '../../schemas/common.ts';
import { showPayment } from './present.ts';

export const paymentParams = z.strictObject({ paymentId: uuid });

export const payersItem = shortText.meta({
  description: "The item's ID, or its invoice's number.",
  examples: ['INV-000001'],
});

/** The payment of the address, if there is one. */
export async function findPayment(
  asked: Asked<{ paymentId: string }, unknown, unknown>,
): Promise<(PaymentRow & Subject) | null> {
  return paymentById(asked.db, asked.params.paymentId);
}

/** @throws Problem 422 `item_unknown`: an item of another customer does not exist for the payment */
export async function requireItem(db: Db, payment: PaymentRow, item: string): Promise<string> {
  const found = await itemOfPayer(db, payment.id, item);
  if (found !== null) return found;
  throw new Problem({
    kind: 'unprocessable',
    code: 'item_unknown',
    text: `Customer ${payment.customerNumber} has no item "${item}".`,
    hint: "Name one by its ID or its invoice's number; the customer's account lists them.",
  });
}

/** The payment after a change, or before one that nobody answered in time. */
export async function answerChanged(db: Db, paymentId: string, isLate: boolean): Promise<Answer> {
  const payment = await paymentById(db, paymentId);
  if (payment === null) throw notFound('payment');
  return { status: isLate ? 202 : 200, body: showPayment(payment), location: `/v1/payments/${paymentId}` };
}
