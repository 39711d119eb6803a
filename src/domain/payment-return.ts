// Money that was received and is taken back: what its reason asks for, and which allocations it undoes.

import type { IsoDate } from './dates.ts';
import { formatDecimal, minorUnits } from './money.ts';
import { refuse, type Result } from './refusal.ts';

export const RETURN_KINDS = ['returned_debit', 'chargeback', 'bounced_cheque'] as const;
export type ReturnKind = (typeof RETURN_KINDS)[number];
/** The bank's line was somebody else's money, and is decided anew: nobody took anything back, and nobody tells it. */
export const MISPOSTED = 'misposted';
export type BookedReturnKind = ReturnKind | typeof MISPOSTED;

/** What each action says to the person who reads it. */
export const RETURN_ACTIONS = {
  retry: 'Collect it again: the account had no cover.',
  ask_data: 'Collect nothing from this account; ask the customer for other bank details.',
  stop: 'Collect nothing more by this mandate; a person speaks with the customer first.',
  person: 'A person looks at it: the reason says too little, and may hide a lack of cover or a closed account.',
} as const;
export type ReturnAction = keyof typeof RETURN_ACTIONS;

/** Reason codes of SEPA (ISO 20022) and of ACH that decide by themselves what comes next. */
const RETURN_CODES: ReadonlyMap<string, { readonly action: ReturnAction; readonly text: string }> = new Map([
  ['AM04', { action: 'retry', text: 'insufficient funds' }],
  ['R01', { action: 'retry', text: 'insufficient funds' }],
  ['AC01', { action: 'ask_data', text: 'account number incorrect' }],
  ['AC04', { action: 'ask_data', text: 'account closed' }],
  ['AC06', { action: 'ask_data', text: 'account blocked' }],
  ['R02', { action: 'ask_data', text: 'account closed' }],
  ['R03', { action: 'ask_data', text: 'no such account' }],
  ['R04', { action: 'ask_data', text: 'account number invalid' }],
  ['MD01', { action: 'stop', text: 'no mandate' }],
  ['MD06', { action: 'stop', text: 'the payer asked for his money back' }],
  ['MD07', { action: 'stop', text: 'the payer has died' }],
  ['R07', { action: 'stop', text: 'authorisation revoked' }],
  ['R10', { action: 'stop', text: 'the payer says it was not authorised' }],
  ['MS02', { action: 'person', text: 'no reason given by the payer' }],
  ['MS03', { action: 'person', text: 'no reason given by the bank' }],
]);

/** Times that a payment without cover is presented again (Nacha allows two for R01). */
export const RETRIES_MAX = 2;

/** What the reason code of a return asks for. A code that is not known needs a person. */
export function returnAction(code: string): ReturnAction {
  return RETURN_CODES.get(spelled(code))?.action ?? 'person';
}

/** What the reason code of a return means, in words. */
export function returnReason(code: string): string {
  return RETURN_CODES.get(spelled(code))?.text ?? 'a reason that is not known';
}

/** @returns whether a payment that was returned `timesReturned` times so far, the last time for `code`, may be collected again. */
export function mayRetry(code: string, timesReturned: number): boolean {
  return returnAction(code) === 'retry' && timesReturned <= RETRIES_MAX;
}

function spelled(code: string): string {
  return code.trim().toUpperCase();
}

/** @returns whether the text names a kind of return. */
export function isReturnKind(text: string): text is ReturnKind {
  return RETURN_KINDS.some((kind) => kind === text);
}

/** What is told to have been taken back of a payment; `returnedMinor` and `refundedMinor` went back before. */
export interface ReturnTold {
  readonly amountMinor: number;
  readonly paymentMinor: number;
  readonly returnedMinor: number;
  readonly refundedMinor: number;
  readonly currency: string;
  readonly kind: string;
  readonly returnedOn: IsoDate;
  readonly today: IsoDate;
}

/** Whether a return may be booked: of a known kind, over no more than is left of the payment, and not before it happened. */
export function checkReturn(told: ReturnTold): Result<object> {
  if (told.kind !== MISPOSTED && !isReturnKind(told.kind)) {
    return refuse({
      kind: 'invalid_input',
      code: 'return_kind_unknown',
      text: `"${told.kind}" is not a kind of return.`,
      hint: `Use one of ${RETURN_KINDS.join(', ')}.`,
      details: { kinds: RETURN_KINDS },
    });
  }
  const amount = checkAmount(told);
  if (!amount.ok || told.returnedOn <= told.today) return amount;
  return refuse({
    kind: 'unprocessable',
    code: 'returned_in_the_future',
    text: `The return is dated ${told.returnedOn}, and today is ${told.today}.`,
    hint: 'Report a return when the bank has booked it.',
  });
}

function checkAmount(told: ReturnTold): Result<object> {
  const { amountMinor, paymentMinor, returnedMinor, refundedMinor, currency } = told;
  const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
  if (amountMinor <= 0) {
    return refuse({
      kind: 'invalid_input',
      code: 'return_amount_invalid',
      text: `A return is over more than nothing, not over ${show(amountMinor)}.`,
      hint: 'Give what the bank took back, without its fee, as a positive amount.',
    });
  }
  const leftMinor = paymentMinor - returnedMinor - refundedMinor;
  if (amountMinor <= leftMinor) return { ok: true };
  return refuse({
    kind: 'unprocessable',
    code: 'return_exceeds_payment',
    text: `${show(amountMinor)} cannot be returned: of the payment of ${show(paymentMinor)}, ${show(returnedMinor)} was returned and ${show(refundedMinor)} refunded, so ${show(leftMinor)} is left.`,
    hint: 'Look whether the return was reported before, or belongs to another payment.',
    details: { amountMinor, paymentMinor, returnedMinor, refundedMinor, leftMinor, currency },
  });
}

/** What an entry applied of a payment to an item, and still stands. */
export interface StandingAllocation {
  readonly entryId: number;
  readonly itemId: string;
  readonly amountMinor: number;
}

export interface ReturnPlan {
  readonly fromUnappliedMinor: number;
  /** Allocations to take back whole. */
  readonly reverse: readonly StandingAllocation[];
  /** What is too much of the last one that was taken back, and goes to the same item again. */
  readonly reallocate: { readonly itemId: string; readonly amountMinor: number } | null;
}

/**
 * Where a return takes its money from: what is unapplied first, then whole allocations, newest first (as they are given).
 * `fromUnappliedMinor` + Σ `reverse` − `reallocate` is the amount, to the minor unit.
 * @throws a defect when unapplied money and allocations are less than the amount, which `checkReturn` keeps out.
 */
export function planReturn(options: {
  amountMinor: number;
  unappliedMinor: number;
  allocations: readonly StandingAllocation[];
}): ReturnPlan {
  const fromUnappliedMinor = Math.min(options.amountMinor, options.unappliedMinor);
  const reverse: StandingAllocation[] = [];
  let leftMinor = options.amountMinor - fromUnappliedMinor;
  for (const allocation of options.allocations) {
    if (leftMinor === 0) break;
    reverse.push(allocation);
    if (allocation.amountMinor > leftMinor) {
      const reallocate = { itemId: allocation.itemId, amountMinor: minorUnits(allocation.amountMinor - leftMinor) };
      return { fromUnappliedMinor, reverse, reallocate };
    }
    leftMinor -= allocation.amountMinor;
  }
  if (leftMinor !== 0) throw new Error(`defect: a return exceeds its payment by ${String(leftMinor)} minor units`);
  return { fromUnappliedMinor, reverse, reallocate: null };
}
