// GET /v1/disputes/{disputeId}: a dispute with what was said and shown.

import { disputeFile } from '../../../database/queries/disputes.ts';
import { defineRoute } from '../../route.ts';
import { disputeParams, findDispute } from './find-dispute.ts';
import { disputeFileSchema, showDispute, showEvidence, showMessage } from './present.ts';

export const getDispute = defineRoute({
  method: 'get',
  path: '/v1/disputes/{disputeId}',
  summary: 'A dispute with its messages and evidence',
  tag: 'Disputes',
  action: 'dispute.read',
  params: disputeParams,
  answers: { 200: disputeFileSchema },
  about: findDispute,
  async handle({ db, now }, dispute) {
    const { note, messages, evidence } = await disputeFile(db, dispute.id);
    const parts = { note, messages: messages.map(showMessage), evidence: evidence.map(showEvidence) };
    return { status: 200, body: { ...showDispute(dispute, now), ...parts } };
  },
});
