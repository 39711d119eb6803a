// GET /v1/bank-statements: bank files, newest first.

import { z } from 'zod';
import { listBankFiles, type BankFileRow } from '../../../database/queries/bank-files.ts';
import { pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId } from '../../schemas/common.ts';
import { bankFileSchema, fileStates, showBankFile } from './present.ts';

export const listBankStatementsRoute = defineRoute({
  method: 'get',
  path: '/v1/bank-statements',
  summary: 'Bank files, newest first',
  tag: 'Bank statements',
  action: 'statement.read',
  query: z.strictObject({
    legalEntity: legalEntityId.optional(),
    state: z.enum(fileStates).optional(),
    ...pageQuery,
  }),
  answers: { 200: pageOf(bankFileSchema) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [UUID_FORM]);
    const filter = { scope, legalEntityId: query.legalEntity, state: query.state };
    const rows = await listBankFiles(db, filter, { after: after?.[0] ?? null, fetch });
    const keyOf = (row: BankFileRow): string[] => [row.id];
    return { status: 200, body: paged(rows, { fetch }, { show: showBankFile, keyOf }) };
  },
});
