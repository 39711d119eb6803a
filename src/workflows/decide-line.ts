// Short runs of cash application: a person's decision about a line, an advice and a payout that look for their money.

import { proxyActivities } from '@temporalio/workflow';
import type { BankActivities } from '../activities/bank/index.ts';
import type {
  AdviceInput,
  AdviceReport,
  LineDecisionInput,
  LineDecisionReport,
  PayoutInput,
  PayoutReport,
} from './messages.ts';
import { tellOrders } from './telling.ts';

const database = proxyActivities<BankActivities>({
  startToCloseTimeout: '2 minutes',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

async function tell(orderIds: readonly string[], reason: string, subject: string): Promise<void> {
  if (orderIds.length === 0) return;
  await tellOrders('tells the orders it concerns', orderIds, { reason, subject });
}

/** @returns what became of the line */
export async function decideLine(input: LineDecisionInput): Promise<LineDecisionReport> {
  const summary = `does what a person decided: ${input.decision.kind}`;
  const { orderIds, ...report } = await database.decideLine.executeWithOptions({ summary }, [
    { ...input, now: Date.now() },
  ]);
  await tell(orderIds, 'bank line decided', input.lineId);
  return report;
}

/** @returns whether the advice found its money */
export async function joinAdvice(input: AdviceInput): Promise<AdviceReport> {
  const { orderIds, ...report } = await database.joinAdvice.executeWithOptions({ summary: 'looks for its money' }, [
    { ...input, now: Date.now() },
  ]);
  await tell(orderIds, 'remittance advice joined', input.adviceId);
  return report;
}

/** @returns whether the payout found its bank line */
export async function clearPayout(input: PayoutInput): Promise<PayoutReport> {
  const { orderIds, ...report } = await database.clearPayout.executeWithOptions(
    { summary: 'looks for its bank line' },
    [{ ...input, now: Date.now() }],
  );
  await tell(orderIds, 'payout cleared', input.payoutId);
  return report;
}
