// GET /v1/tasks/{taskId}: a task with its comments.

import { commentsOf } from '../../../database/queries/tasks.ts';
import { defineRoute } from '../../route.ts';
import { showComment, showTask, taskFileSchema } from './present.ts';
import { findTask, taskParams } from './task-owner.ts';

export const getTask = defineRoute({
  method: 'get',
  path: '/v1/tasks/{taskId}',
  summary: 'A task with its comments',
  tag: 'Tasks',
  action: 'task.read',
  params: taskParams,
  answers: { 200: taskFileSchema },
  about: findTask,
  async handle({ db }, task) {
    const comments = await commentsOf(db, task.id);
    return { status: 200, body: { ...showTask(task), comments: comments.map(showComment) } };
  },
});
