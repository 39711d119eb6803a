// Sends a customer's letter of the day: asks again for each item, sends once, and writes down what became of it.

import { localDate, localInstant } from '../../domain/calendar.ts';
import { daysBetween } from '../../domain/dates.ts';
import { letterText } from '../../domain/letter-text.ts';
import { LEVELS, type LetterLevel } from '../../domain/policy.ts';
import { mayBeSent } from '../../domain/agenda.ts';
import type { Tx } from '../../database/client.ts';
import {
  letterHead,
  ordersToTell,
  waitingSteps,
  type LetterHead,
  type LetterState,
  type WaitingStep,
} from '../../database/queries/letters.ts';
import { orderContext } from '../../database/queries/order-context.ts';
import type { Dependencies } from '../dependencies.ts';
import { claimMessage, retryDelayMs, settleMessage } from '../mail/claim.ts';
import { withHeartbeat } from '../mail/heartbeat.ts';
import type { MailMessage, MailOutcome } from '../mail/smtp.ts';
import { settleLetter } from './settle-letter.ts';

/** Items in one letter; the rest go into the next day's. */
const LETTER_ITEMS_MAX = 200;
const RETRY_AT_MOST_MS = 30 * 60_000;

export interface LetterOutput {
  /** When to try again (epoch milliseconds); `null`: the letter is closed. */
  readonly at: number | null;
  readonly outcome: LetterState;
  /** Orders that must plan anew. */
  readonly orderIds: readonly string[];
}

interface Ready {
  readonly letter: LetterHead;
  readonly message: MailMessage;
}

export async function sendLetter(
  deps: Dependencies,
  { letterId, now }: { letterId: string; now: number },
): Promise<LetterOutput> {
  const ready = await deps.db.transaction().execute((tx) => prepare(deps, tx, letterId, now));
  if (ready !== null && deps.delivery.kind === 'smtp') {
    const { mailer } = deps.delivery;
    const outcome = await withHeartbeat(() => mailer.send(ready.message));
    await deps.db.transaction().execute((tx) => settle(tx, ready.letter, { outcome, now }));
  }
  const { state, attempts, customerZone, letterOn, policy } = await letterHead(deps.db, letterId, { lock: false });
  const closesAt = localInstant(customerZone, letterOn, policy.sendWindow.closes);
  const at =
    state === 'open' ? Math.min(now + retryDelayMs(attempts, RETRY_AT_MOST_MS), Math.max(closesAt, now)) : null;
  return { at, outcome: state, orderIds: state === 'open' ? [] : await ordersToTell(deps.db, letterId) };
}

/** Decides under the letter's lock whether and with what it goes. @returns the claimed message, or null when nothing is to be sent. */
async function prepare(deps: Dependencies, tx: Tx, letterId: string, now: number): Promise<Ready | null> {
  const letter = await letterHead(tx, letterId, { lock: true });
  if (letter.state === 'sending') {
    // Whoever was sending died: the claim turns the message into `unknown`, and the letter follows it.
    await claimMessage(tx, { key: keyOf(letter), legalEntityId: letter.legalEntityId });
    await settleLetter(tx, letter, { state: 'unknown', now });
    return null;
  }
  if (letter.state !== 'open') return null;
  const isLate = now >= localInstant(letter.customerZone, letter.letterOn, letter.policy.sendWindow.closes);
  if (isLate) {
    await settleLetter(tx, letter, { state: 'missed', now });
    return null;
  }
  const steps = await stillDue(tx, letter, now);
  if (steps.length === 0) {
    await settleLetter(tx, letter, { state: 'empty', now });
    return null;
  }
  if (deps.delivery.kind === 'record') {
    await settleLetter(tx, letter, { state: 'sent', now });
    return null;
  }
  if (letter.email === null) {
    await settleLetter(tx, letter, { state: 'undeliverable', now });
    return null;
  }
  return claim(tx, letter, { steps, to: letter.email, now });
}

/** Asks again for each item, because a payment or a block may have come since; what may not go is dropped. */
async function stillDue(tx: Tx, letter: LetterHead, now: number): Promise<WaitingStep[]> {
  const steps = await waitingSteps(tx, letter.id);
  const due: WaitingStep[] = [];
  for (const step of steps) {
    const context = await orderContext(tx, step.orderId, now);
    const item = context?.facts.items.find((candidate) => candidate.itemId === step.itemId);
    const isDue =
      context !== null &&
      item !== undefined &&
      due.length < LETTER_ITEMS_MAX &&
      mayBeSent(item, { level: step.level, policy: context.policy, calendar: context.calendar, now });
    if (isDue) due.push(step);
  }
  const dropped = steps.filter((step) => !due.includes(step)).map((step) => step.stepId);
  if (dropped.length > 0) {
    await tx.updateTable('dunning_step').set({ state: 'dropped' }).where('id', 'in', dropped).execute();
  }
  return due;
}

async function claim(
  tx: Tx,
  letter: LetterHead,
  { steps, to, now }: { steps: readonly WaitingStep[]; to: string; now: number },
): Promise<Ready | null> {
  const claimed = await claimMessage(tx, { key: keyOf(letter), legalEntityId: letter.legalEntityId });
  if (claimed !== 'claimed') throw new Error(`defect: letter ${letter.id} is open, its message is ${claimed}`);
  await tx
    .updateTable('letter')
    .set({ state: 'sending', attempts: letter.attempts + 1 })
    .where('id', '=', letter.id)
    .execute();
  const today = localDate(letter.customerZone, now);
  const { subject, text } = letterText({
    level: highest(steps),
    language: letter.language,
    legalEntity: { name: letter.entityName, email: letter.entityEmail },
    customer: { name: letter.customerName },
    sentOn: today,
    items: steps.map((step) => ({
      number: step.number,
      purchaseOrder: step.purchaseOrder,
      invoicedOn: step.issuedOn,
      dueOn: step.dueOn,
      openMinor: step.openMinor,
      currency: step.currency,
      level: step.level,
      daysOverdue: daysBetween(step.dueOn, today),
    })),
  });
  return { letter, message: { key: keyOf(letter), to, subject, text, fromName: letter.entityName } };
}

async function settle(
  tx: Tx,
  letter: LetterHead,
  { outcome, now }: { outcome: MailOutcome; now: number },
): Promise<void> {
  const current = await letterHead(tx, letter.id, { lock: true });
  await settleMessage(tx, keyOf(letter), outcome);
  // Somebody settled it while we were talking: their word stands.
  if (current.state !== 'sending') return;
  if (outcome.kind === 'not_sent') {
    await tx.updateTable('letter').set({ state: 'open' }).where('id', '=', letter.id).execute();
    return;
  }
  const state = outcome.kind === 'refused' ? 'undeliverable' : outcome.kind;
  await settleLetter(tx, current, { state, now });
}

function keyOf(letter: LetterHead): string {
  return `letter/${letter.id}`;
}

function highest(steps: readonly WaitingStep[]): LetterLevel {
  return steps.reduce<LetterLevel>(
    (top, step) => (LEVELS.indexOf(step.level) > LEVELS.indexOf(top) ? step.level : top),
    'notice',
  );
}
