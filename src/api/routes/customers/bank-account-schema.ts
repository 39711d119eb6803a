// A customer's bank account as answers show it.

import { z } from 'zod';
import type { BankAccountRow } from '../../../database/queries/bank-accounts.ts';
import { instant, showInstant, uuid } from '../../schemas/common.ts';

export const bankAccountSchema = z
  .strictObject({
    id: uuid,
    iban: z.string(),
    bic: z.string().nullable(),
    holder: z.string(),
    createdBy: z.string(),
    createdAt: instant,
    endedAt: instant.nullable().meta({ description: 'When another took its place; `null`: refunds may go there.' }),
  })
  .meta({ id: 'BankAccount' });

export function showBankAccount(row: BankAccountRow): z.infer<typeof bankAccountSchema> {
  const { createdAt, endedAt, ...account } = row;
  return { ...account, createdAt: showInstant(createdAt), endedAt: showInstant(endedAt) };
}
