// POST /v1/csv-mappings: saves how a bank writes its CSV files, in place of a mapping of the same name.

import { keepCsvMapping } from '../../../database/queries/csv-mappings.ts';
import { parseCsvMapping } from '../../../domain/bank-files/csv-mapping.ts';
import { accepted } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { entityNamed } from '../find-entity.ts';
import { csvMappingSchema, newCsvMapping, showCsvMapping } from './schema.ts';

export const saveCsvMapping = defineRoute({
  method: 'post',
  path: '/v1/csv-mappings',
  summary: 'Save how a bank writes its CSV files, in place of a mapping of the same name',
  tag: 'Bank statements',
  action: 'csv_mapping.write',
  body: newCsvMapping,
  answers: { 200: csvMappingSchema, 201: csvMappingSchema },
  about: ({ db, body }) => entityNamed(db, body.legalEntity),
  async handle({ db, body, caller, requestId, now }, entity) {
    const { mapping } = accepted(parseCsvMapping(body.mapping));
    const by = { actor: caller.actor, requestId, now };
    const { row, isNew } = await keepCsvMapping(db, { ...entity, name: body.name, body: mapping }, by);
    return { status: isNew ? 201 : 200, body: showCsvMapping(row) };
  },
});
