// GET /v1/credit-holds: held orders, queue by queue, in the order in which they get room.

import { z } from 'zod';
import { listHolds, type HoldRow } from '../../../database/queries/credit-holds.ts';
import { COUNT_FORM, pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { businessNumber, legalEntityId } from '../../schemas/common.ts';
import { holdSchema, showHold } from './present.ts';

export const listCreditHoldsRoute = defineRoute({
  method: 'get',
  path: '/v1/credit-holds',
  summary: 'Orders held for credit, by account and place in its queue',
  tag: 'Credit',
  action: 'order.read',
  query: z.strictObject({
    legalEntity: legalEntityId.optional(),
    customer: businessNumber.optional(),
    group: businessNumber.optional(),
    ...pageQuery,
  }),
  answers: { 200: pageOf(holdSchema) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [UUID_FORM, COUNT_FORM]);
    const filter = {
      scope,
      legalEntityId: query.legalEntity,
      customerNumber: query.customer,
      groupNumber: query.group,
    };
    const rows = await listHolds(db, filter, { after, fetch });
    const keyOf = (row: HoldRow): string[] => [row.accountId, String(row.id)];
    return { status: 200, body: paged(rows, { fetch }, { show: showHold, keyOf }) };
  },
});
