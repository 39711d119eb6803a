// The credit decision: approve, hold or reject an order, from the exposure it would make and what else holds orders.

import type { IsoDate } from './dates.ts';
import { formatDecimal, minorUnits } from './money.ts';
import { LEVELS, type CreditRules, type ExposureRules, type Level } from './policy.ts';

/**
 * What the customers of one credit account owe or may come to owe, by bucket, in minor units of the limit's currency. One
 * euro stands in one bucket only. An order that is decided anew leaves its own part out.
 */
export interface Exposure {
  /** Open items, net of open credit items. */
  readonly openItemsMinor: number;
  /** The part of `openItemsMinor` that is disputed. */
  readonly disputedMinor: number;
  /** Approved orders less what was invoiced of them. */
  readonly unbilledOrdersMinor: number;
  /** Holds that were granted and not yet taken: reserved as the unbilled orders are that they become. */
  readonly grantedMinor: number;
  /** Cash received and not yet allocated; it lowers the exposure. */
  readonly unappliedCashMinor: number;
}

/** Why an order is held or rejected by the credit check, and whether room or a payment alone may lift it. */
const IS_CURABLE = {
  credit_limit_exceeded: true,
  overdue_amount: true,
  oldest_item: true,
  dunning_level: true,
  credit_queue: true,
  customer_blocked: false,
  limit_expired: false,
  order_amount: false,
  longer_terms: false,
  reservation_expired: false,
} as const;

export type CreditReasonCode = keyof typeof IS_CURABLE;

export interface CreditReason {
  readonly code: CreditReasonCode;
  readonly text: string;
  readonly exposureMinor: number;
  readonly orderMinor: number;
  readonly limitMinor: number | null;
  readonly currency: string;
  /** What a rule beside the limit compared: the fact and its bound. Plain JSON. */
  readonly details?: Readonly<Record<string, number | string>>;
}

export interface CreditDecision {
  readonly outcome: 'approved' | 'held' | 'rejected';
  readonly reasons: readonly CreditReason[];
}

/** What the credit of an order depends on, whoever waits before it. Amounts are minor units of the limit's currency. */
export interface CreditFacts {
  /** What the order still needs: its gross less what was invoiced of it. */
  readonly orderMinor: number;
  readonly exposure: Exposure;
  /** `null`: no limit is kept. */
  readonly limitMinor: number | null;
  /** Last day on which the limit is good; `null`: without an end. */
  readonly limitUntil: IsoDate | null;
  readonly today: IsoDate;
  readonly currency: string;
  readonly isBlocked: boolean;
  /** Open and past its due date. */
  readonly overdueMinor: number;
  /** Days since the earliest due date of an open item; 0 when none is overdue. */
  readonly oldestOverdueDays: number;
  /** The latest level that an open item reached. */
  readonly highestLevel: Level | null;
  readonly orderTermsDays: number;
  readonly customerTermsDays: number;
  readonly isPrepaid: boolean;
  readonly rules: CreditRules;
}

/** The buckets that the rules count, summed: open items + unbilled and granted orders − unapplied cash. */
export function totalExposureMinor(exposure: Exposure, rules: ExposureRules): number {
  const disputedOutMinor = rules.disputedItems ? 0 : exposure.disputedMinor;
  const itemsMinor = rules.openItems ? exposure.openItemsMinor - disputedOutMinor : 0;
  const ordersMinor = rules.unbilledOrders ? exposure.unbilledOrdersMinor + exposure.grantedMinor : 0;
  return minorUnits(itemsMinor + ordersMinor - (rules.unappliedCash ? exposure.unappliedCashMinor : 0));
}

/**
 * Decides an order by the hold rules of the field (SAP and Dynamics 365 credit checks). A blocked customer is rejected, and
 * so is what lies above the policy's share of the limit; else every rule that applies holds it, `credit_queue` when others wait for room before it. What reaches the limit
 * exactly passes. A prepaid order, or one that needs nothing, asks for no credit: only a blocked customer rejects it.
 */
export function decideCredit(options: CreditFacts & { readonly isQueueWaiting: boolean }): CreditDecision {
  const { orderMinor, limitMinor, currency } = options;
  const exposureMinor = totalExposureMinor(options.exposure, options.rules.exposure);
  const question: Question = { ...options, exposureMinor };
  const decide = (outcome: CreditDecision['outcome'], found: readonly (Found | null)[]): CreditDecision => ({
    outcome,
    reasons: found
      .filter((reason) => reason !== null)
      .map(({ code, text, ...more }) => ({ code, text, exposureMinor, orderMinor, limitMinor, currency, ...more })),
  });
  if (options.isBlocked) {
    return decide('rejected', [{ code: 'customer_blocked', text: 'The customer is blocked for new orders.' }]);
  }
  if (options.isPrepaid || orderMinor <= 0) return decide('approved', []);
  if (isFarAbove(question)) return decide('rejected', [overLimit(question)]);
  const found = HOLD_CHECKS.map((check) => check(question));
  return decide(found.every((reason) => reason === null) ? 'approved' : 'held', found);
}

/** Whether the head of a queue may go now: nothing but its place in the queue would hold it. */
export function grantable(facts: CreditFacts): boolean {
  return decideCredit({ ...facts, isQueueWaiting: false }).outcome === 'approved';
}

/** Whether room or a payment alone may lift the reason. What is no code of ours, such as `hold_expired`, is a person's. */
export function isCurable(code: string): boolean {
  return Object.entries(IS_CURABLE).some(([known, curable]) => known === code && curable);
}

/** Whether a held order waits in the queue for room: nothing of what holds it needs a person. */
export function isQueued(reasons: readonly { readonly code: string }[]): boolean {
  return reasons.length > 0 && reasons.every((reason) => isCurable(reason.code));
}

type Question = CreditFacts & { readonly exposureMinor: number; readonly isQueueWaiting: boolean };
type Found = Pick<CreditReason, 'code' | 'text' | 'details'>;

/** What holds an order, in the order in which a person reads it. */
const HOLD_CHECKS: readonly ((question: Question) => Found | null)[] = [
  overLimit,
  limitExpired,
  overdueAmount,
  oldestItem,
  dunningLevel,
  orderAmount,
  longerTerms,
  queueWaits,
];

function isFarAbove({ exposureMinor, orderMinor, limitMinor, rules }: Question): boolean {
  if (limitMinor === null || rules.rejectAbovePercent === null || exposureMinor + orderMinor <= limitMinor)
    return false;
  return BigInt(exposureMinor + orderMinor) * 100n > BigInt(limitMinor) * BigInt(rules.rejectAbovePercent);
}

function overLimit({ exposureMinor, orderMinor, limitMinor, currency }: Question): Found | null {
  const neededMinor = exposureMinor + orderMinor;
  if (limitMinor === null || neededMinor <= limitMinor) return null;
  const show = shownIn(currency);
  const text = `Exposure ${show(exposureMinor)} and this order of ${show(orderMinor)} make ${show(neededMinor)}, ${show(neededMinor - limitMinor)} above the limit of ${show(limitMinor)}.`;
  return { code: 'credit_limit_exceeded', text };
}

function limitExpired({ limitUntil, today }: Question): Found | null {
  if (limitUntil === null || today <= limitUntil) return null;
  const text = `The limit was good until ${limitUntil}, and today is ${today}.`;
  return { code: 'limit_expired', text, details: { limitUntil, today } };
}

function overdueAmount(question: Question): Found | null {
  const { overdueMinor, currency, rules } = question;
  const { overdueMinor: fromMinor, usedPercent: fromPercent } = rules.holds;
  // Zero overdue is never a reason, also not where the bound is zero.
  if (fromMinor === null || overdueMinor <= 0 || overdueMinor < fromMinor || !isUsed(question)) return null;
  const show = shownIn(currency);
  const share = fromPercent <= 0 ? '' : ` and at least ${String(fromPercent)} % of the limit is used`;
  const text = `${show(overdueMinor)} is overdue${share}; orders are held from ${show(fromMinor)} on.`;
  return { code: 'overdue_amount', text, details: { overdueMinor, fromMinor, fromPercent } };
}

/** Whether the share of the limit is used from which overdue amounts hold, by what is owed and reserved without this order. */
function isUsed({ exposureMinor, limitMinor, rules }: Question): boolean {
  const fromPercent = rules.holds.usedPercent;
  if (fromPercent <= 0) return true;
  return limitMinor !== null && BigInt(exposureMinor) * 100n >= BigInt(limitMinor) * BigInt(fromPercent);
}

function oldestItem({ oldestOverdueDays, rules }: Question): Found | null {
  const mostDays = rules.holds.oldestItemDays;
  if (mostDays === null || oldestOverdueDays <= mostDays) return null;
  const text = `The oldest open item is ${String(oldestOverdueDays)} days overdue, more than ${String(mostDays)}.`;
  return { code: 'oldest_item', text, details: { oldestOverdueDays, mostDays } };
}

function dunningLevel({ highestLevel, rules }: Question): Found | null {
  const fromLevel = rules.holds.level;
  if (fromLevel === null || highestLevel === null) return null;
  if (LEVELS.indexOf(highestLevel) < LEVELS.indexOf(fromLevel)) return null;
  const text = `An open item has reached the level ${highestLevel}; orders are held from ${fromLevel} on.`;
  return { code: 'dunning_level', text, details: { highestLevel, fromLevel } };
}

function orderAmount({ orderMinor, currency, rules }: Question): Found | null {
  const mostMinor = rules.holds.orderMinor;
  if (mostMinor === null || orderMinor <= mostMinor) return null;
  const show = shownIn(currency);
  const text = `The order of ${show(orderMinor)} is above ${show(mostMinor)}, the most that passes without a person.`;
  return { code: 'order_amount', text, details: { mostMinor } };
}

function longerTerms({ orderTermsDays, customerTermsDays, rules }: Question): Found | null {
  if (!rules.holds.isLongerTermsHeld || orderTermsDays <= customerTermsDays) return null;
  const text = `The order is due after ${String(orderTermsDays)} days, the customer's terms are ${String(customerTermsDays)} days.`;
  return { code: 'longer_terms', text, details: { orderTermsDays, customerTermsDays } };
}

function queueWaits({ isQueueWaiting }: Question): Found | null {
  if (!isQueueWaiting) return null;
  return { code: 'credit_queue', text: 'Other orders of this credit account wait for room before it.' };
}

function shownIn(currency: string): (minor: number) => string {
  return (minor) => `${formatDecimal(minor, currency)} ${currency}`;
}
