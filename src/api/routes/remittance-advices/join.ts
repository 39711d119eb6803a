// POST /v1/remittance-advices/{adviceId}/line: a person says which bank line brought an advice's money.

import { z } from 'zod';
import { adviceById } from '../../../database/queries/remittance-advices.ts';
import { cashLineById } from '../../../database/queries/cash-lines.ts';
import { changeWorkflowId, type AdviceInput, type AdviceReport } from '../../../workflows/messages.ts';
import { Problem } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';
import { runShort } from '../../temporal/run-short.ts';
import { adviceParams, findAdvice } from './find-advice.ts';
import { adviceSchema, showAdvice } from './present.ts';

export const joinAdviceRoute = defineRoute({
  method: 'post',
  path: '/v1/remittance-advices/{adviceId}/line',
  summary: 'Join a remittance advice to the bank line that brought its money',
  tag: 'Cash application',
  action: 'cash.decide',
  params: adviceParams,
  body: z.strictObject({ line: uuid }).meta({ id: 'RemittanceAdviceLine' }),
  answers: { 200: adviceSchema, 202: adviceSchema },
  about: findAdvice,
  async handle(asked, advice) {
    const { db, engine, body, requestKey, now } = asked;
    const line = await cashLineById(db, body.line);
    if (line?.legalEntityId !== advice.legalEntityId) throw lineUnknown(advice.legalEntityId);
    const outcome = await runShort<AdviceInput, AdviceReport>(engine, {
      workflowType: 'joinAdvice',
      workflowId: changeWorkflowId({ kind: 'line', requestKey }),
      isStored: false,
      summary: `Remittance advice ${advice.id}, ${advice.legalEntityId}`,
      input: { adviceId: advice.id, chosen: { ...requestOf(asked, advice), lineId: line.id } },
    });
    const after = (await adviceById(db, advice.id)) ?? advice;
    const location = `/v1/remittance-advices/${advice.id}`;
    return { status: outcome.isLate ? 202 : 200, body: showAdvice(after, now), location };
  },
});

function lineUnknown(legalEntityId: string): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'line_unknown',
    text: `${legalEntityId} has no such bank line.`,
    hint: 'Name a line of GET /v1/worklists/cash.',
  });
}
