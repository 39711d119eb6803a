// The catalogue item that a request is about.

import { z } from 'zod';
import { itemByNumber, type ItemRow } from '../../../database/queries/items.ts';
import type { Asked, Subject } from '../../route.ts';
import { businessNumber, legalEntityId } from '../../schemas/common.ts';

export const itemParams = z.strictObject({ legalEntityId, number: businessNumber });

export async function findItem(
  asked: Asked<{ legalEntityId: string; number: string }, unknown, unknown>,
): Promise<(ItemRow & Subject) | null> {
  return itemByNumber(asked.db, asked.params);
}
