// POST /v1/customers/{customerId}/clearings: settles an open invoice with an open credit of the customer, by hand.

import { z } from 'zod';
import { itemsNamed } from '../../../database/queries/cash-lines.ts';
import { changeWorkflowId, type ClearingInput, type ClearingReport } from '../../../workflows/messages.ts';
import { Problem } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { money, readPositive, shortText, showMoney } from '../../schemas/common.ts';
import { runShort } from '../../temporal/run-short.ts';
import { requireCurrency } from '../orders/ground.ts';
import { customerParams, findCustomer } from './find-customer.ts';

const clearingSchema = z
  .strictObject({
    credit: z.string(),
    item: z.string(),
    amount: money.nullable().meta({ description: 'What was cleared; null while nobody has answered yet.' }),
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
      credit: shortText.meta({ description: "The credit note's number.", examples: ['CN-000001'] }),
      item: shortText.meta({ description: "The invoice's number.", examples: ['INV-000002'] }),
      amount: money.optional().meta({ description: 'As much as fits when not given.' }),
    })
    .meta({ id: 'NewClearing' }),
  answers: { 200: clearingSchema, 202: clearingSchema },
  about: findCustomer,
  async handle(asked, customer) {
    const { db, engine, body, requestKey } = asked;
    const { legalEntityId } = customer;
    const named = await itemsNamed(db, { legalEntityId, names: [body.credit, body.item] });
    const [credit, item] = [body.credit, body.item].map((number) => {
      const found = named.find((one) => one.number === number && one.customerId === customer.id);
      if (found === undefined) throw itemUnknown(number, customer.number);
      return found;
    });
    if (credit === undefined || item === undefined) throw new Error('defect: two items were named');
    if (body.amount !== undefined) {
      requireCurrency({ legalEntity: legalEntityId, currency: body.amount.currency }, item.currency);
    }
    const outcome = await runShort<ClearingInput, ClearingReport>(engine, {
      workflowType: 'clearCredit',
      workflowId: changeWorkflowId({ kind: 'clearing', requestKey }),
      isStored: false,
      summary: `Settle ${item.number} with ${credit.number}, ${legalEntityId}`,
      input: {
        ...requestOf(asked, customer),
        ...{ legalEntityId, creditItemId: credit.id, debitItemId: item.id },
        amountMinor: body.amount === undefined ? null : readPositive(body.amount).minor,
      },
    });
    const amount = outcome.isLate ? null : showMoney(outcome.value.amountMinor, item.currency);
    return { status: outcome.isLate ? 202 : 200, body: { credit: credit.number, item: item.number, amount } };
  },
});

function itemUnknown(number: string, customer: string): Problem {
  return new Problem({
    kind: 'unprocessable',
    code: 'item_unknown',
    text: `Customer ${customer} has no item "${number}".`,
    hint: "Name it by its number; the customer's account lists them.",
  });
}
