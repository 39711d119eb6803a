// How a block is asked for and answered.

import { z } from 'zod';
import type { BlockReport } from '../../../workflows/messages.ts';
import { CODE_CHARS_MAX } from '../../limits.ts';
import { isoDate, noteText, uuid } from '../../schemas/common.ts';

/** What every block says, whatever it is about. */
export const blockFields = {
  from: isoDate.optional().meta({ description: 'First day, today at the customer when not given.' }),
  until: isoDate.optional().meta({ description: 'Last day; as long as the policy allows when not given.' }),
  reason: z
    .string()
    .max(CODE_CHARS_MAX)
    .regex(/^[a-z][a-z0-9_]*$/, 'a code such as insolvency is expected')
    .meta({ examples: ['insolvency'] }),
  note: noteText.optional(),
};

/** Whether the days of a block follow each other. */
export function isInOrder(block: { from?: string | undefined; until?: string | undefined }): boolean {
  return block.from === undefined || block.until === undefined || block.from <= block.until;
}
export const notInOrder = { message: 'an end on or after the start is expected', path: ['until'] };

export const blockDays = {
  from: z.string(),
  until: z
    .string()
    .nullable()
    .meta({ description: 'The last day; `null` only of a block from before every one had an end.' }),
  endedOn: z.string().nullable(),
};

export const blockSchema = z
  .strictObject({
    id: uuid,
    order: uuid,
    item: uuid.nullable().meta({ description: '`null`: every item of the order.' }),
    ...blockDays,
  })
  .meta({ id: 'Block' });

export function showBlock(orderId: string, report: BlockReport): z.infer<typeof blockSchema> {
  const { blockId, itemId, from, until, endedOn } = report;
  return { id: blockId, order: orderId, item: itemId, from, until, endedOn };
}
