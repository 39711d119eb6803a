// A customer's letter of the day: waits for its place in the send window, goes once, and tells the orders it could not serve.

import { ActivityFailure, proxyActivities, proxyLocalActivities, sleep } from '@temporalio/workflow';
import type { LetterActivities } from '../activities/letters/index.ts';
import type { LetterOutput } from '../activities/letters/send-letter.ts';
import type { PokeActivities } from '../activities/poke-orders.ts';
import { untilDone } from './local-activities.ts';
import { MAIL_QUEUE, type LetterInput } from './messages.ts';

const asking = proxyLocalActivities<LetterActivities>({
  summary: 'when does it go?',
  startToCloseTimeout: '10 seconds',
});
const mail = proxyActivities<LetterActivities>({
  summary: 'asks again for each item, and sends one letter',
  taskQueue: MAIL_QUEUE,
  startToCloseTimeout: '3 minutes',
  heartbeatTimeout: '15 seconds',
  // The letter of a day carries the time at which it was asked for: what was held up for long is asked about anew.
  scheduleToCloseTimeout: '15 minutes',
  retry: { initialInterval: '5 seconds', maximumInterval: '5 minutes' },
});
const database = proxyActivities<PokeActivities>({
  summary: 'tells the orders it could not serve',
  startToCloseTimeout: '1 minute',
  retry: { initialInterval: '500 milliseconds', maximumInterval: '1 minute' },
});

export async function letterOfTheDay({ letterId }: LetterInput): Promise<void> {
  const plan = () => untilDone(() => asking.planLetter({ letterId, now: Date.now() }));
  let { at } = await plan();
  while (at !== null) {
    if (at > Date.now()) await sleep(at - Date.now(), { summary: 'waits for its place in the send window' });
    const done = await send(letterId);
    if (done === null) {
      ({ at } = await plan());
      continue;
    }
    if (done.orderIds.length > 0) {
      await database.pokeOrders({
        orderIds: done.orderIds,
        poke: { reason: `letter: ${done.outcome}`, subject: letterId },
      });
    }
    at = done.at;
  }
}

/** Sends the letter, or finds out why not. @returns null when nobody could try in time. */
async function send(letterId: string): Promise<LetterOutput | null> {
  try {
    return await mail.sendLetter({ letterId, now: Date.now() });
  } catch (error) {
    if (error instanceof ActivityFailure && error.retryState === 'TIMEOUT') return null;
    throw error;
  }
}
