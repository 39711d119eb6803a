// POST /v1/groups/{groupId}/credit: sets the limit that customers share, or blocks them all for new orders; a workflow writes it.

import { z } from 'zod';
import { groupById } from '../../../database/queries/credit-groups.ts';
import { changeWorkflowId, type GroupChangeInput } from '../../../workflows/messages.ts';
import { notFound } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { isoDate, money } from '../../schemas/common.ts';
import { runShort } from '../../temporal/run-short.ts';
import { readLimit } from '../customers/read-limit.ts';
import { findGroup, groupParams } from './find-group.ts';
import { groupSchema, showGroup } from './present.ts';

export const changeGroupCredit = defineRoute({
  method: 'post',
  path: '/v1/groups/{groupId}/credit',
  summary: 'Set the credit limit that a group shares, or block its customers for new orders',
  tag: 'Credit',
  action: 'credit.change',
  params: groupParams,
  body: z
    .strictObject({
      creditLimit: money.nullable().meta({ description: '`null`: no limit is kept.' }),
      isBlocked: z.boolean(),
      limitUntil: isoDate
        .nullable()
        .meta({ description: 'Last day on which the limit is good; `null`: without an end.' }),
    })
    .meta({ id: 'GroupCreditChange' }),
  answers: { 200: groupSchema, 202: groupSchema },
  about: findGroup,
  async handle(asked, group) {
    const { db, engine, body, requestKey } = asked;
    const { legalEntityId, currency } = group;
    const outcome = await runShort<GroupChangeInput, unknown>(engine, {
      workflowType: 'changeGroup',
      workflowId: changeWorkflowId({ kind: 'group', requestKey }),
      isStored: false,
      summary: `Credit of group ${group.number}, ${legalEntityId}`,
      input: {
        ...requestOf(asked, group),
        legalEntityId,
        groupId: group.id,
        limitMinor: readLimit(body.creditLimit, { legalEntity: legalEntityId, currency }),
        isBlocked: body.isBlocked,
        limitUntil: body.limitUntil,
      },
    });
    const changed = await groupById(db, group.id);
    if (changed === null) throw notFound('group');
    return { status: outcome.isLate ? 202 : 200, body: showGroup(changed), location: `/v1/groups/${group.id}` };
  },
});
