// The bank file that a request is about.

import { z } from 'zod';
import { bankFileById, type BankFileRow } from '../../../database/queries/bank-files.ts';
import type { Asked, Subject } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';

export const fileParams = z.strictObject({ fileId: uuid });

/** The file of the address, if there is one. */
export async function findFile(
  asked: Asked<{ fileId: string }, unknown, unknown>,
): Promise<(BankFileRow & Subject) | null> {
  return bankFileById(asked.db, asked.params.fileId);
}
