// Ends a bank file when each of its lines has its answer, and asks people to look at what waits.

import { sql } from 'kysely';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { closeTasks } from '../../database/queries/open-task.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { lockBankFile } from './bank-file-row.ts';
import { askAboutLines, exceptionsTaskKey } from './statement-tasks.ts';

interface Counted {
  readonly linesNew: number;
  readonly linesOpen: number;
}

/** May be repeated. @throws while a line has no answer, which only a defect can cause */
export async function finishStatement(
  { db }: Dependencies,
  { fileId, now }: { fileId: string; now: number },
): Promise<Counted> {
  return db.transaction().execute(async (tx) => {
    const file = await lockBankFile(tx, fileId);
    const { linesStored, linesOpen } = await countLines(tx, fileId);
    if (linesStored > 0) throw new Error(`defect: ${String(linesStored)} lines of the file have no answer`);
    const counted = { linesNew: file.linesNew, linesOpen };
    if (file.state === 'done') return counted;
    await sql`update bank_file set state = 'done', lines_done = lines_new, changed_at = clock_timestamp() where id = ${fileId}`.execute(
      tx,
    );
    if (linesOpen > 0) await askAboutLines(tx, file, { linesOpen, now });
    await writeAudit(tx, {
      legalEntityId: file.legalEntityId,
      actor: engineActor(),
      action: 'statement.applied',
      subject: fileId,
      because: 'Each of its lines has its answer.',
      details: counted,
      businessAt: now,
    });
    return counted;
  });
}

/** Ends the task about a file's lines when none of them waits any more; its lines' transactions call it last. */
export async function endExceptionsTask(
  tx: Tx,
  fileId: string,
  by: { legalEntityId: string; doneBy: string },
): Promise<void> {
  // Two decisions about the last two lines come here one after the other, and the second sees what the first did.
  await lockBankFile(tx, fileId);
  const { rows } = await sql<{ isWaiting: boolean }>`select exists (select from bank_line
    where file_id = ${fileId} and state = 'open') as "isWaiting"`.execute(tx);
  if (rows[0]?.isWaiting === true) return;
  await closeTasks(tx, { legalEntityId: by.legalEntityId, keys: [exceptionsTaskKey(fileId)], doneBy: by.doneBy });
}

async function countLines(tx: Tx, fileId: string): Promise<{ linesStored: number; linesOpen: number }> {
  const { rows } = await sql<{ linesStored: number; linesOpen: number }>`
    select count(*) filter (where state = 'stored') as "linesStored", count(*) filter (where state = 'open') as "linesOpen"
    from bank_line where file_id = ${fileId}`.execute(tx);
  return rows[0] ?? { linesStored: 0, linesOpen: 0 };
}
