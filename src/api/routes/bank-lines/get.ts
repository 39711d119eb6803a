// GET /v1/bank-lines/{lineId}

import { defineRoute } from '../../route.ts';
import { findLine, lineParams, shownLine } from './find-line.ts';
import { bankLineSchema } from './present.ts';

export const getBankLine = defineRoute({
  method: 'get',
  path: '/v1/bank-lines/{lineId}',
  summary: 'A line of a bank file, what is proposed for it and what became of it',
  tag: 'Cash application',
  action: 'cash.read',
  params: lineParams,
  answers: { 200: bankLineSchema },
  about: findLine,
  handle: async ({ db }, line) => ({ status: 200, body: await shownLine(db, line.id) }),
});
