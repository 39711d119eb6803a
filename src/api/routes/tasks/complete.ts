// POST /v1/tasks/{taskId}/completion: somebody of the role that owns it did what the task asks.

import { z } from 'zod';
import { hasRole } from '../../../domain/roles.ts';
import { writeNote } from '../../../database/queries/notes.ts';
import { completeTask, taskById, type TaskRow } from '../../../database/queries/tasks.ts';
import { notFound, Problem } from '../../problem.ts';
import { defineRoute, type Caller } from '../../route.ts';
import { noteText, uuid } from '../../schemas/common.ts';
import { showTask, taskSchema } from './present.ts';

export const completeTaskRoute = defineRoute({
  method: 'post',
  path: '/v1/tasks/{taskId}/completion',
  summary: 'Mark a task done',
  tag: 'Tasks',
  action: 'task.complete',
  params: z.strictObject({ taskId: uuid }),
  body: z.strictObject({ note: noteText.optional() }).meta({ id: 'TaskCompletion' }),
  answers: { 200: taskSchema },
  about: ({ db, params }) => taskById(db, params.taskId),
  async handle({ db, body, caller, requestId, requestKey, now }, task) {
    requireOwner(caller, task);
    requireByHand(task);
    const { legalEntityId } = task;
    const { actor } = caller;
    const noteId =
      body.note === undefined ? null : await writeNote(db, { requestKey, legalEntityId, body: body.note, actor });
    if (!(await completeTask(db, task, { actor, requestId, now, noteId }))) throw alreadyDone(task);
    const done = await taskById(db, task.id);
    if (done === null) throw notFound('task');
    return { status: 200, body: showTask(done) };
  },
});

/** The role that owns the task, or a manager above it. @throws Problem 403 */
function requireOwner(caller: Caller, task: TaskRow): void {
  const roles = [task.ownerRole, 'ar_manager'];
  if (roles.some((role) => hasRole(caller.grants, role, task.legalEntityId))) return;
  throw new Problem({
    kind: 'not_allowed',
    code: 'role_missing',
    text: `The task belongs to the role ${task.ownerRole}.`,
    hint: `It needs one of the roles ${roles.join(', ')} in ${task.legalEntityId}.`,
    details: { roles },
  });
}

/** A decision is not made by ticking it off. @throws Problem 422 */
function requireByHand(task: TaskRow): void {
  if (task.kind !== 'credit_hold') return;
  throw new Problem({
    kind: 'unprocessable',
    code: 'task_ends_with_request',
    text: 'This task ends with the decision it asks for.',
    hint: task.endsWith,
  });
}

function alreadyDone(task: TaskRow): Problem {
  return new Problem({
    kind: 'conflict',
    code: 'task_done_already',
    text: 'The task is done already.',
    hint: 'Nothing is left to do.',
    details: { doneBy: task.doneBy },
  });
}
