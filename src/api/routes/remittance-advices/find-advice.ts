// The remittance advice that a request is about.

import { z } from 'zod';
import { adviceById, type AdviceRow } from '../../../database/queries/remittance-advices.ts';
import type { Asked, Subject } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';

export const adviceParams = z.strictObject({ adviceId: uuid });

/** The advice of the address, if there is one. */
export async function findAdvice(
  asked: Asked<{ adviceId: string }, unknown, unknown>,
): Promise<(AdviceRow & Subject) | null> {
  return adviceById(asked.db, asked.params.adviceId);
}
