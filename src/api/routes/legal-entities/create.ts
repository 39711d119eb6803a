// POST /v1/legal-entities: a legal entity with its tax codes, its series of invoice numbers and version 1 of its policy.

import type { z } from 'zod';
import { insertLegalEntity, legalEntityById, type LegalEntityRow } from '../../../database/queries/legal-entities.ts';
import { listPolicies } from '../../../database/queries/policies.ts';
import { POLICY_V1 } from '../../../domain/policy.ts';
import { contentHash, requireSameContent } from '../../content-hash.ts';
import { defineRoute } from '../../route.ts';
import { legalEntitySchema, newLegalEntity, readRate } from '../../schemas/master-data.ts';
import { policySchema } from '../../schemas/policy.ts';
import { showLegalEntity } from './present.ts';

export const createLegalEntity = defineRoute({
  method: 'post',
  path: '/v1/legal-entities',
  summary: 'Create a legal entity',
  tag: 'Legal entities',
  action: 'legal_entity.write',
  body: newLegalEntity,
  answers: { 200: legalEntitySchema, 201: legalEntitySchema },
  about: 'installation',
  async handle({ db, body, caller, requestId, now }) {
    const entity = entityOf(body);
    const policy = body.policy ?? POLICY_V1;
    const isNew = await insertLegalEntity(db, { ...entity, policy, actor: caller.actor, requestId, now });
    const found = await legalEntityById(db, body.id);
    if (found === null) throw new Error('defect: a legal entity that exists cannot be read');
    const location = `/v1/legal-entities/${body.id}`;
    if (!isNew) {
      const [first] = await listPolicies(db, { scope: [body.id], version: 1 }, { after: null, fetch: 1 });
      // Both policies in the schema's order of keys, since the database keeps its own.
      const kept = contentHash([plain(found), policySchema.parse(first?.body)]);
      requireSameContent(
        'legal_entity',
        { contentHash: kept, location },
        contentHash([plain(entity), policySchema.parse(policy)]),
      );
    }
    return { status: isNew ? 201 : 200, body: showLegalEntity(found), location };
  },
});

type Entity = Omit<LegalEntityRow, 'createdAt'>;

function entityOf(body: z.infer<typeof newLegalEntity>): Entity {
  const { id, name, country, zone, currency, invoicePrefix } = body;
  return {
    id,
    name,
    country,
    zone,
    currency,
    invoicePrefix,
    address: body.address ?? [],
    taxNumber: body.taxNumber ?? null,
    email: body.email ?? null,
    iban: body.iban ?? null,
    bic: body.bic ?? null,
    taxCodes: body.taxCodes.map(({ code, rate, description }) => ({ code, rateBp: readRate(rate), description })),
  };
}

/** The content in one order, for comparing. */
function plain(entity: Entity): unknown {
  const codes = entity.taxCodes
    .map(({ code, rateBp, description }) => JSON.stringify([code, rateBp, description]))
    .sort();
  const { id, name, country, zone, currency, invoicePrefix, address, taxNumber, email, iban, bic } = entity;
  return [id, name, country, zone, currency, invoicePrefix, address, taxNumber, email, iban, bic, codes];
}
