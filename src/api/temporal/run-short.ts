// The short workflows of payments and changes: started under the name of their request, and waited for as long as a caller may wait.

import { WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { ORDERS_QUEUE } from '../../workflows/messages.ts';
import { callEngine, inTime, orLate, type Engine, type InTime } from './engine.ts';

interface ShortRun<Input> {
  readonly workflowType:
    | 'applyPayment'
    | 'changeCredit'
    | 'changeGroup'
    | 'changePolicy'
    | 'changeCustomerBlock'
    | 'returnPayment'
    | 'undoAllocation'
    | 'allocateCash'
    | 'clearCredit'
    | 'applyStatement'
    | 'decideLine'
    | 'joinAdvice'
    | 'clearPayout';
  readonly workflowId: string;
  readonly input: Input;
  /**
   * Whether its input is stored already, so that the sweep starts it when we cannot, and so that a second run finds what the
   * first did. What is not stored is started or refused, and run once.
   */
  readonly isStored: boolean;
  /** Whether it may run again under its name although its input is not stored: it finds what the first run did. */
  readonly isRepeatable?: boolean;
  readonly summary: string;
}

/** A workflow as a door that may not import it writes it down. */
type Short<Input, Result> = (input: Input) => Promise<Result>;

/** Starts the run, or joins the one that is there, and waits for its result. @throws Problem */
export async function runShort<Input, Result>(engine: Engine, run: ShortRun<Input>): Promise<InTime<Result>> {
  const waitMs = run.isStored ? engine.decisionWaitMs : engine.deadlineMs;
  const started = callEngine(engine, waitMs, () => start(engine, run));
  if (!run.isStored) inTime(await started);
  else if ((await orLate(started)).isLate) return { isLate: true };
  return orLate(
    callEngine(engine, engine.decisionWaitMs, () =>
      engine.client.workflow.result<Short<Input, Result>>(run.workflowId),
    ),
  );
}

async function start<Input>(engine: Engine, run: ShortRun<Input>): Promise<void> {
  try {
    await engine.client.workflow.start<Short<Input, unknown>>(run.workflowType, {
      workflowId: run.workflowId,
      taskQueue: ORDERS_QUEUE,
      workflowIdConflictPolicy: 'USE_EXISTING',
      workflowIdReusePolicy: run.isStored || run.isRepeatable === true ? 'ALLOW_DUPLICATE' : 'REJECT_DUPLICATE',
      staticSummary: run.summary,
      args: [run.input],
    });
  } catch (error) {
    // It ran before, under the same request: its result is the answer.
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
