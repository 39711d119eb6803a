// GET /v1/customers: by legal entity and number.

import { z } from 'zod';
import { listCustomers, type CustomerRow } from '../../../database/queries/customers.ts';
import { NUMBER_FORM, pageAsked, paged, pageOf, pageQuery } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { businessNumber, legalEntityId } from '../../schemas/common.ts';
import { customerSchema } from '../../schemas/master-data.ts';
import { showCustomer } from './present.ts';

export const listCustomersRoute = defineRoute({
  method: 'get',
  path: '/v1/customers',
  summary: 'Customers',
  tag: 'Customers',
  action: 'customer.read',
  query: z.strictObject({ legalEntity: legalEntityId.optional(), number: businessNumber.optional(), ...pageQuery }),
  answers: { 200: pageOf(customerSchema) },
  about: 'scope',
  async handle({ db, scope, query }) {
    const { after, fetch } = pageAsked(query, [NUMBER_FORM, NUMBER_FORM]);
    const filter = { scope, legalEntityId: query.legalEntity, number: query.number };
    const rows = await listCustomers(db, filter, { after, fetch });
    const keyOf = (row: CustomerRow): string[] => [row.legalEntityId, row.number];
    return { status: 200, body: paged(rows, { fetch }, { show: showCustomer, keyOf }) };
  },
});
