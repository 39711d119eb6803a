// A request to the run of a refund or a credit limit, which is started when it is not there, so that a decided one answers too.

import { WithStartWorkflowOperation } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import {
  approvalStart,
  type ApprovalDecisionRequest,
  type ApprovalInput,
  type ApprovalReport,
  type CaseRequest,
} from '../../workflows/messages.ts';
import { callEngine, inTime, type Engine } from './engine.ts';

/** The type of the workflow, as a door that may not import it writes it down. */
type Approval = (input: ApprovalInput) => Promise<void>;

/**
 * Sends the Update and waits for its answer.
 *
 * @param options.request carries the request's key, which is the Update's ID too: a repetition is the same request
 * @throws Problem: the handler's refusal, or 503 when no answer came in time
 */
export async function updateCase<Asked extends CaseRequest | ApprovalDecisionRequest>(
  engine: Engine,
  options: {
    of: Parameters<typeof approvalStart>[0];
    update: UpdateDefinition<ApprovalReport, [Asked]>;
    request: Asked;
  },
): Promise<ApprovalReport> {
  const { of, update, request } = options;
  const outcome = await callEngine(engine, engine.deadlineMs, () =>
    engine.client.workflow.executeUpdateWithStart<Approval, ApprovalReport, [Asked]>(update, {
      args: [request],
      updateId: request.requestKey,
      startWorkflowOperation: new WithStartWorkflowOperation<Approval>('approval', {
        ...approvalStart(of),
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      }),
    }),
  );
  return inTime(outcome);
}
