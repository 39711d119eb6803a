// POST /v1/credit-limit-requests: asks for a limit that is not the caller's to give; a second person approves it.

import { z } from 'zod';
import type { Db } from '../../../database/client.ts';
import { listGroups } from '../../../database/queries/credit-groups.ts';
import { listCustomers } from '../../../database/queries/customers.ts';
import { approvalWorkflowId, askCase, type CaseRequest } from '../../../workflows/messages.ts';
import { Problem } from '../../problem.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { businessNumber, isoDate, legalEntityId, money } from '../../schemas/common.ts';
import { updateCase } from '../../temporal/case-update.ts';
import { answerApproval, approvalSchema } from '../approvals/present.ts';
import { readLimit } from '../customers/read-limit.ts';
import { keepNote } from '../keep-note.ts';
import { customerUnknown } from '../orders/ground.ts';
import { reasonFields } from '../orders/reason-fields.ts';

const newLimit = z
  .strictObject({
    legalEntity: legalEntityId,
    customer: businessNumber.optional().meta({ description: "The customer's number." }),
    group: businessNumber.optional().meta({ description: 'The number of a group of customers.' }),
    creditLimit: money.nullable().meta({ description: '`null`: no limit is kept.' }),
    isBlocked: z.boolean(),
    limitUntil: isoDate
      .nullable()
      .meta({ description: 'Last day on which the limit is good; `null`: without an end.' }),
    ...reasonFields,
  })
  .refine((limit) => (limit.customer === undefined) !== (limit.group === undefined), {
    message: 'either a customer or a group is expected',
    path: ['customer'],
  })
  .meta({ id: 'NewCreditLimitRequest' });
type NewLimit = z.infer<typeof newLimit>;

export const askCreditLimit = defineRoute({
  method: 'post',
  path: '/v1/credit-limit-requests',
  summary: 'Ask for a credit limit of a customer or a group',
  tag: 'Approvals',
  action: 'credit.change',
  body: newLimit,
  answers: { 201: approvalSchema },
  about: ({ body }) => Promise.resolve({ legalEntityId: body.legalEntity }),
  async handle(asked, about) {
    const { db, engine, body, requestKey } = asked;
    const whose = await whoseLimit(db, body);
    const request: CaseRequest = {
      ...requestOf(asked, about),
      kind: 'credit_limit',
      legalEntityId: body.legalEntity,
      customerId: whose.customerId,
      groupId: whose.groupId,
      limitMinor: readLimit(body.creditLimit, { legalEntity: body.legalEntity, currency: whose.currency }),
      isBlocked: body.isBlocked,
      limitUntil: body.limitUntil,
      reason: body.reason,
      noteId: await keepNote(asked, about, body.note),
    };
    const workflowId = approvalWorkflowId({ legalEntityId: body.legalEntity, kind: 'credit_limit', requestKey });
    const { approvalId } = await updateCase(engine, {
      of: { workflowId, legalEntityId: body.legalEntity, kind: 'credit_limit', id: null },
      update: askCase,
      request,
    });
    return answerApproval(db, approvalId, 201);
  },
});

/** @throws Problem 422 when the legal entity has no such customer or group */
async function whoseLimit(
  db: Db,
  { legalEntity, customer, group }: NewLimit,
): Promise<{ customerId: string | null; groupId: string | null; currency: string }> {
  const first = { after: null, fetch: 1 };
  if (customer !== undefined) {
    const [found] = await listCustomers(db, { scope: [legalEntity], number: customer }, first);
    if (found === undefined) throw customerUnknown({ legalEntity, customer });
    return { customerId: found.id, groupId: null, currency: found.currency };
  }
  const [found] = await listGroups(db, { scope: [legalEntity], number: group ?? '' }, first);
  if (found !== undefined) return { customerId: null, groupId: found.id, currency: found.currency };
  throw new Problem({
    kind: 'unprocessable',
    code: 'group_unknown',
    text: `${legalEntity} has no group "${group ?? ''}".`,
    hint: 'GET /v1/groups lists them.',
    details: { group },
  });
}
