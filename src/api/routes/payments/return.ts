// POST /v1/payments/{paymentId}/returns: what the bank or provider took back; a workflow posts it and opens again what it had settled.

import { z } from 'zod';
import { storeReturn, type PaymentReturnRow } from '../../../database/queries/payment-returns.ts';
import type { PaymentRow } from '../../../database/queries/payments.ts';
import { RETURN_KINDS } from '../../../domain/payment-return.ts';
import { returnWorkflowId, type ReturnInput, type ReturnReport } from '../../../workflows/messages.ts';
import { contentHash, requireSameContent } from '../../content-hash.ts';
import { Problem } from '../../problem.ts';
import { defineRoute, type Answer } from '../../route.ts';
import { isoDate, money, readPositive, type MoneyText } from '../../schemas/common.ts';
import type { Engine } from '../../temporal/engine.ts';
import { runShort } from '../../temporal/run-short.ts';
import { requireCurrency } from '../orders/ground.ts';
import { findPayment, paymentParams } from './find-payment.ts';
import { returnSchema, showReturn } from './present.ts';

const newReturn = z
  .strictObject({
    sourceId: z
      .string()
      .regex(/^[\x21-\x7e]{1,128}$/, 'printable ASCII without blanks is expected')
      .meta({ description: "The bank's or provider's own ID of the return.", examples: ['rt_123'] }),
    amount: money.optional().meta({ description: 'All that is left of the payment when not given; without the fee.' }),
    kind: z.enum(RETURN_KINDS),
    reasonCode: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$/, 'a code such as AM04 is expected')
      .meta({ description: 'Of SEPA (ISO 20022), ACH or the provider.', examples: ['AM04'] }),
    fee: money.optional().meta({ description: 'What the bank charges for it: an expense.' }),
    returnedOn: isoDate.optional().meta({ description: 'Today at the legal entity when not given.' }),
  })
  .meta({ id: 'NewPaymentReturn' });

export const returnPaymentRoute = defineRoute({
  method: 'post',
  path: '/v1/payments/{paymentId}/returns',
  summary: 'Tell that a payment was taken back',
  tag: 'Payments',
  action: 'payment.return',
  params: paymentParams,
  body: newReturn,
  answers: { 200: returnSchema, 201: returnSchema, 202: returnSchema },
  about: findPayment,
  async handle({ db, engine, body, caller, requestId, now }, payment) {
    const { sourceId, kind, reasonCode } = body;
    const amountMinor = body.amount === undefined ? null : inCurrencyOf(payment, body.amount);
    const feeMinor = body.fee === undefined ? 0 : inCurrencyOf(payment, body.fee);
    const returnedOn = body.returnedOn ?? null;
    const hash = contentHash([amountMinor, kind, reasonCode, feeMinor, returnedOn]);
    const told = { paymentId: payment.id, sourceId, amountMinor, feeMinor, kind, reasonCode, returnedOn };
    const result = await storeReturn(db, { ...told, contentHash: hash, actor: caller.actor, requestId, now });
    if (!result.ok) throw new Problem(result.refusal);
    const { stored, isNew } = result;
    const location = `/v1/payments/${payment.id}`;
    requireSameContent('payment_return', { contentHash: stored.contentHash, location }, hash);
    return answerReturn(engine, { payment, stored, status: isNew ? 201 : 200 });
  },
});

function inCurrencyOf(payment: PaymentRow, amount: MoneyText): number {
  requireCurrency({ legalEntity: payment.legalEntityId, currency: amount.currency }, payment.currency);
  return readPositive(amount).minor;
}

async function answerReturn(
  engine: Engine,
  { payment, stored, status }: { payment: PaymentRow; stored: PaymentReturnRow; status: 200 | 201 },
): Promise<Answer> {
  const location = `/v1/payments/${payment.id}`;
  const { currency } = payment;
  // Posted: Postgres knows as much as its run.
  if (stored.state === 'posted') return { status, body: showReturn(stored, currency), location };
  const outcome = await runShort<ReturnInput, ReturnReport>(engine, {
    workflowType: 'returnPayment',
    workflowId: returnWorkflowId({ legalEntityId: payment.legalEntityId, returnId: stored.id }),
    isStored: true,
    summary: `Return of payment ${payment.source}/${payment.sourceId}, ${payment.legalEntityId}`,
    input: { returnId: stored.id },
  });
  if (outcome.isLate) return { status: 202, body: showReturn(stored, currency), location };
  return { status, body: showReturn({ ...stored, state: 'posted' }, currency), location };
}
