// A task as answers show it.

import { z } from 'zod';
import type { TaskRow } from '../../../database/queries/tasks.ts';
import { instant, legalEntityId, showInstant, uuid } from '../../schemas/common.ts';

export const taskSchema = z
  .strictObject({
    id: uuid,
    legalEntity: legalEntityId,
    kind: z.string(),
    ownerRole: z.string(),
    order: uuid.nullable(),
    item: uuid.nullable(),
    customer: z.string().nullable().meta({ description: "The customer's number." }),
    reason: z.string(),
    endsWith: z.string().meta({ description: 'The request that ends it.' }),
    deadlineAt: instant,
    state: z.enum(['open', 'done']),
    doneBy: z.string().nullable(),
    doneAt: instant.nullable(),
    createdAt: instant,
  })
  .meta({ id: 'Task' });

export function showTask(row: TaskRow): z.infer<typeof taskSchema> {
  const { id, kind, ownerRole, reason, endsWith, state, doneBy } = row;
  return {
    id,
    legalEntity: row.legalEntityId,
    kind,
    ownerRole,
    order: row.orderId,
    item: row.itemId,
    customer: row.customerNumber,
    reason,
    endsWith,
    deadlineAt: showInstant(row.deadlineAt),
    state,
    doneBy,
    doneAt: showInstant(row.doneAt),
    createdAt: showInstant(row.createdAt),
  };
}
