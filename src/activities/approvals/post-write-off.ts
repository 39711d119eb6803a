// Writes off an approved amount of an item, as far as it is still open.

import { sql } from 'kysely';
import { localDate, type Calendar } from '../../domain/calendar.ts';
import { checkWriteOff } from '../../domain/approval.ts';
import type { Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import type { WriteOffApproval } from '../../database/queries/approvals.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { cause, engineActor } from '../cause.ts';
import { post } from '../ledger.ts';
import { endCollecting } from './end-collecting.ts';

interface Item {
  readonly itemId: string;
  readonly number: string;
  readonly openMinor: number;
}

/** Posts the loss, under the lock of the item's order. Refuses `exceeds_open` when less is open than was asked for. */
export async function postWriteOff(
  tx: Tx,
  approval: WriteOffApproval,
  { calendar, now }: { calendar: Calendar; now: number },
): Promise<Result<object>> {
  const item = await itemOf(tx, approval);
  const { amountMinor, currency, legalEntityId } = approval;
  const fits = checkWriteOff({ ...item, amountMinor, currency, name: item.number, pendingMinor: 0 });
  if (!fits.ok) return fits;
  const effectiveOn = localDate(calendar.zone, now);
  const entryId = await post(tx, {
    legalEntityId,
    kind: 'write_off',
    key: `write_off/${approval.id}`,
    effectiveOn,
    businessAt: now,
    currency,
    lines: [
      { account: 'bad_debt', amountMinor },
      { account: 'receivable', amountMinor: -amountMinor, itemId: item.itemId, moves: true },
    ],
    cause: cause(),
  });
  await tx
    .insertInto('allocation')
    .values({
      entry_id: entryId,
      item_id: item.itemId,
      approval_id: approval.id,
      amount_minor: amountMinor,
      effective_on: effectiveOn,
    })
    .execute();
  await endCollecting(tx, item.itemId, 'write_off');
  await writeAudit(tx, {
    legalEntityId,
    actor: engineActor(),
    action: 'item.written_off',
    orderId: approval.orderId,
    subject: item.number,
    because: `Will not be paid: ${approval.reason}.`,
    details: { approvalId: approval.id, amountMinor, currency },
    businessAt: now,
  });
  return { ok: true };
}

async function itemOf(tx: Tx, approval: WriteOffApproval): Promise<Item> {
  const { rows } = await sql<Item>`select id as "itemId", number, open_minor as "openMinor" from open_item
    where id = ${approval.itemId}::uuid`.execute(tx);
  if (rows[0] === undefined) throw new Error(`defect: approval ${approval.id} writes off no item`);
  return rows[0];
}
