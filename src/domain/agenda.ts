// What happens next to an order, when and why: the one function that workflows, API, worklists and pilot ask.

import { endingBlock, type Block } from './block.ts';
import type { Calendar } from './calendar.ts';
import { localDate, localInstant } from './calendar.ts';
import type { IsoDate } from './dates.ts';
import { nextDunningStep, type DunnedItem } from './dunning.ts';
import { handInAt } from './letter-day.ts';
import type { CashFacts, ItemFacts, TaskFacts, OrderFacts } from './order-facts.ts';
import { allocateByReference, numbersIn, type Allocation } from './payment-allocation.ts';
import { planDay, planEvaluatedAt, planStanding } from './payment-plan.ts';
import type { Level, Policy } from './policy.ts';
import { evaluateAt, heldUntil } from './promise.ts';

/** Everything an order's run can do. Each is one activity; the workflow's table lists them by the same names. */
export type StepName =
  | 'postOpeningItem'
  | 'assessCredit'
  | 'takeGrant'
  | 'expireHold'
  | 'expireReservation'
  | 'deliverProforma'
  | 'issueInvoice'
  | 'deliverInvoice'
  | 'applyCash'
  | 'evaluatePromise'
  | 'evaluatePlan'
  | 'expireApproval'
  | 'tellOwner'
  | 'escalateTask'
  | 'remind'
  | 'askCollector';

/** Where an order stands, for people and for searching. */
export const STAGES = [
  'credit_check',
  'held',
  'rejected',
  'cancelled',
  'prepayment',
  'fulfilment',
  'invoicing',
  'disputed',
  'collection',
  'settled',
] as const;
export type Stage = (typeof STAGES)[number];

/** The stages in which nothing more will happen by itself. */
export const FINAL_STAGES: readonly Stage[] = ['rejected', 'cancelled', 'settled'];

export interface Next {
  readonly step: StepName | 'wait' | 'closed';
  /** What the step is about: the shipment or `services` to invoice, the invoice to deliver, the open item to dun. */
  readonly subject: string | null;
  readonly level: Level | null;
  /** Instant (epoch milliseconds) from which the step is due, or at which a wait asks again; `null`: only a message moves the order on. */
  readonly at: number | null;
  readonly because: string;
  readonly stage: Stage;
  /** Open receivables of the order in minor units, and the earliest due date among them. */
  readonly openMinor: number;
  readonly dueOn: IsoDate | null;
}

type Entry = Pick<Next, 'step' | 'subject' | 'level' | 'at' | 'because'>;

/** The order in which steps that are due at the same instant are taken. */
const PRECEDENCE: readonly Next['step'][] = [
  'postOpeningItem',
  'takeGrant',
  'assessCredit',
  'tellOwner',
  'expireHold',
  'expireReservation',
  'deliverProforma',
  'issueInvoice',
  'applyCash',
  'deliverInvoice',
  'evaluatePromise',
  'evaluatePlan',
  'expireApproval',
  'escalateTask',
  'remind',
  'askCollector',
  'wait',
  'closed',
];

/**
 * The one next step of an order. `at` may lie in the past: then the step is due now.
 *
 * @param order what is true now
 * @param policy the policy of the legal entity
 * @param calendar the customer's working days and zone
 * @param now business time, epoch milliseconds
 */
export function nextStep(order: OrderFacts, policy: Policy, calendar: Calendar, now: number): Next {
  const [first] = agenda(order, policy, calendar, now);
  if (first === undefined) throw new Error('defect: an agenda is never empty');
  return first;
}

/** All that lies ahead of an order, soonest first; what only a message can move on stands last. Never empty. */
export function agenda(order: OrderFacts, policy: Policy, calendar: Calendar, now: number): Next[] {
  const entries = entriesOf(order, policy, calendar, now);
  const isOver = entries.every((entry) => entry.step === 'tellOwner');
  if (isOver) entries.push(closed(closedBecause(order)));
  const stage = stageOf(order, isOver);
  const open = order.items.filter((item) => item.openMinor > 0);
  const dueOn = open
    .filter((item) => item.side === 'debit')
    .reduce<IsoDate | null>((min, item) => (min === null || item.dueOn < min ? item.dueOn : min), null);
  const openMinor = open.reduce((sum, item) => sum + (item.side === 'debit' ? item.openMinor : -item.openMinor), 0);
  return entries.sort(soonestFirst).map((entry) => ({ ...entry, stage, openMinor, dueOn }));
}

function entriesOf(order: OrderFacts, policy: Policy, calendar: Calendar, now: number): Entry[] {
  const entries = [
    ...creditEntries(order, now),
    ...prepaymentEntries(order, now),
    ...invoicingEntries(order, now),
    ...cashEntries(order, now),
    ...order.items.flatMap((item) => itemEntries(item, policy, calendar, now)),
    ...order.disputes.map((dispute) =>
      waiting(dispute.disputeId, `waits for the dispute of ${dispute.number} (${dispute.reason})`),
    ),
    ...order.approvals.map((approval) =>
      due('expireApproval', approval.approvalId, {
        at: approval.deadlineAt,
        because: `a ${approval.kind} waits for approval and lapses unless somebody decides before`,
      }),
    ),
  ];
  // An order with nothing else to do has nobody to press: its tasks end with it.
  const isPressing = entries.length > 0;
  return [...entries, ...order.tasks.flatMap((task) => taskEntries(task, isPressing, now))];
}

function creditEntries(order: OrderFacts, now: number): Entry[] {
  const { credit } = order;
  if (order.isCancelled) return [];
  switch (credit.state) {
    case 'unassessed':
      return order.kind === 'opening'
        ? [
            due('postOpeningItem', null, {
              at: now,
              because: 'the open invoice from elsewhere is not yet in the books',
            }),
          ]
        : [due('assessCredit', null, { at: now, because: 'the order is new, or was changed' })];
    case 'held':
      if (credit.isGranted) return [due('takeGrant', null, { at: now, because: 'room was found for the held order' })];
      return [
        due('expireHold', null, {
          at: credit.holdUntil ?? now,
          because: `held (${credit.reasons.join(', ')}): rejected unless somebody decides before`,
        }),
      ];
    case 'rejected':
      return [];
    case 'approved':
      return order.awaitsShipment ? reservationEntries(order) : [];
  }
}

function reservationEntries({ credit, prepayment }: OrderFacts): Entry[] {
  const entries: Entry[] = prepayment.isPrepaid ? [] : [waiting(null, 'waits for the shipment of what is left')];
  if (credit.releasedUntil !== null) {
    const because = 'the release above the limit is good until then, and what did not ship is checked again';
    entries.push(due('assessCredit', null, { at: credit.releasedUntil, because }));
  }
  if (credit.reservedUntil !== null) {
    const because = 'the reservation of what never shipped ends';
    entries.push(due('expireReservation', null, { at: credit.reservedUntil, because }));
  }
  return entries;
}

/** Money of the customer that names the order and is not used for anything yet, in minor units. */
export function prepaidMinor({ cash, number }: OrderFacts): number {
  return cash
    .filter((payment) => numbersIn(payment.reference).includes(number))
    .reduce((sum, payment) => sum + payment.unappliedMinor, 0);
}

/** Whether goods may leave as far as money goes: the order needs no prepayment, or it has come. */
export function isPrepaidFor(order: OrderFacts): boolean {
  return !order.prepayment.isPrepaid || prepaidMinor(order) >= order.prepayment.neededMinor;
}

function prepaymentEntries(order: OrderFacts, now: number): Entry[] {
  const { prepayment } = order;
  if (!prepayment.isPrepaid || order.credit.state !== 'approved' || order.isCancelled || !isUnfinished(order))
    return [];
  const isPaid = isPrepaidFor(order);
  const entries = [waiting(null, isPaid ? 'waits for the shipment of what is left' : 'waits for the prepayment')];
  if (prepayment.proforma !== 'pending' || isPaid) return entries;
  const because = 'the proforma invoice has not reached the customer';
  return [...entries, due('deliverProforma', null, { at: prepayment.retryAt ?? now, because })];
}

function isUnfinished(order: OrderFacts): boolean {
  return order.awaitsShipment || order.toInvoice.some(({ subject }) => subject === 'services');
}

function mayInvoiceServices(order: OrderFacts): boolean {
  return order.credit.state === 'approved' && !order.isCancelled && isPrepaidFor(order);
}

function invoicingEntries(order: OrderFacts, now: number): Entry[] {
  return [
    ...order.toInvoice.flatMap((part): Entry[] => {
      if (part.subject === 'services') {
        if (!mayInvoiceServices(order)) return [];
        return [
          due('issueInvoice', part.subject, { at: now, because: 'services are invoiced when the order is approved' }),
        ];
      }
      if (part.invoicing === 'quality_failed')
        return [waiting(part.subject, 'waits for the decision on the failed quality check')];
      const because =
        part.invoicing === 'due'
          ? 'shipped and not yet invoiced'
          : 'shipped although it should not have been: invoiced unless somebody decides otherwise before';
      return [due('issueInvoice', part.subject, { at: part.from ?? now, because })];
    }),
    ...order.invoices
      .filter((invoice) => invoice.delivery === 'pending')
      .map((invoice) =>
        due('deliverInvoice', invoice.invoiceId, {
          at: invoice.retryAt ?? now,
          because: `${invoice.kind === 'invoice' ? 'invoice' : 'credit note'} ${invoice.number} has not reached the customer`,
        }),
      ),
  ];
}

/** What a payment settles of an order by itself: the open items that its reference names, but none it was taken back from. */
export function cashAllocations(order: OrderFacts, payment: CashFacts): Allocation[] {
  const { reference, unappliedMinor, notFor } = payment;
  const items = order.items
    .filter((item) => item.side === 'debit' && item.openMinor > 0 && !notFor.includes(item.itemId))
    .map((item) => ({ ...item, orderNumber: order.kind === 'order' ? order.number : null }));
  return allocateByReference({ amountMinor: unappliedMinor, reference, items }).allocations;
}

/** Money that came before its invoice, or beside it: what the reference names is settled from it. */
function cashEntries(order: OrderFacts, now: number): Entry[] {
  const useful = order.cash.find((payment) => cashAllocations(order, payment).length > 0);
  if (useful === undefined) return [];
  const because = 'an earlier payment names the order or its invoice';
  return [due('applyCash', useful.paymentId, { at: now, because })];
}

function itemEntries(item: ItemFacts, policy: Policy, calendar: Calendar, now: number): Entry[] {
  const valued = [...promiseEntries(item, policy, calendar, now), ...planEntries(item, policy, calendar, now)];
  if (item.openMinor <= 0) return valued;
  if (item.side === 'credit') return [...valued, waiting(item.itemId, `${item.number} is open: refund it or use it`)];
  return [...valued, dunningEntry(item, policy, calendar, now)];
}

function promiseEntries(
  { promise, number, openMinor }: ItemFacts,
  policy: Policy,
  calendar: Calendar,
  now: number,
): Entry[] {
  if (promise === null) return [];
  const isPaid = promise.paidMinor >= promise.amountMinor || openMinor <= 0;
  const at = isPaid
    ? now
    : evaluateAt({ promisedOn: promise.promisedOn, toleranceDays: policy.promiseToleranceDays, calendar });
  return [
    due('evaluatePromise', promise.promiseId, { at, because: `${number} was promised for ${promise.promisedOn}` }),
  ];
}

function planEntries({ plan, number, openMinor }: ItemFacts, policy: Policy, calendar: Calendar, now: number): Entry[] {
  if (plan === null) return [];
  const { instalments, paidMinor } = plan;
  const toleranceDays = policy.promiseToleranceDays;
  const standing = planStanding({ instalments, paidMinor, openMinor, today: planDay(calendar, now), toleranceDays });
  const at = standing.state === 'active' ? planEvaluatedAt(standing.nextOn, calendar) : now;
  return [due('evaluatePlan', plan.planId, { at, because: `${number} is paid by a plan` })];
}

/** What dunning sees of an item: not the disputed part, and nothing while a promise or a plan holds it. */
export function dunnedPart(item: ItemFacts, policy: Policy): DunnedItem {
  const { promise, plan } = item;
  const held: Block[] = item.blocks.map((block) => endingBlock(block, policy.blockDaysMax));
  if (promise !== null) {
    const until = heldUntil(promise.promisedOn, policy.promiseToleranceDays);
    held.push({ from: promise.givenOn, until, endedOn: null });
  }
  if (plan !== null) held.push({ from: plan.agreedOn, until: null, endedOn: null });
  return { ...item, openMinor: Math.max(0, item.openMinor - item.disputedMinor), blocks: held };
}

function dunningEntry(item: ItemFacts, policy: Policy, calendar: Calendar, now: number): Entry {
  const dunned = dunnedPart(item, policy);
  if (dunned.openMinor === 0) return waiting(item.itemId, `${item.number} is disputed and kept out of dunning`);
  const next = nextDunningStep(dunned, policy, calendar, now);
  if (next.kind !== 'step') {
    const entry = waiting(item.itemId, `${item.number} waits for its payment: ${next.because}`);
    return { ...entry, at: next.kind === 'wait' ? next.askAgainAt : null };
  }
  const isTask = next.level === 'collector';
  const at = isTask
    ? localInstant(calendar.zone, next.on, policy.sendWindow.opens)
    : handInAt(policy, calendar, { day: next.on, key: item.itemId });
  const because = `${item.number}: ${next.level} on ${next.on}, ${next.because}`;
  return { ...due(isTask ? 'askCollector' : 'remind', item.itemId, { at, because }), level: next.level };
}

function taskEntries(task: TaskFacts, isPressing: boolean, now: number): Entry[] {
  const entries: Entry[] = [];
  if (!task.isTold) {
    entries.push(
      due('tellOwner', task.taskId, {
        at: task.tellAt ?? now,
        because: `${task.ownerRole} is told of the task ${task.kind}`,
      }),
    );
  }
  if (isPressing && task.escalation !== null) {
    const because = `the task ${task.kind} goes on from ${task.ownerRole} to ${task.escalation.role} unless it is done before`;
    entries.push(due('escalateTask', task.taskId, { at: task.escalation.at, because }));
  }
  return entries;
}

function stageOf(order: OrderFacts, isOver: boolean): Stage {
  const { state } = order.credit;
  if (isOver) {
    // What shipped nevertheless was invoiced and is settled, as any other order is.
    if (order.invoices.length > 0) return 'settled';
    if (order.isCancelled) return 'cancelled';
    return state === 'rejected' ? 'rejected' : 'settled';
  }
  if (!order.isCancelled && state === 'unassessed') return 'credit_check';
  if (!order.isCancelled && state === 'held') return 'held';
  const isInvoicing = order.toInvoice.some((part) => part.subject !== 'services' || mayInvoiceServices(order));
  if (isInvoicing || order.invoices.some((invoice) => invoice.delivery === 'pending')) return 'invoicing';
  if (order.disputes.length > 0) return 'disputed';
  if (order.items.some((item) => item.openMinor > 0)) return 'collection';
  if (state === 'approved' && !order.isCancelled && !isPrepaidFor(order)) return 'prepayment';
  return order.awaitsShipment && state === 'approved' && !order.isCancelled ? 'fulfilment' : 'collection';
}

function closedBecause(order: OrderFacts): string {
  if (order.isCancelled) return 'cancelled, and nothing is open';
  if (order.credit.state === 'rejected') return `rejected (${order.credit.reasons.join(', ')})`;
  return 'nothing is open and nothing is left to ship';
}

function due(step: StepName, subject: string | null, { at, because }: { at: number; because: string }): Entry {
  return { step, subject, level: null, at, because };
}

function waiting(subject: string | null, because: string): Entry {
  return { step: 'wait', subject, level: null, at: null, because };
}

function closed(because: string): Entry {
  return { step: 'closed', subject: null, level: null, at: null, because };
}

function soonestFirst(a: Entry, b: Entry): number {
  if (a.at !== b.at) {
    if (a.at === null) return 1;
    if (b.at === null) return -1;
    return a.at - b.at;
  }
  const byStep = PRECEDENCE.indexOf(a.step) - PRECEDENCE.indexOf(b.step);
  if (byStep !== 0) return byStep;
  return (a.subject ?? '') < (b.subject ?? '') ? -1 : 1;
}

/**
 * Whether a letter may carry the item at this level on this day: asked again just before sending, because a payment, a
 * block or the due date may have come since the item was handed in.
 */
export function mayBeSent(
  item: ItemFacts,
  options: { level: Level; policy: Policy; calendar: Calendar; now: number },
): boolean {
  const { level, policy, calendar, now } = options;
  const others = { ...item, steps: item.steps.filter((step) => !(step.level === level && step.state === 'waiting')) };
  const next = nextDunningStep(dunnedPart(others, policy), policy, calendar, now);
  return next.kind === 'step' && next.level === level && next.on <= localDate(calendar.zone, now);
}
