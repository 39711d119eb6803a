// POST /v1/groups: a group of customers that are to share a limit. It begins with a limit of zero.

import { z } from 'zod';
import { insertGroup, listGroups } from '../../../database/queries/credit-groups.ts';
import { entityCurrency } from '../../../database/queries/customers.ts';
import { requireSameContent } from '../../content-hash.ts';
import { notFound } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { businessNumber, legalEntityId, text } from '../../schemas/common.ts';
import { groupSchema, showGroup } from './present.ts';

export const createGroup = defineRoute({
  method: 'post',
  path: '/v1/groups',
  summary: 'Create a group of customers that share a credit limit',
  tag: 'Credit',
  action: 'group.write',
  body: z
    .strictObject({ legalEntity: legalEntityId, number: businessNumber, name: text })
    .meta({ id: 'NewCreditGroup' }),
  answers: { 200: groupSchema, 201: groupSchema },
  about: ({ body }) => Promise.resolve({ legalEntityId: body.legalEntity }),
  async handle({ db, body, caller, requestId, now }) {
    const { legalEntity, number, name } = body;
    const currency = await entityCurrency(db, legalEntity);
    if (currency === null) throw notFound('legal entity');
    const by = { actor: caller.actor, requestId, now };
    const isNew = await insertGroup(db, { legalEntityId: legalEntity, number, name, currency }, by);
    const [group] = await listGroups(db, { scope: [legalEntity], number }, { after: null, fetch: 1 });
    if (group === undefined) throw new Error('defect: a group that exists cannot be read');
    const location = `/v1/groups/${group.id}`;
    if (!isNew) requireSameContent('group', { contentHash: group.name, location }, name);
    return { status: isNew ? 201 : 200, body: showGroup(group), location };
  },
});
