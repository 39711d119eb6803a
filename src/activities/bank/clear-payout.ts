// Looks for the bank line of a payout that was told after its money had come.

import { sql } from 'kysely';
import type { OtherDoor } from '../../domain/bank-line.ts';
import type { Db } from '../../database/client.ts';
import { markSought, payoutById, type PayoutRow } from '../../database/queries/payouts.ts';
import type { PayoutInput, PayoutReport } from '../../workflows/messages.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { bankLines, lockBankLine } from './bank-line-row.ts';
import { payoutWindow } from './door-facts.ts';
import { requireUndecided } from './door-line.ts';
import { endExceptionsTask } from './finish-statement.ts';
import { ordersOfLines } from './orders-of-lines.ts';
import { otherDoors, postOtherDoor } from './other-doors.ts';

/** Lines over a payout's amount that are looked at. */
const LINES_MAX = 200;

type ClearPayout = Extract<OtherDoor, { kind: 'clear_payout' }>;

/**
 * Posts the one line that waits and that the payout explains. Where there is none, or more than one, the payout stays expected: a line
 * that comes later finds it. May be repeated.
 */
export async function clearPayout(
  { db }: Dependencies,
  { payoutId, now }: PayoutInput & { now: number },
): Promise<PayoutReport & { readonly orderIds: readonly string[] }> {
  const payout = await payoutById(db, payoutId);
  if (payout === null) throw new Error(`defect: no payout ${payoutId}`);
  if (payout.state === 'expected') await clearByItsLine(db, payout, now);
  await markSought(db, payoutId);
  const { state, lineId } = (await payoutById(db, payoutId)) ?? payout;
  // Also when it was cleared before: whoever was to tell them may have died.
  const orderIds = lineId === null ? [] : await ordersOfLines(db, [lineId]);
  return { payoutId, state, lineId, orderIds };
}

async function clearByItsLine(db: Db, payout: PayoutRow, now: number): Promise<void> {
  const { legalEntityId } = payout;
  const { from, until } = payoutWindow(payout.paidOn);
  const lines = await bankLines(
    db,
    sql`l.legal_entity_id = ${legalEntityId} and l.amount_minor = ${payout.netMinor} and l.currency = ${payout.currency}
      and l.state in ('stored', 'open') and l.value_on between ${from}::date and ${until}::date
      and l.id in (select id from bank_line where legal_entity_id = ${legalEntityId} and amount_minor = ${payout.netMinor}
        order by booked_on desc, id limit ${LINES_MAX})`,
  );
  const doors = await otherDoors(db, { legalEntityId, lines, now });
  const found = lines.flatMap(({ id }) => {
    const door = doors.get(id);
    return door?.kind === 'clear_payout' && door.payoutId === payout.id ? [{ id, door }] : [];
  });
  const [only] = found;
  if (only !== undefined && found.length === 1) await act(db, only, now);
}

/** A refusal leaves the line as it is: it waits for a person, or for its file's own run. */
async function act(db: Db, { id, door }: { id: string; door: ClearPayout }, now: number): Promise<void> {
  await db.transaction().execute(async (tx) => {
    const line = await lockBankLine(tx, id);
    if (!requireUndecided(line).ok) return;
    const posted = await postOtherDoor(tx, { line, door, actor: engineActor(), now });
    if (!posted.ok) return;
    await endExceptionsTask(tx, line.fileId, { legalEntityId: line.legalEntityId, doneBy: 'payout' });
  });
}
