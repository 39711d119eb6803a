// POST /v1/disputes/{disputeId}/messages: keeps what was said, to the customer or among us.

import { z } from 'zod';
import { addMessage, MESSAGES_PER_DISPUTE_MAX } from '../../../database/queries/disputes.ts';
import { Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { noteText } from '../../schemas/common.ts';
import { disputeParams, findDispute } from './find-dispute.ts';
import { messageDirection, messageSchema, showMessage } from './present.ts';

export const addDisputeMessage = defineRoute({
  method: 'post',
  path: '/v1/disputes/{disputeId}/messages',
  summary: 'Keep a message of a dispute',
  tag: 'Disputes',
  action: 'dispute.write',
  params: disputeParams,
  body: z.strictObject({ direction: messageDirection, text: noteText }).meta({ id: 'NewDisputeMessage' }),
  answers: { 201: messageSchema },
  about: findDispute,
  async handle({ db, body, caller, requestId, requestKey, now }, dispute) {
    const message = await addMessage(db, dispute, body, { actor: caller.actor, requestId, requestKey, now });
    if (message === null) throw tooMany();
    return { status: 201, body: showMessage(message), location: `/v1/disputes/${dispute.id}` };
  },
});

function tooMany(): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'too_many_messages',
    text: `The dispute has ${String(MESSAGES_PER_DISPUTE_MAX)} messages, and keeps no more.`,
    hint: 'Resolve the dispute; what is new belongs into a new one.',
  });
}
