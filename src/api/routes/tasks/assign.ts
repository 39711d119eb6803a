// POST /v1/tasks/{taskId}/assignment: who of the role that owns it does it.

import { z } from 'zod';
import { assignTask } from '../../../database/queries/tasks.ts';
import { defineRoute } from '../../route.ts';
import { shortText } from '../../schemas/common.ts';
import { showTask, taskSchema } from './present.ts';
import { changedTask, findTask, requireOwner, taskParams } from './task-owner.ts';

export const assignTaskRoute = defineRoute({
  method: 'post',
  path: '/v1/tasks/{taskId}/assignment',
  summary: 'Say who does a task',
  tag: 'Tasks',
  action: 'task.write',
  params: taskParams,
  body: z
    .strictObject({ assignee: shortText.nullable().meta({ description: '`null`: nobody in particular.' }) })
    .meta({ id: 'TaskAssignment' }),
  answers: { 200: taskSchema },
  about: findTask,
  async handle({ db, body, caller, requestId, now }, task) {
    requireOwner(caller, task);
    const isOpen = await assignTask(db, task, body.assignee, { actor: caller.actor, requestId, now });
    return { status: 200, body: showTask(await changedTask(db, task.id, isOpen)) };
  },
});
