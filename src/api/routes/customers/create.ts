// POST /v1/customers: a customer with its first credit limit.

import { entityCurrency, insertCustomer, listCustomers } from '../../../database/queries/customers.ts';
import { requireSameContent } from '../../content-hash.ts';
import { notFound } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { customerSchema, newCustomer, type NewCustomer } from '../../schemas/master-data.ts';
import { customerHash, readDiscount, showCustomer } from './present.ts';
import { readLimit } from './read-limit.ts';
import { requireParent } from './require-parent.ts';

export const createCustomer = defineRoute({
  method: 'post',
  path: '/v1/customers',
  summary: 'Create a customer',
  tag: 'Customers',
  action: 'customer.write',
  body: newCustomer,
  answers: { 200: customerSchema, 201: customerSchema },
  about: ({ body }) => Promise.resolve({ legalEntityId: body.legalEntity }),
  async handle({ db, body, caller, requestId, now }) {
    const { legalEntity: legalEntityId, number } = body;
    const currency = await entityCurrency(db, legalEntityId);
    if (currency === null) throw notFound('legal entity');
    const limitMinor = readLimit(body.creditLimit, { legalEntity: legalEntityId, currency });
    const data = dataOf(body);
    await requireParent(db, { legalEntityId, number }, data.parentNumber);
    const hash = customerHash(data);
    const made = await insertCustomer(
      db,
      { ...data, legalEntityId, number, contentHash: hash, currency, limitMinor },
      { actor: caller.actor, requestId, now },
    );
    const [customer] = await listCustomers(db, { scope: [legalEntityId], number }, { after: null, fetch: 1 });
    if (customer === undefined) throw new Error('defect: a customer that exists cannot be read');
    const location = `/v1/customers/${customer.id}`;
    if (made === null) {
      // Another limit is other content: a limit is changed by its own request.
      const kept = customer.limitMinor === limitMinor ? customer.contentHash : 'other limit';
      requireSameContent('customer', { contentHash: kept, location }, hash);
    }
    return { status: made === null ? 200 : 201, body: showCustomer(customer), location };
  },
});

function dataOf(body: NewCustomer): Parameters<typeof customerHash>[0] {
  const { name, country, zone, language, termsDays } = body;
  return {
    name,
    email: body.email ?? null,
    address: body.address ?? [],
    country,
    zone,
    language,
    taxNumber: body.taxNumber ?? null,
    termsDays,
    discountTerms: readDiscount(body.earlyPaymentDiscount ?? []),
    parentNumber: body.parent ?? null,
  };
}
