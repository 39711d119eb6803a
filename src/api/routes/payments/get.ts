// GET /v1/payments/{paymentId}

import { defineRoute } from '../../route.ts';
import { findPayment, paymentParams } from './find-payment.ts';
import { paymentSchema, showPayment } from './present.ts';

export const getPayment = defineRoute({
  method: 'get',
  path: '/v1/payments/{paymentId}',
  summary: 'A payment, what it was applied to, and what was taken back',
  tag: 'Payments',
  action: 'payment.read',
  params: paymentParams,
  answers: { 200: paymentSchema },
  about: findPayment,
  handle: (_asked, payment) => Promise.resolve({ status: 200, body: showPayment(payment) }),
});
