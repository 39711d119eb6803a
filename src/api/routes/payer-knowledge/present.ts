// What confirmations taught about a payer, as answers show it.

import { z } from 'zod';
import type { KnowledgeRow } from '../../../database/queries/payer-knowledge.ts';
import { instant, showInstant, uuid } from '../../schemas/common.ts';

export const knowledgeSchema = z
  .strictObject({
    id: uuid,
    customer: z.string().meta({ description: 'The number of the customer for whom this payer pays.' }),
    kind: z.enum(['account', 'name']),
    text: z.string().meta({ description: 'As the bank wrote it.' }),
    line: uuid.nullable().meta({ description: 'The bank line whose decision taught it.' }),
    taughtBy: z.string(),
    taughtAt: instant,
    endedBy: z.string().nullable(),
    endedAt: instant.nullable().meta({ description: '`null`: it counts.' }),
    endedBecause: z.string().nullable(),
  })
  .meta({ id: 'PayerKnowledge' });

export function showKnowledge(row: KnowledgeRow): z.infer<typeof knowledgeSchema> {
  const { id, kind, text, endedBy, endedBecause } = row;
  return {
    ...{ id, kind, text, endedBy, endedBecause },
    customer: row.customerNumber,
    line: row.lineId,
    taughtBy: row.createdBy,
    taughtAt: showInstant(row.createdAt),
    endedAt: showInstant(row.endedAt),
  };
}
