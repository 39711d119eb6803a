// Our own bank accounts as requests and answers show them.

import { z } from 'zod';
import type { HouseBankAccountRow } from '../../../database/queries/house-bank-accounts.ts';
import { accountNumber } from '../../../domain/house-account.ts';
import { parseIban } from '../../../domain/iban.ts';
import { currency, instant, legalEntityId, showInstant, text, uuid } from '../../schemas/common.ts';

const NUMBER_CHARS_MAX = 64;
/** Two letters and two digits begin nothing but an IBAN. */
const LOOKS_LIKE_IBAN = /^[A-Z]{2}\d{2}[A-Z0-9]{6,}$/;

export const newHouseAccount = z
  .strictObject({
    legalEntity: legalEntityId,
    number: z
      .string()
      .max(NUMBER_CHARS_MAX)
      .transform((value, context) => {
        const number = accountNumber(value);
        const isGood = /^[A-Z0-9][A-Z0-9./-]*$/.test(number);
        if (isGood && (!LOOKS_LIKE_IBAN.test(number) || parseIban(number) !== null)) return number;
        context.addIssue({ code: 'custom', message: 'an IBAN with right check digits is expected, or a number' });
        return z.NEVER;
      })
      .meta({
        description: "The IBAN, or the bank's own number with its routing number in front: `021000021/123456789`.",
        examples: ['DE02 1203 0000 0000 2020 51'],
      }),
    currency,
    name: text.meta({ examples: ['DKB, current account'] }),
  })
  .meta({ id: 'NewHouseBankAccount' });

export const houseAccountSchema = z
  .strictObject({
    id: uuid,
    legalEntity: legalEntityId,
    number: z.string(),
    currency: z.string(),
    name: z.string(),
    createdBy: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'HouseBankAccount' });

export function showHouseAccount(row: HouseBankAccountRow): z.infer<typeof houseAccountSchema> {
  const { id, legalEntityId: legalEntity, number, currency: kept, name, createdBy } = row;
  return { id, legalEntity, number, currency: kept, name, createdBy, createdAt: showInstant(row.createdAt) };
}
