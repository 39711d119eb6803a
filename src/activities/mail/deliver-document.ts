// How a document leaves by e-mail: claimed, sent at most once, tried again for about two days, and then a person's.

import type { Db } from '../../database/client.ts';
import { claimMessage, retryDelayMs } from './claim.ts';
import { withHeartbeat } from './heartbeat.ts';
import type { Mailer, MailMessage, MailOutcome } from './smtp.ts';

/** Tries of one delivery before it counts as undeliverable: about two days. */
const DELIVERY_ATTEMPTS_MAX = 18;
const RETRY_AT_MOST_MS = 4 * 3_600_000;
/** Time a person has to look after a document that did not arrive. */
export const DELIVERY_TASK_MS = 2 * 86_400_000;

/** How a delivery stands. */
export type Delivery = 'pending' | 'sent' | 'unknown' | 'undeliverable';

/** `settled_before`: an earlier try came to an end, and `storedOutcome` knows to which. */
export type Sent = MailOutcome | 'settled_before';

/**
 * Sends a document once.
 *
 * @param document.compose everything that can fail is done in it, before the message is claimed: between claim and answer there is only SMTP
 */
export async function sendDocument(
  db: Db,
  mailer: Mailer,
  document: {
    key: string;
    legalEntityId: string;
    email: string | null;
    compose: (to: string) => Promise<MailMessage>;
  },
): Promise<Sent> {
  const { key, legalEntityId, email } = document;
  if (email === null) {
    return { kind: 'refused', code: 'no_address', text: 'The customer has no e-mail address.' };
  }
  const message = await document.compose(email);
  const claim = await db.transaction().execute((tx) => claimMessage(tx, { key, legalEntityId }));
  return claim === 'claimed' ? withHeartbeat(() => mailer.send(message)) : 'settled_before';
}

/** How a delivery stands after a try. @returns `retryAt` as epoch milliseconds */
export function deliveryAfter(
  outcome: MailOutcome,
  attempts: number,
  now: number,
): { delivery: Delivery; retryAt: number | null } {
  if (outcome.kind === 'sent' || outcome.kind === 'unknown') return { delivery: outcome.kind, retryAt: null };
  if (outcome.kind === 'refused' || attempts >= DELIVERY_ATTEMPTS_MAX) {
    return { delivery: 'undeliverable', retryAt: null };
  }
  return { delivery: 'pending', retryAt: now + retryDelayMs(attempts, RETRY_AT_MOST_MS) };
}
