// Every state that anything in an order's life can be in, with all its ways out. The page "the lives of an order" is made of it.

import { FINAL_STAGES, type Stage } from './agenda.ts';
import { APPROVAL_STATES } from './approval.ts';
import { ADVICE_STATES, BANK_FILE_STATES, BANK_LINE_STATES, PAYOUT_STATES } from './bank-line.ts';
import { DISPUTE_STATES } from './dispute.ts';
import { PLAN_STATES } from './payment-plan.ts';
import { PROMISE_STATES } from './promise.ts';

/** A way out of a state: where it leads, and what takes it there. */
export interface Exit<State extends string = string> {
  readonly to: State;
  readonly by: string;
}
export type StateTable<State extends string = string> = Readonly<Record<State, readonly Exit<State>[]>>;

/** Where an order stands. Its stage is worked out from what is true of it, so any late truth may bring a closed order back. */
export const ORDER_STATES = {
  credit_check: [
    { to: 'held', by: 'a rule of credit holds it' },
    { to: 'rejected', by: 'the customer is blocked, or the order lies far above the limit' },
    { to: 'fulfilment', by: 'approved' },
    { to: 'prepayment', by: 'approved, and to be paid before goods leave' },
    { to: 'invoicing', by: 'approved with services, or shipped already' },
    {
      to: 'collection',
      by: 'an open invoice from elsewhere is in the books, or what was invoiced before a change is open',
    },
    { to: 'disputed', by: 'changed while an item is disputed' },
    { to: 'settled', by: 'nothing is left after a change' },
    { to: 'cancelled', by: 'cancelled' },
  ],
  held: [
    { to: 'fulfilment', by: 'released, or room was found' },
    { to: 'invoicing', by: 'released, or room was found, and something waits for its invoice' },
    { to: 'collection', by: 'released, expired or closed short while an invoice is open' },
    { to: 'disputed', by: 'released, expired or closed short while an item is disputed' },
    { to: 'rejected', by: 'rejected by a person, or nobody decided before the deadline' },
    { to: 'cancelled', by: 'cancelled' },
    { to: 'credit_check', by: 'changed: checked again' },
    { to: 'settled', by: 'what is left was closed short or expired, and everything is paid' },
  ],
  prepayment: [
    { to: 'fulfilment', by: 'the prepayment came' },
    { to: 'invoicing', by: 'the prepayment came for services, or goods left without it' },
    { to: 'collection', by: 'an invoice of goods that left is open' },
    { to: 'held', by: 'its reservation ended' },
    { to: 'credit_check', by: 'changed: checked again' },
    { to: 'cancelled', by: 'cancelled' },
    { to: 'settled', by: 'the rest was closed short' },
  ],
  fulfilment: [
    { to: 'invoicing', by: 'a shipment was recorded' },
    { to: 'collection', by: 'a shipment waits for a decision, or a payment was taken back' },
    { to: 'disputed', by: 'an item is disputed' },
    { to: 'held', by: 'its reservation or its release ended' },
    { to: 'rejected', by: 'checked again after its release ended, with the customer blocked' },
    { to: 'credit_check', by: 'changed: checked again' },
    { to: 'prepayment', by: 'the money that was there for it went elsewhere' },
    { to: 'cancelled', by: 'cancelled' },
    { to: 'settled', by: 'what never shipped was closed short' },
  ],
  invoicing: [
    { to: 'collection', by: 'invoiced, and the invoice is open' },
    { to: 'disputed', by: 'invoiced, and an item is disputed' },
    { to: 'prepayment', by: 'invoiced, and what is left needs to be paid before' },
    { to: 'fulfilment', by: 'invoiced and paid, and something is left to ship' },
    { to: 'held', by: 'a release ended' },
    { to: 'credit_check', by: 'changed: checked again' },
    { to: 'cancelled', by: 'nothing of a cancelled order is open any more' },
    { to: 'settled', by: 'invoiced and paid' },
  ],
  disputed: [
    { to: 'collection', by: 'the last dispute ended, and something is open' },
    { to: 'fulfilment', by: 'the last dispute ended, and something is left to ship' },
    { to: 'prepayment', by: 'the last dispute ended, and what is left needs to be paid before' },
    { to: 'invoicing', by: 'a shipment was recorded, or a credit note issued' },
    { to: 'held', by: 'a release ended' },
    { to: 'credit_check', by: 'changed: checked again' },
    { to: 'cancelled', by: 'the dispute of a cancelled order ended' },
    { to: 'settled', by: 'the last dispute ended, and nothing is open' },
  ],
  collection: [
    { to: 'settled', by: 'nothing is open and nothing is left to ship' },
    { to: 'fulfilment', by: 'paid, and something is left to ship' },
    { to: 'prepayment', by: 'paid, and what is left needs to be paid before' },
    { to: 'invoicing', by: 'a shipment was recorded, or a credit note issued' },
    { to: 'disputed', by: 'an item is disputed' },
    { to: 'held', by: 'a release or reservation of the rest ended' },
    { to: 'rejected', by: 'what had left before the rejection needs no invoice' },
    { to: 'credit_check', by: 'changed: checked again' },
    { to: 'cancelled', by: 'nothing of a cancelled order is open any more' },
  ],
  rejected: [
    { to: 'collection', by: 'goods left although it was rejected' },
    { to: 'invoicing', by: 'goods left although it was rejected' },
    { to: 'credit_check', by: 'changed: checked again' },
  ],
  cancelled: [
    { to: 'collection', by: 'goods left although it was cancelled' },
    { to: 'invoicing', by: 'goods left although it was cancelled' },
  ],
  settled: [
    { to: 'collection', by: 'a payment was taken back, or a credit note left money over' },
    { to: 'invoicing', by: 'more was shipped, or a credit note issued' },
    { to: 'disputed', by: 'an item is disputed after it was paid' },
    { to: 'fulfilment', by: 'changed: more is ordered' },
    { to: 'prepayment', by: 'changed: more is ordered, to be paid before' },
    { to: 'credit_check', by: 'changed: checked again' },
  ],
} as const satisfies StateTable<Stage>;

export const CREDIT_STATES = {
  unassessed: [
    { to: 'approved', by: 'it fits' },
    { to: 'held', by: 'a rule holds it' },
    { to: 'rejected', by: 'the customer is blocked, or it lies far above the limit' },
  ],
  held: [
    { to: 'approved', by: 'released by a person, or room was found' },
    { to: 'rejected', by: 'rejected by a person, or nobody decided before the deadline' },
    { to: 'unassessed', by: 'the order was changed' },
  ],
  approved: [
    { to: 'unassessed', by: 'the order was changed' },
    { to: 'held', by: 'its release above the limit, or its reservation, ended' },
    { to: 'rejected', by: 'checked again, with the customer blocked' },
  ],
  rejected: [{ to: 'unassessed', by: 'the order was changed' }],
} as const satisfies StateTable<'unassessed' | 'held' | 'approved' | 'rejected'>;

/** A place in the queue for room. */
export const HOLD_STATES = {
  waiting: [
    { to: 'granted', by: 'room was found: reserved from then on' },
    { to: 'released', by: 'released by a person' },
    { to: 'rejected', by: 'rejected by a person' },
    { to: 'expired', by: 'nobody decided before the deadline' },
    { to: 'withdrawn', by: 'the order was changed or cancelled' },
  ],
  granted: [
    { to: 'taken', by: 'the order goes on' },
    { to: 'withdrawn', by: 'the order was changed or cancelled' },
  ],
  taken: [],
  released: [],
  rejected: [],
  expired: [],
  withdrawn: [],
} as const satisfies StateTable<'waiting' | 'granted' | 'taken' | 'released' | 'rejected' | 'expired' | 'withdrawn'>;

/** Whether a shipment is invoiced. */
export const SHIPMENT_STATES = {
  due: [{ to: 'invoiced', by: 'its invoice' }],
  quality_failed: [
    { to: 'due', by: 'a person decides to invoice it' },
    { to: 'waived', by: 'a person decides not to invoice it' },
  ],
  contested: [
    { to: 'invoiced', by: 'nobody decided otherwise before the deadline' },
    { to: 'due', by: 'a person decides to invoice it' },
    { to: 'waived', by: 'a person decides not to invoice it' },
  ],
  invoiced: [],
  waived: [],
} as const satisfies StateTable<'due' | 'quality_failed' | 'contested' | 'invoiced' | 'waived'>;

/** The way of an invoice, credit note or proforma to the customer. */
export const DELIVERY_STATES = {
  pending: [
    { to: 'sent', by: 'the mail server took it' },
    { to: 'unknown', by: 'the connection broke while it was sent: a person looks, it is never sent twice' },
    { to: 'undeliverable', by: 'no address, refused for good, or tried too often: a person brings it' },
  ],
  sent: [],
  unknown: [],
  undeliverable: [],
} as const satisfies StateTable<'pending' | 'sent' | 'unknown' | 'undeliverable'>;

/** An open item: of an invoice, a credit note or an opening balance. */
const ITEM_STATES = {
  open: [
    { to: 'partly_settled', by: 'a part was paid, credited or written off' },
    { to: 'settled', by: 'all of it was paid, credited, written off or refunded' },
  ],
  partly_settled: [
    { to: 'settled', by: 'the rest was paid, credited, written off or refunded' },
    { to: 'open', by: 'a payment was taken back or undone' },
  ],
  settled: [
    { to: 'open', by: 'a payment was taken back or undone' },
    { to: 'partly_settled', by: 'a part was taken back or undone' },
  ],
} as const satisfies StateTable<'open' | 'partly_settled' | 'settled'>;

/** A customer's letter of the day. */
export const LETTER_STATES = {
  open: [
    { to: 'sending', by: 'its place in the send window has come' },
    { to: 'sent', by: 'written down as sent, where nothing is mailed' },
    { to: 'empty', by: 'every item was paid, held or lapsed before it went' },
    { to: 'missed', by: 'the window closed before it could go: its items go with the next one' },
    { to: 'undeliverable', by: 'the customer has no address' },
  ],
  sending: [
    { to: 'sent', by: 'the mail server took it' },
    { to: 'open', by: 'the mail server was not there: tried again' },
    { to: 'undeliverable', by: 'refused for good' },
    { to: 'unknown', by: 'the connection broke: a person looks, it is never sent twice' },
  ],
  sent: [],
  undeliverable: [],
  unknown: [],
  missed: [],
  empty: [],
} as const satisfies StateTable<'open' | 'sending' | 'sent' | 'undeliverable' | 'unknown' | 'missed' | 'empty'>;

/** A payment, and what was taken back of one. */
export const PAYMENT_STATES = {
  received: [{ to: 'posted', by: 'allocated by its reference, the rest unapplied' }],
  posted: [],
} as const satisfies StateTable<'received' | 'posted'>;

export const TASK_STATES = {
  open: [
    { to: 'done', by: 'the request that it names, the money it waited for, or the order settling' },
    { to: 'lapsed', by: 'its deadline, where it only tells something' },
  ],
  done: [],
  lapsed: [],
} as const satisfies StateTable<'open' | 'done' | 'lapsed'>;

/** A table with the states it may begin in and its name for the reader. */
export interface NamedTable {
  readonly name: string;
  readonly first: readonly string[];
  readonly table: StateTable;
  /** Where it may rest for good although a late truth can bring it back; else its states without a way out. */
  readonly ends?: readonly string[];
}

/** All of them, in the order in which a reader meets them. */
export const STATE_TABLES: readonly NamedTable[] = [
  { name: 'Order', first: ['credit_check'], table: ORDER_STATES, ends: FINAL_STAGES },
  { name: 'Credit of an order', first: ['unassessed'], table: CREDIT_STATES, ends: ['approved', 'rejected'] },
  { name: 'Hold', first: ['waiting'], table: HOLD_STATES },
  { name: 'Shipment', first: ['due', 'quality_failed', 'contested'], table: SHIPMENT_STATES },
  { name: 'Delivery of a document', first: ['pending'], table: DELIVERY_STATES },
  { name: 'Open item', first: ['open'], table: ITEM_STATES, ends: ['settled'] },
  { name: 'Letter of the day', first: ['open'], table: LETTER_STATES },
  { name: 'Dispute', first: ['open'], table: DISPUTE_STATES },
  { name: 'Promise to pay', first: ['open'], table: PROMISE_STATES },
  { name: 'Payment plan', first: ['active'], table: PLAN_STATES },
  { name: 'Payment, and its return', first: ['received'], table: PAYMENT_STATES },
  { name: 'Bank file', first: ['received'], table: BANK_FILE_STATES },
  {
    name: 'Bank line',
    first: ['stored'],
    table: BANK_LINE_STATES,
    ends: ['applied', 'cleared', 'returned', 'duplicate', 'ignored'],
  },
  { name: 'Remittance advice', first: ['parked'], table: ADVICE_STATES },
  { name: 'Payout of a provider', first: ['expected'], table: PAYOUT_STATES },
  { name: 'Approval', first: ['requested'], table: APPROVAL_STATES },
  { name: 'Task', first: ['open'], table: TASK_STATES },
];
