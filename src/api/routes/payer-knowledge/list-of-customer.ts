// GET /v1/customers/{customerId}/payer-knowledge: which accounts and names are taken for the customer's, newest first.

import { z } from 'zod';
import { knowledgeOf, type KnowledgeRow } from '../../../database/queries/payer-knowledge.ts';
import { pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { customerParams, findCustomer } from '../customers/find-customer.ts';
import { knowledgeSchema, showKnowledge } from './present.ts';

export const listPayerKnowledge = defineRoute({
  method: 'get',
  path: '/v1/customers/{customerId}/payer-knowledge',
  summary: 'What confirmed payments taught about who pays for a customer',
  tag: 'Cash application',
  action: 'payer.read',
  params: customerParams,
  query: z.strictObject({
    state: z.enum(['known', 'ended']).optional().meta({ description: 'Both when not given.' }),
    ...pageQuery,
  }),
  answers: { 200: pageOf(knowledgeSchema) },
  about: findCustomer,
  async handle({ db, query }, customer) {
    const { after, fetch } = pageAsked(query, [UUID_FORM]);
    const isEnded = query.state === undefined ? undefined : query.state === 'ended';
    const rows = await knowledgeOf(db, { customerId: customer.id, isEnded }, { after: after?.[0] ?? null, fetch });
    const keyOf = (row: KnowledgeRow): string[] => [row.id];
    return { status: 200, body: paged(rows, { fetch }, { show: showKnowledge, keyOf }) };
  },
});
