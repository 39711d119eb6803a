// POST /v1/customers/{customerId}/clearings and …/clearings/undo: an open credit of the customer settles an open invoice, by hand, or no more.

import { z } from 'zod';
import { itemsNamed } from '../../../database/queries/cash-lines.ts';
import type { CustomerRow } from '../../../database/queries/customers.ts';
import { changeWorkflowId, type ClearingInput, type ClearingReport } from '../../../workflows/messages.ts';
import { Problem } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute, type Subject, type Surroundings } from '../../route.ts';
import { money, readPositive, shortText, showMoney } from '../../schemas/common.ts';
import { runShort } from '../../temporal/run-short.ts';
import { requireCurrency } from '../orders/ground.ts';
import { customerParams, findCustomer } from './find-customer.ts';

const creditNumber = shortText.meta({ description: "The credit note's number.", examples: ['CN-000001'] });
const invoiceNumber = shortText.meta({ description: "The invoice's number.", examples: ['INV-000002'] });
const clearingSchema = z
  .strictObject({
    credit: z.string(),
    item: z.string(),
    amount: money
      .nullable()
      .meta({ description: 'What was settled, or is open again; null while nobody has answered yet.' }),
  })
  .meta({ id: 'Clearing' });

export const clearCreditRoute = defineRoute({
  method: 'post',
  path: '/v1/customers/{customerId}/clearings',
  summary: 'Settle an open invoice with an open credit of the customer',
  tag: 'Cash application',
  action: 'payment.allocate',
  params: customerParams,
  body: z
    .strictObject({
      credit: creditNumber,
      item: invoiceNumber,
      amount: money.optional().meta({ description: 'As much as fits when not given.' }),
    })
    .meta({ id: 'NewClearing' }),
  answers: { 200: clearingSchema, 202: clearingSchema },
  about: findCustomer,
  handle: (asked, customer) => {
    const { amount } = asked.body;
    return clearing(asked, customer, { ...asked.body, amount: amount ?? null, isUndo: false });
  },
});

export const undoClearingRoute = defineRoute({
  method: 'post',
  path: '/v1/customers/{customerId}/clearings/undo',
  summary: 'Take back that a credit settled an invoice: both are as open as before',
  tag: 'Cash application',
  action: 'payment.undo',
  params: customerParams,
  body: z.strictObject({ credit: creditNumber, item: invoiceNumber }).meta({ id: 'ClearingUndo' }),
  answers: { 200: clearingSchema, 202: clearingSchema },
  about: findCustomer,
  handle: (asked, customer) => clearing(asked, customer, { ...asked.body, amount: null, isUndo: true }),
});

interface Wanted {
  readonly credit: string;
  readonly item: string;
  /** Null: as much as fits, or all of it. */
  readonly amount: z.infer<typeof money> | null;
  readonly isUndo: boolean;
}

async function clearing(
  asked: Surroundings,
  customer: CustomerRow & Subject,
  wanted: Wanted,
): Promise<{ status: 200 | 202; body: z.infer<typeof clearingSchema> }> {
  const { db, engine, requestKey } = asked;
  const { legalEntityId } = customer;
  const { isUndo, amount } = wanted;
  const named = await itemsNamed(db, { legalEntityId, names: [wanted.credit, wanted.item] });
  const [credit, item] = [wanted.credit, wanted.item].map((number) => {
    const found = named.find((one) => one.number === number && one.customerId === customer.id);
    if (found === undefined) throw itemUnknown(number, customer.number);
    return found;
  });
  if (credit === undefined || item === undefined) throw new Error('defect: two items were named');
  if (amount !== null) requireCurrency({ legalEntity: legalEntityId, currency: amount.currency }, item.currency);
  const what = isUndo ? `Settle ${item.number} no more with` : `Settle ${item.number} with`;
  const outcome = await runShort<ClearingInput, ClearingReport>(engine, {
    workflowType: 'clearCredit',
    workflowId: changeWorkflowId({ kind: 'clearing', requestKey }),
    isStored: false,
    summary: `${what} ${credit.number}, ${legalEntityId}`,
    input: {
      ...requestOf(asked, customer),
      ...{ legalEntityId, creditItemId: credit.id, debitItemId: item.id, ...(isUndo ? { isUndo } : {}) },
      amountMinor: amount === null ? null : readPositive(amount).minor,
    },
  });
  const done = outcome.isLate ? null : showMoney(outcome.value.amountMinor, item.currency);
  return { status: outcome.isLate ? 202 : 200, body: { credit: credit.number, item: item.number, amount: done } };
}

function itemUnknown(number: string, customer: string): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'item_unknown',
    text: `Customer ${customer} has no item "${number}".`,
    hint: "Name it by its number; the customer's account lists them.",
  });
}
