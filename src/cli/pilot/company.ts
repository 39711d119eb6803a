// The company of a replay, made through the public API: one legal entity, one item, the file's customers.

import type { HistoryInvoice } from '../../domain/pilot/history.ts';
import type { Doors } from './doors.ts';
import { inParallel } from './in-parallel.ts';
import type { PilotPlan } from './plan.ts';

export const ENTITY = 'PILOT';
const ITEM = 'HISTORY';
const NO_TAX = 'NONE';

/** Makes the company. Customers have no credit limit: the file's invoices were all delivered. */
export async function makeCompany(doors: Doors, plan: PilotPlan): Promise<void> {
  await doors.post(
    '/v1/legal-entities',
    {
      id: ENTITY,
      name: 'Pilot',
      country: plan.country,
      zone: plan.zone,
      currency: plan.history.currency,
      invoicePrefix: 'PILOT-',
      taxCodes: [{ code: NO_TAX, rate: '0.00', description: 'Amounts of the file as they are' }],
      // Spreading letters over the hours changes no day; without it the runs of a day go side by side.
      policy: { ...plan.policy, sendWindow: { ...plan.policy.sendWindow, spreadMinutes: 0 } },
    },
    'pilot-legal-entity',
  );
  await doors.post(
    '/v1/items',
    {
      legalEntity: ENTITY,
      number: ITEM,
      description: 'An invoice of the file',
      kind: 'goods',
      unitPrice: '0',
      taxCode: NO_TAX,
    },
    'pilot-item',
  );
  const customers = new Map<string, HistoryInvoice>();
  for (const invoice of plan.history.invoices) {
    if (!customers.has(invoice.customer)) customers.set(invoice.customer, invoice);
  }
  await inParallel([...customers.values()], async (invoice) => {
    const number = plan.customerNumber(invoice);
    const country = plan.countryOf(invoice);
    await doors.post(
      '/v1/customers',
      {
        legalEntity: ENTITY,
        number,
        name: `Customer ${number}`,
        country,
        zone: plan.zone,
        language: 'en',
        termsDays: 30,
        creditLimit: null,
      },
      `pilot-customer-${number}`,
    );
  });
}

/** An invoice of the file as an order of one line. */
export function orderOf(plan: PilotPlan, invoice: HistoryInvoice, amount: string): Record<string, unknown> {
  return {
    legalEntity: ENTITY,
    number: plan.orderNumber(invoice),
    customer: plan.customerNumber(invoice),
    currency: plan.history.currency,
    termsDays: invoice.termsDays,
    lines: [{ item: ITEM, quantity: '1', unitPrice: amount }],
  };
}
