// A refund or a credit limit that one person asked for: waits for the second person, tells whoever may decide, and lapses.

import {
  ActivityFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  proxyLocalActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { CaseActivities } from '../activities/cases.ts';
import type { CaseNext } from '../domain/approval.ts';
import { askCase, decideApproval, MAIL_QUEUE, type ApprovalInput } from './messages.ts';
import { oneAtATime } from './local-activities.ts';
import { tellOrders } from './telling.ts';

/** A step that could not be done in this time, because workers or database were down, is planned anew. */
const STEP_WITHIN = '15 minutes';

const database = proxyActivities<CaseActivities>({
  startToCloseTimeout: '30 seconds',
  scheduleToCloseTimeout: STEP_WITHIN,
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});
const asking = proxyLocalActivities<CaseActivities>({
  summary: 'what is next?',
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '30 seconds' },
});
// A request's caller waits for the answer, which takes milliseconds: recorded and planned within one workflow task.
const requests = proxyLocalActivities<CaseActivities>({
  startToCloseTimeout: '20 seconds',
  retry: { initialInterval: '200 milliseconds', maximumInterval: '30 seconds' },
});
// Never repeats what may have been sent: the activity writes "sending" before it talks and finds it on a retry.
const mail = proxyActivities<CaseActivities>({
  taskQueue: MAIL_QUEUE,
  startToCloseTimeout: '3 minutes',
  heartbeatTimeout: '15 seconds',
  scheduleToCloseTimeout: STEP_WITHIN,
  retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes' },
});

export async function approval(input: ApprovalInput): Promise<void> {
  const known = { approvalId: input.approvalId, isRefused: false, hasNews: false };
  const inTurn = oneAtATime();

  setHandler(askCase, async (request) => {
    try {
      const summary = 'somebody asks for an approval';
      const asked = () => requests.askCase.executeWithOptions({ summary }, [{ request, now: Date.now() }]);
      const report = await inTurn(asked);
      known.approvalId = report.approvalId;
      return report;
    } catch (error) {
      known.isRefused = true;
      throw error;
    }
  });
  setHandler(decideApproval, async (request) => {
    const summary = 'somebody decides what was asked for';
    const decided = () => requests.decideCase.executeWithOptions({ summary }, [{ request, now: Date.now() }]);
    const report = await inTurn(decided);
    known.hasNews = true;
    const { tell = [] } = report;
    const poke = { reason: 'an approval was decided', subject: request.approvalId };
    if (tell.length > 0) await inTurn(() => tellOrders('tells the orders it touched', tell, poke));
    return report;
  });

  // Nothing stands in the database until the request was answered; a refused one leaves nothing to wait for.
  await condition(() => known.approvalId !== null || (known.isRefused && allHandlersFinished()));
  const { approvalId } = known;
  if (approvalId === null) return;
  const plan = (): Promise<CaseNext> =>
    inTurn(() => {
      // Cleared before the question is asked: news that comes during the answer is not lost.
      known.hasNews = false;
      return asking.planCase({ approvalId, now: Date.now() });
    });
  for (;;) {
    const next = await plan();
    if (next.step === 'closed') {
      await condition(() => known.hasNews || allHandlersFinished());
      if (!known.hasNews) return;
      continue;
    }
    if (next.at > Date.now()) await condition(() => known.hasNews, next.at - Date.now());
    if (!known.hasNews) await take(next, approvalId);
    if (workflowInfo().continueAsNewSuggested && allHandlersFinished()) {
      await continueAsNew<typeof approval>({ approvalId });
    }
  }
}

async function take(next: CaseNext, approvalId: string): Promise<void> {
  try {
    await doStep(next, approvalId);
  } catch (error) {
    if (!(error instanceof ActivityFailure && error.retryState === 'TIMEOUT')) throw error;
  }
}

async function doStep(next: CaseNext, approvalId: string): Promise<void> {
  const step = { approvalId, now: Date.now() };
  const summary = next.because;
  switch (next.step) {
    case 'tellDecider':
      await mail.tellDecider.executeWithOptions({ summary }, [{ ...step, taskId: next.taskId }]);
      return;
    case 'escalate':
      await database.escalateCase.executeWithOptions({ summary }, [{ ...step, taskId: next.taskId }]);
      return;
    case 'lapse':
      await database.lapseCase.executeWithOptions({ summary }, [step]);
      return;
    case 'closed':
      return;
  }
}
