// The credit decision: approve, hold or reject an order, from the exposure it would make.

import { formatDecimal } from './money.ts';
import type { CreditRules } from './policy.ts';

/** What a customer owes or may come to owe, by bucket, in minor units of the limit's currency. One euro stands in one bucket only. */
export interface Exposure {
  readonly openItemsMinor: number;
  /** Approved orders less what was invoiced of them. */
  readonly unbilledOrdersMinor: number;
  /** Cash received and not yet allocated; it lowers the exposure. */
  readonly unappliedCashMinor: number;
}

export interface CreditReason {
  readonly code: 'credit_limit_exceeded' | 'customer_blocked';
  readonly text: string;
  readonly exposureMinor: number;
  readonly orderMinor: number;
  readonly limitMinor: number | null;
  readonly currency: string;
}

export interface CreditDecision {
  readonly outcome: 'approved' | 'held' | 'rejected';
  readonly reasons: readonly CreditReason[];
}

/** The buckets summed: open items + unbilled orders − unapplied cash. */
export function totalExposureMinor(exposure: Exposure): number {
  return exposure.openItemsMinor + exposure.unbilledOrdersMinor - exposure.unappliedCashMinor;
}

/**
 * Decides an order of `orderMinor` gross against the customer's limit (`null`: no limit is kept). Up to the limit it passes,
 * above it is held, and above the policy's share of the limit it is rejected.
 */
export function decideCredit(options: {
  orderMinor: number;
  exposure: Exposure;
  limitMinor: number | null;
  currency: string;
  isBlocked: boolean;
  rules: CreditRules;
}): CreditDecision {
  const { orderMinor, exposure, limitMinor, currency, rules } = options;
  const exposureMinor = totalExposureMinor(exposure);
  const figures = { exposureMinor, orderMinor, limitMinor, currency };
  if (options.isBlocked) {
    const text = 'The customer is blocked for new orders.';
    return { outcome: 'rejected', reasons: [{ code: 'customer_blocked', text, ...figures }] };
  }
  const neededMinor = exposureMinor + orderMinor;
  if (limitMinor === null || neededMinor <= limitMinor) return { outcome: 'approved', reasons: [] };

  const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
  const text = `Exposure ${show(exposureMinor)} and this order of ${show(orderMinor)} make ${show(neededMinor)}, ${show(neededMinor - limitMinor)} above the limit of ${show(limitMinor)}.`;
  const isFarAbove =
    rules.rejectAbovePercent !== null &&
    BigInt(neededMinor) * 100n > BigInt(limitMinor) * BigInt(rules.rejectAbovePercent);
  return {
    outcome: isFarAbove ? 'rejected' : 'held',
    reasons: [{ code: 'credit_limit_exceeded', text, ...figures }],
  };
}
