// The bank line by which an approved refund left our account.

import { sql } from 'kysely';
import type { OtherDoor } from '../../domain/bank-line.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import {
  BANK_ACCOUNT,
  clearingKey,
  endClearingTasks,
  endLine,
  postClearing,
  show,
  type DoorPosting,
} from './door-line.ts';

type ClearRefund = Extract<OtherDoor, { kind: 'clear_refund' }>;

/** What is refunded and not yet seen on a bank statement. */
const REFUND_SOURCE = 'refund';

/** Refuses `refund_is_cleared` and `amount_differs`. */
export async function clearRefundByLine(
  tx: Tx,
  asked: DoorPosting,
  door: ClearRefund,
): Promise<Result<{ orderIds: readonly string[] }>> {
  const { line, now } = asked;
  const refund = await lockRefund(tx, door.approvalId);
  const fit = checkRefund(asked, refund);
  if (!fit.ok) return fit;
  const { amountMinor, baseMinor } = refund;
  await postClearing(tx, asked, {
    kind: 'bank_clearing',
    key: clearingKey(line.id),
    lines: [
      { account: `clearing:${REFUND_SOURCE}`, amountMinor, baseMinor },
      { account: BANK_ACCOUNT, amountMinor: -amountMinor },
    ],
  });
  await tx
    .updateTable('approval')
    .set({ cleared_by_line_id: line.id, cleared_at: new Date(now) })
    .where('id', '=', door.approvalId)
    .execute();
  await endClearingTasks(tx, line.legalEntityId, [{ source: REFUND_SOURCE, id: door.approvalId }]);
  const reasons = [{ code: 'refund_left', text: door.because }];
  await endLine(tx, asked, { state: 'cleared', reasons, details: { approvalId: door.approvalId } });
  return { ok: true, orderIds: [] };
}

interface LockedRefund {
  readonly legalEntityId: string;
  readonly state: string;
  readonly amountMinor: number;
  /** What its entry left on the account, in the legal entity's currency. */
  readonly baseMinor: number;
  readonly currency: string;
  readonly clearedByLineId: string | null;
}

async function lockRefund(tx: Tx, approvalId: string): Promise<LockedRefund> {
  const { rows } = await sql<LockedRefund>`
    select legal_entity_id as "legalEntityId", state, amount_minor as "amountMinor", currency,
      cleared_by_line_id as "clearedByLineId",
      coalesce((select -sum(l.base_minor) from journal_entry e join journal_line l on l.entry_id = e.id
        where e.legal_entity_id = approval.legal_entity_id and e.key = 'refund/' || approval.id and l.account like 'clearing:%'), 0)::bigint as "baseMinor"
    from approval where id = ${approvalId} and kind = 'refund' for no key update`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw new Error(`defect: no refund ${approvalId}`);
  return row;
}

function checkRefund({ line }: DoorPosting, refund: LockedRefund): Result<object> {
  const { state, amountMinor, currency, clearedByLineId } = refund;
  if (state !== 'approved' || clearedByLineId !== null || refund.legalEntityId !== line.legalEntityId) {
    return refuse({
      kind: 'conflict',
      code: 'refund_is_cleared',
      text: 'The refund is not approved, has left our account already, or is another legal entity’s.',
      hint: 'Look at the refund with GET /v1/approvals/{approvalId}.',
      details: { state, lineId: clearedByLineId },
    });
  }
  if (currency === line.currency && line.amountMinor === -amountMinor) return { ok: true };
  return refuse({
    kind: 'unprocessable',
    code: 'amount_differs',
    text: `The refund is over ${show(amountMinor, currency)}, and the line over ${show(line.amountMinor, line.currency)}.`,
    hint: 'Name the refund that the line paid.',
  });
}
