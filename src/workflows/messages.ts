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

/** `change/KIND/REQUEST`: a change of limits or policies under the key of its request. */
export function changeWorkflowId(change: { kind: 'credit' | 'policy'; requestKey: string }): string {
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

/** What every Update that a caller sends carries: who asks, and the key under which it takes effect once. */
export interface Request {
  readonly requestKey: string;
  readonly actor: string;
  readonly requestId: string;
}

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
}
export const decideCredit = defineUpdate<CreditReport, [CreditDecisionRequest]>('decideCredit');

export interface ShipmentRequest extends Request {
  readonly lines: readonly { readonly lineNo: number; readonly quantity: string; readonly lots: readonly string[] }[];
  readonly carrier: string | null;
  readonly tracking: string | null;
  /** ISO date; `null`: today at the legal entity. */
  readonly shippedOn: string | null;
}
export interface ShipmentReport {
  readonly shipmentId: string;
  readonly shippedOn: string;
}
export const recordShipment = defineUpdate<ShipmentReport, [ShipmentRequest]>('recordShipment');

export interface BlockRequest extends Request {
  readonly itemId: string;
  /** ISO dates; `from` null: today at the customer; `until` null: until somebody ends it. */
  readonly from: string | null;
  readonly until: string | null;
  /** A code such as `disputed`; free text goes into a note. */
  readonly reason: string;
  readonly noteId: string | null;
}
export interface BlockReport {
  readonly blockId: string;
  readonly itemId: string;
  readonly from: string;
  readonly until: string | null;
  readonly endedOn: string | null;
}
export const blockItem = defineUpdate<BlockReport, [BlockRequest]>('blockItem');

export interface EndBlockRequest extends Request {
  readonly blockId: string;
}
export const endBlock = defineUpdate<BlockReport, [EndBlockRequest]>('endBlock');

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

export interface CreditChangeInput extends Request {
  readonly legalEntityId: string;
  readonly customerId: string;
  readonly limitMinor: number | null;
  readonly isBlocked: boolean;
}

export interface PolicyChangeInput extends Request {
  readonly legalEntityId: string;
  /** A policy as `src/domain/policy.ts` has it; checked at the door. */
  readonly body: unknown;
  /** Set when the run continued as new: the version it wrote and the last order it poked. */
  readonly progress?: { readonly version: number; readonly afterOrderId: string };
}
