// GET /v1/disputes/{disputeId}/evidence/{evidenceId}: a file with its content.

import { z } from 'zod';
import { evidenceById } from '../../../database/queries/disputes.ts';
import { notFound } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';
import { findDispute } from './find-dispute.ts';
import { evidenceContentSchema, showEvidence } from './present.ts';

export const getDisputeEvidence = defineRoute({
  method: 'get',
  path: '/v1/disputes/{disputeId}/evidence/{evidenceId}',
  summary: 'A file of a dispute, in base64',
  tag: 'Disputes',
  action: 'dispute.read',
  params: z.strictObject({ disputeId: uuid, evidenceId: uuid }),
  answers: { 200: evidenceContentSchema },
  about: findDispute,
  async handle({ db, params }, dispute) {
    const file = await evidenceById(db, { disputeId: dispute.id, id: params.evidenceId });
    if (file === null) throw notFound('file');
    return { status: 200, body: { ...showEvidence(file), content: file.content.toString('base64') } };
  },
});
