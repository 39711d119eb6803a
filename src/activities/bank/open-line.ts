// Leaves a bank line to a person, with the reasons.

import { sql } from 'kysely';
import type { LineReason } from '../../domain/bank-line.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { engineActor } from '../cause.ts';
import type { BankLineRow } from './bank-line-row.ts';

/** For a locked line. @param why.reasons the most important first; at least one */
export async function openLine(
  tx: Tx,
  line: BankLineRow,
  why: { reasons: readonly LineReason[]; now: number },
): Promise<void> {
  const codes = why.reasons.map((reason) => reason.code);
  await sql`update bank_line set state = 'open', reasons = ${JSON.stringify(why.reasons)}::jsonb where id = ${line.id}`.execute(
    tx,
  );
  // The reasons' texts may name people: the audit keeps their codes.
  await writeAudit(tx, {
    legalEntityId: line.legalEntityId,
    actor: engineActor(),
    action: 'bank_line.asked',
    subject: line.id,
    because: `A person is asked: ${codes.join(', ')}.`,
    details: { fileId: line.fileId, position: line.position, codes },
    businessAt: why.now,
  });
}
