// GET /v1/customers/{customerId}/blocks: newest first.

import { z } from 'zod';
import { listCustomerBlocks, type CustomerBlockRow } from '../../../database/queries/customer-blocks.ts';
import { pageAsked, paged, pageOf, pageQuery, UUID_FORM } from '../../pages.ts';
import { defineRoute } from '../../route.ts';
import { customerBlockSchema, showCustomerBlock } from './customer-block-schema.ts';
import { customerParams, findCustomer } from '../customers/find-customer.ts';

export const listCustomerBlocksRoute = defineRoute({
  method: 'get',
  path: '/v1/customers/{customerId}/blocks',
  summary: 'Blocks over everything of a customer, newest first',
  tag: 'Customers',
  action: 'customer.read',
  params: customerParams,
  query: z.strictObject(pageQuery),
  answers: { 200: pageOf(customerBlockSchema) },
  about: findCustomer,
  async handle({ db, query }, customer) {
    const { after, fetch } = pageAsked(query, [UUID_FORM]);
    const rows = await listCustomerBlocks(db, customer.id, { after: after?.[0] ?? null, fetch });
    const keyOf = (row: CustomerBlockRow): string[] => [row.id];
    return { status: 200, body: paged(rows, { fetch }, { show: showCustomerBlock(customer.id), keyOf }) };
  },
});
