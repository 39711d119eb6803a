// POST /v1/customers/{customerId}/blocks: keeps everything of a customer out of dunning for some days; a workflow writes it.

import { z } from 'zod';
import { changeWorkflowId, type BlockReport, type CustomerBlockInput } from '../../../workflows/messages.ts';
import { requestOf } from '../../request-of.ts';
import { defineRoute } from '../../route.ts';
import { runShort } from '../../temporal/run-short.ts';
import { keepNote } from '../keep-note.ts';
import { blockFields, isInOrder, notInOrder } from './order-block-schema.ts';
import { answerBlock, customerBlockSchema, pendingBlockSchema } from './customer-block-schema.ts';
import { customerParams, findCustomer } from '../customers/find-customer.ts';

export const blockCustomer = defineRoute({
  method: 'post',
  path: '/v1/customers/{customerId}/blocks',
  summary: 'Keep everything of a customer out of dunning',
  tag: 'Customers',
  action: 'customer.block',
  params: customerParams,
  body: z.strictObject(blockFields).refine(isInOrder, notInOrder).meta({ id: 'NewCustomerBlock' }),
  answers: { 201: customerBlockSchema, 202: pendingBlockSchema },
  about: findCustomer,
  async handle(asked, customer) {
    const { engine, body } = asked;
    const { legalEntityId } = customer;
    const { from = null, until = null, reason } = body;
    const noteId = await keepNote(asked, customer, body.note);
    const request = requestOf(asked, customer);
    const outcome = await runShort<CustomerBlockInput, BlockReport>(engine, {
      workflowType: 'changeCustomerBlock',
      workflowId: changeWorkflowId({ kind: 'block', requestKey: request.requestKey }),
      isStored: false,
      summary: `Block of customer ${customer.number}, ${legalEntityId}`,
      input: {
        ...request,
        legalEntityId,
        customerId: customer.id,
        set: { from, until, reason, noteId },
        endBlockId: null,
      },
    });
    return answerBlock(asked, customer.id, { outcome, status: 201 });
  },
});
