// GET /v1/policies: the versions of policies, newest first within a legal entity.

import { z } from 'zod';
import { listPolicies, type PolicyRow } from '../../../database/queries/policies.ts';
import { COUNT_FORM, NUMBER_FORM, pageAsked, paged, pageOf, pageQuery } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { instant, legalEntityId, showInstant } from '../../schemas/common.ts';
import { policySchema } from '../../schemas/policy.ts';

const policyVersion = z
  .strictObject({
    legalEntity: legalEntityId,
    version: z.int(),
    policy: policySchema,
    createdBy: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'PolicyVersion' });

export const listPoliciesRoute = defineRoute({
  method: 'get',
  path: '/v1/policies',
  summary: 'Versions of policies',
  tag: 'Policies',
  action: 'policy.read',
  query: z.strictObject({ legalEntity: legalEntityId.optional(), ...pageQuery }),
  answers: { 200: pageOf(policyVersion) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [NUMBER_FORM, COUNT_FORM]);
    const rows = await listPolicies(db, { scope, legalEntityId: query.legalEntity }, { after, fetch });
    const keyOf = (row: PolicyRow): string[] => [row.legalEntityId, String(row.version)];
    return { status: 200, body: paged(rows, { fetch }, { show: showPolicy, keyOf }) };
  },
});

function showPolicy(row: PolicyRow): z.infer<typeof policyVersion> {
  const { version, createdBy } = row;
  return {
    legalEntity: row.legalEntityId,
    version,
    policy: row.body,
    createdBy,
    createdAt: showInstant(row.createdAt),
  };
}
