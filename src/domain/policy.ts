// The policy of a legal entity: when letters go, what credit holds, how long people have, and what may differ.

import { DEFAULT_MATCHING_POLICY } from './matching/policy.ts';
import type { MatchingPolicy } from './matching/types.ts';
import type { Role } from './roles.ts';

/** Steps of dunning in their order. `collector` is a person's task, the others are letters. */
export const LEVELS = ['notice', 'reminder1', 'reminder2', 'reminder3', 'collector'] as const;
export type Level = (typeof LEVELS)[number];
export type LetterLevel = Exclude<Level, 'collector'>;

export interface LadderStep {
  readonly level: Level;
  /** Days from the due date; negative is before it. */
  readonly days: number;
  readonly unit: 'calendar' | 'working';
}

export interface SendWindow {
  /** `working`: the customer's working days only. `every`: every day. */
  readonly days: 'working' | 'every';
  /** Local times `HH:MM`, the customer's; `24:00` is the end of the day. */
  readonly opens: string;
  readonly closes: string;
  /** Letters are spread over this many minutes after the window opens, so that they do not leave in one second. */
  readonly spreadMinutes: number;
}

/** Which buckets make the exposure of a customer. */
export interface ExposureRules {
  readonly openItems: boolean;
  /** Whether the disputed part of open items counts as well. */
  readonly disputedItems: boolean;
  readonly unbilledOrders: boolean;
  readonly unappliedCash: boolean;
}

/** What holds an order although its amount fits into the limit. `null`: the rule is off. */
export interface HoldRules {
  /** Overdue receivables of at least this many minor units hold, once `usedPercent` of the limit are used. */
  readonly overdueMinor: number | null;
  readonly usedPercent: number;
  /** The oldest open item is overdue by more than this many days. */
  readonly oldestItemDays: number | null;
  /** An open item reached this level or a later one. */
  readonly level: Level | null;
  /** The order alone is above this many minor units. */
  readonly orderMinor: number | null;
  /** The order's terms are longer than the customer's. */
  readonly isLongerTermsHeld: boolean;
}

/** Who decides something that waits, and from which share of its time on. The first begins at 0. */
export interface Tier {
  readonly role: Role;
  readonly afterPercent: number;
}

export interface CreditRules {
  /** Above this share of the limit an order is rejected at once, up to it it is held. `null`: always held. */
  readonly rejectAbovePercent: number | null;
  /** Working days of the legal entity after which a hold that nobody decided is rejected. */
  readonly holdWorkingDays: number;
  readonly exposure: ExposureRules;
  readonly holds: HoldRules;
  /** Who is asked about a hold, by the share of its time that has passed. */
  readonly approvers: readonly Tier[];
  /** Working days for which a release above the limit is good, unless the release says otherwise; then what did not ship is checked again. */
  readonly graceWorkingDays: number;
  /** Working days after which what was approved and never shipped loses its reservation and becomes somebody's task. */
  readonly reservationWorkingDays: number;
}

export interface DisputeRules {
  /** Working days of the legal entity to resolve a dispute, unless its reason has days of its own. */
  readonly workingDays: number;
  readonly workingDaysByReason: Readonly<Record<string, number>>;
  /** Who is asked after the owner, by the share of that time that has passed; above 100 it is overdue. */
  readonly tiers: readonly Tier[];
}

/** Below this, what is left of a paid item is written off by itself: the smaller of the two counts. */
export interface SmallDifference {
  readonly fixedMinor: number;
  /** Share of the item's original amount in hundredths of a percent. */
  readonly basisPoints: number;
}

/** The most that a role may approve alone: minor units by currency; a currency that is not listed is not its to approve. */
export type ApprovalLimits = Readonly<Record<string, number>>;

export interface ApprovalRules {
  /** Working days of the legal entity after which what nobody approved lapses. */
  readonly workingDays: number;
  /** Action → role → limits, in place of those in `authority.ts`. */
  readonly limits: Readonly<Record<string, Readonly<Record<string, ApprovalLimits | undefined>> | undefined>>;
}

/** How money that comes in is applied. */
export interface CashRules {
  readonly matching: MatchingPolicy;
  /** A payment like another (payer, amount, reference) of at most so many days before is looked at by a person. 0: never. */
  readonly duplicateDays: number;
  /** Days for which a change of the customer's bank details has its payments looked at. 0: never. */
  readonly bankDetailsChangedDays: number;
  /** A payment that says why it is short opens a dispute over what is missing from this many minor units on. */
  readonly shortPaymentCaseMinor: number;
  /** Days after which money that another door told and no bank line brought is somebody's task. */
  readonly clearingOpenDays: number;
}

export interface Policy {
  readonly ladder: readonly LadderStep[];
  /** Working days that lie at least between two steps of one item. */
  readonly gapWorkingDays: number;
  readonly sendWindow: SendWindow;
  readonly credit: CreditRules;
  /** Working days after which a shipment on a held, cancelled or over-delivered order is invoiced unless a person decided otherwise. */
  readonly contestedShipmentWorkingDays: number;
  readonly disputes: DisputeRules;
  /** Calendar days after a promised date or an instalment's before it counts as broken. */
  readonly promiseToleranceDays: number;
  /** Longest block in calendar days, and the length of one without an end of its own. */
  readonly blockDaysMax: number;
  readonly smallDifference: SmallDifference | null;
  readonly approvals: ApprovalRules;
  readonly cash: CashRules;
}

/** A policy as it was stored, perhaps before some of its rules existed. */
export type StoredPolicy = Partial<Omit<Policy, 'credit' | 'cash'>> & {
  readonly credit?: Partial<CreditRules>;
  readonly cash?: Partial<Omit<CashRules, 'matching'>> & { readonly matching?: Partial<MatchingPolicy> };
};

/** Policy v1: levels with days from the due date and least days since the step before, as dunning procedures in the field have them. */
export const POLICY_V1: Policy = {
  ladder: [
    { level: 'notice', days: -3, unit: 'calendar' },
    { level: 'reminder1', days: 3, unit: 'working' },
    { level: 'reminder2', days: 10, unit: 'working' },
    { level: 'reminder3', days: 20, unit: 'working' },
    { level: 'collector', days: 25, unit: 'working' },
  ],
  gapWorkingDays: 5,
  sendWindow: { days: 'working', opens: '08:00', closes: '18:00', spreadMinutes: 240 },
  credit: {
    rejectAbovePercent: 200,
    holdWorkingDays: 5,
    exposure: { openItems: true, disputedItems: true, unbilledOrders: true, unappliedCash: true },
    holds: {
      overdueMinor: null,
      usedPercent: 0,
      oldestItemDays: null,
      level: null,
      orderMinor: null,
      isLongerTermsHeld: false,
    },
    approvers: [
      { role: 'credit_analyst', afterPercent: 0 },
      { role: 'ar_manager', afterPercent: 50 },
      { role: 'executive', afterPercent: 80 },
    ],
    graceWorkingDays: 10,
    reservationWorkingDays: 60,
  },
  contestedShipmentWorkingDays: 2,
  disputes: {
    workingDays: 10,
    workingDaysByReason: {},
    tiers: [
      { role: 'ar_manager', afterPercent: 50 },
      { role: 'treasurer', afterPercent: 100 },
      { role: 'executive', afterPercent: 150 },
    ],
  },
  promiseToleranceDays: 3,
  blockDaysMax: 90,
  smallDifference: null,
  approvals: { workingDays: 10, limits: {} },
  cash: {
    matching: DEFAULT_MATCHING_POLICY,
    duplicateDays: 10,
    bankDetailsChangedDays: 10,
    shortPaymentCaseMinor: 5_000,
    clearingOpenDays: 10,
  },
};

/** The whole policy: rules that a stored one does not know are those of policy v1. */
export function wholePolicy(stored: StoredPolicy): Policy {
  const { cash } = POLICY_V1;
  return {
    ...POLICY_V1,
    ...stored,
    credit: { ...POLICY_V1.credit, ...stored.credit },
    cash: { ...cash, ...stored.cash, matching: { ...cash.matching, ...stored.cash?.matching } },
  };
}
