// POST /v1/payer-knowledge/{knowledgeId}/removal: forgets one account or name of a payer; what was posted by it stays.

import { z } from 'zod';
import { writeAudit } from '../../../database/queries/audit.ts';
import { endKnowledge, knowledgeById } from '../../../database/queries/payer-knowledge.ts';
import { notFound } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { text, uuid } from '../../schemas/common.ts';
import { knowledgeSchema, showKnowledge } from './present.ts';

export const removePayerKnowledge = defineRoute({
  method: 'post',
  path: '/v1/payer-knowledge/{knowledgeId}/removal',
  summary: 'Forget what was learned about a payer',
  tag: 'Cash application',
  action: 'payer.forget',
  params: z.strictObject({ knowledgeId: uuid }),
  body: z
    .strictObject({ because: text.optional().meta({ description: 'Why; shown with it.' }) })
    .meta({ id: 'PayerKnowledgeRemoval' }),
  answers: { 200: knowledgeSchema },
  about: ({ db, params }) => knowledgeById(db, params.knowledgeId),
  async handle({ db, body, caller, requestId, now }, { id, legalEntityId, customerId, kind }) {
    const because = body.because ?? 'A person removed it.';
    const ended = await db.transaction().execute(async (tx) => {
      const isEnded = await endKnowledge(tx, { id, actor: caller.actor, now, because });
      if (isEnded) {
        await writeAudit(tx, {
          ...{ legalEntityId, actor: caller.actor, action: 'payer_knowledge.removed', subject: customerId },
          ...{ because: 'A person removed it.', details: { knowledgeId: id, kind }, businessAt: now, requestId },
        });
      }
      return knowledgeById(tx, id);
    });
    if (ended === null) throw notFound('payer knowledge');
    return { status: 200, body: showKnowledge(ended) };
  },
});
