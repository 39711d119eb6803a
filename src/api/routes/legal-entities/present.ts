// A legal entity as answers show it.

import type { z } from 'zod';
import type { LegalEntityRow } from '../../../database/queries/legal-entities.ts';
import { showInstant } from '../../schemas/common.ts';
import { showRate, type legalEntitySchema } from '../../schemas/master-data.ts';

export function showLegalEntity(row: LegalEntityRow): z.infer<typeof legalEntitySchema> {
  const { id, name, country, zone, currency, taxNumber, email, iban, bic, invoicePrefix, taxCodes } = row;
  return {
    id,
    name,
    country,
    zone,
    currency,
    taxNumber,
    email,
    iban,
    bic,
    invoicePrefix,
    address: [...row.address],
    taxCodes: taxCodes.map(({ code, rateBp, description }) => ({ code, rate: showRate(rateBp), description })),
    createdAt: showInstant(row.createdAt),
  };
}
