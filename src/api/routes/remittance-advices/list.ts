// GET /v1/remittance-advices: newest first; those that wait too long for their money by themselves.

import { z } from 'zod';
import { listAdvices, type AdviceRow } from '../../../database/queries/remittance-advices.ts';
import { pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { legalEntityId } from '../../schemas/common.ts';
import { ADVICE_PARKED_MS_MAX, adviceSchema, adviceStates, showAdvice } from './present.ts';

export const listAdvicesRoute = defineRoute({
  method: 'get',
  path: '/v1/remittance-advices',
  summary: 'Remittance advice, newest first',
  tag: 'Cash application',
  action: 'cash.read',
  query: z.strictObject({
    legalEntity: legalEntityId.optional(),
    state: z
      .enum([...adviceStates, 'overdue'])
      .optional()
      .meta({
        description: '`overdue`: parked, and without its money for too long.',
      }),
    ...pageQuery,
  }),
  answers: { 200: pageOf(adviceSchema) },
  about: 'scope',
  async handle({ db, scope, query, now }) {
    const { after, fetch } = pageAsked(query, [UUID_FORM]);
    const isOverdue = query.state === 'overdue';
    const filter = {
      ...{ scope, legalEntityId: query.legalEntity },
      state: isOverdue ? 'parked' : query.state,
      storedBefore: isOverdue ? now - ADVICE_PARKED_MS_MAX : undefined,
    };
    const rows = await listAdvices(db, filter, { after: after?.[0] ?? null, fetch });
    const keyOf = (row: AdviceRow): string[] => [row.id];
    return { status: 200, body: paged(rows, { fetch }, { show: (row) => showAdvice(row, now), keyOf }) };
  },
});
