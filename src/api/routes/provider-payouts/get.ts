// GET /v1/provider-payouts/{payoutId}

import { z } from 'zod';
import { payoutById } from '../../../database/queries/payouts.ts';
import { defineRoute } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';
import { payoutSchema, showPayout } from './present.ts';

export const getPayout = defineRoute({
  method: 'get',
  path: '/v1/provider-payouts/{payoutId}',
  summary: 'A payout of a provider, and whether it reached the bank',
  tag: 'Cash application',
  action: 'cash.read',
  params: z.strictObject({ payoutId: uuid }),
  answers: { 200: payoutSchema },
  about: ({ db, params }) => payoutById(db, params.payoutId),
  handle: (_asked, payout) => Promise.resolve({ status: 200, body: showPayout(payout) }),
});
