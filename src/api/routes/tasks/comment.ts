// POST /v1/tasks/{taskId}/comments: what somebody has to say about a task.

import { z } from 'zod';
import { addComment, COMMENTS_PER_TASK_MAX } from '../../../database/queries/tasks.ts';
import { Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { noteText } from '../../schemas/common.ts';
import { commentSchema, showComment } from './present.ts';
import { findTask, taskParams } from './task-owner.ts';

export const commentTask = defineRoute({
  method: 'post',
  path: '/v1/tasks/{taskId}/comments',
  summary: 'Comment a task',
  tag: 'Tasks',
  action: 'task.write',
  params: taskParams,
  body: z.strictObject({ text: noteText }).meta({ id: 'NewTaskComment' }),
  answers: { 201: commentSchema },
  about: findTask,
  async handle({ db, body, caller, requestId, requestKey, now }, task) {
    const comment = await addComment(db, task, body.text, { actor: caller.actor, requestId, requestKey, now });
    if (comment === null) throw tooMany();
    return { status: 201, body: showComment(comment), location: `/v1/tasks/${task.id}` };
  },
});

function tooMany(): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'too_many_comments',
    text: `The task has ${String(COMMENTS_PER_TASK_MAX)} comments, and keeps no more.`,
    hint: 'End the task.',
  });
}
