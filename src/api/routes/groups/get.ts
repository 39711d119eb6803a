// GET /v1/groups/{groupId}: one group with its limit and its customers.

import { defineRoute } from '../../route.ts';
import { findGroup, groupParams } from './find-group.ts';
import { groupSchema, showGroup } from './present.ts';

export const getGroup = defineRoute({
  method: 'get',
  path: '/v1/groups/{groupId}',
  summary: 'A group of customers that share a credit limit',
  tag: 'Credit',
  action: 'group.read',
  params: groupParams,
  answers: { 200: groupSchema },
  about: findGroup,
  handle: (_asked, group) => Promise.resolve({ status: 200, body: showGroup(group) }),
});
