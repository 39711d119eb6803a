// GET /v1/tasks: what people have to do, the most urgent first.

import { z } from 'zod';
import { ROLES } from '../../../domain/roles.ts';
import { listTasks, type TaskRow } from '../../../database/queries/tasks.ts';
import { pageAsked, paged, pageOf, pageQuery, STAMP_FORM, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId, shortText, uuid } from '../../schemas/common.ts';
import { showTask, taskSchema } from './present.ts';

export const listTasksRoute = defineRoute({
  method: 'get',
  path: '/v1/tasks',
  summary: 'Tasks, the most urgent first',
  tag: 'Tasks',
  action: 'task.read',
  query: z.strictObject({
    role: z.enum(ROLES).optional().meta({ description: 'The role that owns them.' }),
    assignee: shortText.optional().meta({ description: 'Who does them.' }),
    state: z.enum(['open', 'done', 'lapsed']).optional().meta({ description: 'Open ones when not given.' }),
    snoozed: z
      .enum(['hide', 'show'])
      .optional()
      .meta({ description: 'Whether open ones that are put off are shown too; they are hidden when not given.' }),
    legalEntity: legalEntityId.optional(),
    order: uuid.optional(),
    ...pageQuery,
  }),
  answers: { 200: pageOf(taskSchema) },
  about: 'scope',
  async handle({ db, scope, query, now }) {
    const { after, fetch } = pageAsked(query, [STAMP_FORM, UUID_FORM]);
    const state = query.state ?? 'open';
    const filter = {
      scope,
      legalEntityId: query.legalEntity,
      ownerRole: query.role,
      assignee: query.assignee,
      state,
      orderId: query.order,
      awakeAt: state === 'open' && query.snoozed !== 'show' ? now : null,
    };
    const rows = await listTasks(db, filter, { after, fetch });
    const keyOf = (row: TaskRow): string[] => [row.deadlineText, row.id];
    return { status: 200, body: paged(rows, { fetch }, { show: showTask, keyOf }) };
  },
});
