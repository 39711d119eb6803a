// The short workflows of payments and changes: started under the name of their request, and waited for as long as a caller may wait.

import { WorkflowExecutionAlreadyStartedError, type WorkflowOptions } from '@temporalio/client';
import { ORDERS_QUEUE } from '../../workflows/messages.ts';
import { callEngine, type Engine, type InTime } from './engine.ts';

interface ShortRun<Input> {
  readonly workflowType: 'applyPayment' | 'changeCredit' | 'changePolicy';
  readonly workflowId: string;
  readonly input: Input;
  /** Whether a run that ended may be run again: only where a second run finds what the first did. */
  readonly isRepeatable: boolean;
  readonly summary: string;
}

/** Starts the run, or joins the one that is there, and waits for its result. @throws Problem */
export async function runShort<Input, Result>(engine: Engine, run: ShortRun<Input>): Promise<InTime<Result>> {
  return callEngine(engine, engine.decisionWaitMs, async () => {
    await start(engine, run);
    return engine.client.workflow.result<(input: Input) => Promise<Result>>(run.workflowId) as Promise<Result>;
  });
}

async function start<Input>(engine: Engine, run: ShortRun<Input>): Promise<void> {
  const options: WorkflowOptions & { args: [Input] } = {
    workflowId: run.workflowId,
    taskQueue: ORDERS_QUEUE,
    workflowIdConflictPolicy: 'USE_EXISTING',
    workflowIdReusePolicy: run.isRepeatable ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
    staticSummary: run.summary,
    args: [run.input],
  };
  try {
    await engine.client.workflow.start<(input: Input) => Promise<unknown>>(run.workflowType, options as never);
  } catch (error) {
    // It ran before, under the same request: its result is the answer.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
