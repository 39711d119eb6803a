// One message under one key, ever: claimed before SMTP is spoken, settled after, because SMTP does not deduplicate.

import { sql } from 'kysely';
import type { Tx } from '../../database/client.ts';
import type { MailOutcome } from './smtp.ts';

/** `claimed`: this caller may send now. Everything else is what became of an earlier try. */
export type Claim = 'claimed' | 'sent' | 'refused' | 'unknown';

/**
 * Claims the right to send a message. A message found as `sending` belongs to a process that died in between: nobody knows
 * whether it left, so it becomes `unknown` and is never sent again.
 */
export async function claimMessage(tx: Tx, message: { key: string; legalEntityId: string }): Promise<Claim> {
  const { rows } = await sql<{ state: string }>`
    insert into mail_message as m (key, legal_entity_id, state) values (${message.key}, ${message.legalEntityId}, 'sending')
    on conflict (key) do update set
      attempts = m.attempts + case when m.state = 'not_sent' then 1 else 0 end,
      outcome = case when m.state = 'sending' then 'the sender died while it was sending' else m.outcome end,
      state = case m.state when 'not_sent' then 'sending' when 'sending' then 'unknown' else m.state end,
      changed_at = clock_timestamp()
    returning state`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error('defect: a message was neither claimed nor found');
  if (row.state === 'sending') return 'claimed';
  if (row.state === 'sent' || row.state === 'refused' || row.state === 'unknown') return row.state;
  throw new Error(`defect: message ${message.key} is ${row.state}`);
}

/** Writes down what became of a claimed message. */
export async function settleMessage(tx: Tx, key: string, outcome: MailOutcome): Promise<void> {
  const text = outcome.kind === 'sent' ? null : outcome.text;
  const messageId = outcome.kind === 'sent' ? outcome.messageId : null;
  await sql`update mail_message set state = ${outcome.kind}, outcome = ${text}, message_id = ${messageId},
    changed_at = clock_timestamp() where key = ${key} and state = 'sending'`.execute(tx);
}

/** What an earlier try of a settled message came to. */
export async function storedOutcome(tx: Tx, key: string): Promise<MailOutcome> {
  const row = await tx
    .selectFrom('mail_message')
    .select(['state', 'message_id', 'outcome'])
    .where('key', '=', key)
    .executeTakeFirstOrThrow();
  if (row.state === 'sent') return { kind: 'sent', messageId: row.message_id ?? '' };
  if (row.state === 'refused') return { kind: 'refused', code: 'refused', text: row.outcome ?? '' };
  return { kind: 'unknown', text: row.outcome ?? '' };
}

const FIRST_RETRY_MS = 60_000;

/** How long to wait before the next try after `attempts` tries: doubling from a minute up to `atMostMs`. */
export function retryDelayMs(attempts: number, atMostMs: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(Math.max(attempts - 1, 0), 20), atMostMs);
}
