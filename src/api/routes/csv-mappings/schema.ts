// Mappings of CSV files as requests and answers show them.

import { z } from 'zod';
import type { CsvMappingRow } from '../../../database/queries/csv-mappings.ts';
import { instant, legalEntityId, showInstant } from '../../schemas/common.ts';

export const mappingName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'a short name in lower case is expected')
  .meta({ examples: ['dkb'] });

const body = z
  .record(z.string(), z.unknown())
  .refine((value) => !JSON.stringify(value).includes('\\u0000'), 'no NUL is expected')
  .meta({
    description: 'Which column is what, how amounts and dates are written; its keys stand in docs/cash-application.md.',
  });

export const newCsvMapping = z
  .strictObject({ legalEntity: legalEntityId, name: mappingName, mapping: body })
  .meta({ id: 'NewCsvMapping' });

export const csvMappingSchema = z
  .strictObject({
    legalEntity: legalEntityId,
    name: z.string(),
    mapping: body,
    changedBy: z.string(),
    changedAt: instant,
  })
  .meta({ id: 'CsvMapping' });

export function showCsvMapping(row: CsvMappingRow): z.infer<typeof csvMappingSchema> {
  const { legalEntityId: legalEntity, name, changedBy } = row;
  return { legalEntity, name, mapping: body.parse(row.body), changedBy, changedAt: showInstant(row.changedAt) };
}
