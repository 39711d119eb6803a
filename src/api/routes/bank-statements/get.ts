// GET /v1/bank-statements/{fileId}: how far a bank file is, why it was refused, what became of its lines.

import { defineRoute } from '../../route.ts';
import { fileParams, findFile } from './find-file.ts';
import { bankFileDetailSchema, showDetail } from './present.ts';

export const getBankStatement = defineRoute({
  method: 'get',
  path: '/v1/bank-statements/{fileId}',
  summary: 'A bank file: its state and progress, its statements, and why it was refused',
  tag: 'Bank statements',
  action: 'statement.read',
  params: fileParams,
  answers: { 200: bankFileDetailSchema },
  about: findFile,
  async handle({ db }, file) {
    return { status: 200, body: await showDetail(db, file) };
  },
});
