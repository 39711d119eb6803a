// The group that a request is about.

import { z } from 'zod';
import { groupById, type GroupRow } from '../../../database/queries/credit-groups.ts';
import type { Asked, Subject } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';

export const groupParams = z.strictObject({ groupId: uuid });

export async function findGroup(
  asked: Asked<{ groupId: string }, unknown, unknown>,
): Promise<(GroupRow & Subject) | null> {
  return groupById(asked.db, asked.params.groupId);
}
