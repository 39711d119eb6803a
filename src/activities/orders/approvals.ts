// Somebody asks that a part of an item be credited or written off; somebody else will decide.

import { sql } from 'kysely';
import { checkCreditNote, checkWriteOff, type CreditNoteDetails, type WriteOffDetails } from '../../domain/approval.ts';
import { mayAsk } from '../../domain/authority.ts';
import type { CreditedLine } from '../../domain/credit-note.ts';
import { refuse, type Result } from '../../domain/refusal.ts';
import type { Tx } from '../../database/client.ts';
import { pendingMinor } from '../../database/queries/approvals.ts';
import type { OrderContext } from '../../database/queries/order-context.ts';
import type { ApprovalReport, ApprovalRequest, Request } from '../../workflows/messages.ts';
import { conflictsOf } from '../approvals/conflicts.ts';
import { storeApproval } from '../approvals/store-approval.ts';
import type { Dependencies } from '../dependencies.ts';
import { answerRequest, type RequestInput } from './request.ts';

export async function askApproval(deps: Dependencies, input: RequestInput<ApprovalRequest>): Promise<ApprovalReport> {
  return answerRequest(deps, input, {
    action: 'approval',
    effect: async (tx, context, { request, now }) => {
      const { kind, itemId, amountMinor, reason, noteId } = request;
      const made = await requestApproval(tx, context, { kind, itemId, amountMinor, reason, noteId, request, now });
      if (!made.ok) return made;
      return { ok: true, answer: { approvalId: made.approvalId, state: 'requested' } };
    },
  });
}

export interface AskedOfOrder {
  readonly kind: 'credit_note' | 'write_off';
  readonly itemId: string;
  /** Gross, in minor units. */
  readonly amountMinor: number;
  /** The credited part of each line; absent: the amount is spread over what is left of them. */
  readonly lines?: readonly CreditedLine[];
  /** A code such as `goodwill`. */
  readonly reason: string;
  readonly noteId: string | null;
  /** The dispute that it settles. */
  readonly disputeId?: string;
  readonly goodsReturnId?: string;
  readonly request: Request;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

/**
 * Asks for a credit note or a write-off of one of the order's items, under the order's lock.
 * Refuses `item_unknown`, `not_an_invoice`, `exceeds_open`, `credit_exceeds_invoice` and `duty_conflict`.
 */
export async function requestApproval(
  tx: Tx,
  { order, policy, entityCalendar }: OrderContext,
  asked: AskedOfOrder,
): Promise<Result<{ approvalId: string }>> {
  const item = await askedItem(tx, order.id, asked.itemId);
  if (item === null) {
    return refuse({
      kind: 'not_found',
      code: 'item_unknown',
      text: `Order ${order.number} has no such receivable.`,
      hint: 'Name an open item of this order by its ID or its invoice number.',
    });
  }
  const fits = await fitsItem(tx, item, { ...asked, currency: order.currency });
  if (!fits.ok) return fits;
  const about = { kind: asked.kind, itemId: item.itemId, customerId: order.customerId };
  const conflicts = await conflictsOf(tx, { ...about, bankAccountId: null, groupId: null, askedBy: null });
  const free = mayAsk({ asker: asked.request.actor, conflicts });
  if (!free.ok) return free;
  const ground = { legalEntityId: order.legalEntityId, rules: policy.approvals, calendar: entityCalendar };
  const approvalId = await storeApproval(tx, ground, {
    ...about,
    orderId: order.id,
    paymentId: null,
    amountMinor: asked.amountMinor,
    currency: order.currency,
    reason: asked.reason,
    noteId: asked.noteId,
    details: detailsOf(asked),
    name: item.number,
    request: asked.request,
    now: asked.now,
  });
  return { ok: true, approvalId };
}

interface AskedItem {
  readonly itemId: string;
  readonly number: string;
  readonly kind: 'invoice' | 'opening' | 'credit_note';
  readonly openMinor: number;
  readonly originalMinor: number;
  /** By credit notes that were issued. */
  readonly creditedMinor: number;
  /** By approved write-offs, and beside payments: discounts, bank charges, small differences. */
  readonly writtenOffMinor: number;
}

async function askedItem(tx: Tx, orderId: string, itemId: string): Promise<AskedItem | null> {
  const { rows } = await sql<AskedItem>`select t.id as "itemId", t.number, t.kind, t.open_minor as "openMinor",
      t.original_minor as "originalMinor", coalesce((select sum(n.gross_minor) from invoice n
        where n.corrects_invoice_id = t.invoice_id), 0)::bigint as "creditedMinor",
      coalesce((select sum(a.amount_minor) from allocation a
        where a.item_id = t.id and (a.approval_id is not null or a.follows_entry_id is not null and a.counter_item_id is null)), 0)::bigint as "writtenOffMinor"
    from open_item t where t.id = ${itemId} and t.order_id = ${orderId} and t.side = 'debit'`.execute(tx);
  return rows[0] ?? null;
}

async function fitsItem(
  tx: Tx,
  item: AskedItem,
  asked: AskedOfOrder & { readonly currency: string },
): Promise<Result<object>> {
  const { kind, itemId, amountMinor, currency } = asked;
  if (amountMinor <= 0) {
    return refuse({
      kind: 'invalid_input',
      code: 'amount_not_positive',
      text: 'There is nothing to ask for: the amount is not above zero.',
      hint: 'Ask for an amount above zero.',
    });
  }
  if (kind === 'credit_note' && item.kind !== 'invoice') {
    return refuse({
      kind: 'unprocessable',
      code: 'not_an_invoice',
      text: `${item.number} was not invoiced here, so it cannot be credited here.`,
      hint: 'Credit it where it was invoiced, or ask for a write-off of what will not be paid.',
    });
  }
  const pending = await pendingMinor(tx, { kind, itemId, paymentId: null, exceptId: null });
  const amounts = { ...item, amountMinor, currency, name: item.number, pendingMinor: pending };
  return kind === 'credit_note' ? checkCreditNote(amounts) : checkWriteOff(amounts);
}

function detailsOf(asked: AskedOfOrder): CreditNoteDetails | WriteOffDetails {
  const disputeId = asked.disputeId ?? null;
  if (asked.kind === 'write_off') return { disputeId };
  return { lines: asked.lines ?? null, disputeId, goodsReturnId: asked.goodsReturnId ?? null };
}
