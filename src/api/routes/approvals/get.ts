// GET /v1/approvals/{approvalId}

import { defineRoute } from '../../route.ts';
import { approvalParams, findApproval } from './find-approval.ts';
import { approvalSchema, showApproval } from './present.ts';

export const getApproval = defineRoute({
  method: 'get',
  path: '/v1/approvals/{approvalId}',
  summary: 'What one person asked for and another decides',
  tag: 'Approvals',
  action: 'approval.read',
  params: approvalParams,
  answers: { 200: approvalSchema },
  about: findApproval,
  handle: (_asked, approval) => Promise.resolve({ status: 200, body: showApproval(approval) }),
});
