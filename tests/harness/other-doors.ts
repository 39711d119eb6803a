// Answers and posts bank lines that no open item explains, as the run of their file would.

import { sql } from 'kysely';
import { bankLines, lockBankLine } from '../../src/activities/bank/bank-line-row.ts';
import { clearPayout } from '../../src/activities/bank/clear-payout.ts';
import { otherDoors, postOtherDoor } from '../../src/activities/bank/other-doors.ts';
import type { OtherDoor } from '../../src/domain/bank-line.ts';
import type { Db } from '../../src/database/client.ts';
import { asActivity, dependencies, MONDAY } from './activities.ts';

/** What the lines are, by their IDs; lines of one legal entity. */
export async function doorsOf(db: Db, lineIds: readonly string[], now = MONDAY): ReturnType<typeof otherDoors> {
  const lines = await bankLines(db, sql`l.id = any(${lineIds}::uuid[])`);
  return otherDoors(db, { legalEntityId: lines[0]?.legalEntityId ?? 'none', lines, now });
}

/** Acts on an answer for a line, in a transaction of its own. @returns the answer of the posting, refusals too */
export async function actOn(
  db: Db,
  lineId: string,
  door: OtherDoor,
  by: { now?: number; actor?: string } = {},
): ReturnType<typeof postOtherDoor> {
  const { now = MONDAY, actor = 'workflow:test' } = by;
  return asActivity({ workflowId: `statement/${lineId}`, step: 'postLines' }, () =>
    db.transaction().execute(async (tx) => {
      const line = await lockBankLine(tx, lineId);
      return postOtherDoor(tx, { line, door, actor, now });
    }),
  );
}

export interface WentThrough {
  /** The kind of the answer; of a question its code; `matcher` when it is no other door's. */
  readonly kind: string;
  readonly orderIds: readonly string[];
}

/** Answers one line and acts on the answer. @throws when the posting refuses */
export async function goThrough(db: Db, lineId: string, now = MONDAY): Promise<WentThrough> {
  const door = (await doorsOf(db, [lineId], now)).get(lineId);
  if (door === undefined) return { kind: 'matcher', orderIds: [] };
  const posted = await actOn(db, lineId, door, { now });
  if (!posted.ok) throw new Error(posted.refusal.text);
  return { kind: door.kind === 'ask' ? (door.reasons[0]?.code ?? 'ask') : door.kind, orderIds: posted.orderIds };
}

/** Runs a payout's search for its line. */
export function seek(db: Db, payoutId: string, now = MONDAY): ReturnType<typeof clearPayout> {
  return asActivity({ workflowId: `payout/ACME-DE/${payoutId}`, step: 'clearPayout' }, () =>
    clearPayout(dependencies(db), { payoutId, now }),
  );
}

/** State and payment of a line. */
export async function lineState(db: Db, lineId: string): Promise<{ state: string; paymentId: string | null }> {
  const [line] = await bankLines(db, sql`l.id = ${lineId}`);
  if (line === undefined) throw new Error('no such line');
  return { state: line.state, paymentId: line.paymentId };
}
