// Bank lines that no open item explains: finds what they are, and posts it.

import type { OtherDoor } from '../../domain/bank-line.ts';
import { decideDoors } from '../../domain/other-doors.ts';
import type { Result } from '../../domain/refusal.ts';
import type { Db, Tx } from '../../database/client.ts';
import type { BankLineRow } from './bank-line-row.ts';
import { clearPaymentByLine } from './clear-payment.ts';
import { clearPayoutByLine } from './clear-payout-by-line.ts';
import { clearRefundByLine } from './clear-refund.ts';
import { readDoorFacts } from './door-facts.ts';
import { endLine, requireUndecided, type DoorPosting } from './door-line.ts';
import { settleLines } from './settle-lines.ts';
import { clearReturnByLine, takeBackByLine } from './take-back-by-line.ts';

/** Lines that no open item explains; a line that is not in the answer is for the matcher. All money out is in it. */
export async function otherDoors(
  db: Db,
  asked: { legalEntityId: string; lines: readonly BankLineRow[]; now: number },
): Promise<ReadonlyMap<string, OtherDoor>> {
  const { legalEntityId, lines } = asked;
  if (lines.length === 0) return new Map();
  return decideDoors(lines, await readDoorFacts(db, { legalEntityId, lines }));
}

/**
 * Acts on such an answer, for a line that the caller has locked and whose state is stored or open: checks it again under locks, posts
 * it, and sets the line's state, payment and reasons. Refuses, and writes nothing, when the facts have changed meanwhile.
 *
 * @throws ApplicationFailure that may be tried again while the payment that it is about is not posted
 */
export async function postOtherDoor(
  tx: Tx,
  asked: { line: BankLineRow; door: OtherDoor; actor: string; requestId?: string; now: number },
): Promise<Result<{ readonly orderIds: readonly string[] }>> {
  const fit = requireUndecided(asked.line);
  if (!fit.ok) return fit;
  return act(tx, asked, asked.door);
}

async function act(tx: Tx, asked: DoorPosting, door: OtherDoor): Promise<Result<{ orderIds: readonly string[] }>> {
  switch (door.kind) {
    case 'clear_payment':
      return clearPaymentByLine(tx, asked, door);
    case 'clear_payout':
      return clearPayoutByLine(tx, asked, door);
    case 'clear_refund':
      return clearRefundByLine(tx, asked, door);
    case 'clear_return':
      return clearReturnByLine(tx, asked, door);
    case 'take_back':
      return takeBackByLine(tx, asked, door);
    case 'settle_lines':
      return settleLines(tx, asked, door);
    case 'ignore':
      await endLine(tx, asked, { state: 'ignored', reasons: [door.reason] });
      return { ok: true, orderIds: [] };
    case 'ask':
      await endLine(tx, asked, { state: 'open', reasons: door.reasons });
      return { ok: true, orderIds: [] };
  }
}
