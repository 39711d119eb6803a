// GET /v1/disputes: what customers contest, newest first.

import { z } from 'zod';
import { listDisputes } from '../../../database/queries/disputes.ts';
import { pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { businessNumber, legalEntityId, uuid } from '../../schemas/common.ts';
import { disputeReason, disputeSchema, disputeState, showDispute } from './present.ts';

export const listDisputesRoute = defineRoute({
  method: 'get',
  path: '/v1/disputes',
  summary: 'Disputes, newest first',
  tag: 'Disputes',
  action: 'dispute.read',
  query: z.strictObject({
    legalEntity: legalEntityId.optional(),
    state: disputeState.optional(),
    order: uuid.optional(),
    customer: businessNumber.optional().meta({ description: "The customer's number." }),
    reason: disputeReason.optional(),
    overdue: z
      .enum(['true'])
      .optional()
      .meta({ description: 'Only those that should have been resolved by now, and are not.' }),
    ...pageQuery,
  }),
  answers: { 200: pageOf(disputeSchema) },
  about: 'scope',
  async handle({ db, scope, query, now }) {
    const { after, fetch } = pageAsked(query, [UUID_FORM]);
    const filter = {
      scope,
      legalEntityId: query.legalEntity,
      state: query.state,
      orderId: query.order,
      customerNumber: query.customer,
      reason: query.reason,
      overdueAt: query.overdue === undefined ? undefined : now,
    };
    const rows = await listDisputes(db, filter, { after: after?.[0] ?? null, fetch });
    return {
      status: 200,
      body: paged(rows, { fetch }, { show: (row) => showDispute(row, now), keyOf: (row) => [row.id] }),
    };
  },
});
