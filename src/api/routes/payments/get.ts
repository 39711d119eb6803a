// GET /v1/payments/{paymentId}

import { z } from 'zod';
import { paymentById } from '../../../database/queries/payments.ts';
import { defineRoute } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';
import { paymentSchema, showPayment } from './present.ts';

export const getPayment = defineRoute({
  method: 'get',
  path: '/v1/payments/{paymentId}',
  summary: 'A payment and what it was applied to',
  tag: 'Payments',
  action: 'payment.read',
  params: z.strictObject({ paymentId: uuid }),
  answers: { 200: paymentSchema },
  about: ({ db, params }) => paymentById(db, params.paymentId),
  handle: (_asked, payment) => Promise.resolve({ status: 200, body: showPayment(payment) }),
});
