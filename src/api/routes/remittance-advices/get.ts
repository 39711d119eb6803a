// GET /v1/remittance-advices/{adviceId}

import { defineRoute } from '../../route.ts';
import { adviceParams, findAdvice } from './find-advice.ts';
import { adviceSchema, showAdvice } from './present.ts';

export const getAdvice = defineRoute({
  method: 'get',
  path: '/v1/remittance-advices/{adviceId}',
  summary: 'A remittance advice, and whether its money came',
  tag: 'Cash application',
  action: 'cash.read',
  params: adviceParams,
  answers: { 200: adviceSchema },
  about: findAdvice,
  handle: ({ now }, advice) => Promise.resolve({ status: 200, body: showAdvice(advice, now) }),
});
