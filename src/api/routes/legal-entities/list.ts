// GET /v1/legal-entities: those that the key reaches.

import { z } from 'zod';
import { listLegalEntities } from '../../../database/queries/legal-entities.ts';
import { NUMBER_FORM, pageAsked, paged, pageOf, pageQuery } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { legalEntitySchema } from '../../schemas/master-data.ts';
import { showLegalEntity } from './present.ts';

export const listLegalEntitiesRoute = defineRoute({
  method: 'get',
  path: '/v1/legal-entities',
  summary: 'Legal entities that the key reaches',
  tag: 'Legal entities',
  action: 'legal_entity.read',
  query: z.strictObject(pageQuery),
  answers: { 200: pageOf(legalEntitySchema) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [NUMBER_FORM]);
    const rows = await listLegalEntities(db, { scope }, { after: after?.[0] ?? null, fetch });
    return { status: 200, body: paged(rows, { fetch }, { show: showLegalEntity, keyOf: (row) => [row.id] }) };
  },
});
