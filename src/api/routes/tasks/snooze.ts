// POST /v1/tasks/{taskId}/snooze: puts a task off; its deadline and its tiers stay.

import { z } from 'zod';
import { snoozeTask, type TaskRow } from '../../../database/queries/tasks.ts';
import { Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { showInstant } from '../../schemas/common.ts';
import { showTask, taskSchema } from './present.ts';
import { changedTask, findTask, requireOwner, taskParams } from './task-owner.ts';

export const snoozeTaskRoute = defineRoute({
  method: 'post',
  path: '/v1/tasks/{taskId}/snooze',
  summary: 'Put a task off: it leaves the list until then',
  tag: 'Tasks',
  action: 'task.write',
  params: taskParams,
  body: z
    .strictObject({
      until: z.iso
        .datetime({ offset: true })
        .nullable()
        .meta({ description: 'Before the deadline; `null`: back in the list.', examples: ['2026-11-23T08:00:00Z'] }),
    })
    .meta({ id: 'TaskSnooze' }),
  answers: { 200: taskSchema },
  about: findTask,
  async handle({ db, body, caller, requestId, now }, task) {
    requireOwner(caller, task);
    const until = body.until === null ? null : Date.parse(body.until);
    if (until !== null) requireBetween(task, { until, now });
    const isOpen = await snoozeTask(db, task, until, { actor: caller.actor, requestId, now });
    return { status: 200, body: showTask(await changedTask(db, task.id, isOpen)) };
  },
});

/** @throws Problem 422 when it would wake in the past, or not before the deadline */
function requireBetween(task: TaskRow, { until, now }: { until: number; now: number }): void {
  if (until > now && until < task.deadlineAt) return;
  const [wakes, ends] = [showInstant(until), showInstant(task.deadlineAt)];
  throw new Problem({
    kind: 'unprocessable',
    code: until <= now ? 'snooze_in_the_past' : 'snooze_past_deadline',
    text: until <= now ? `${wakes} has passed.` : `The task would wake at ${wakes}, and its deadline is ${ends}.`,
    hint: `Choose an instant after now and before the deadline, ${ends}.`,
    details: { until: wakes, deadlineAt: ends },
  });
}
