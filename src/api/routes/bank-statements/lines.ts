// GET /v1/bank-statements/{fileId}/lines: the lines that a bank file brought, in its order.

import { z } from 'zod';
import { listFileLines, type FileLineRow } from '../../../database/queries/bank-files.ts';
import { COUNT_FORM, pageAsked, paged, pageOf, pageQuery } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { fileParams, findFile } from './find-file.ts';
import { fileLineSchema, lineStates, showFileLine } from './present.ts';

export const listBankStatementLines = defineRoute({
  method: 'get',
  path: '/v1/bank-statements/{fileId}/lines',
  summary: 'The lines that a bank file brought, in its order; what another file told before is not among them',
  tag: 'Bank statements',
  action: 'cash.read',
  params: fileParams,
  query: z.strictObject({ state: z.enum(lineStates).optional(), ...pageQuery }),
  answers: { 200: pageOf(fileLineSchema) },
  about: findFile,
  async handle({ db, query }, file) {
    const { after, fetch } = pageAsked(query, [COUNT_FORM]);
    const page = { after: after === null ? null : Number(after[0]), fetch };
    const rows = await listFileLines(db, { fileId: file.id, state: query.state }, page);
    const keyOf = (row: FileLineRow): string[] => [String(row.position)];
    return { status: 200, body: paged(rows, { fetch }, { show: showFileLine, keyOf }) };
  },
});
