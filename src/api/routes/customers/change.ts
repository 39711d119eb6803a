// PATCH /v1/customers/{customerId}: changes inert master data; limits and blocks have their own request.

import { changeCustomer, type CustomerData } from '../../../database/queries/customers.ts';
import { notFound } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { customerChange, customerSchema } from '../../schemas/master-data.ts';
import { withoutUndefined } from '../without-undefined.ts';
import { customerParams, findCustomer } from './find-customer.ts';
import { customerHash, readDiscount, showCustomer } from './present.ts';
import { requireParent } from './require-parent.ts';

export const changeCustomerRoute = defineRoute({
  method: 'patch',
  path: '/v1/customers/{customerId}',
  summary: "Change a customer's master data",
  tag: 'Customers',
  action: 'customer.write',
  params: customerParams,
  body: customerChange,
  answers: { 200: customerSchema },
  about: findCustomer,
  async handle({ db, body, caller, requestId, now }, customer) {
    const { earlyPaymentDiscount, parent, ...fields } = body;
    await requireParent(db, customer, parent ?? null);
    const data = withoutUndefined<CustomerData>({
      ...fields,
      discountTerms: earlyPaymentDiscount === undefined ? undefined : readDiscount(earlyPaymentDiscount),
      parentNumber: parent,
    });
    const by = { actor: caller.actor, requestId, now };
    const changed = await changeCustomer(db, { id: customer.id, data, hashOf: customerHash }, by);
    if (changed === null) throw notFound('customer');
    return { status: 200, body: showCustomer(changed) };
  },
});
