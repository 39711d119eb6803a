// POST /v1/tasks/{taskId}/completion: somebody of the role that owns it did what the task asks.

import { z } from 'zod';
import { endsByRequest } from '../../../domain/task.ts';
import { writeNote } from '../../../database/queries/notes.ts';
import { completeTask, type TaskRow } from '../../../database/queries/tasks.ts';
import { Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { noteText } from '../../schemas/common.ts';
import { showTask, taskSchema } from './present.ts';
import { changedTask, findTask, requireOwner, taskParams } from './task-owner.ts';

export const completeTaskRoute = defineRoute({
  method: 'post',
  path: '/v1/tasks/{taskId}/completion',
  summary: 'Mark a task done',
  tag: 'Tasks',
  action: 'task.complete',
  params: taskParams,
  body: z.strictObject({ note: noteText.optional() }).meta({ id: 'TaskCompletion' }),
  answers: { 200: taskSchema },
  about: findTask,
  async handle({ db, body, caller, requestId, requestKey, now }, task) {
    requireOwner(caller, task);
    requireByHand(task);
    const { legalEntityId } = task;
    const { actor } = caller;
    const noteId =
      body.note === undefined ? null : await writeNote(db, { requestKey, legalEntityId, body: body.note, actor });
    const isDone = await completeTask(db, task, { actor, requestId, now, noteId });
    return { status: 200, body: showTask(await changedTask(db, task.id, isDone)) };
  },
});

/** A decision is not made by ticking it off. @throws Problem 422 */
function requireByHand(task: TaskRow): void {
  if (!endsByRequest(task.kind)) return;
  throw new Problem({
    kind: 'unprocessable',
    code: 'task_ends_with_request',
    text: 'This task ends with the decision it asks for.',
    hint: task.endsWith,
    details: { endsWith: task.endsWith },
  });
}
