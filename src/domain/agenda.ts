// What happens next to an order, when and why: the one function that workflows, API, worklists and pilot ask.

import type { Calendar } from './calendar.ts';
import { localDate, localInstant } from './calendar.ts';
import type { IsoDate } from './dates.ts';
import { nextDunningStep, type DunnedItem } from './dunning.ts';
import { handInAt } from './letter-day.ts';
import type { Level, Policy } from './policy.ts';

/** Everything an order's run can do. Each is one activity; the workflow's table lists them by the same names. */
export type StepName =
  'postOpeningItem' | 'assessCredit' | 'expireHold' | 'issueInvoice' | 'deliverInvoice' | 'remind' | 'askCollector';

/** Where an order stands, for people and for searching. */
export type Stage = 'credit_check' | 'held' | 'rejected' | 'fulfilment' | 'invoicing' | 'collection' | 'settled';

/** The stages in which nothing more will happen by itself. */
export const FINAL_STAGES: readonly Stage[] = ['rejected', 'settled'];

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

export interface ItemFacts extends DunnedItem {
  readonly itemId: string;
  /** The invoice's number, as the customer knows it. */
  readonly number: string;
}

export interface InvoiceFacts {
  readonly invoiceId: string;
  readonly number: string;
  readonly delivery: 'pending' | 'sent' | 'unknown' | 'undeliverable';
  /** Instant before which delivery is not tried again. */
  readonly retryAt: number | null;
}

/** All that is true of an order, read in one go from Postgres. Plain data. */
export interface OrderFacts {
  /** `opening`: an open invoice from elsewhere, taken over without a credit check. */
  readonly kind: 'order' | 'opening';
  readonly credit: {
    readonly state: 'unassessed' | 'held' | 'approved' | 'rejected';
    /** Instant at which a hold ends as rejected. */
    readonly holdUntil: number | null;
    readonly reasons: readonly string[];
  };
  /** Shipments (their IDs), or `services`, that no invoice carries yet, oldest first. */
  readonly toInvoice: readonly string[];
  /** Whether quantities are left that need a shipment. */
  readonly awaitsShipment: boolean;
  readonly invoices: readonly InvoiceFacts[];
  readonly items: readonly ItemFacts[];
}

type Entry = Pick<Next, 'step' | 'subject' | 'level' | 'at' | 'because'>;

/** The order in which steps that are due at the same instant are taken. */
const PRECEDENCE: readonly Next['step'][] = [
  'postOpeningItem',
  'assessCredit',
  'expireHold',
  'issueInvoice',
  'deliverInvoice',
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
  const stage = stageOf(order);
  const open = order.items.filter((item) => item.openMinor > 0);
  const dueOn = open.reduce<IsoDate | null>((min, item) => (min === null || item.dueOn < min ? item.dueOn : min), null);
  const openMinor = open.reduce((sum, item) => sum + item.openMinor, 0);
  return entriesOf(order, policy, calendar, now)
    .sort(soonestFirst)
    .map((entry) => ({ ...entry, stage, openMinor, dueOn }));
}

function entriesOf(order: OrderFacts, policy: Policy, calendar: Calendar, now: number): Entry[] {
  switch (order.credit.state) {
    case 'unassessed':
      if (order.kind === 'opening') {
        const because = 'the open invoice from elsewhere is not yet in the books';
        return [{ step: 'postOpeningItem', subject: null, level: null, at: now, because }];
      }
      return [{ step: 'assessCredit', subject: null, level: null, at: now, because: 'the order is new' }];
    case 'held':
      return [
        {
          step: 'expireHold',
          subject: null,
          level: null,
          at: order.credit.holdUntil ?? now,
          because: `held (${order.credit.reasons.join(', ')}): rejected unless somebody decides before`,
        },
      ];
    case 'rejected':
      return [closed(`rejected (${order.credit.reasons.join(', ')})`)];
    case 'approved':
      return approvedEntries(order, policy, calendar, now);
  }
}

function approvedEntries(order: OrderFacts, policy: Policy, calendar: Calendar, now: number): Entry[] {
  const entries: Entry[] = [
    ...order.toInvoice.map((subject) => ({
      step: 'issueInvoice' as const,
      subject,
      level: null,
      at: now,
      because:
        subject === 'services' ? 'services are invoiced when the order is approved' : 'shipped and not yet invoiced',
    })),
    ...order.invoices
      .filter((invoice) => invoice.delivery === 'pending')
      .map((invoice) => ({
        step: 'deliverInvoice' as const,
        subject: invoice.invoiceId,
        level: null,
        at: invoice.retryAt ?? now,
        because: `invoice ${invoice.number} has not reached the customer`,
      })),
    ...order.items.flatMap((item) => itemEntry(item, policy, calendar, now)),
  ];
  if (order.awaitsShipment) entries.push(waiting(null, 'waits for the shipment of what is left'));
  if (entries.length > 0) return entries;
  return [closed('nothing is open and nothing is left to ship')];
}

function itemEntry(item: ItemFacts, policy: Policy, calendar: Calendar, now: number): Entry[] {
  if (item.openMinor <= 0) return [];
  const next = nextDunningStep(item, policy, calendar, now);
  if (next.kind !== 'step') {
    const entry = waiting(item.itemId, `${item.number} waits for its payment: ${next.because}`);
    return [{ ...entry, at: next.kind === 'wait' ? next.askAgainAt : null }];
  }
  const isTask = next.level === 'collector';
  const at = isTask
    ? localInstant(calendar.zone, next.on, policy.sendWindow.opens)
    : handInAt(policy, calendar, { day: next.on, key: item.itemId });
  return [
    {
      step: isTask ? 'askCollector' : 'remind',
      subject: item.itemId,
      level: next.level,
      at,
      because: `${item.number}: ${next.level} on ${next.on}, ${next.because}`,
    },
  ];
}

function stageOf(order: OrderFacts): Stage {
  if (order.credit.state === 'unassessed') return 'credit_check';
  if (order.credit.state !== 'approved') return order.credit.state;
  if (order.toInvoice.length > 0 || order.invoices.some((invoice) => invoice.delivery === 'pending'))
    return 'invoicing';
  if (order.items.some((item) => item.openMinor > 0)) return 'collection';
  return order.awaitsShipment ? 'fulfilment' : 'settled';
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
  item: DunnedItem,
  options: { level: Level; policy: Policy; calendar: Calendar; now: number },
): boolean {
  const { level, policy, calendar, now } = options;
  const others = { ...item, steps: item.steps.filter((step) => !(step.level === level && step.state === 'waiting')) };
  const next = nextDunningStep(others, policy, calendar, now);
  return next.kind === 'step' && next.level === level && next.on <= localDate(calendar.zone, now);
}
