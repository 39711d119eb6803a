// GET /v1/legal-entities/{legalEntityId}

import { z } from 'zod';
import { legalEntityById } from '../../../database/queries/legal-entities.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId } from '../../schemas/common.ts';
import { legalEntitySchema } from '../../schemas/master-data.ts';
import { showLegalEntity } from './present.ts';

export const getLegalEntity = defineRoute({
  method: 'get',
  path: '/v1/legal-entities/{legalEntityId}',
  summary: 'A legal entity',
  tag: 'Legal entities',
  action: 'legal_entity.read',
  params: z.strictObject({ legalEntityId }),
  answers: { 200: legalEntitySchema },
  async about({ db, params }) {
    const entity = await legalEntityById(db, params.legalEntityId);
    return entity === null ? null : { ...entity, legalEntityId: entity.id };
  },
  handle: (_asked, entity) => Promise.resolve({ status: 200, body: showLegalEntity(entity) }),
});
