// Finds what was stored and never started, and starts it.

import { lettersOfPastDays, receivedPayments, unassessedOrders } from '../database/queries/leftovers.ts';
import { letterStart, orderStart, paymentStart, poke } from '../workflows/messages.ts';
import type { Dependencies } from './dependencies.ts';

/** Rows started in one sweep; the next minute takes the next ones. */
const LEFTOVERS_MAX = 500;

export interface SweepActivities {
  /** Starts orders never assessed, payments never posted and letters past their day. Counts what it started. */
  startLeftovers(input: { now: number }): Promise<{ orders: number; payments: number; letters: number }>;
}

export function createSweepActivities(deps: Dependencies): SweepActivities {
  return {
    startLeftovers: async ({ now }) => ({
      orders: await startOrders(deps),
      payments: await startPayments(deps),
      letters: await startLetters(deps, now),
    }),
  };
}

async function startOrders({ db, temporal }: Dependencies): Promise<number> {
  const orders = await unassessedOrders(db, LEFTOVERS_MAX);
  for (const order of orders) {
    const said = { reason: 'sweep: stored and never started', subject: null };
    await temporal.workflow.signalWithStart('orderToCash', { ...orderStart(order), signal: poke, signalArgs: [said] });
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

async function startLetters({ db, temporal }: Dependencies, now: number): Promise<number> {
  const letters = await lettersOfPastDays(db, { now, limit: LEFTOVERS_MAX });
  for (const letter of letters) {
    const options = { ...letterStart(letter), workflowIdConflictPolicy: 'USE_EXISTING' as const };
    await temporal.workflow.start('letterOfTheDay', options);
  }
  return letters.length;
}
