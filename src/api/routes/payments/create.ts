// POST /v1/payments: a payment as its source tells it; a workflow allocates and posts it.

import { z } from 'zod';
import type { Db } from '../../../database/client.ts';
import { insertPayment, paymentById, paymentBySource, type PaymentRow } from '../../../database/queries/payments.ts';
import { BANK_LINE_SOURCE } from '../../../domain/bank-line.ts';
import { paymentWorkflowId, type PaymentInput, type PaymentReport } from '../../../workflows/messages.ts';
import { contentHash, requireSameContent } from '../../content-hash.ts';
import { TEXT_CHARS_MAX } from '../../limits.ts';
import { notFound } from '../../problem.ts';
import { defineRoute, type Answer, type Asked } from '../../route.ts';
import { businessNumber, isoDate, legalEntityId, money, readPositive } from '../../schemas/common.ts';
import type { Engine } from '../../temporal/engine.ts';
import { runShort } from '../../temporal/run-short.ts';
import { customerUnknown, foreignCurrency, inBase } from '../orders/ground.ts';
import { paymentSchema, showPayment } from './present.ts';

const newPayment = z
  .strictObject({
    legalEntity: legalEntityId,
    customer: businessNumber.meta({ description: "The payer's number." }),
    amount: money,
    valueOn: isoDate,
    reference: z
      .string()
      .max(TEXT_CHARS_MAX)
      .refine((value) => !value.includes('\u0000'), 'no NUL is expected')
      .meta({
        description: 'What the payer wrote: numbers of open items or orders in it are paid.',
        examples: ['RE-1001'],
      }),
    source: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'a short name in lower case is expected')
      // Their accounts are those of bank lines and of refunds, whose payments come through no door.
      .refine(
        (value) => value !== BANK_LINE_SOURCE && value !== 'refund',
        'another name than statement and refund is expected',
      )
      .meta({ description: 'Who tells it, such as psp; posted to this clearing account.', examples: ['psp'] }),
    sourceId: z
      .string()
      .regex(/^[\x21-\x7e]{1,128}$/, 'printable ASCII without blanks is expected')
      .meta({ description: "The source's own ID.", examples: ['ch_123'] }),
  })
  .meta({ id: 'NewPayment' });
type NewPayment = z.infer<typeof newPayment>;

export const createPayment = defineRoute({
  method: 'post',
  path: '/v1/payments',
  summary: 'Tell a payment; it is applied by its reference',
  tag: 'Payments',
  action: 'payment.create',
  body: newPayment,
  answers: { 200: paymentSchema, 201: paymentSchema, 202: paymentSchema },
  about: ({ body }) => Promise.resolve({ legalEntityId: body.legalEntity }),
  async handle(asked) {
    const { db, body } = asked;
    const { minor } = readPositive(body.amount);
    const hash = contentHash([body.customer, minor, body.amount.currency, body.valueOn, body.reference]);
    const made = await store(asked, minor, hash);
    if (made !== null) return answerPayment(asked, made, 201);

    const key = { legalEntityId: body.legalEntity, source: body.source, sourceId: body.sourceId };
    const found = await paymentBySource(db, key);
    if (found === null) throw new Error('defect: a payment that exists cannot be read');
    requireSameContent('payment', { contentHash: found.contentHash, location: `/v1/payments/${found.id}` }, hash);
    return answerPayment(asked, found, 200);
  },
});

/** Stores the payment. @returns null when its source told it before. @throws Problem 404 or 422 */
async function store(
  { db, body, caller, requestId, now }: Asked<undefined, undefined, NewPayment>,
  amountMinor: number,
  hash: string,
): Promise<PaymentRow | null> {
  const payment = {
    legalEntityId: body.legalEntity,
    customerNumber: body.customer,
    source: body.source,
    sourceId: body.sourceId,
    amountMinor,
    currency: body.amount.currency,
    valueOn: body.valueOn,
    reference: body.reference,
    contentHash: hash,
  };
  const by = { actor: caller.actor, requestId, now };
  let stored = await insertPayment(db, { ...payment, ...by });
  if (stored.entityCurrency === null) throw notFound('legal entity');
  if (!stored.hasCustomer) throw customerUnknown(body);
  if (stored.id === null && stored.entityCurrency !== payment.currency) {
    const baseMinor = await baseOnDay(db, payment, { entityCurrency: stored.entityCurrency, now });
    if (baseMinor === null) return null;
    stored = await insertPayment(db, { ...payment, ...by, baseMinor });
  }
  if (stored.id === null) return null;
  const nothing = { unappliedMinor: 0, returnedMinor: 0, refundedMinor: 0, allocations: [], returns: [], refunds: [] };
  return { ...payment, ...nothing, id: stored.id, state: 'received' };
}

/** What a payment in a foreign currency is in the books: at the rate of the day its money came. @returns null when it is stored already */
async function baseOnDay(
  db: Db,
  payment: {
    legalEntityId: string;
    source: string;
    sourceId: string;
    amountMinor: number;
    currency: string;
    valueOn: string;
  },
  { entityCurrency, now }: { entityCurrency: string; now: number },
): Promise<number | null> {
  // Told again when no rate of its day counts any more, it is still the same payment.
  if ((await paymentBySource(db, payment)) !== null) return null;
  const { legalEntityId, currency, valueOn, amountMinor } = payment;
  const foreign = await foreignCurrency(db, { legalEntityId, currency, entityCurrency, rate: null, now, on: valueOn });
  if (foreign === null) throw new Error('defect: a foreign currency is not foreign');
  return inBase(amountMinor, currency, foreign);
}

async function answerPayment(
  { db, engine }: { db: Db; engine: Engine },
  payment: PaymentRow,
  status: 200 | 201,
): Promise<Answer> {
  const location = `/v1/payments/${payment.id}`;
  // Posted: Postgres knows as much as its run.
  if (payment.state === 'posted') return { status, body: showPayment(payment), location };
  const applied = await runShort<PaymentInput, PaymentReport>(engine, {
    workflowType: 'applyPayment',
    workflowId: paymentWorkflowId(payment),
    isStored: true,
    summary: `Payment ${payment.source}/${payment.sourceId}, ${payment.legalEntityId}`,
    input: { paymentId: payment.id },
  });
  if (applied.isLate) return { status: 202, body: showPayment(payment), location };
  return { status, body: showPayment((await paymentById(db, payment.id)) ?? payment), location };
}
