// A legal entity as answers show it.

import type { z } from 'zod';
import type { LegalEntityRow } from '../../../database/queries/legal-entities.ts';
import { showInstant } from '../../schemas/common.ts';
import { showRate, type legalEntitySchema } from '../../schemas/master-data.ts';

export function showLegalEntity(row: LegalEntityRow): z.infer<typeof legalEntitySchema> {
  const { taxCodes, createdAt, address, ...rest } = row;
  return {
    ...rest,
    address: [...address],
    taxCodes: taxCodes.map(({ code, rateBp, description }) => ({ code, rate: showRate(rateBp), description })),
    createdAt: showInstant(createdAt),
  };
}
