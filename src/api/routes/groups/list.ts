// GET /v1/groups: by legal entity and number.

import { z } from 'zod';
import { listGroups, type GroupRow } from '../../../database/queries/credit-groups.ts';
import { NUMBER_FORM, pageAsked, paged, pageOf, pageQuery } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { businessNumber, legalEntityId } from '../../schemas/common.ts';
import { groupSchema, showGroup } from './present.ts';

export const listGroupsRoute = defineRoute({
  method: 'get',
  path: '/v1/groups',
  summary: 'Groups of customers that share a credit limit',
  tag: 'Credit',
  action: 'group.read',
  query: z.strictObject({ legalEntity: legalEntityId.optional(), number: businessNumber.optional(), ...pageQuery }),
  answers: { 200: pageOf(groupSchema) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [NUMBER_FORM, NUMBER_FORM]);
    const filter = { scope, legalEntityId: query.legalEntity, number: query.number };
    const rows = await listGroups(db, filter, { after, fetch });
    const keyOf = (row: GroupRow): string[] => [row.legalEntityId, row.number];
    return { status: 200, body: paged(rows, { fetch }, { show: showGroup, keyOf }) };
  },
});
