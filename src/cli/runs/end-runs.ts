// Ends every open run that the database can start again, so that nothing goes on from a state the database does not know.

import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { openRuns } from './open-runs.ts';

/** The workflows whose runs are started again from their rows. */
const STARTED_FROM_ROWS = ['orderToCash', 'applyPayment', 'returnPayment', 'letterOfTheDay', 'approval'] as const;
const REASON = 'repair --after-restore: the database was restored, and its rows begin new runs';

/**
 * Ends the open runs of orders, payments, returns, letters and approvals.
 *
 * @param options.isDry only tell
 * @param options.tell called with the workflow ID of each run that is ended, or would be
 * @returns how many there were
 */
export async function endRuns(
  temporal: Client,
  options: { isDry: boolean; tell: (workflowId: string) => void },
): Promise<number> {
  let count = 0;
  for (const workflowType of STARTED_FROM_ROWS) {
    for (const workflowId of await openRuns(temporal, workflowType)) {
      const isEnded = options.isDry || (await end(temporal, workflowId));
      if (!isEnded) continue;
      options.tell(workflowId);
      count += 1;
    }
  }
  return count;
}

/** @returns false when the run had ended before, which the list tells late. */
async function end(temporal: Client, workflowId: string): Promise<boolean> {
  try {
    await temporal.workflow.getHandle(workflowId).terminate(REASON);
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
