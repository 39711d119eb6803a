// Starts the runs that are missing: the same call starts, joins and wakes, so it may be repeated at any time.

import {
  approvalStart,
  letterStart,
  orderStart,
  paymentStart,
  poke,
  returnStart,
  statementStart,
} from '../../workflows/messages.ts';
import {
  casesWithoutRun,
  filesWithoutRun,
  lettersWithoutRun,
  ordersWithoutRun,
  paymentsWithoutRun,
  returnsWithoutRun,
  type Servers,
} from './missing-runs.ts';

export interface Started {
  readonly orders: number;
  readonly payments: number;
  readonly returns: number;
  /** Bank files. */
  readonly files: number;
  readonly letters: number;
  /** Refunds and credit limits that wait for a second person. */
  readonly approvals: number;
}

/**
 * Starts a run for every unclosed order, received payment or return, unfinished bank file, unsent letter and waiting approval that has none.
 *
 * @param options.isDry only tell
 * @param options.tell called with the workflow ID of each run that is started, or would be
 */
export async function startMissing(
  servers: Servers,
  options: { isDry: boolean; tell: (workflowId: string) => void },
): Promise<Started> {
  const { workflow } = servers.temporal;
  // Payments first: what they pay need not be reminded.
  const payments = await startEach(paymentsWithoutRun(servers), options, (payment) => {
    const start = paymentStart(payment);
    const run = () => workflow.start('applyPayment', { ...start, workflowIdConflictPolicy: 'USE_EXISTING' });
    return { workflowId: start.workflowId, run };
  });
  const returns = await startEach(returnsWithoutRun(servers), options, (one) => {
    const start = returnStart(one);
    const run = () => workflow.start('returnPayment', { ...start, workflowIdConflictPolicy: 'USE_EXISTING' });
    return { workflowId: start.workflowId, run };
  });
  const files = await startEach(filesWithoutRun(servers), options, (file) => {
    const start = statementStart(file);
    const run = () => workflow.start('applyStatement', { ...start, workflowIdConflictPolicy: 'USE_EXISTING' });
    return { workflowId: start.workflowId, run };
  });
  const letters = await startEach(lettersWithoutRun(servers), options, (letter) => {
    const start = letterStart(letter);
    const run = () => workflow.start('letterOfTheDay', { ...start, workflowIdConflictPolicy: 'USE_EXISTING' });
    return { workflowId: start.workflowId, run };
  });
  const orders = await startEach(ordersWithoutRun(servers), options, (order) => {
    const start = orderStart(order);
    const signalArgs: [{ reason: string; subject: null }] = [{ reason: 'repair: its run was missing', subject: null }];
    const run = () => workflow.signalWithStart('orderToCash', { ...start, signal: poke, signalArgs });
    return { workflowId: start.workflowId, run };
  });
  const approvals = await startEach(casesWithoutRun(servers), options, (one) => {
    const start = approvalStart(one);
    const run = () => workflow.start('approval', { ...start, workflowIdConflictPolicy: 'USE_EXISTING' });
    return { workflowId: start.workflowId, run };
  });
  return { orders, payments, returns, files, letters, approvals };
}

async function startEach<Row>(
  pages: AsyncGenerator<{ missing: readonly Row[] }>,
  { isDry, tell }: { isDry: boolean; tell: (workflowId: string) => void },
  startOf: (row: Row) => { workflowId: string; run: () => Promise<unknown> },
): Promise<number> {
  let count = 0;
  for await (const { missing } of pages) {
    for (const row of missing) {
      const { workflowId, run } = startOf(row);
      if (!isDry) await run();
      tell(workflowId);
      count += 1;
    }
  }
  return count;
}
