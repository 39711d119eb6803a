// How a block is answered.

import { z } from 'zod';
import type { BlockReport } from '../../../workflows/messages.ts';
import { uuid } from '../../schemas/common.ts';

export const blockSchema = z
  .strictObject({
    id: uuid,
    order: uuid,
    item: uuid,
    from: z.string(),
    until: z.string().nullable(),
    endedOn: z.string().nullable(),
  })
  .meta({ id: 'Block' });

export function showBlock(orderId: string, report: BlockReport): z.infer<typeof blockSchema> {
  const { blockId, itemId, from, until, endedOn } = report;
  return { id: blockId, order: orderId, item: itemId, from, until, endedOn };
}
