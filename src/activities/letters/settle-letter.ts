// Closes a letter of the day: what it means for its items, in the audit, and for people.

import { sql } from 'kysely';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import type { LetterHead } from '../../database/queries/letters.ts';
import { ENDS_BY_HAND, openTask } from '../../database/queries/open-task.ts';
import { engineActor } from '../cause.ts';

/** Time a collector has after a letter that did not arrive. */
const TASK_DEADLINE_MS = 2 * 86_400_000;

type Closing = 'sent' | 'undeliverable' | 'unknown' | 'missed' | 'empty';

/** What a closed letter means for the items that waited for it. A missed day sends them to the next one. */
const STEP_STATE: Record<Closing, 'sent' | 'undeliverable' | 'unknown' | 'dropped'> = {
  sent: 'sent',
  undeliverable: 'undeliverable',
  unknown: 'unknown',
  missed: 'dropped',
  empty: 'dropped',
};

const BECAUSE: Record<Closing, string> = {
  sent: 'The letter of the day was sent.',
  undeliverable: 'The letter of the day cannot be delivered: no address, or the server refused it for good.',
  unknown: 'The connection broke while the letter was sent: nobody knows whether it arrived, and it is not sent again.',
  missed: 'The letter of the day could not be sent before the window closed; its items go with the next one.',
  empty: 'Nothing was left to write: paid, blocked or lapsed since it was handed in.',
};

export async function settleLetter(
  tx: Tx,
  letter: LetterHead,
  { state, now }: { state: Closing; now: number },
): Promise<void> {
  await tx
    .updateTable('letter')
    .set({ state, sent_at: state === 'sent' ? new Date(now) : null })
    .where('id', '=', letter.id)
    .execute();
  const { rows } = await sql<{ orderId: string; number: string; level: string }>`
    update dunning_step d set state = ${STEP_STATE[state]} from open_item i
    where d.letter_id = ${letter.id} and d.state = 'waiting' and i.id = d.item_id
    returning d.order_id as "orderId", i.number, d.level`.execute(tx);
  await writeAudit(
    tx,
    ...rows.map((row) => ({
      legalEntityId: letter.legalEntityId,
      actor: engineActor(),
      action: `letter.${state}`,
      orderId: row.orderId,
      subject: row.number,
      because: BECAUSE[state],
      details: { level: row.level, letterOn: letter.letterOn, letterId: letter.id },
      businessAt: now,
    })),
  );
  if (state !== 'undeliverable' && state !== 'unknown' && state !== 'missed') return;
  await openTask(tx, {
    legalEntityId: letter.legalEntityId,
    key: `letter_${state}/${letter.id}`,
    kind: `letter_${state}`,
    ownerRole: 'collector',
    orderId: rows[0]?.orderId ?? null,
    customerId: letter.customerId,
    reason: `Letter of ${letter.letterOn}: ${BECAUSE[state]}`,
    endsWith: ENDS_BY_HAND,
    deadlineAt: now + TASK_DEADLINE_MS,
  });
}
