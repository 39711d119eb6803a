// Names and payloads of everything that is sent to a workflow, its IDs and its search attributes. No workflow code.

import { defineSearchAttributeKey, TypedSearchAttributes } from '@temporalio/common';
import { defineSignal, defineUpdate } from '@temporalio/workflow';

/** Workflows and the activities of the database; letters and documents leave through `MAIL_QUEUE` at their own pace. */
export const ORDERS_QUEUE = 'orders';
export const MAIL_QUEUE = 'mail';

// ── Workflow IDs, which people can read ──

/** `order/ACME-DE/SO-10045`, or `opening/ACME-DE/4711` for an invoice from elsewhere. */
export function orderWorkflowId(order: { kind: 'order' | 'opening'; legalEntityId: string; number: string }): string {
  return `${order.kind}/${order.legalEntityId}/${order.number}`;
}

/** `letter/ACME-DE/C-100/2026-11-21`: a customer's letter of the day. */
export function letterWorkflowId(letter: { legalEntityId: string; customerNumber: string; letterOn: string }): string {
  return `letter/${letter.legalEntityId}/${letter.customerNumber}/${letter.letterOn}`;
}

/** `payment/ACME-DE/psp/ch_123`: one payment as its source names it. */
export function paymentWorkflowId(payment: { legalEntityId: string; source: string; sourceId: string }): string {
  return `payment/${payment.legalEntityId}/${payment.source}/${payment.sourceId}`;
}

/** `return/ACME-DE/RETURN`: a payment that was taken back. */
export function returnWorkflowId(one: { legalEntityId: string; returnId: string }): string {
  return `return/${one.legalEntityId}/${one.returnId}`;
}

/** `approval/ACME-DE/KIND/REQUEST`: what one person asked for and another decides, where no order waits for it. */
export function approvalWorkflowId(asked: { legalEntityId: string; kind: string; requestKey: string }): string {
  return `approval/${asked.legalEntityId}/${asked.kind}/${asked.requestKey}`;
}

/** `statement/ACME-DE/FILE`: one file of a bank. */
export function statementWorkflowId(file: { legalEntityId: string; fileId: string }): string {
  return `statement/${file.legalEntityId}/${file.fileId}`;
}

/** `advice/ACME-DE/ADVICE`: a remittance advice that looks for its money. */
export function adviceWorkflowId(advice: { legalEntityId: string; adviceId: string }): string {
  return `advice/${advice.legalEntityId}/${advice.adviceId}`;
}

/** `payout/ACME-DE/PAYOUT`: what a provider says that it pays out. */
export function payoutWorkflowId(payout: { legalEntityId: string; payoutId: string }): string {
  return `payout/${payout.legalEntityId}/${payout.payoutId}`;
}

export type ChangeKind = 'credit' | 'policy' | 'group' | 'block' | 'undo' | 'allocation' | 'clearing' | 'line';

/** `change/KIND/REQUEST`: a change that is no order's own, under the key of its request. */
export function changeWorkflowId(change: { kind: ChangeKind; requestKey: string }): string {
  return `change/${change.kind}/${change.requestKey}`;
}

// ── Search attributes: few and typed ──

export const searchAttributes = {
  customer: defineSearchAttributeKey('Customer', 'KEYWORD'),
  legalEntity: defineSearchAttributeKey('LegalEntity', 'KEYWORD'),
  stage: defineSearchAttributeKey('Stage', 'KEYWORD'),
  dueOn: defineSearchAttributeKey('DueOn', 'DATETIME'),
  amountOpenMinor: defineSearchAttributeKey('AmountOpenMinor', 'INT'),
} as const;

// ── Messages to an order ──

/** How an order's run is started, by whomever: the same ID, queue, attributes and words for Temporal's UI. */
export function orderStart(order: {
  id: string;
  kind: 'order' | 'opening';
  legalEntityId: string;
  number: string;
  customerNumber: string;
}): {
  workflowId: string;
  taskQueue: string;
  args: [OrderInput];
  typedSearchAttributes: TypedSearchAttributes;
  staticSummary: string;
  staticDetails: string;
} {
  const what = order.kind === 'order' ? 'Order' : 'Open invoice';
  return {
    workflowId: orderWorkflowId(order),
    taskQueue: ORDERS_QUEUE,
    args: [{ orderId: order.id, kind: order.kind }],
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.customer, value: order.customerNumber },
      { key: searchAttributes.legalEntity, value: order.legalEntityId },
      { key: searchAttributes.stage, value: 'credit_check' },
    ]),
    staticSummary: `${what} ${order.number} of ${order.legalEntityId}`,
    staticDetails: `${what} **${order.number}** of legal entity ${order.legalEntityId}, customer ${order.customerNumber}.\n\nOrder ID ${order.id}: facts, agenda and timeline stand under \`GET /v1/orders/${order.id}\`.`,
  };
}

export interface OrderInput {
  readonly orderId: string;
  readonly kind: 'order' | 'opening';
}

/** "Something changed": the facts are already in Postgres; the reason and its ID are for the reader of the history. */
export interface Poke {
  readonly reason: string;
  readonly subject: string | null;
}
export const poke = defineSignal<[Poke]>('poke');

/** What every request that a caller sends carries: who asks, in which roles, and the key under which it takes effect once. */
export interface Request {
  readonly requestKey: string;
  readonly actor: string;
  readonly requestId: string;
  /** The caller's roles in the legal entity. Absent in messages of 0.1.0. */
  readonly roles?: readonly string[];
}

/** What every answer may carry: other orders that the request touched, and that are told. */
export interface Told {
  readonly tell?: readonly string[];
}

// Credit

export interface CreditReport {
  readonly state: 'unassessed' | 'held' | 'approved' | 'rejected';
  readonly reasons: readonly unknown[];
  /** Instant (epoch milliseconds, server time) at which a hold ends as rejected. */
  readonly holdUntil: number | null;
}
/** Answers once credit has been assessed. */
export const awaitCredit = defineUpdate<CreditReport, [Record<string, never>]>('awaitCredit');

export interface CreditDecisionRequest extends Request {
  readonly decision: 'release' | 'reject';
  readonly noteId: string | null;
  /** Working days for which a release above the limit is good; absent or `null`: as the policy says. */
  readonly graceWorkingDays?: number | null;
}
export const decideCredit = defineUpdate<CreditReport & Told, [CreditDecisionRequest]>('decideCredit');

// Orders and shipments

export interface OrderChangeRequest extends Request {
  readonly lines: readonly { readonly lineNo: number; readonly quantity?: string; readonly unitPrice?: string }[];
  /** ISO date; absent: unchanged. */
  readonly requestedOn?: string | null;
  readonly reason: string;
  readonly noteId: string | null;
}
export interface OrderChangeReport extends Told {
  readonly netMinor: number;
  readonly grossMinor: number;
}
export const changeOrder = defineUpdate<OrderChangeReport, [OrderChangeRequest]>('changeOrder');

export interface OrderEndRequest extends Request {
  readonly reason: string;
  readonly noteId: string | null;
}
export interface OrderEndReport extends Told {
  readonly grossMinor: number;
}
/** Ends an order of which nothing shipped. */
export const cancelOrder = defineUpdate<OrderEndReport, [OrderEndRequest]>('cancelOrder');
/** Ends what is left to ship of an order. */
export const closeShort = defineUpdate<OrderEndReport, [OrderEndRequest]>('closeShort');

export interface ShipmentRequest extends Request {
  readonly lines: readonly { readonly lineNo: number; readonly quantity: string; readonly lots: readonly string[] }[];
  readonly carrier: string | null;
  readonly tracking: string | null;
  /** ISO date; `null`: today at the legal entity. */
  readonly shippedOn: string | null;
  /** `failed`: its invoice waits for a decision. Absent or `null`: nobody checked. */
  readonly qualityCheck?: 'passed' | 'failed' | null;
}
export interface ShipmentReport {
  readonly shipmentId: string;
  readonly shippedOn: string;
  readonly invoicing?: 'due' | 'quality_failed' | 'contested';
}
export const recordShipment = defineUpdate<ShipmentReport, [ShipmentRequest]>('recordShipment');

/** Of a shipment whose quality check failed, or which nobody had ordered or released. */
export interface ShipmentDecisionRequest extends Request {
  readonly shipmentId: string;
  readonly decision: 'invoice' | 'do_not_invoice';
  readonly noteId: string | null;
}
export interface ShipmentDecisionReport {
  readonly shipmentId: string;
  readonly invoicing: 'due' | 'waived';
}
export const decideQuality = defineUpdate<ShipmentDecisionReport, [ShipmentDecisionRequest]>('decideQuality');
export const decideShipment = defineUpdate<ShipmentDecisionReport, [ShipmentDecisionRequest]>('decideShipment');

export interface GoodsReturnRequest extends Request {
  readonly invoiceId: string;
  readonly lines: readonly { readonly invoiceLineNo: number; readonly quantity: string }[];
  /** ISO date; `null`: today at the legal entity. */
  readonly returnedOn: string | null;
  readonly reason: string;
  readonly noteId: string | null;
}
export interface GoodsReturnReport {
  readonly goodsReturnId: string;
  /** `null`: there was nothing to credit. */
  readonly approvalId: string | null;
  readonly grossMinor: number;
}
export const returnGoods = defineUpdate<GoodsReturnReport, [GoodsReturnRequest]>('returnGoods');

// Dunning

export interface BlockRequest extends Request {
  /** `null`: every item of the order. */
  readonly itemId: string | null;
  /** ISO dates; `from` null: today at the customer; `until` null: as long as the policy allows. */
  readonly from: string | null;
  readonly until: string | null;
  /** A code such as `disputed`; free text goes into a note. */
  readonly reason: string;
  readonly noteId: string | null;
}
export interface BlockReport {
  readonly blockId: string;
  readonly itemId: string | null;
  readonly from: string;
  readonly until: string | null;
  readonly endedOn: string | null;
}
export const blockItem = defineUpdate<BlockReport, [BlockRequest]>('blockItem');

export interface EndBlockRequest extends Request {
  readonly blockId: string;
}
export const endBlock = defineUpdate<BlockReport, [EndBlockRequest]>('endBlock');

export interface PromiseRequest extends Request {
  readonly itemId: string;
  readonly amountMinor: number;
  readonly promisedOn: string;
  /** ISO date on which it was given; `null`: today at the customer. */
  readonly givenOn: string | null;
  readonly noteId: string | null;
}
export interface PromiseReport {
  readonly promiseId: string;
  readonly itemId: string;
  readonly state: 'open' | 'kept' | 'partly_kept' | 'broken' | 'withdrawn';
  readonly level: number;
}
export const givePromise = defineUpdate<PromiseReport, [PromiseRequest]>('givePromise');
export interface WithdrawPromiseRequest extends Request {
  readonly promiseId: string;
}
export const withdrawPromise = defineUpdate<PromiseReport, [WithdrawPromiseRequest]>('withdrawPromise');

export interface PlanRequest extends Request {
  readonly itemId: string;
  readonly instalments: readonly { readonly dueOn: string; readonly amountMinor: number }[];
  readonly noteId: string | null;
}
export interface PlanReport {
  readonly planId: string;
  readonly itemId: string;
  readonly state: 'active' | 'kept' | 'broken' | 'cancelled';
}
export const agreePlan = defineUpdate<PlanReport, [PlanRequest]>('agreePlan');
export interface CancelPlanRequest extends Request {
  readonly planId: string;
}
export const cancelPlan = defineUpdate<PlanReport, [CancelPlanRequest]>('cancelPlan');

// Disputes

export interface DisputeRequest extends Request {
  readonly itemId: string;
  readonly amountMinor: number;
  readonly reason: string;
  readonly source: 'customer_service' | 'customer_mail';
  /** ISO date on which the customer told us; `null`: today at the legal entity. */
  readonly raisedOn: string | null;
  readonly noteId: string | null;
}
export interface DisputeReport extends Told {
  readonly disputeId: string;
  readonly state: 'open' | 'awaiting_approval' | 'resolved' | 'withdrawn';
  /** What the approval of its credit note is named; `null`: none is needed. */
  readonly approvalId: string | null;
}
export const raiseDispute = defineUpdate<DisputeReport, [DisputeRequest]>('raiseDispute');
export interface DisputeOutcomeRequest extends Request {
  readonly disputeId: string;
  readonly outcome: 'credit_note' | 'partly' | 'rejected' | 'withdrawn';
  /** Of a part: what is credited, in minor units. */
  readonly creditMinor: number | null;
  readonly noteId: string | null;
}
export const resolveDispute = defineUpdate<DisputeReport, [DisputeOutcomeRequest]>('resolveDispute');

// Two people

export interface ApprovalRequest extends Request {
  readonly kind: 'credit_note' | 'write_off';
  readonly itemId: string;
  /** Gross, in minor units. */
  readonly amountMinor: number;
  readonly reason: string;
  readonly noteId: string | null;
}
export interface RefundRequest extends Request {
  readonly legalEntityId: string;
  /** Money that was never used, or an open credit note: one of the two. */
  readonly paymentId: string | null;
  readonly itemId: string | null;
  readonly amountMinor: number;
  readonly bankAccountId: string;
  readonly reason: string;
  readonly noteId: string | null;
}
export interface LimitRequest extends Request {
  readonly legalEntityId: string;
  /** One of the two. */
  readonly customerId: string | null;
  readonly groupId: string | null;
  readonly limitMinor: number | null;
  readonly isBlocked: boolean;
  readonly limitUntil: string | null;
  readonly reason: string;
  readonly noteId: string | null;
}
export interface ApprovalReport extends Told {
  readonly approvalId: string;
  readonly state: 'requested' | 'approved' | 'rejected' | 'withdrawn' | 'lapsed';
  /** The credit note that came of it. */
  readonly creditNote?: string | null;
}
export const askApproval = defineUpdate<ApprovalReport, [ApprovalRequest]>('askApproval');
/** To the workflow that waits for a refund or a limit: asks, and answers once the request stands in the database. */
export const askCase = defineUpdate<ApprovalReport, [CaseRequest]>('askCase');
export interface ApprovalDecisionRequest extends Request {
  readonly approvalId: string;
  readonly decision: 'approve' | 'reject' | 'withdraw';
  readonly noteId: string | null;
}
export const decideApproval = defineUpdate<ApprovalReport, [ApprovalDecisionRequest]>('decideApproval');

export type CaseRequest =
  ({ readonly kind: 'refund' } & RefundRequest) | ({ readonly kind: 'credit_limit' } & LimitRequest);
export interface ApprovalInput {
  /** Known from the second run on; the first run is started with the request that asks. */
  readonly approvalId: string | null;
}
/** How the run of a case is started: with the request that asks, with a decision, or by whoever finds it missing. */
export function approvalStart(approval: {
  workflowId: string;
  legalEntityId: string;
  kind: 'refund' | 'credit_limit';
  id: string | null;
}): {
  workflowId: string;
  taskQueue: string;
  args: [ApprovalInput];
  typedSearchAttributes: TypedSearchAttributes;
  staticSummary: string;
} {
  const what = approval.kind === 'refund' ? 'A refund' : 'A credit limit';
  return {
    workflowId: approval.workflowId,
    taskQueue: ORDERS_QUEUE,
    args: [{ approvalId: approval.id }],
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.legalEntity, value: approval.legalEntityId },
    ]),
    staticSummary: `${what} of ${approval.legalEntityId} waits for a second person`,
  };
}

// ── The letter of the day ──

export interface LetterInput {
  readonly letterId: string;
}
/** How a letter's run is started, by the step that hands in its first item or by whoever finds it missing. */
export function letterStart(letter: {
  letterId: string;
  letterOn: string;
  legalEntityId: string;
  customerNumber: string;
}): {
  workflowId: string;
  taskQueue: string;
  args: [LetterInput];
  typedSearchAttributes: TypedSearchAttributes;
  staticSummary: string;
} {
  return {
    workflowId: letterWorkflowId(letter),
    taskQueue: ORDERS_QUEUE,
    args: [{ letterId: letter.letterId }],
    typedSearchAttributes: new TypedSearchAttributes([
      { key: searchAttributes.customer, value: letter.customerNumber },
      { key: searchAttributes.legalEntity, value: letter.legalEntityId },
    ]),
    staticSummary: `Letter of ${letter.letterOn} to customer ${letter.customerNumber} of ${letter.legalEntityId}`,
  };
}

// ── Payments and changes: short workflows, their input is all they need ──

export interface PaymentInput {
  readonly paymentId: string;
}
/** How a payment's run is started, by the door that stored it or by whoever finds it missing. */
export function paymentStart(payment: { id: string; legalEntityId: string; source: string; sourceId: string }): {
  workflowId: string;
  taskQueue: string;
  args: [PaymentInput];
} {
  return { workflowId: paymentWorkflowId(payment), taskQueue: ORDERS_QUEUE, args: [{ paymentId: payment.id }] };
}
export interface PaymentReport {
  readonly allocations: readonly { readonly itemId: string; readonly number: string; readonly amountMinor: number }[];
  readonly unappliedMinor: number;
}

/** A payment that was taken back: stored by the door, posted by its run. */
export interface ReturnInput {
  readonly returnId: string;
}
export function returnStart(one: { id: string; legalEntityId: string }): {
  workflowId: string;
  taskQueue: string;
  args: [ReturnInput];
} {
  const workflowId = returnWorkflowId({ legalEntityId: one.legalEntityId, returnId: one.id });
  return { workflowId, taskQueue: ORDERS_QUEUE, args: [{ returnId: one.id }] };
}
export interface ReturnReport {
  readonly returnId: string;
  readonly reopened: readonly { readonly itemId: string; readonly number: string; readonly amountMinor: number }[];
  readonly fromUnappliedMinor: number;
}

/** Takes one allocation back: the money is unapplied again, and the item as open as it was. */
export interface UndoInput extends Request {
  readonly paymentId: string;
  readonly itemId: string;
}
export interface UndoReport {
  readonly paymentId: string;
  readonly itemId: string;
  readonly amountMinor: number;
  readonly unappliedMinor: number;
}

/** Uses money of a payment that was left for an item, by hand. */
export interface AllocationInput extends Request {
  readonly paymentId: string;
  readonly itemId: string;
  /** `null`: as much as fits. */
  readonly amountMinor: number | null;
}

/** Settles an open item with an open credit of the same customer, by hand, or takes that back. */
export interface ClearingInput extends Request {
  /** The newest clearing of the two is taken back, whole. */
  readonly isUndo?: boolean;
  readonly legalEntityId: string;
  readonly creditItemId: string;
  readonly debitItemId: string;
  /** `null`: as much as fits. */
  readonly amountMinor: number | null;
}
export interface ClearingReport {
  /** What was settled, or is open again, in minor units. */
  readonly amountMinor: number;
}

/** A block over everything of a customer, or its end. */
export interface CustomerBlockInput extends Request {
  readonly legalEntityId: string;
  readonly customerId: string;
  readonly set: {
    readonly from: string | null;
    readonly until: string | null;
    readonly reason: string;
    readonly noteId: string | null;
  } | null;
  readonly endBlockId: string | null;
  /** Set when the run continued as new: what it wrote and the last order it poked. */
  readonly progress?: { readonly report: BlockReport; readonly afterOrderId: string };
}

export interface CreditChangeInput extends Request {
  readonly legalEntityId: string;
  readonly customerId: string;
  readonly limitMinor: number | null;
  readonly isBlocked: boolean;
  /** Absent: unchanged. `null`: without an end. */
  readonly limitUntil?: string | null;
  /** Absent: unchanged. `null`: in no group. */
  readonly groupId?: string | null;
}

export interface GroupChangeInput extends Request {
  readonly legalEntityId: string;
  readonly groupId: string;
  readonly limitMinor: number | null;
  readonly isBlocked: boolean;
  readonly limitUntil: string | null;
}

export interface PolicyChangeInput extends Request {
  readonly legalEntityId: string;
  /** A policy as `src/domain/policy.ts` has it; checked at the door. */
  readonly body: unknown;
  /** Set when the run continued as new: the version it wrote and the last order it poked. */
  readonly progress?: { readonly version: number; readonly afterOrderId: string };
}

// ── Cash application ──

/** A stored bank file. With an acceptance, its totals are accepted as they are; with progress, the run continued as new. */
export interface StatementInput {
  readonly fileId: string;
  readonly acceptance?: Request & { readonly noteId: string };
  /** The last line in the file that has its answer. */
  readonly progress?: { readonly afterPosition: number };
}
export interface StatementReport {
  readonly fileId: string;
  readonly state: 'refused' | 'done';
  readonly linesNew: number;
}
/** How a file's run is started, by the door that stored it or by whoever finds it missing. */
export function statementStart(file: { id: string; legalEntityId: string; name: string }): {
  workflowId: string;
  taskQueue: string;
  args: [StatementInput];
  staticSummary: string;
} {
  return {
    workflowId: statementWorkflowId({ legalEntityId: file.legalEntityId, fileId: file.id }),
    taskQueue: ORDERS_QUEUE,
    args: [{ fileId: file.id }],
    staticSummary: `Bank file of ${file.legalEntityId}`,
  };
}

/** What a person decides about one bank line; amounts in minor units of the line's currency. */
export type LineDecision =
  /** Posts the proposal of that place (0: the best). */
  | { readonly kind: 'confirm'; readonly proposal: number }
  /** Lays the money on items by hand; what is left goes on the customer's account. */
  | {
      readonly kind: 'allocate';
      readonly customerId: string;
      readonly shares: readonly {
        readonly itemId: string;
        /** Negative for a credit item that is used. */
        readonly paidMinor: number;
        readonly discountMinor: number;
        readonly chargesMinor: number;
        readonly toleranceMinor: number;
        /** Of what stays open: why it is not paid, which opens a dispute. */
        readonly deductionMinor: number;
        readonly deductionCode: string | null;
      }[];
    }
  | { readonly kind: 'on_account'; readonly customerId: string }
  | { readonly kind: 'not_customer'; readonly noteId: string | null }
  | { readonly kind: 'same_movement'; readonly asLineId: string }
  /** The money of a payment that another door told. */
  | { readonly kind: 'clear_payment'; readonly paymentId: string }
  /** The line took back (a part of) this payment. */
  | { readonly kind: 'take_back'; readonly paymentId: string; readonly reasonCode: string }
  /** Takes a line's payment back, or a line out of what is ignored, so that it is decided anew. */
  | { readonly kind: 'reopen' };

export interface LineDecisionInput extends Request {
  readonly lineId: string;
  readonly decision: LineDecision;
}
export interface LineDecisionReport {
  readonly lineId: string;
  readonly state: string;
  readonly paymentId: string | null;
}

/** A stored advice; with a line, a person chose it. */
export interface AdviceInput {
  readonly adviceId: string;
  readonly chosen?: Request & { readonly lineId: string };
}
/** How an advice's run is started, by the door that stored it or by whoever finds it missing. */
export function adviceStart(advice: { id: string; legalEntityId: string }): {
  workflowId: string;
  taskQueue: string;
  args: [AdviceInput];
  staticSummary: string;
} {
  return {
    workflowId: adviceWorkflowId({ legalEntityId: advice.legalEntityId, adviceId: advice.id }),
    taskQueue: ORDERS_QUEUE,
    args: [{ adviceId: advice.id }],
    staticSummary: `Remittance advice of ${advice.legalEntityId}`,
  };
}
export interface AdviceReport {
  readonly adviceId: string;
  readonly state: string;
  readonly lineId: string | null;
}

/** A stored payout that looks for its bank line. */
export interface PayoutInput {
  readonly payoutId: string;
}
/** How a payout's run is started, by the door that stored it or by the sweep. */
export function payoutStart(payout: { id: string; legalEntityId: string }): {
  workflowId: string;
  taskQueue: string;
  args: [PayoutInput];
  staticSummary: string;
} {
  return {
    workflowId: payoutWorkflowId({ legalEntityId: payout.legalEntityId, payoutId: payout.id }),
    taskQueue: ORDERS_QUEUE,
    args: [{ payoutId: payout.id }],
    staticSummary: `Payout of a provider to ${payout.legalEntityId}`,
  };
}
export interface PayoutReport {
  readonly payoutId: string;
  readonly state: string;
  readonly lineId: string | null;
}
