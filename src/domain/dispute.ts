// A customer contests a part of an item: for which reasons, who owns it, until when, and how it may end.

import type { Calendar } from './calendar.ts';
import { addDays, type IsoDate } from './dates.ts';
import { DAY_ENDS_AT, escalationsOf, type Escalation } from './escalation.ts';
import { formatDecimal } from './money.ts';
import type { DisputeRules } from './policy.ts';
import { refuse, type Result } from './refusal.ts';
import type { Role } from './roles.ts';

/** What kind of deduction a reason is, as deductions are counted in the field. */
export type DisputeClass = 'trade' | 'operational' | 'compliance' | 'cash_discount' | 'tax' | 'unknown';

interface ReasonRow {
  readonly label: string;
  /** Who resolves it first. Customer service speaks for logistics as well. */
  readonly ownerRole: Role;
  readonly class: DisputeClass;
  /** X12 element 426, version 4010; `null` where none says the same. */
  readonly x12: string | null;
}

/** Reasons of disputes. X12 has returned goods only by why they came back (11 to 15), which is not asked. */
export const DISPUTE_REASONS = {
  pricing: { label: 'Wrong price', ownerRole: 'sales', class: 'operational', x12: '01' },
  quantity: { label: 'Wrong quantity', ownerRole: 'customer_service', class: 'operational', x12: '06' },
  not_received: { label: 'Not received', ownerRole: 'customer_service', class: 'operational', x12: '59' },
  damaged: { label: 'Damaged', ownerRole: 'customer_service', class: 'operational', x12: '04' },
  quality: { label: 'Poor quality', ownerRole: 'customer_service', class: 'operational', x12: '05' },
  wrong_product: { label: 'Wrong product', ownerRole: 'customer_service', class: 'operational', x12: '07' },
  terms: { label: 'Terms not as agreed', ownerRole: 'sales', class: 'operational', x12: '09' },
  returned_goods: { label: 'Goods sent back', ownerRole: 'customer_service', class: 'operational', x12: null },
  duplicate_billing: { label: 'Billed twice', ownerRole: 'collector', class: 'operational', x12: '19' },
  discount: { label: 'Discount not as agreed', ownerRole: 'sales', class: 'cash_discount', x12: '24' },
  freight: { label: 'Freight not as agreed', ownerRole: 'customer_service', class: 'compliance', x12: '54' },
  tax: { label: 'Wrong tax', ownerRole: 'ar_manager', class: 'tax', x12: '55' },
  advertising: { label: 'Advertising allowance', ownerRole: 'sales', class: 'trade', x12: '56' },
  volume_rebate: { label: 'Volume rebate', ownerRole: 'sales', class: 'trade', x12: '57' },
  other: { label: 'Another reason', ownerRole: 'collector', class: 'unknown', x12: null },
} as const satisfies Record<string, ReasonRow>;
export type DisputeReason = keyof typeof DISPUTE_REASONS;

export type DisputeState = 'open' | 'awaiting_approval' | 'resolved' | 'withdrawn';

/** Each state with the ways out of it; a dispute begins `open`, and a state without a way out is final. */
export const DISPUTE_STATES = {
  open: [
    { to: 'awaiting_approval', by: 'resolved with a credit note over all or a part of it' },
    { to: 'resolved', by: 'rejected' },
    { to: 'withdrawn', by: 'withdrawn by the customer, or the payment that fell short was taken back' },
  ],
  awaiting_approval: [
    { to: 'resolved', by: 'the credit note was approved' },
    { to: 'open', by: 'the credit note was rejected, withdrawn or lapsed' },
  ],
  resolved: [],
  withdrawn: [],
} as const satisfies Record<DisputeState, readonly { to: DisputeState; by: string }[]>;

export const DISPUTE_OUTCOMES = ['credit_note', 'partly', 'rejected'] as const;
export type DisputeOutcome = (typeof DISPUTE_OUTCOMES)[number];

/** Who told a dispute; `short_payment`: a payment that fell short with a reason. */
export const DISPUTE_SOURCES = ['customer_service', 'customer_mail', 'short_payment'] as const;
export type DisputeSource = (typeof DISPUTE_SOURCES)[number];

/** Days back at which a dispute may have been raised that is told now. */
export const DISPUTE_DAYS_BACK_MAX = 365;

/** @returns whether the text is the code of a reason. */
export function isDisputeReason(text: string): text is DisputeReason {
  return Object.hasOwn(DISPUTE_REASONS, text);
}

/** X12 codes beside those of the list that say the same: goods that came back by why they did, a discount that is missing. */
const OTHER_X12: ReadonlyMap<string, DisputeReason> = new Map([
  ...['11', '12', '13', '14', '15'].map((code) => [code, 'returned_goods'] as const),
  ['43', 'discount'],
]);

/** The reason that a payer's code for a deduction means: one of ours, or of X12 element 426; a code that is not known is `other`. */
export function deductionReason(code: string): DisputeReason {
  const text = code.trim().toLowerCase();
  if (isDisputeReason(text)) return text;
  const x12 = text.padStart(2, '0');
  const rows = Object.entries(DISPUTE_REASONS) as [DisputeReason, ReasonRow][];
  return rows.find(([, row]) => row.x12 === x12)?.[0] ?? OTHER_X12.get(x12) ?? 'other';
}

/** Until when a dispute should be resolved, and who is asked after its owner and when (epoch milliseconds, in the legal entity's calendar). */
export function disputeClock(options: {
  reason: DisputeReason;
  raisedOn: IsoDate;
  rules: DisputeRules;
  calendar: Calendar;
}): { dueAt: number; escalations: readonly Escalation[] } {
  const { reason, raisedOn, rules, calendar } = options;
  const ofReason = Object.hasOwn(rules.workingDaysByReason, reason) ? rules.workingDaysByReason[reason] : undefined;
  const workingDays = ofReason ?? rules.workingDays;
  return escalationsOf({ tiers: rules.tiers, workingDays, from: raisedOn, calendar, endsAt: DAY_ENDS_AT });
}

/** What is asked to be disputed of an item. `disputedMinor` is in other disputes that are not closed, `creditedMinor` in credit notes. */
export interface DisputeAsked {
  readonly amountMinor: number;
  readonly originalMinor: number;
  readonly disputedMinor: number;
  readonly creditedMinor: number;
  readonly currency: string;
  readonly raisedOn: IsoDate;
  readonly today: IsoDate;
  readonly reason: string;
}

/**
 * Whether a dispute may be opened: for a reason of the list, over no more than the item was and is neither credited nor disputed
 * already (what was paid may be disputed as well), raised in the last year.
 */
export function checkDispute(asked: DisputeAsked): Result<object> {
  if (!isDisputeReason(asked.reason)) {
    const reasons = Object.keys(DISPUTE_REASONS);
    return refuse({
      kind: 'invalid_input',
      code: 'dispute_reason_unknown',
      text: `"${asked.reason}" is not a reason of a dispute.`,
      hint: `Use one of ${reasons.join(', ')}.`,
      details: { reasons },
    });
  }
  const amount = checkAmount(asked);
  return amount.ok ? checkRaisedOn(asked) : amount;
}

function checkAmount(asked: DisputeAsked): Result<object> {
  const { amountMinor, originalMinor, disputedMinor, creditedMinor, currency } = asked;
  const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
  if (amountMinor <= 0) {
    return refuse({
      kind: 'invalid_input',
      code: 'dispute_amount_invalid',
      text: `A dispute is over more than nothing, not over ${show(amountMinor)}.`,
      hint: 'Name the part of the item that the customer contests.',
    });
  }
  const leftMinor = Math.max(0, originalMinor - creditedMinor - disputedMinor);
  if (amountMinor <= leftMinor) return { ok: true };
  return refuse({
    kind: 'unprocessable',
    code: 'dispute_exceeds_item',
    text: `${show(amountMinor)} cannot be disputed: of ${show(originalMinor)}, ${show(creditedMinor)} is credited and ${show(disputedMinor)} is disputed, so ${show(leftMinor)} is left.`,
    hint: 'Dispute at most what is left, or resolve the other disputes of the item first.',
    details: { amountMinor, originalMinor, creditedMinor, disputedMinor, leftMinor, currency },
  });
}

function checkRaisedOn({ raisedOn, today }: DisputeAsked): Result<object> {
  if (raisedOn > today) {
    return refuse({
      kind: 'unprocessable',
      code: 'raised_in_the_future',
      text: `The dispute is dated ${raisedOn}, and today is ${today}.`,
      hint: 'Give the day on which the customer told it.',
    });
  }
  const earliest = addDays(today, -DISPUTE_DAYS_BACK_MAX);
  if (raisedOn >= earliest) return { ok: true };
  return refuse({
    kind: 'unprocessable',
    code: 'raised_too_long_ago',
    text: `The dispute is dated ${raisedOn}, more than ${String(DISPUTE_DAYS_BACK_MAX)} days before today, ${today}.`,
    hint: `Give a day from ${earliest} on; for an older one, ask for a credit note.`,
    details: { earliest },
  });
}

/**
 * What a dispute of `amountMinor` gives back: all of it by a credit note, a part of it, or nothing when it is rejected.
 * `creditMinor` is what was asked for; `null` says nothing, which `partly` does not allow.
 */
export function resolveOutcome(options: {
  outcome: DisputeOutcome;
  amountMinor: number;
  creditMinor: number | null;
  currency: string;
}): Result<{ creditMinor: number }> {
  const { outcome, amountMinor, creditMinor, currency } = options;
  if (outcome === 'partly') {
    const isPart = creditMinor !== null && creditMinor > 0 && creditMinor < amountMinor;
    return isPart ? { ok: true, creditMinor } : refuseCredit(options);
  }
  const wholeMinor = outcome === 'credit_note' ? amountMinor : 0;
  if (creditMinor === null || creditMinor === wholeMinor) return { ok: true, creditMinor: wholeMinor };
  return refuseCredit({ outcome, amountMinor, creditMinor, currency });
}

const CREDIT_HINTS: Readonly<Record<DisputeOutcome, string>> = {
  credit_note: 'Leave the credit out, or resolve it as "partly".',
  partly: 'Give a credit above nothing and below the disputed amount; for all of it use "credit_note".',
  rejected: 'Leave the credit out, or resolve it as "partly" or "credit_note".',
};

function refuseCredit(options: {
  outcome: DisputeOutcome;
  amountMinor: number;
  creditMinor: number | null;
  currency: string;
}): ReturnType<typeof refuse> {
  const { outcome, amountMinor, creditMinor, currency } = options;
  const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
  const credit = creditMinor === null ? 'no amount' : show(creditMinor);
  return refuse({
    kind: 'unprocessable',
    code: 'dispute_credit_invalid',
    text: `A dispute over ${show(amountMinor)} cannot end as "${outcome}" with a credit of ${credit}.`,
    hint: CREDIT_HINTS[outcome],
    details: { outcome, amountMinor, creditMinor, currency },
  });
}
