// One well-formed request for each route of the registry; a route without one fails the tests that walk them.

import { POLICY_V1 } from '../../src/domain/policy.ts';
import { customer, item, legalEntity, order, payment, type Company } from './door.ts';

export interface Sample {
  readonly path: string;
  readonly body?: unknown;
}

/** @param route `METHOD PATH` as the registry has it */
export function sampleFor(route: string, id: string, company: Company): Sample {
  const { customerId, orderId, paymentId, invoiceId, taskId } = company;
  const samples: Readonly<Record<string, Sample>> = {
    'GET /v1/key': { path: '/v1/key' },
    'POST /v1/legal-entities': { path: '/v1/legal-entities', body: legalEntity(id) },
    'GET /v1/legal-entities': { path: '/v1/legal-entities' },
    'GET /v1/legal-entities/{legalEntityId}': { path: `/v1/legal-entities/${id}` },
    'POST /v1/policies': { path: '/v1/policies', body: { legalEntity: id, policy: POLICY_V1 } },
    'GET /v1/policies': { path: '/v1/policies' },
    'POST /v1/customers': { path: '/v1/customers', body: customer(id) },
    'GET /v1/customers': { path: '/v1/customers' },
    'GET /v1/customers/{customerId}': { path: `/v1/customers/${customerId}` },
    'PATCH /v1/customers/{customerId}': { path: `/v1/customers/${customerId}`, body: { termsDays: 14 } },
    'GET /v1/customers/{customerId}/account': { path: `/v1/customers/${customerId}/account` },
    'POST /v1/customers/{customerId}/credit': {
      path: `/v1/customers/${customerId}/credit`,
      body: { creditLimit: null, isBlocked: false },
    },
    'POST /v1/items': { path: '/v1/items', body: item(id) },
    'GET /v1/items': { path: '/v1/items' },
    'GET /v1/items/{legalEntityId}/{number}': { path: `/v1/items/${id}/APPLE` },
    'PATCH /v1/items/{legalEntityId}/{number}': { path: `/v1/items/${id}/APPLE`, body: { description: 'Apple' } },
    'POST /v1/orders': { path: '/v1/orders', body: order(id) },
    'POST /v1/opening-items': {
      path: '/v1/opening-items',
      body: {
        legalEntity: id,
        customer: 'C-1',
        number: 'OLD-1',
        amount: { amount: '119.00', currency: 'EUR' },
        invoicedOn: '2026-09-01',
        dueOn: '2026-09-15',
      },
    },
    'GET /v1/orders': { path: '/v1/orders' },
    'GET /v1/orders/{orderId}': { path: `/v1/orders/${orderId}` },
    'GET /v1/orders/{orderId}/agenda': { path: `/v1/orders/${orderId}/agenda` },
    'GET /v1/orders/{orderId}/timeline': { path: `/v1/orders/${orderId}/timeline` },
    'POST /v1/orders/{orderId}/credit-decision': {
      path: `/v1/orders/${orderId}/credit-decision`,
      body: { decision: 'release', reason: 'A good customer.' },
    },
    'POST /v1/orders/{orderId}/shipments': {
      path: `/v1/orders/${orderId}/shipments`,
      body: { lines: [{ line: 1, quantity: '1' }] },
    },
    'POST /v1/orders/{orderId}/blocks': {
      path: `/v1/orders/${orderId}/blocks`,
      body: { item: 'none', reason: 'disputed' },
    },
    'POST /v1/orders/{orderId}/blocks/{blockId}/end': {
      path: `/v1/orders/${orderId}/blocks/00000000-0000-7000-8000-000000000000/end`,
      body: {},
    },
    'GET /v1/invoices/{invoiceId}': { path: `/v1/invoices/${invoiceId}` },
    'POST /v1/payments': { path: '/v1/payments', body: payment(id) },
    'GET /v1/payments': { path: '/v1/payments' },
    'GET /v1/payments/{paymentId}': { path: `/v1/payments/${paymentId}` },
    'GET /v1/tasks': { path: '/v1/tasks' },
    'POST /v1/tasks/{taskId}/completion': { path: `/v1/tasks/${taskId}/completion`, body: {} },
  };
  const sample = samples[route];
  if (sample === undefined) throw new Error(`every-route.ts has no request for ${route}`);
  return sample;
}
