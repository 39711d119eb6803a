// GET /v1/customers/{customerId}

import { defineRoute } from '../../route.ts';
import { customerSchema } from '../../schemas/master-data.ts';
import { customerParams, findCustomer } from './find-customer.ts';
import { showCustomer } from './present.ts';

export const getCustomer = defineRoute({
  method: 'get',
  path: '/v1/customers/{customerId}',
  summary: 'A customer',
  tag: 'Customers',
  action: 'customer.read',
  params: customerParams,
  answers: { 200: customerSchema },
  about: findCustomer,
  handle: (_asked, customer) => Promise.resolve({ status: 200, body: showCustomer(customer) }),
});
