// POST /v1/remittance-advices/{adviceId}/end: puts an advice away whose money does not come.

import { z } from 'zod';
import { adviceTaskKey } from '../../../domain/advice-join.ts';
import { adviceById, endAdvice } from '../../../database/queries/remittance-advices.ts';
import { Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { noteText } from '../../schemas/common.ts';
import { keepNote } from '../keep-note.ts';
import { adviceParams, findAdvice } from './find-advice.ts';
import { adviceSchema, showAdvice } from './present.ts';

export const endAdviceRoute = defineRoute({
  method: 'post',
  path: '/v1/remittance-advices/{adviceId}/end',
  summary: 'Put a remittance advice away',
  tag: 'Cash application',
  action: 'advice.write',
  params: adviceParams,
  body: z.strictObject({ note: noteText.optional() }).meta({ id: 'RemittanceAdviceEnd' }),
  answers: { 200: adviceSchema },
  about: findAdvice,
  async handle(asked, advice) {
    const { db, body, caller, requestId, now } = asked;
    const { id, legalEntityId } = advice;
    const noteId = await keepNote(asked, advice, body.note);
    const isEnded = await endAdvice(
      db,
      { id, legalEntityId, taskKey: adviceTaskKey(id), noteId },
      { actor: caller.actor, requestId, now },
    );
    const after = (await adviceById(db, id)) ?? advice;
    if (!isEnded && after.state !== 'ended') {
      throw new Problem({
        kind: 'conflict',
        code: 'advice_joined',
        text: 'The advice is joined to its money.',
        hint: 'Decide on the bank line instead.',
      });
    }
    return { status: 200, body: showAdvice(after, now) };
  },
});
