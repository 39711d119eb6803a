// POST /v1/policies: a new version of a legal entity's policy; a workflow writes it and wakes the orders it concerns.

import { z } from 'zod';
import { legalEntityById } from '../../../database/queries/legal-entities.ts';
import { changeWorkflowId, type PolicyChangeInput } from '../../../workflows/messages.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId } from '../../schemas/common.ts';
import { policySchema } from '../../schemas/policy.ts';
import { runShort } from '../../temporal/run-short.ts';

const newPolicy = z.strictObject({ legalEntity: legalEntityId, policy: policySchema }).meta({ id: 'NewPolicy' });
const policyAnswer = z
  .strictObject({
    legalEntity: legalEntityId,
    version: z.int().nullable().meta({ description: '`null` while it is being written.' }),
  })
  .meta({ id: 'PolicyAnswer' });

export const createPolicy = defineRoute({
  method: 'post',
  path: '/v1/policies',
  summary: "Set a legal entity's policy",
  tag: 'Policies',
  action: 'policy.write',
  body: newPolicy,
  answers: { 201: policyAnswer, 202: policyAnswer },
  async about({ db, body }) {
    const entity = await legalEntityById(db, body.legalEntity);
    return entity === null ? null : { legalEntityId: entity.id };
  },
  async handle({ engine, body, requestKey, caller, requestId }, subject: { legalEntityId: string }) {
    const location = `/v1/policies?legalEntity=${subject.legalEntityId}`;
    const written = await runShort<PolicyChangeInput, { version: number }>(engine, {
      workflowType: 'changePolicy',
      workflowId: changeWorkflowId({ kind: 'policy', requestKey }),
      isStored: false,
      summary: `Policy of ${subject.legalEntityId}`,
      input: { requestKey, actor: caller.actor, requestId, legalEntityId: subject.legalEntityId, body: body.policy },
    });
    const version = written.isLate ? null : written.value.version;
    return { status: written.isLate ? 202 : 201, body: { legalEntity: subject.legalEntityId, version }, location };
  },
});
