// GET /v1/approvals: newest first.

import { z } from 'zod';
import { listApprovals, type ApprovalRow } from '../../../database/queries/approvals.ts';
import { pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { businessNumber, legalEntityId } from '../../schemas/common.ts';
import { approvalKind, approvalSchema, approvalState, showApproval } from './present.ts';

export const listApprovalsRoute = defineRoute({
  method: 'get',
  path: '/v1/approvals',
  summary: 'What one person asked for and another decides, newest first',
  tag: 'Approvals',
  action: 'approval.read',
  query: z.strictObject({
    legalEntity: legalEntityId.optional(),
    state: approvalState.optional(),
    kind: approvalKind.optional(),
    customer: businessNumber.optional(),
    ...pageQuery,
  }),
  answers: { 200: pageOf(approvalSchema) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [UUID_FORM]);
    const filter = {
      scope,
      legalEntityId: query.legalEntity,
      state: query.state,
      kind: query.kind,
      customerNumber: query.customer,
    };
    const rows = await listApprovals(db, filter, { after: after?.[0] ?? null, fetch });
    const keyOf = (row: ApprovalRow): string[] => [row.id];
    return { status: 200, body: paged(rows, { fetch }, { show: showApproval, keyOf }) };
  },
});
