// POST /v1/csv-mappings/proposals: what the head of a CSV file lets guess about how it is to be read. Nothing is saved.

import { z } from 'zod';
import { suggestMapping } from '../../../domain/bank-files/csv-suggest.ts';
import { Problem } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId } from '../../schemas/common.ts';
import { entityNamed } from '../find-entity.ts';

/** The first lines are enough, and a person looks at them anyway. */
const HEAD_CHARS_MAX = 32_768;

const proposalSchema = z
  .strictObject({
    mapping: z.record(z.string(), z.unknown()),
    missing: z.array(z.string()).meta({ description: 'What a person has to add before it can be saved.' }),
  })
  .meta({ id: 'CsvMappingProposal' });

export const proposeCsvMapping = defineRoute({
  method: 'post',
  path: '/v1/csv-mappings/proposals',
  summary: 'Propose a mapping by the first lines of a CSV file; a person looks at it and saves it',
  tag: 'Bank statements',
  action: 'csv_mapping.write',
  body: z
    .strictObject({
      legalEntity: legalEntityId,
      head: z
        .string()
        .min(1)
        .max(HEAD_CHARS_MAX)
        .meta({ description: 'The first lines of the file, with the one that names the columns.' }),
    })
    .meta({ id: 'CsvHead' }),
  answers: { 200: proposalSchema },
  about: ({ db, body }) => entityNamed(db, body.legalEntity),
  handle({ body }) {
    const proposal = suggestMapping(body.head);
    if (proposal === null) {
      throw new Problem({
        kind: 'unprocessable',
        code: 'csv_header_unknown',
        text: 'No line names columns in words that are known.',
        hint: 'Write the mapping by hand: docs/cash-application.md lists its keys.',
      });
    }
    const mapping: Record<string, unknown> = { ...proposal.mapping };
    return Promise.resolve({ status: 200, body: { mapping, missing: [...proposal.missing] } });
  },
});
