// Two bank lines of which one takes back the other before anybody applied it: both are over, and nothing but a fee is posted.

import { sql } from 'kysely';
import type { OtherDoor } from '../../domain/bank-line.ts';
import { settledFeeMinor } from '../../domain/doors/money-out.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { lockFreeBankLine, type BankLineRow } from './bank-line-row.ts';
import {
  auditLine,
  BANK_ACCOUNT,
  clearingKey,
  lineIsBusy,
  postClearing,
  requireUndecided,
  show,
  type DoorPosting,
} from './door-line.ts';
import { endExceptionsTask } from './finish-statement.ts';

type SettleLines = Extract<OtherDoor, { kind: 'settle_lines' }>;

/**
 * Both end as `returned`, each with the other in its answer. Refuses when the other was decided meanwhile, or does not fit.
 *
 * @throws ApplicationFailure that may be tried again while somebody else holds the other line
 */
export async function settleLines(
  tx: Tx,
  asked: DoorPosting,
  door: SettleLines,
): Promise<Result<{ orderIds: readonly string[] }>> {
  const { line } = asked;
  const other = await lockFreeBankLine(tx, door.otherLineId);
  if (other === null) throw lineIsBusy(door.otherLineId);
  const undecided = requireUndecided(other);
  if (!undecided.ok) return undecided;
  const fit = feeOf(line, other);
  if (!fit.ok) return fit;
  if (fit.feeMinor > 0) await postFee(tx, { ...asked, line: line.amountMinor < 0 ? line : other }, fit.feeMinor);
  await endBoth(tx, asked, { door, other });
  const { legalEntityId, fileId } = other;
  if (other.state === 'open') await endExceptionsTask(tx, fileId, { legalEntityId, doneBy: 'bank line' });
  return { ok: true, orderIds: [] };
}

/** What the bank kept of it, under the debit's key. */
async function postFee(tx: Tx, asked: DoorPosting, feeMinor: number): Promise<void> {
  await postClearing(tx, asked, {
    kind: 'bank_clearing',
    key: clearingKey(asked.line.id),
    lines: [
      { account: 'bank_charges', amountMinor: feeMinor },
      { account: BANK_ACCOUNT, amountMinor: -feeMinor },
    ],
  });
}

async function endBoth(
  tx: Tx,
  asked: DoorPosting,
  { door, other }: { door: SettleLines; other: BankLineRow },
): Promise<void> {
  const { line } = asked;
  const reasons = [{ code: 'settled_with_other', text: door.because }];
  const answers = [
    { id: line.id, answer: { ...door, otherLineId: other.id, lineId: line.id } },
    { id: other.id, answer: { ...door, otherLineId: line.id, lineId: other.id } },
  ];
  await sql`update bank_line l set state = 'returned', answer = a.answer, reasons = ${JSON.stringify(reasons)}::jsonb
    from json_to_recordset(${JSON.stringify(answers)}::json) as a (id uuid, answer jsonb) where l.id = a.id`.execute(
    tx,
  );
  await auditLine(tx, asked, { state: 'returned', reasons, details: { otherLineId: other.id } });
  await auditLine(tx, { ...asked, line: other }, { state: 'returned', reasons, details: { otherLineId: line.id } });
}

function feeOf(line: BankLineRow, other: BankLineRow): Result<{ feeMinor: number }> {
  const feeMinor = settledFeeMinor(line.amountMinor, other.amountMinor);
  const isAlike = line.currency === other.currency && line.legalEntityId === other.legalEntityId;
  if (feeMinor !== null && isAlike && line.id !== other.id) return { ok: true, feeMinor };
  return refuse({
    kind: 'unprocessable',
    code: 'lines_do_not_settle',
    text: `${show(line.amountMinor, line.currency)} and ${show(other.amountMinor, other.currency)} do not take each other back.`,
    hint: 'Name the line that takes this one back, over the same amount and at most a fee.',
  });
}
