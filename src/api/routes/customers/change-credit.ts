// POST /v1/customers/{customerId}/credit: sets the limit, or blocks the customer for new orders; a workflow writes it.

import { z } from 'zod';
import { customerById } from '../../../database/queries/customers.ts';
import { changeWorkflowId, type CreditChangeInput } from '../../../workflows/messages.ts';
import { notFound } from '../../problem.ts';
import { defineRoute } from '../../route.ts';
import { money, readMoney } from '../../schemas/common.ts';
import { customerSchema } from '../../schemas/master-data.ts';
import { runShort } from '../../temporal/run-short.ts';
import { requireCurrency } from '../orders/ground.ts';
import { requireLimit } from './create.ts';
import { customerParams, findCustomer } from './find-customer.ts';
import { showCustomer } from './present.ts';

export const changeCreditRoute = defineRoute({
  method: 'post',
  path: '/v1/customers/{customerId}/credit',
  summary: "Set a customer's credit limit, or block it for new orders",
  tag: 'Customers',
  action: 'credit.change',
  params: customerParams,
  body: z
    .strictObject({
      creditLimit: money.nullable().meta({ description: '`null`: no limit is kept.' }),
      isBlocked: z.boolean(),
    })
    .meta({ id: 'CreditChange' }),
  answers: { 200: customerSchema, 202: customerSchema },
  about: findCustomer,
  async handle({ db, engine, body, requestKey, caller, requestId }, customer) {
    const { legalEntityId } = customer;
    if (body.creditLimit !== null) {
      requireCurrency({ legalEntity: legalEntityId, currency: body.creditLimit.currency }, customer.currency);
    }
    const limitMinor = body.creditLimit === null ? null : requireLimit(readMoney(body.creditLimit).minor);
    const outcome = await runShort<CreditChangeInput, unknown>(engine, {
      workflowType: 'changeCredit',
      workflowId: changeWorkflowId({ kind: 'credit', requestKey }),
      isStored: false,
      summary: `Credit of customer ${customer.number}, ${legalEntityId}`,
      input: {
        requestKey,
        actor: caller.actor,
        requestId,
        legalEntityId,
        customerId: customer.id,
        limitMinor,
        isBlocked: body.isBlocked,
      },
    });
    const changed = await customerById(db, customer.id);
    if (changed === null) throw notFound('customer');
    return {
      status: outcome.isLate ? 202 : 200,
      body: showCustomer(changed),
      location: `/v1/customers/${customer.id}`,
    };
  },
});
