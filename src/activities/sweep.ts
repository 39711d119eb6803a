// Finds what was stored and never started, and starts it; ends tasks whose time is over.

import {
  grantedLeftovers,
  lettersOfPastDays,
  receivedPayments,
  receivedReturns,
  unfinishedFiles,
  unassessedOrders,
} from '../database/queries/leftovers.ts';
import { payoutsNeverSought } from '../database/queries/payouts.ts';
import { advicesNeverSought } from '../database/queries/remittance-advices.ts';
import { lapseTasks } from '../database/queries/tasks.ts';
import {
  adviceStart,
  letterStart,
  orderStart,
  paymentStart,
  payoutStart,
  poke,
  returnStart,
  statementStart,
  type Poke,
} from '../workflows/messages.ts';
import { askAboutClearing } from './bank/clearing-tasks.ts';
import { engineActor } from './cause.ts';
import type { Dependencies } from './dependencies.ts';

/** Rows started in one sweep; the next minute takes the next ones. */
const LEFTOVERS_MAX = 500;

export interface SweepActivities {
  /**
   * Starts orders never assessed, payments and returns never posted, bank files never finished, payouts and advice never looked for, and letters
   * past their day, tells held orders for which room was found, asks about clearing accounts that nothing clears, and ends tasks that
   * only tell something and whose deadline has passed. Counts what it did.
   */
  startLeftovers(input: { now: number }): Promise<{
    orders: number;
    payments: number;
    returns: number;
    files: number;
    payouts: number;
    advices: number;
    clearing: number;
    letters: number;
    lapsed: number;
  }>;
}

export function createSweepActivities(deps: Dependencies): SweepActivities {
  return {
    startLeftovers: async ({ now }) => ({
      orders: await startOrders(deps),
      payments: await startPayments(deps),
      returns: await startReturns(deps),
      files: await startFiles(deps),
      payouts: await startPayouts(deps),
      advices: await startAdvices(deps),
      clearing: await askAboutClearing(deps.db, now),
      letters: await startLetters(deps, now),
      lapsed: await lapseTasks(deps.db, { actor: engineActor(), now, limit: LEFTOVERS_MAX }),
    }),
  };
}

async function startOrders({ db, temporal }: Dependencies): Promise<number> {
  const unassessed = await unassessedOrders(db, LEFTOVERS_MAX);
  const granted = await grantedLeftovers(db, LEFTOVERS_MAX);
  const orders = [
    ...unassessed.map((order) => ({ order, reason: 'sweep: stored and never started' })),
    ...granted.map((order) => ({ order, reason: 'sweep: room in the credit limit' })),
  ];
  for (const { order, reason } of orders) {
    const signalArgs: [Poke] = [{ reason, subject: null }];
    await temporal.workflow.signalWithStart('orderToCash', { ...orderStart(order), signal: poke, signalArgs });
  }
  return orders.length;
}

async function startPayments({ db, temporal }: Dependencies): Promise<number> {
  const payments = await receivedPayments(db, { after: null, limit: LEFTOVERS_MAX });
  for (const payment of payments) {
    const options = { ...paymentStart(payment), workflowIdConflictPolicy: 'USE_EXISTING' as const };
    await temporal.workflow.start('applyPayment', options);
  }
  return payments.length;
}

async function startReturns({ db, temporal }: Dependencies): Promise<number> {
  const returns = await receivedReturns(db, { after: null, limit: LEFTOVERS_MAX });
  for (const one of returns) {
    const options = { ...returnStart(one), workflowIdConflictPolicy: 'USE_EXISTING' as const };
    await temporal.workflow.start('returnPayment', options);
  }
  return returns.length;
}

async function startFiles({ db, temporal }: Dependencies): Promise<number> {
  const files = await unfinishedFiles(db, { after: null, limit: LEFTOVERS_MAX });
  for (const file of files) {
    const options = { ...statementStart(file), workflowIdConflictPolicy: 'USE_EXISTING' as const };
    await temporal.workflow.start('applyStatement', options);
  }
  return files.length;
}

async function startPayouts({ db, temporal }: Dependencies): Promise<number> {
  const payouts = await payoutsNeverSought(db, LEFTOVERS_MAX);
  for (const payout of payouts) {
    const options = { ...payoutStart(payout), workflowIdConflictPolicy: 'USE_EXISTING' as const };
    await temporal.workflow.start('clearPayout', options);
  }
  return payouts.length;
}

async function startAdvices({ db, temporal }: Dependencies): Promise<number> {
  const advices = await advicesNeverSought(db, LEFTOVERS_MAX);
  for (const advice of advices) {
    const options = { ...adviceStart(advice), workflowIdConflictPolicy: 'USE_EXISTING' as const };
    await temporal.workflow.start('joinAdvice', options);
  }
  return advices.length;
}

async function startLetters({ db, temporal }: Dependencies, now: number): Promise<number> {
  const letters = await lettersOfPastDays(db, { now, limit: LEFTOVERS_MAX });
  for (const letter of letters) {
    const options = { ...letterStart(letter), workflowIdConflictPolicy: 'USE_EXISTING' as const };
    await temporal.workflow.start('letterOfTheDay', options);
  }
  return letters.length;
}
