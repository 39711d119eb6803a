// GET /v1/csv-mappings: how the banks of a legal entity write their CSV files.

import { z } from 'zod';
import { listCsvMappings, type CsvMappingRow } from '../../../database/queries/csv-mappings.ts';
import { NUMBER_FORM, pageAsked, paged, pageOf, pageQuery } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId } from '../../schemas/common.ts';
import { csvMappingSchema, showCsvMapping } from './schema.ts';

export const listCsvMappingsRoute = defineRoute({
  method: 'get',
  path: '/v1/csv-mappings',
  summary: 'How banks write their CSV files, by name',
  tag: 'Bank statements',
  action: 'statement.read',
  query: z.strictObject({ legalEntity: legalEntityId.optional(), ...pageQuery }),
  answers: { 200: pageOf(csvMappingSchema) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [NUMBER_FORM, NUMBER_FORM]);
    const rows = await listCsvMappings(db, { scope, legalEntityId: query.legalEntity }, { after, fetch });
    const keyOf = (row: CsvMappingRow): string[] => [row.legalEntityId, row.name];
    return { status: 200, body: paged(rows, { fetch }, { show: showCsvMapping, keyOf }) };
  },
});
