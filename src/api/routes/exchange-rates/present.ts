// An exchange rate as answers show it.

import { z } from 'zod';
import type { RateRow } from '../../../database/queries/exchange-rates.ts';
import { currency, instant, isoDate, legalEntityId, showInstant } from '../../schemas/common.ts';

export const rateSchema = z
  .strictObject({
    legalEntity: legalEntityId,
    currency,
    on: isoDate,
    rate: z.string().meta({ description: "Units of the legal entity's currency for one.", examples: ['0.9213'] }),
    source: z.string(),
    createdBy: z.string(),
    createdAt: instant,
  })
  .meta({ id: 'ExchangeRate' });

export function showRate(row: RateRow): z.infer<typeof rateSchema> {
  const { legalEntityId: legalEntity, createdAt, ...rate } = row;
  return { legalEntity, ...rate, createdAt: showInstant(createdAt) };
}
