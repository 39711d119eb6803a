// Everything that is true of an order, as `nextStep` asks for it: plain data, read in one go.

import type { Block } from './block.ts';
import type { IsoDate } from './dates.ts';
import type { StepTaken } from './dunning.ts';
import type { Instalment } from './payment-plan.ts';

export interface ItemFacts {
  readonly itemId: string;
  /** The invoice's number, as the customer knows it. */
  readonly number: string;
  readonly side: 'debit' | 'credit';
  readonly dueOn: IsoDate;
  readonly openMinor: number;
  readonly originalMinor: number;
  /** Part of it that is disputed and not resolved. */
  readonly disputedMinor: number;
  readonly steps: readonly StepTaken[];
  /** Of the item itself, its order and its customer. */
  readonly blocks: readonly Block[];
  readonly promise: PromiseFacts | null;
  readonly plan: PlanFacts | null;
}

/** An item's open promise. */
export interface PromiseFacts {
  readonly promiseId: string;
  readonly amountMinor: number;
  readonly givenOn: IsoDate;
  readonly promisedOn: IsoDate;
  /** Settled by payments since it was given. */
  readonly paidMinor: number;
}

/** An item's payment plan that is kept to. */
export interface PlanFacts {
  readonly planId: string;
  readonly agreedOn: IsoDate;
  readonly instalments: readonly Instalment[];
  readonly paidMinor: number;
}

export interface InvoiceFacts {
  readonly invoiceId: string;
  readonly number: string;
  readonly kind: 'invoice' | 'credit_note';
  readonly delivery: 'pending' | 'sent' | 'unknown' | 'undeliverable';
  /** Instant before which delivery is not tried again. */
  readonly retryAt: number | null;
}

/** A shipment, or `services`, that no invoice carries yet. */
export interface UninvoicedFacts {
  readonly subject: string;
  /** `contested`: nobody had ordered or released it, so it waits for `from` unless a person decides before. */
  readonly invoicing: 'due' | 'quality_failed' | 'contested';
  readonly from: number | null;
}

export interface DisputeFacts {
  readonly disputeId: string;
  readonly number: string;
  readonly reason: string;
}

export interface ApprovalFacts {
  readonly approvalId: string;
  readonly kind: string;
  /** Instant at which it lapses. */
  readonly deadlineAt: number;
}

/** A task of the order that somebody has to do. */
export interface TaskFacts {
  readonly taskId: string;
  readonly kind: string;
  readonly ownerRole: string;
  readonly tier: number;
  /** Whether the owner of this tier was told, or needs not be. */
  readonly isTold: boolean;
  readonly tellAt: number | null;
  /** The next tier's instant and owner. */
  readonly escalation: { readonly role: string; readonly at: number } | null;
}

/** A payment of the customer with money left whose reference names the order or one of its invoices. */
export interface CashFacts {
  readonly paymentId: string;
  readonly reference: string;
  readonly unappliedMinor: number;
  /** Items (their IDs) from which a person took this payment back: only a person allocates it there again. */
  readonly notFor: readonly string[];
}

/** All that is true of an order, read in one go from Postgres. Plain data. */
export interface OrderFacts {
  /** `opening`: an open invoice from elsewhere, taken over without a credit check. */
  readonly kind: 'order' | 'opening';
  readonly number: string;
  readonly isCancelled: boolean;
  readonly credit: {
    readonly state: 'unassessed' | 'held' | 'approved' | 'rejected';
    /** Instant at which a hold ends as rejected. */
    readonly holdUntil: number | null;
    readonly reasons: readonly string[];
    /** Whether room was found for a held order: it is reserved, and only has to be taken. */
    readonly isGranted: boolean;
    /** Until when a release above the limit is good for what did not ship; `null`: it was no such release. */
    readonly releasedUntil: number | null;
    /** When what never shipped loses its reservation. */
    readonly reservedUntil: number | null;
  };
  readonly prepayment: {
    readonly isPrepaid: boolean;
    /** What has to be paid before goods leave: the order's total less what was invoiced of it. */
    readonly neededMinor: number;
    readonly proforma: 'none' | 'pending' | 'sent' | 'unknown' | 'undeliverable';
    readonly retryAt: number | null;
  };
  /** Shipments (their IDs), or `services`, that no invoice carries yet, oldest first. */
  readonly toInvoice: readonly UninvoicedFacts[];
  /** Whether quantities are left that need a shipment. */
  readonly awaitsShipment: boolean;
  readonly invoices: readonly InvoiceFacts[];
  readonly items: readonly ItemFacts[];
  readonly disputes: readonly DisputeFacts[];
  readonly approvals: readonly ApprovalFacts[];
  readonly tasks: readonly TaskFacts[];
  readonly cash: readonly CashFacts[];
}

/** An order of which nothing is known but its name. */
export function newOrderFacts(kind: OrderFacts['kind'], number: string): OrderFacts {
  return {
    kind,
    number,
    isCancelled: false,
    credit: {
      state: 'unassessed',
      holdUntil: null,
      reasons: [],
      isGranted: false,
      releasedUntil: null,
      reservedUntil: null,
    },
    prepayment: { isPrepaid: false, neededMinor: 0, proforma: 'none', retryAt: null },
    toInvoice: [],
    awaitsShipment: false,
    invoices: [],
    items: [],
    disputes: [],
    approvals: [],
    tasks: [],
    cash: [],
  };
}

/** An item just opened, of which nothing else is known. */
export function newItemFacts(item: Pick<ItemFacts, 'itemId' | 'number' | 'dueOn' | 'openMinor'>): ItemFacts {
  const nothing = { disputedMinor: 0, steps: [], blocks: [], promise: null, plan: null };
  return { ...item, ...nothing, side: 'debit', originalMinor: item.openMinor };
}
