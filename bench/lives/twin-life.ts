// One life of the twin, driven by a plain client: the same calls to Temporal as an order's, without HTTP and database.

import { WithStartWorkflowOperation, type Client } from '@temporalio/client';
import { awaitFirst, end, runSecond, TWIN_QUEUE } from '../twin/messages.ts';

/** @param prefix tells lives of one run from another's */
export async function liveTwin(temporal: Client, prefix: string, number: number): Promise<void> {
  const workflowId = `${prefix}/${number}`;
  await temporal.workflow.executeUpdateWithStart(awaitFirst, {
    startWorkflowOperation: new WithStartWorkflowOperation('twinLife', {
      workflowId,
      workflowIdConflictPolicy: 'USE_EXISTING',
      taskQueue: TWIN_QUEUE,
    }),
  });
  const handle = temporal.workflow.getHandle(workflowId);
  await handle.executeUpdate(runSecond);
  await temporal.workflow.execute('twinPayment', { workflowId: `${workflowId}/payment`, taskQueue: TWIN_QUEUE });
  await handle.signal(end);
  await handle.result();
}
