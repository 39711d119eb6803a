// One file of a bank: read and checked, matched as a whole, posted line by line, the orders told, the rest left to people.

import {
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { BankActivities } from '../activities/bank/index.ts';
import type { StatementInput, StatementReport } from './messages.ts';
import { tellOrders } from './telling.ts';

const retry = { initialInterval: '500 milliseconds', maximumInterval: '1 minute' } as const;
// A large file takes its time; that a worker died with it is noticed by its heartbeats.
const files = proxyActivities<BankActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '20 seconds',
  retry,
});
// The matcher thinks without a pause, and nobody's heart beats meanwhile.
const thinking = proxyActivities<BankActivities>({
  startToCloseTimeout: '1 hour',
  heartbeatTimeout: '5 minutes',
  retry,
});
const database = proxyActivities<BankActivities>({
  startToCloseTimeout: '10 minutes',
  heartbeatTimeout: '20 seconds',
  retry,
});

/** @returns how it ended; a refused file stays for a person, who may accept it: that starts this run again. */
export async function applyStatement(input: StatementInput): Promise<StatementReport> {
  const { fileId, acceptance, progress } = input;
  if (progress === undefined) {
    setCurrentDetails('Reading the file.');
    const read = await files.readStatement.executeWithOptions(
      { summary: 'reads, checks the totals, stores the lines' },
      [{ fileId, ...(acceptance === undefined ? {} : { acceptance }), now: Date.now() }],
    );
    if (read.state === 'refused') {
      setCurrentDetails('Refused: nothing of the file is visible. A person decides.');
      return { fileId, state: 'refused', linesNew: 0 };
    }
    setCurrentDetails(`Matching ${String(read.linesNew)} lines.`);
    await thinking.matchStatement.executeWithOptions({ summary: `matches ${String(read.linesNew)} lines together` }, [
      { fileId, now: Date.now() },
    ]);
  }
  await postAll(fileId, progress?.afterPosition ?? 0);
  const ended = await database.finishStatement.executeWithOptions(
    { summary: 'ends the file, asks people about the rest' },
    [{ fileId, now: Date.now() }],
  );
  setCurrentDetails(`Done: ${String(ended.linesNew)} lines, ${String(ended.linesOpen)} wait for a person.`);
  return { fileId, state: 'done', linesNew: ended.linesNew };
}

async function postAll(fileId: string, after: number): Promise<void> {
  let afterPosition = after;
  for (;;) {
    const posted = await database.postLines.executeWithOptions(
      { summary: `posts what was answered, from line ${String(afterPosition + 1)} on` },
      [{ fileId, afterPosition, now: Date.now() }],
    );
    if (posted.orderIds.length > 0) {
      const poke = { reason: 'bank file applied', subject: fileId };
      await tellOrders('tells the orders they paid', posted.orderIds, poke);
    }
    setCurrentDetails(`Posted up to line ${String(posted.throughPosition)}; ${String(posted.linesLeft)} are left.`);
    if (posted.linesLeft === 0) return;
    afterPosition = posted.throughPosition;
    if (workflowInfo().continueAsNewSuggested) {
      await condition(allHandlersFinished);
      await continueAsNew<(input: StatementInput) => Promise<StatementReport>>({ fileId, progress: { afterPosition } });
    }
  }
}
