// The approval that a request is about.

import { z } from 'zod';
import { approvalById, type ApprovalRow } from '../../../database/queries/approvals.ts';
import type { Asked, Subject } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';

export const approvalParams = z.strictObject({ approvalId: uuid });

export async function findApproval(
  asked: Asked<{ approvalId: string }, unknown, unknown>,
): Promise<(ApprovalRow & Subject) | null> {
  return approvalById(asked.db, asked.params.approvalId);
}
