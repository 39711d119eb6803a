// POST /v1/customers/{customerId}/credit: sets the limit or the group, or blocks the customer for new orders; a workflow writes it.

import { z } from 'zod';
import { listGroups } from '../../../database/queries/credit-groups.ts';
import { customerById, type CustomerRow } from '../../../database/queries/customers.ts';
import { changeWorkflowId, type CreditChangeInput } from '../../../workflows/messages.ts';
import { notFound, Problem } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute, type Surroundings } from '../../route.ts';
import { businessNumber, isoDate, money } from '../../schemas/common.ts';
import { customerSchema } from '../../schemas/master-data.ts';
import { runShort } from '../../temporal/run-short.ts';
import { customerParams, findCustomer } from './find-customer.ts';
import { showCustomer } from './present.ts';
import { readLimit } from './read-limit.ts';

export const changeCreditRoute = defineRoute({
  method: 'post',
  path: '/v1/customers/{customerId}/credit',
  summary: "Set a customer's credit limit or group, or block it for new orders",
  tag: 'Customers',
  action: 'credit.change',
  params: customerParams,
  body: z
    .strictObject({
      creditLimit: money.nullable().meta({ description: '`null`: no limit is kept.' }),
      isBlocked: z.boolean(),
      limitUntil: isoDate.nullable().optional().meta({
        description: 'Last day on which the limit is good; `null`: without an end; unchanged when not given.',
      }),
      group: businessNumber.nullable().optional().meta({
        description:
          "The number of the group whose limit counts in place of the customer's own; `null`: in no group; unchanged when not given.",
      }),
    })
    .meta({ id: 'CreditChange' }),
  answers: { 200: customerSchema, 202: customerSchema },
  about: findCustomer,
  async handle(asked, customer) {
    const { db, engine, body, requestKey } = asked;
    const { legalEntityId, currency } = customer;
    const groupId = await groupIdOf(asked, customer, body.group);
    const outcome = await runShort<CreditChangeInput, unknown>(engine, {
      workflowType: 'changeCredit',
      workflowId: changeWorkflowId({ kind: 'credit', requestKey }),
      isStored: false,
      summary: `Credit of customer ${customer.number}, ${legalEntityId}`,
      input: {
        ...requestOf(asked, customer),
        legalEntityId,
        customerId: customer.id,
        limitMinor: readLimit(body.creditLimit, { legalEntity: legalEntityId, currency }),
        isBlocked: body.isBlocked,
        ...(body.limitUntil === undefined ? {} : { limitUntil: body.limitUntil }),
        ...(groupId === undefined ? {} : { groupId }),
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

/** @throws Problem 422 when the legal entity has no such group */
async function groupIdOf(
  { db }: Surroundings,
  { legalEntityId }: CustomerRow,
  number: string | null | undefined,
): Promise<string | null | undefined> {
  if (number === undefined || number === null) return number;
  const [group] = await listGroups(db, { scope: [legalEntityId], number }, { after: null, fetch: 1 });
  if (group !== undefined) return group.id;
  throw new Problem({
    kind: 'unprocessable',
    code: 'group_unknown',
    text: `${legalEntityId} has no group "${number}".`,
    hint: 'Create the group with POST /v1/groups first.',
    details: { group: number },
  });
}
