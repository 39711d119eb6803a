// Takes back that a person settled an item with a credit: both are as open as before.

import { sql } from 'kysely';
import { minorUnits } from '../../domain/money.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { reopenPromise } from '../orders/promises.ts';
import { lockPair, type ClearedCredit, type CreditClearing, type Side } from './clear-credit.ts';
import { takeBackOne, type Follower } from './followers.ts';
import { clearOwnCredit } from './own-credit.ts';
import { reopen } from './take-back.ts';

/**
 * Undoes the newest clearing by hand of the credit and the item, whole. Locks both orders.
 * Refuses `item_unknown`, `not_a_pair`, `currency_differs`, `own_credit` and `nothing_to_undo`.
 */
export async function undoClearing(tx: Tx, asked: Omit<CreditClearing, 'amountMinor'>): Promise<Result<ClearedCredit>> {
  const found = await lockPair(tx, asked);
  if (!found.ok) return found;
  const { credit, debit } = found;
  const { legalEntityId, request, now } = asked;
  const { currency, zone, customerId } = debit;
  const ground = { legalEntityId, zone, currency };
  if (await isOwn(tx, credit, debit)) return refuseOwn(credit, debit);
  const one = await newestClearing(tx, credit, debit);
  if (one === null) return refuseNothing(credit, debit);
  await takeBackOne(tx, ground, { one, now });
  const itemIds = [credit.itemId, debit.itemId];
  await clearOwnCredit(tx, ground, { itemIds, because: request.requestKey, now });
  await reopenPromise(tx, debit.itemId, now);
  const { amountMinor } = one;
  const orders = [...new Map([debit, credit].map((side) => [side.orderId, side]))];
  const orderIds = orders.map(([orderId]) => orderId);
  await reopen(tx, orderIds, now);
  const base = {
    ...{ legalEntityId, actor: request.actor, action: 'credit.clearing_undone', requestId: request.requestId },
    because: 'A person took back that the one settled the other.',
    details: { credit: credit.number, item: debit.number, amountMinor: minorUnits(amountMinor), currency },
    businessAt: now,
  };
  await writeAudit(tx, ...orders.map(([orderId, { number }]) => ({ ...base, orderId, subject: number })));
  return { ok: true, amountMinor, customerId, orderIds };
}

/** Whether the credit note corrects the very invoice: between transactions none is open beside its own credit. */
async function isOwn(tx: Tx, credit: Side, debit: Side): Promise<boolean> {
  const { rows } = await sql`
    select 1 from open_item c join invoice n on n.id = c.invoice_id join open_item d on d.invoice_id = n.corrects_invoice_id
    where c.id = ${credit.itemId} and d.id = ${debit.itemId}`.execute(tx);
  return rows.length > 0;
}

async function newestClearing(tx: Tx, credit: Side, debit: Side): Promise<Follower | null> {
  const { rows } = await sql<{ entryId: number; amountMinor: number }>`
    select a.entry_id as "entryId", a.amount_minor as "amountMinor" from allocation a
    where a.item_id = ${debit.itemId} and a.counter_item_id = ${credit.itemId} and a.follows_entry_id is null
      and a.amount_minor > 0
      and not exists (select from allocation r where r.reverses_entry_id = a.entry_id and r.item_id = a.item_id)
    order by a.entry_id desc limit 1`.execute(tx);
  const [row] = rows;
  if (row === undefined) return null;
  const { itemId } = debit;
  return { ...row, followed: null, kind: 'clearing', itemId, side: 'debit', counterItemId: credit.itemId };
}

function refuseOwn(credit: Side, debit: Side): ReturnType<typeof refuse> {
  return refuse({
    kind: 'unprocessable',
    code: 'own_credit',
    text: `${credit.number} corrects ${debit.number} and always settles it.`,
    hint: 'What was credited by mistake is invoiced again.',
  });
}

function refuseNothing(credit: Side, debit: Side): ReturnType<typeof refuse> {
  return refuse({
    kind: 'unprocessable',
    code: 'nothing_to_undo',
    text: `Nothing of ${credit.number} settles ${debit.number} by hand.`,
    hint: 'What went with a payment goes back with it: POST /v1/payments/{paymentId}/undo.',
  });
}
