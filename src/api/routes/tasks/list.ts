// GET /v1/tasks: what people have to do, the most urgent first.

import { z } from 'zod';
import { ROLES } from '../../../domain/roles.ts';
import { listTasks, type TaskRow } from '../../../database/queries/tasks.ts';
import { pageAsked, paged, pageOf, pageQuery, STAMP_FORM, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId, uuid } from '../../schemas/common.ts';
import { showTask, taskSchema } from './present.ts';

export const listTasksRoute = defineRoute({
  method: 'get',
  path: '/v1/tasks',
  summary: 'Tasks, the most urgent first',
  tag: 'Tasks',
  action: 'task.read',
  query: z.strictObject({
    role: z.enum(ROLES).optional().meta({ description: 'The role that owns them.' }),
    state: z.enum(['open', 'done']).optional().meta({ description: 'Open ones when not given.' }),
    legalEntity: legalEntityId.optional(),
    order: uuid.optional(),
    ...pageQuery,
  }),
  answers: { 200: pageOf(taskSchema) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [STAMP_FORM, UUID_FORM]);
    const filter = {
      scope,
      legalEntityId: query.legalEntity,
      ownerRole: query.role,
      state: query.state ?? 'open',
      orderId: query.order,
    };
    const rows = await listTasks(db, filter, { after, fetch });
    const keyOf = (row: TaskRow): string[] => [row.deadlineText, row.id];
    return { status: 200, body: paged(rows, { fetch }, { show: showTask, keyOf }) };
  },
});
