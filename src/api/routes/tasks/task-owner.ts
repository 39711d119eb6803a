// What every change of a task asks first: which task, whose it is, and whether it is still open.

import { z } from 'zod';
import { taskById, type TaskRow } from '../../../database/queries/tasks.ts';
import { hasRole } from '../../../domain/roles.ts';
import { notFound, Problem } from '../../problem.ts';
import type { Asked, Caller, Subject } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';

export const taskParams = z.strictObject({ taskId: uuid });

/** The manager above every owner. */
const MANAGER = 'ar_manager';

/** The task of the address, if there is one. */
export async function findTask(
  asked: Asked<{ taskId: string }, unknown, unknown>,
): Promise<(TaskRow & Subject) | null> {
  return taskById(asked.db, asked.params.taskId);
}

/** The role that owns the task, or the manager above it. @throws Problem 403 */
export function requireOwner(caller: Caller, task: TaskRow): void {
  const roles = [...new Set([task.ownerRole, MANAGER])];
  if (roles.some((role) => hasRole(caller.grants, role, task.legalEntityId))) return;
  throw new Problem({
    kind: 'not_allowed',
    code: 'role_missing',
    text: `The task belongs to the role ${task.ownerRole}.`,
    hint: `It needs one of the roles ${roles.join(', ')} in ${task.legalEntityId}.`,
    details: { roles },
  });
}

/** The task after a change that found it open. @throws Problem 409 when it was not */
export async function changedTask(
  db: Asked<unknown, unknown, unknown>['db'],
  id: string,
  isChanged: boolean,
): Promise<TaskRow> {
  const task = await taskById(db, id);
  if (task === null) throw notFound('task');
  if (isChanged) return task;
  throw new Problem({
    kind: 'conflict',
    code: task.state === 'lapsed' ? 'task_lapsed' : 'task_done_already',
    text: task.state === 'lapsed' ? 'The task ended by itself at its deadline.' : 'The task is done already.',
    hint: 'Nothing is left to do.',
    details: { state: task.state, doneBy: task.doneBy },
  });
}
