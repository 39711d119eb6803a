// GET /v1/payments: newest first.

import { z } from 'zod';
import { listPayments, type PaymentRow } from '../../../database/queries/payments.ts';
import { pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { businessNumber, legalEntityId } from '../../schemas/common.ts';
import { paymentSchema, showPayment } from './present.ts';

export const listPaymentsRoute = defineRoute({
  method: 'get',
  path: '/v1/payments',
  summary: 'Payments, newest first',
  tag: 'Payments',
  action: 'payment.read',
  query: z.strictObject({
    customer: businessNumber.optional(),
    legalEntity: legalEntityId.optional(),
    state: z.enum(['received', 'posted']).optional(),
    ...pageQuery,
  }),
  answers: { 200: pageOf(paymentSchema) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [UUID_FORM]);
    const filter = { scope, legalEntityId: query.legalEntity, customerNumber: query.customer, state: query.state };
    const rows = await listPayments(db, filter, { after: after?.[0] ?? null, fetch });
    const keyOf = (row: PaymentRow): string[] => [row.id];
    return { status: 200, body: paged(rows, { fetch }, { show: showPayment, keyOf }) };
  },
});
