// One well-formed request for each route of the registry; a route without one fails the tests that walk them.

import { POLICY_V1 } from '../../src/domain/policy.ts';
import { customer, group, item, legalEntity, order, payment, payout, type Company } from './door.ts';

export interface Sample {
  readonly path: string;
  readonly body?: unknown;
}

/** @param route `METHOD PATH` as the registry has it */
export function sampleFor(route: string, id: string, company: Company): Sample {
  const { customerId, groupId, orderId, paymentId, invoiceId, taskId, disputeId, evidenceId, approvalId } = company;
  const { lineId, knowledgeId, adviceId, bankFileId } = company;
  const samples: Readonly<Record<string, Sample>> = {
    'GET /v1/key': { path: '/v1/key' },
    'POST /v1/legal-entities': { path: '/v1/legal-entities', body: legalEntity(id) },
    'GET /v1/legal-entities': { path: '/v1/legal-entities' },
    'GET /v1/legal-entities/{legalEntityId}': { path: `/v1/legal-entities/${id}` },
    'POST /v1/legal-entities/{legalEntityId}/mailboxes': {
      path: `/v1/legal-entities/${id}/mailboxes`,
      body: { role: 'sales', email: 'sales@acme.example' },
    },
    'GET /v1/legal-entities/{legalEntityId}/mailboxes': { path: `/v1/legal-entities/${id}/mailboxes` },
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
    'POST /v1/customers/{customerId}/blocks': {
      path: `/v1/customers/${customerId}/blocks`,
      body: { reason: 'insolvency' },
    },
    'POST /v1/customers/{customerId}/blocks/{blockId}/end': {
      path: `/v1/customers/${customerId}/blocks/00000000-0000-7000-8000-000000000000/end`,
      body: {},
    },
    'GET /v1/customers/{customerId}/blocks': { path: `/v1/customers/${customerId}/blocks` },
    'POST /v1/groups': { path: '/v1/groups', body: group(id) },
    'GET /v1/groups': { path: '/v1/groups' },
    'GET /v1/groups/{groupId}': { path: `/v1/groups/${groupId}` },
    'POST /v1/groups/{groupId}/credit': {
      path: `/v1/groups/${groupId}/credit`,
      body: { creditLimit: null, isBlocked: false, limitUntil: null },
    },
    'GET /v1/credit-holds': { path: '/v1/credit-holds' },
    'POST /v1/exchange-rates': {
      path: '/v1/exchange-rates',
      body: { legalEntity: id, currency: 'USD', on: '2026-01-05', rate: '0.9213' },
    },
    'GET /v1/exchange-rates': { path: '/v1/exchange-rates' },
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
    'POST /v1/orders/{orderId}/changes': {
      path: `/v1/orders/${orderId}/changes`,
      body: { lines: [{ line: 1, quantity: '5' }], reason: 'customer_request' },
    },
    'POST /v1/orders/{orderId}/cancellation': {
      path: `/v1/orders/${orderId}/cancellation`,
      body: { reason: 'customer_request' },
    },
    'POST /v1/orders/{orderId}/closing': { path: `/v1/orders/${orderId}/closing`, body: { reason: 'sold_out' } },
    'POST /v1/orders/{orderId}/quality-decision': {
      path: `/v1/orders/${orderId}/quality-decision`,
      body: { shipment: '00000000-0000-7000-8000-000000000000', decision: 'invoice' },
    },
    'POST /v1/orders/{orderId}/shipment-decision': {
      path: `/v1/orders/${orderId}/shipment-decision`,
      body: { shipment: '00000000-0000-7000-8000-000000000000', decision: 'invoice' },
    },
    'POST /v1/orders/{orderId}/returns': {
      path: `/v1/orders/${orderId}/returns`,
      body: { invoice: 'none', lines: [{ invoiceLine: 1, quantity: '1' }], reason: 'damaged' },
    },
    'POST /v1/orders/{orderId}/blocks': {
      path: `/v1/orders/${orderId}/blocks`,
      body: { item: 'none', reason: 'disputed' },
    },
    'POST /v1/orders/{orderId}/blocks/{blockId}/end': {
      path: `/v1/orders/${orderId}/blocks/00000000-0000-7000-8000-000000000000/end`,
      body: {},
    },
    'POST /v1/orders/{orderId}/promises': {
      path: `/v1/orders/${orderId}/promises`,
      body: { item: 'none', amount: { amount: '1.00', currency: 'EUR' }, promisedOn: '2026-12-01' },
    },
    'POST /v1/orders/{orderId}/promises/{promiseId}/withdrawal': {
      path: `/v1/orders/${orderId}/promises/00000000-0000-7000-8000-000000000000/withdrawal`,
      body: {},
    },
    'GET /v1/orders/{orderId}/promises': { path: `/v1/orders/${orderId}/promises` },
    'POST /v1/orders/{orderId}/payment-plans': {
      path: `/v1/orders/${orderId}/payment-plans`,
      body: { item: 'none', instalments: [{ dueOn: '2026-12-01', amount: { amount: '1.00', currency: 'EUR' } }] },
    },
    'POST /v1/orders/{orderId}/payment-plans/{planId}/cancellation': {
      path: `/v1/orders/${orderId}/payment-plans/00000000-0000-7000-8000-000000000000/cancellation`,
      body: {},
    },
    'GET /v1/orders/{orderId}/payment-plans': { path: `/v1/orders/${orderId}/payment-plans` },
    'POST /v1/orders/{orderId}/disputes': {
      path: `/v1/orders/${orderId}/disputes`,
      body: { item: 'none', amount: { amount: '1.00', currency: 'EUR' }, reason: 'pricing', source: 'customer_mail' },
    },
    'GET /v1/disputes': { path: '/v1/disputes' },
    'GET /v1/disputes/{disputeId}': { path: `/v1/disputes/${disputeId}` },
    'POST /v1/disputes/{disputeId}/messages': {
      path: `/v1/disputes/${disputeId}/messages`,
      body: { direction: 'internal', text: 'The price list says otherwise.' },
    },
    'POST /v1/disputes/{disputeId}/evidence': {
      path: `/v1/disputes/${disputeId}/evidence`,
      body: { name: 'list.csv', mediaType: 'text/csv', content: 'YTti' },
    },
    'GET /v1/disputes/{disputeId}/evidence/{evidenceId}': { path: `/v1/disputes/${disputeId}/evidence/${evidenceId}` },
    'POST /v1/disputes/{disputeId}/outcome': {
      path: `/v1/disputes/${disputeId}/outcome`,
      body: { outcome: 'rejected' },
    },
    'GET /v1/invoices/{invoiceId}': { path: `/v1/invoices/${invoiceId}` },
    'POST /v1/payments': { path: '/v1/payments', body: payment(id) },
    'GET /v1/payments': { path: '/v1/payments' },
    'GET /v1/payments/{paymentId}': { path: `/v1/payments/${paymentId}` },
    'POST /v1/payments/{paymentId}/returns': {
      path: `/v1/payments/${paymentId}/returns`,
      body: { sourceId: `rt_${id}`, kind: 'returned_debit', reasonCode: 'AM04' },
    },
    'POST /v1/payments/{paymentId}/undo': { path: `/v1/payments/${paymentId}/undo`, body: { item: 'none' } },
    'POST /v1/customers/{customerId}/clearings': {
      path: `/v1/customers/${customerId}/clearings`,
      body: { credit: 'none', item: 'none' },
    },
    'POST /v1/customers/{customerId}/clearings/undo': {
      path: `/v1/customers/${customerId}/clearings/undo`,
      body: { credit: 'none', item: 'none' },
    },
    'POST /v1/payments/{paymentId}/allocations': {
      path: `/v1/payments/${paymentId}/allocations`,
      body: { item: 'none' },
    },
    // Its body is a file: what is sent as JSON is refused after the caller was let in.
    'POST /v1/bank-statements': { path: `/v1/bank-statements?legalEntity=${id}` },
    'GET /v1/bank-statements': { path: '/v1/bank-statements' },
    'GET /v1/bank-statements/{fileId}': { path: `/v1/bank-statements/${bankFileId}` },
    'GET /v1/bank-statements/{fileId}/lines': { path: `/v1/bank-statements/${bankFileId}/lines` },
    'POST /v1/bank-statements/{fileId}/acceptance': {
      path: `/v1/bank-statements/${bankFileId}/acceptance`,
      body: { reason: 'The bank confirmed it on the telephone.' },
    },
    'POST /v1/house-bank-accounts': {
      path: '/v1/house-bank-accounts',
      body: { legalEntity: id, number: 'DE89370400440532013000', currency: 'EUR', name: 'Second bank' },
    },
    'GET /v1/house-bank-accounts': { path: '/v1/house-bank-accounts' },
    'POST /v1/csv-mappings': {
      path: '/v1/csv-mappings',
      body: {
        ...{ legalEntity: id, name: 'other-bank' },
        mapping: {
          ...{ separator: ';', decimalMark: ',', dateOrder: 'DMY', dateSeparator: '.' },
          ...{ account: { fixed: 'DE89370400440532013000' }, currency: { fixed: 'EUR' } },
          ...{ amount: { kind: 'signed', column: 'Betrag' }, columns: { bookedOn: 'Datum' } },
        },
      },
    },
    'GET /v1/csv-mappings': { path: '/v1/csv-mappings' },
    'POST /v1/csv-mappings/proposals': {
      path: '/v1/csv-mappings/proposals',
      body: { legalEntity: id, head: 'Buchungstag;Betrag;Verwendungszweck\n05.01.2026;119,00;INV-1' },
    },
    'POST /v1/provider-payouts': { path: '/v1/provider-payouts', body: payout(id) },
    'GET /v1/provider-payouts': { path: '/v1/provider-payouts' },
    'GET /v1/provider-payouts/{payoutId}': { path: `/v1/provider-payouts/${company.payoutId}` },
    'GET /v1/clearing-accounts': { path: `/v1/clearing-accounts?legalEntity=${id}` },
    'GET /v1/worklists/cash': { path: '/v1/worklists/cash' },
    'GET /v1/bank-lines/{lineId}': { path: `/v1/bank-lines/${lineId}` },
    'POST /v1/bank-lines/{lineId}/decision': {
      path: `/v1/bank-lines/${lineId}/decision`,
      body: { decision: 'not_customer' },
    },
    'GET /v1/customers/{customerId}/payer-knowledge': { path: `/v1/customers/${customerId}/payer-knowledge` },
    'POST /v1/payer-knowledge/{knowledgeId}/removal': { path: `/v1/payer-knowledge/${knowledgeId}/removal`, body: {} },
    'POST /v1/remittance-advices': {
      path: '/v1/remittance-advices',
      body: {
        legalEntity: id,
        advice: { amount: { amount: '12.00', currency: 'EUR' }, trace: 'T-1', lines: [{ reference: 'INV-1' }] },
      },
    },
    'GET /v1/remittance-advices': { path: '/v1/remittance-advices' },
    'GET /v1/remittance-advices/{adviceId}': { path: `/v1/remittance-advices/${adviceId}` },
    'POST /v1/remittance-advices/{adviceId}/line': {
      path: `/v1/remittance-advices/${adviceId}/line`,
      body: { line: lineId },
    },
    'POST /v1/remittance-advices/{adviceId}/end': { path: `/v1/remittance-advices/${adviceId}/end`, body: {} },
    'POST /v1/orders/{orderId}/credit-notes': {
      path: `/v1/orders/${orderId}/credit-notes`,
      body: { item: `${id}-1`, amount: { amount: '1.00', currency: 'EUR' }, reason: 'goodwill' },
    },
    'POST /v1/orders/{orderId}/write-offs': {
      path: `/v1/orders/${orderId}/write-offs`,
      body: { item: `${id}-1`, amount: { amount: '1.00', currency: 'EUR' }, reason: 'insolvent' },
    },
    'POST /v1/refunds': {
      path: '/v1/refunds',
      body: {
        ...{ payment: paymentId, amount: { amount: '1.00', currency: 'EUR' }, reason: 'overpaid' },
        bankAccount: '00000000-0000-7000-8000-000000000000',
      },
    },
    'POST /v1/credit-limit-requests': {
      path: '/v1/credit-limit-requests',
      body: {
        ...{ legalEntity: id, customer: 'C-1', creditLimit: { amount: '1.00', currency: 'EUR' }, isBlocked: false },
        ...{ limitUntil: null, reason: 'more_business' },
      },
    },
    'GET /v1/approvals': { path: '/v1/approvals' },
    'GET /v1/approvals/{approvalId}': { path: `/v1/approvals/${approvalId}` },
    'POST /v1/approvals/{approvalId}/decision': {
      path: `/v1/approvals/${approvalId}/decision`,
      body: { decision: 'approve' },
    },
    'POST /v1/customers/{customerId}/bank-accounts': {
      path: `/v1/customers/${customerId}/bank-accounts`,
      body: { iban: 'DE89370400440532013000', holder: 'Kunde GmbH' },
    },
    'GET /v1/customers/{customerId}/bank-accounts': { path: `/v1/customers/${customerId}/bank-accounts` },
    'GET /v1/tasks': { path: '/v1/tasks' },
    'GET /v1/tasks/{taskId}': { path: `/v1/tasks/${taskId}` },
    'POST /v1/tasks/{taskId}/assignment': { path: `/v1/tasks/${taskId}/assignment`, body: { assignee: null } },
    'POST /v1/tasks/{taskId}/comments': { path: `/v1/tasks/${taskId}/comments`, body: { text: 'Called again.' } },
    'POST /v1/tasks/{taskId}/snooze': { path: `/v1/tasks/${taskId}/snooze`, body: { until: null } },
    'POST /v1/tasks/{taskId}/completion': { path: `/v1/tasks/${taskId}/completion`, body: {} },
  };
  const sample = samples[route];
  if (sample === undefined) throw new Error(`every-route.ts has no request for ${route}`);
  return sample;
}
