// POST /v1/disputes/{disputeId}/evidence: keeps a file that shows who is right.

import { addEvidence, FILES_PER_DISPUTE_MAX } from '../../../database/queries/disputes.ts';
import { Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { newEvidence, readEvidence } from './evidence-file.ts';
import { disputeParams, findDispute } from './find-dispute.ts';
import { evidenceSchema, showEvidence } from './present.ts';

export const addDisputeEvidence = defineRoute({
  method: 'post',
  path: '/v1/disputes/{disputeId}/evidence',
  summary: 'Keep a file of a dispute; the same file twice is one',
  tag: 'Disputes',
  action: 'dispute.write',
  params: disputeParams,
  body: newEvidence,
  answers: { 200: evidenceSchema, 201: evidenceSchema },
  about: findDispute,
  async handle({ db, body, caller, requestId, requestKey, now }, dispute) {
    const by = { actor: caller.actor, requestId, requestKey, now };
    const kept = await addEvidence(db, dispute, readEvidence(body), by);
    if (kept === null) throw tooMany();
    const location = `/v1/disputes/${dispute.id}/evidence/${kept.file.id}`;
    return { status: kept.isNew ? 201 : 200, body: showEvidence(kept.file), location };
  },
});

function tooMany(): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'too_many_files',
    text: `The dispute has ${String(FILES_PER_DISPUTE_MAX)} files, and keeps no more.`,
    hint: 'Put what is new into one file, or into a new dispute.',
  });
}
