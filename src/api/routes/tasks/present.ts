// A task as answers show it.

import { z } from 'zod';
import type { CommentRow, TaskRow } from '../../../database/queries/tasks.ts';
import { instant, legalEntityId, showInstant, uuid } from '../../schemas/common.ts';

const head = {
  id: uuid,
  legalEntity: legalEntityId,
  kind: z.string(),
  ownerRole: z.string(),
  tier: z.int().meta({ description: '0: its first owner; each escalation adds one.' }),
  next: z
    .strictObject({ role: z.string(), at: instant })
    .nullable()
    .meta({ description: 'Whom it goes on to and when, unless it ends before.' }),
  order: uuid.nullable(),
  item: uuid.nullable(),
  dispute: uuid.nullable(),
  approval: uuid.nullable(),
  customer: z.string().nullable().meta({ description: "The customer's number." }),
  reason: z.string(),
  endsWith: z.string().meta({ description: 'The request that ends it.' }),
  deadlineAt: instant,
  endsByItself: z.boolean().meta({ description: 'It only tells something, and ends at its deadline.' }),
  state: z.enum(['open', 'done', 'lapsed']),
  assignee: z.string().nullable(),
  snoozedUntil: instant.nullable(),
  doneBy: z.string().nullable(),
  doneAt: instant.nullable(),
  createdAt: instant,
};

export const taskSchema = z.strictObject(head).meta({ id: 'Task' });

export const commentSchema = z
  .strictObject({ id: uuid, text: z.string(), createdBy: z.string(), createdAt: instant })
  .meta({ id: 'TaskComment' });

export const taskFileSchema = z.strictObject({ ...head, comments: z.array(commentSchema) }).meta({ id: 'TaskFile' });

export function showTask(row: TaskRow): z.infer<typeof taskSchema> {
  const { id, kind, ownerRole, tier, next, reason, endsWith, state, doneBy } = row;
  return {
    id,
    legalEntity: row.legalEntityId,
    kind,
    ownerRole,
    tier,
    next: next === null ? null : { role: next.role, at: showInstant(next.at) },
    order: row.orderId,
    item: row.itemId,
    dispute: row.disputeId,
    approval: row.approvalId,
    customer: row.customerNumber,
    reason,
    endsWith,
    deadlineAt: showInstant(row.deadlineAt),
    endsByItself: row.lapses,
    state,
    assignee: row.assignedTo,
    snoozedUntil: showInstant(row.snoozedUntil),
    doneBy,
    doneAt: showInstant(row.doneAt),
    createdAt: showInstant(row.createdAt),
  };
}

export function showComment(row: CommentRow): z.infer<typeof commentSchema> {
  const { id, text, createdBy } = row;
  return { id, text, createdBy, createdAt: showInstant(row.createdAt) };
}
