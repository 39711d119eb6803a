// Gives every stored line of a file its answer: what no open item explains by itself, all others by the matcher together.

import { sql } from 'kysely';
import type { LineAnswer, LineReason } from '../../domain/bank-line.ts';
import { reasonsOf } from '../../domain/line-reasons.ts';
import type { Db } from '../../database/client.ts';
import type { Dependencies } from '../dependencies.ts';
import { withHeartbeat } from '../mail/heartbeat.ts';
import { bankFile } from './bank-file-row.ts';
import { bankLines, type BankLineRow } from './bank-line-row.ts';
import { matchAgainstItems } from './match-context.ts';
import { otherDoors } from './other-doors.ts';
import { stopIfCancelled } from './stop-if-cancelled.ts';

/** Lines that are solved together and held in memory, about ten kilobytes each with what the matcher makes of them; a file with more is matched in parts, in its order. */
const MATCHED_TOGETHER_MAX = 100_000;
/** Answers written at once. */
const WRITTEN_AT_ONCE = 500;

interface Answered {
  readonly answer: LineAnswer;
  readonly reasons: readonly LineReason[];
}

/** May be repeated: it answers whatever is not acted upon yet, by what is true now. */
export async function matchStatement(
  { db }: Dependencies,
  { fileId, now }: { fileId: string; now: number },
): Promise<{ lines: number }> {
  const { legalEntityId } = await bankFile(db, fileId);
  return withHeartbeat(async () => {
    let [count, after] = [0, 0];
    for (;;) {
      const lines = await bankLines(
        db,
        sql`l.id in (select id from bank_line where file_id = ${fileId} and state = 'stored' and position > ${after}
          order by position limit ${MATCHED_TOGETHER_MAX})`,
      );
      const last = lines.at(-1);
      if (last === undefined) return { lines: count };
      await writeAnswers(db, await answersTo(db, { legalEntityId, lines, now }));
      count += lines.length;
      after = last.position;
    }
  });
}

async function answersTo(
  db: Db,
  asked: { legalEntityId: string; lines: readonly BankLineRow[]; now: number },
): Promise<Map<string, Answered>> {
  const doors = await otherDoors(db, asked);
  const answers = new Map<string, Answered>();
  for (const [lineId, door] of doors) {
    answers.set(lineId, { answer: { ...door, lineId }, reasons: door.kind === 'ask' ? door.reasons : [] });
  }
  const lines = asked.lines.filter((line) => !doors.has(line.id));
  const matched = lines.length === 0 ? new Map<string, never>() : await matchAgainstItems(db, { ...asked, lines });
  for (const [lineId, { answer, holds }] of matched) {
    answers.set(lineId, { answer, reasons: [...holds, ...reasonsOf(answer)] });
  }
  return answers;
}

async function writeAnswers(db: Db, answers: ReadonlyMap<string, Answered>): Promise<void> {
  const rows = [...answers].map(([id, answered]) => ({ id, ...answered }));
  for (let index = 0; index < rows.length; index += WRITTEN_AT_ONCE) {
    stopIfCancelled();
    const some = JSON.stringify(rows.slice(index, index + WRITTEN_AT_ONCE));
    await sql`update bank_line l set answer = a.answer, reasons = a.reasons
      from json_to_recordset(${some}::json) as a(id uuid, answer jsonb, reasons jsonb)
      where l.id = a.id and l.state = 'stored'`.execute(db);
  }
}
