// The dispute that a request is about.

import { z } from 'zod';
import { disputeById, type DisputeRow } from '../../../database/queries/disputes.ts';
import type { Asked, Subject } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';

export const disputeParams = z.strictObject({ disputeId: uuid });

/** The dispute of the address, if there is one. */
export async function findDispute(
  asked: Asked<{ disputeId: string }, unknown, unknown>,
): Promise<(DisputeRow & Subject) | null> {
  return disputeById(asked.db, asked.params.disputeId);
}
