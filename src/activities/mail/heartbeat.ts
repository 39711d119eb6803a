// Tells Temporal that a conversation with a mail server still goes on, so that a dead worker is noticed in seconds.

import { heartbeat } from '@temporalio/activity';

/** Well below the heartbeat timeout that the workflows set for mail. */
const BEAT_EVERY_MS = 4_000;

/** Does something that may take long, with a heartbeat meanwhile; what is quick sends none. */
export async function withHeartbeat<T>(act: () => Promise<T>): Promise<T> {
  const beating = setInterval(() => {
    heartbeat();
  }, BEAT_EVERY_MS);
  try {
    return await act();
  } finally {
    clearInterval(beating);
  }
}
