// GET /v1/provider-payouts: newest first.

import { z } from 'zod';
import { listPayouts, type PayoutRow } from '../../../database/queries/payouts.ts';
import { pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId, shortText } from '../../schemas/common.ts';
import { payoutSchema, showPayout } from './present.ts';

export const listPayoutsRoute = defineRoute({
  method: 'get',
  path: '/v1/provider-payouts',
  summary: 'Payouts of providers, newest first',
  tag: 'Cash application',
  action: 'cash.read',
  query: z.strictObject({
    legalEntity: legalEntityId.optional(),
    source: shortText.optional(),
    state: z.enum(['expected', 'cleared']).optional(),
    ...pageQuery,
  }),
  answers: { 200: pageOf(payoutSchema) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [UUID_FORM]);
    const filter = { scope, legalEntityId: query.legalEntity, source: query.source, state: query.state };
    const rows = await listPayouts(db, filter, { after: after?.[0] ?? null, fetch });
    const keyOf = (row: PayoutRow): string[] => [row.id];
    return { status: 200, body: paged(rows, { fetch }, { show: showPayout, keyOf }) };
  },
});
