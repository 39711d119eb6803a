// What went with an entry of a payment goes back with it: reductions, other items' credit, and the dispute about what was short.

import { sql } from 'kysely';
import { localDate } from '../../domain/calendar.ts';
import type { Tx } from '../../database/client.ts';
import { approvalById } from '../../database/queries/approvals.ts';
import { writeAudit } from '../../database/queries/audit.ts';
import { closeTasks } from '../../database/queries/open-task.ts';
import { endApproval } from '../approvals/decide.ts';
import { cause, engineActor } from '../cause.ts';
import { post, type PostingLine } from '../ledger.ts';
import { disputeTaskKey, settleDispute } from '../orders/settle-dispute.ts';
import { BESIDE_ACCOUNTS, type BesideKind, type Ground } from './beside.ts';

/** An allocation that goes with an entry of a payment, and still stands. Of a clearing, the debit item's. */
export interface Follower {
  readonly entryId: number;
  /** Null: it stands for itself. */
  readonly followed: number | null;
  readonly kind: BesideKind | 'clearing';
  readonly itemId: string;
  readonly side: 'debit' | 'credit';
  readonly counterItemId: string | null;
  readonly amountMinor: number;
}

/** Entries by which a payment's money moved: its own, later allocations, and those that took them back. */
const ENTRIES = sql`
  select a.entry_id from allocation a where a.payment_id = p.id
  union
  select e.id from journal_entry e where e.legal_entity_id = p.legal_entity_id and e.key = 'payment/' || p.source || '/' || p.source_id`;

/** Orders of all items that anything of the payment, or beside it, ever touched: to be locked before it is taken back. */
export async function ordersBeside(tx: Tx, paymentId: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select distinct i.order_id as id from payment p, lateral (${ENTRIES}) s
      cross join lateral (select item_id from allocation where entry_id = s.entry_id
        union all select item_id from allocation where follows_entry_id = s.entry_id) a
      join open_item i on i.id = a.item_id
    where p.id = ${paymentId} order by 1`.execute(tx);
  return rows.map(({ id }) => id);
}

/** What stands beside entries of a locked payment, newest first; of one entry, one item, or all. */
async function standingFollowers(
  tx: Tx,
  about: { paymentId: string; entryId: number | null; itemId: string | null },
): Promise<Follower[]> {
  const { paymentId, entryId, itemId } = about;
  const { rows } = await sql<Follower>`
    select a.entry_id as "entryId", a.follows_entry_id as followed, e.kind, a.item_id as "itemId", i.side,
      a.counter_item_id as "counterItemId", a.amount_minor as "amountMinor"
    from payment p, lateral (${ENTRIES}) s
      join allocation a on a.follows_entry_id = s.entry_id and a.amount_minor > 0
      join journal_entry e on e.id = a.entry_id join open_item i on i.id = a.item_id
    where p.id = ${paymentId} and (${entryId}::bigint is null or a.follows_entry_id = ${entryId})
      and (${itemId}::uuid is null or a.item_id = ${itemId}) and (a.counter_item_id is null or i.side = 'debit')
      and not exists (select from allocation r where r.reverses_entry_id = a.entry_id and r.item_id = a.item_id)
    order by a.entry_id desc`.execute(tx);
  return rows;
}

/**
 * Takes back what went with an entry of the payment for an item, or all that went with the payment, and withdraws the disputes
 * about what it was short of. The orders of `ordersBeside` are locked.
 *
 * @returns the items that this opened again, credit items too
 */
export async function takeBackFollowers(
  tx: Tx,
  payment: Ground & { readonly id: string },
  about: { entryId: number | null; itemId: string | null; now: number },
): Promise<string[]> {
  const { entryId, itemId, now } = about;
  const followers = await standingFollowers(tx, { paymentId: payment.id, entryId, itemId });
  const touched = new Set<string>();
  for (const one of followers) {
    await takeBackOne(tx, payment, { one, now });
    touched.add(one.itemId);
    if (one.counterItemId !== null) touched.add(one.counterItemId);
  }
  await withdrawDeductions(tx, payment, about);
  return [...touched];
}

/** Takes one back: the same entry with the other sign. The orders of its items are locked. */
export async function takeBackOne(tx: Tx, ground: Ground, { one, now }: { one: Follower; now: number }): Promise<void> {
  const effectiveOn = localDate(ground.zone, now);
  const entryId = await post(tx, {
    legalEntityId: ground.legalEntityId,
    kind: 'undo',
    key: `undo/${String(one.entryId)}/${one.itemId}`,
    effectiveOn,
    businessAt: now,
    currency: ground.currency,
    lines: linesOf(one),
    cause: cause(),
  });
  const row = {
    entry_id: entryId,
    follows_entry_id: one.followed,
    amount_minor: -one.amountMinor,
    reverses_entry_id: one.entryId,
    effective_on: effectiveOn,
  };
  const { itemId, counterItemId } = one;
  const rows =
    counterItemId === null
      ? [{ ...row, item_id: itemId }]
      : [
          { ...row, item_id: itemId, counter_item_id: counterItemId },
          { ...row, item_id: counterItemId, counter_item_id: itemId },
        ];
  await tx.insertInto('allocation').values(rows).execute();
}

/** The lines of the entry with the other sign. */
function linesOf(one: Follower): PostingLine[] {
  const { kind, itemId, counterItemId, amountMinor, side } = one;
  const signed = side === 'debit' ? amountMinor : -amountMinor;
  const receivable = { account: 'receivable', amountMinor: signed, itemId, moves: true };
  if (kind !== 'clearing') return [receivable, { account: BESIDE_ACCOUNTS[kind], amountMinor: -signed }];
  if (counterItemId === null) throw new Error(`defect: clearing ${String(one.entryId)} has one item`);
  return [receivable, { account: 'receivable', amountMinor: -amountMinor, itemId: counterItemId, moves: true }];
}

/** Withdraws disputes about what an entry was short of, with the credit notes that were asked for and not decided. */
async function withdrawDeductions(
  tx: Tx,
  payment: Ground & { readonly id: string },
  about: { entryId: number | null; itemId: string | null; now: number },
): Promise<void> {
  const { entryId, itemId, now } = about;
  const { rows } = await sql<{ id: string; orderId: string; approvalId: string | null }>`
    select d.id, d.order_id as "orderId", d.approval_id as "approvalId" from payment p, lateral (${ENTRIES}) s
      join dispute d on d.follows_entry_id = s.entry_id
    where p.id = ${payment.id} and d.state in ('open', 'awaiting_approval')
      and (${entryId}::bigint is null or d.follows_entry_id = ${entryId}) and (${itemId}::uuid is null or d.item_id = ${itemId})
    order by d.id`.execute(tx);
  const actor = engineActor();
  const { legalEntityId } = payment;
  for (const { id, orderId, approvalId } of rows) {
    if (approvalId !== null) await endCreditRequest(tx, { disputeId: id, approvalId, now });
    await tx
      .updateTable('dispute')
      .set({ state: 'withdrawn', resolved_by: actor, resolved_at: new Date(now) })
      .where('id', '=', id)
      .execute();
    await closeTasks(tx, { legalEntityId, keys: [disputeTaskKey(id)], doneBy: actor });
    await writeAudit(tx, {
      ...{ legalEntityId, actor, action: 'dispute.withdrawn', orderId, subject: id },
      because: 'The payment that fell short was taken back.',
      details: { paymentId: payment.id },
      businessAt: now,
    });
  }
}

/** What was to be credited is to be paid again: nobody need decide it any more. The dispute is open then. */
async function endCreditRequest(
  tx: Tx,
  { disputeId, approvalId, now }: { disputeId: string; approvalId: string; now: number },
): Promise<void> {
  const approval = await approvalById(tx, approvalId);
  if (approval?.state !== 'requested') throw new Error(`defect: dispute ${disputeId} waits for no approval`);
  const actor = engineActor();
  await endApproval(tx, approval, { state: 'lapsed', actor, noteId: null, requestId: null, now });
  await settleDispute(tx, { disputeId, approved: false, creditedMinor: 0, actor, now });
}
