// GET /v1/key: tells the caller who it is and what it may do where.

import { z } from 'zod';
import { ROLES } from '../../../domain/roles.ts';
import { defineRoute } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';

const keySchema = z
  .strictObject({
    id: uuid,
    name: z.string(),
    roles: z.array(
      z.strictObject({
        legalEntity: z.string().meta({ description: 'A legal entity, or `*` for all.' }),
        role: z.enum(ROLES),
      }),
    ),
  })
  .meta({ id: 'Key' });

export const getKey = defineRoute({
  method: 'get',
  path: '/v1/key',
  summary: "The calling key's name and roles",
  tag: 'Keys',
  action: 'key.read',
  answers: { 200: keySchema },
  about: 'caller',
  handle: ({ caller }) =>
    Promise.resolve({
      status: 200,
      body: {
        id: caller.keyId,
        name: caller.name,
        roles: caller.grants.map(({ legalEntityId, role }) => ({ legalEntity: legalEntityId, role })),
      },
    }),
});
