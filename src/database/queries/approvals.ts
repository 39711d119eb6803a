// What people asked for and others decide: one by ID, a page of them, and the sums that count together.

import { sql } from 'kysely';
import type {
  ApprovalKind,
  ApprovalState,
  CaseTask,
  CreditNoteDetails,
  LimitDetails,
  RefundDetails,
  WriteOffDetails,
} from '../../domain/approval.ts';
import type { Db, Tx } from '../client.ts';
import { allOf, inScope, type Scope } from './scope.ts';

interface AnyApproval {
  readonly id: string;
  readonly legalEntityId: string;
  readonly customerId: string | null;
  readonly customerNumber: string | null;
  readonly orderId: string | null;
  readonly itemId: string | null;
  readonly itemNumber: string | null;
  readonly paymentId: string | null;
  readonly amountMinor: number;
  readonly currency: string;
  readonly reason: string;
  readonly noteId: string | null;
  readonly note: string | null;
  readonly workflowId: string;
  readonly state: ApprovalState;
  readonly askedBy: string;
  readonly askedAt: number;
  readonly decidedBy: string | null;
  readonly decidedAt: number | null;
  readonly deadlineAt: number;
  /** The document that came of a credit note. */
  readonly creditNoteId: string | null;
  readonly creditNoteNumber: string | null;
}

export type CreditNoteApproval = AnyApproval & { readonly kind: 'credit_note'; readonly details: CreditNoteDetails };
export type WriteOffApproval = AnyApproval & { readonly kind: 'write_off'; readonly details: WriteOffDetails };
export type RefundApproval = AnyApproval & { readonly kind: 'refund'; readonly details: RefundDetails };
export type LimitApproval = AnyApproval & { readonly kind: 'credit_limit'; readonly details: LimitDetails };
export type ApprovalRow = CreditNoteApproval | WriteOffApproval | RefundApproval | LimitApproval;

// A credit note bears the ID of its approval.
const COLUMNS =
  sql.raw(`a.id, a.legal_entity_id as "legalEntityId", a.kind, a.customer_id as "customerId", c.number as "customerNumber",
  a.order_id as "orderId", a.item_id as "itemId", t.number as "itemNumber", a.payment_id as "paymentId", a.amount_minor as "amountMinor",
  a.currency, a.reason, a.note_id as "noteId", n.body as note, a.details, a.workflow_id as "workflowId", a.state, a.asked_by as "askedBy",
  a.asked_at as "askedAt", a.decided_by as "decidedBy", a.decided_at as "decidedAt", a.deadline_at as "deadlineAt",
  v.id as "creditNoteId", v.number as "creditNoteNumber"
  from approval a left join customer c on c.id = a.customer_id left join open_item t on t.id = a.item_id
  left join note n on n.id = a.note_id left join invoice v on v.id = a.id`);

/** The approval with this ID, whatever its legal entity: the caller authorises. */
export async function approvalById(db: Db | Tx, id: string): Promise<ApprovalRow | null> {
  const { rows } = await sql<ApprovalRow>`select ${COLUMNS} where a.id = ${id}`.execute(db);
  return rows[0] ?? null;
}

/** A page of approvals, newest first. */
export async function listApprovals(
  db: Db,
  filter: {
    scope: Scope;
    legalEntityId?: string | undefined;
    state?: string | undefined;
    kind?: string | undefined;
    customerNumber?: string | undefined;
  },
  page: { after: string | null; fetch: number },
): Promise<ApprovalRow[]> {
  const where = allOf([
    inScope(filter.scope, 'a.legal_entity_id'),
    filter.legalEntityId === undefined ? null : sql`a.legal_entity_id = ${filter.legalEntityId}`,
    filter.state === undefined ? null : sql`a.state = ${filter.state}`,
    filter.kind === undefined ? null : sql`a.kind = ${filter.kind}`,
    filter.customerNumber === undefined ? null : sql`c.number = ${filter.customerNumber}`,
    page.after === null ? null : sql`a.id < ${page.after}`,
  ]);
  const { rows } =
    await sql<ApprovalRow>`select ${COLUMNS} where ${where} order by a.id desc limit ${page.fetch}`.execute(db);
  return rows;
}

/** Minor units asked for and not decided, of one kind, over one item or one payment. */
export async function pendingMinor(
  tx: Tx,
  over: { kind: ApprovalKind; itemId: string | null; paymentId: string | null; exceptId: string | null },
): Promise<number> {
  const { rows } = await sql<{ sum: number }>`select coalesce(sum(amount_minor), 0)::bigint as sum from approval
    where state = 'requested' and kind = ${over.kind} and item_id is not distinct from ${over.itemId}::uuid
      and payment_id is not distinct from ${over.paymentId}::uuid and id is distinct from ${over.exceptId}::uuid`.execute(
    tx,
  );
  return rows[0]?.sum ?? 0;
}

/** Minor units of a customer's other cases of a kind that were asked since an instant and not refused. */
export async function windowOthersMinor(
  tx: Tx,
  over: { kind: ApprovalKind; customerId: string; currency: string; since: number; exceptId: string | null },
): Promise<number> {
  const { rows } = await sql<{ sum: number }>`select coalesce(sum(amount_minor), 0)::bigint as sum from approval
    where customer_id = ${over.customerId} and kind = ${over.kind} and currency = ${over.currency}
      and state in ('requested', 'approved') and asked_at > ${new Date(over.since)}::timestamptz
      and id is distinct from ${over.exceptId}::uuid`.execute(tx);
  return rows[0]?.sum ?? 0;
}

/** Whose money a refund is taken from: a payment's, or a credit note's open item. One of the two is named. */
export async function refundSource(
  db: Db,
  source: { paymentId: string | null; itemId: string | null },
): Promise<{ legalEntityId: string; currency: string } | null> {
  const { rows } = await sql<{ legalEntityId: string; currency: string }>`
    select legal_entity_id as "legalEntityId", currency from payment where id = ${source.paymentId}::uuid
    union all
    select legal_entity_id, currency from open_item where id = ${source.itemId}::uuid`.execute(db);
  return rows[0] ?? null;
}

/** What the start of a case's run needs to know. */
export interface StartableCase {
  readonly id: string;
  readonly workflowId: string;
  readonly legalEntityId: string;
  readonly kind: 'refund' | 'credit_limit';
}

/** Cases that have a run of their own and wait for a decision, in the order of their IDs. */
export async function waitingCases(db: Db, page: { after: string | null; limit: number }): Promise<StartableCase[]> {
  const { rows } =
    await sql<StartableCase>`select id, workflow_id as "workflowId", legal_entity_id as "legalEntityId", kind
    from approval where state = 'requested' and order_id is null and (${page.after}::uuid is null or id > ${page.after}::uuid)
    order by id limit ${page.limit}`.execute(db);
  return rows;
}

/** The open task of an approval. */
export async function taskOfApproval(db: Db | Tx, approvalId: string): Promise<CaseTask | null> {
  const { rows } =
    await sql<CaseTask>`select k.id as "taskId", k.owner_role as "ownerRole", k.told_tier >= k.tier as "isTold",
      (extract(epoch from k.tell_retry_at) * 1000)::bigint as "tellAt", k.escalations -> k.tier as escalation
    from task k where k.approval_id = ${approvalId} and k.kind = 'approval' and k.state = 'open'`.execute(db);
  return rows[0] ?? null;
}
