// POST /v1/customers/{customerId}/blocks/{blockId}/end: lets everything of the customer back into dunning.

import { z } from 'zod';
import { customerById } from '../../../database/queries/customers.ts';
import { changeWorkflowId, type BlockReport, type CustomerBlockInput } from '../../../workflows/messages.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { uuid } from '../../schemas/common.ts';
import { runShort } from '../../temporal/run-short.ts';
import { answerBlock, customerBlockSchema, pendingBlockSchema } from './customer-block-schema.ts';

export const endCustomerBlock = defineRoute({
  method: 'post',
  path: '/v1/customers/{customerId}/blocks/{blockId}/end',
  summary: "End a customer's block",
  tag: 'Customers',
  action: 'customer.block',
  params: z.strictObject({ customerId: uuid, blockId: uuid }),
  body: z.strictObject({}).meta({ id: 'EndCustomerBlock' }),
  answers: { 200: customerBlockSchema, 202: pendingBlockSchema },
  about: ({ db, params }) => customerById(db, params.customerId),
  async handle(asked, customer) {
    const { engine, params } = asked;
    const { legalEntityId } = customer;
    const request = requestOf(asked, customer);
    const outcome = await runShort<CustomerBlockInput, BlockReport>(engine, {
      workflowType: 'changeCustomerBlock',
      workflowId: changeWorkflowId({ kind: 'block', requestKey: request.requestKey }),
      isStored: false,
      summary: `End of a block of customer ${customer.number}, ${legalEntityId}`,
      input: { ...request, legalEntityId, customerId: customer.id, set: null, endBlockId: params.blockId },
    });
    return answerBlock(asked, customer.id, { outcome, status: 200 });
  },
});
