// What one person asks for and another decides: its states, what exactly is to be done, and how much of it there may be.

import { limitOf, type Power } from './authority.ts';
import type { CreditAmounts, CreditedLine } from './credit-note.ts';
import { formatDecimal, minorUnits } from './money.ts';
import type { ApprovalRules } from './policy.ts';
import { refuse, type Refusal, type Result } from './refusal.ts';
import type { Role } from './roles.ts';

export const APPROVAL_KINDS = [
  'credit_note',
  'write_off',
  'refund',
  'credit_limit',
] as const satisfies readonly Power[];
export type ApprovalKind = (typeof APPROVAL_KINDS)[number];

export type ApprovalState = 'requested' | 'approved' | 'rejected' | 'withdrawn' | 'lapsed';

/** Each state with the ways out of it; an approval begins `requested`, and a state without a way out is final. */
export const APPROVAL_STATES = {
  requested: [
    { to: 'approved', by: 'approved by another person with the authority: done in the same transaction' },
    { to: 'rejected', by: 'rejected' },
    { to: 'withdrawn', by: 'withdrawn by who asked' },
    { to: 'lapsed', by: 'nobody decided before the deadline, or what it was about was taken back' },
  ],
  approved: [],
  rejected: [],
  withdrawn: [],
  lapsed: [],
} as const satisfies Record<ApprovalState, readonly { to: ApprovalState; by: string }[]>;

/** What is to be done on approval, by kind; kept as JSON with the request. */
export interface CreditNoteDetails {
  /** The credited part of each line; `null`: the amount is spread over what is left of the lines when it is approved. */
  readonly lines: readonly CreditedLine[] | null;
  /** The dispute that it settles. */
  readonly disputeId: string | null;
  /** The goods that came back. */
  readonly goodsReturnId: string | null;
}
export interface WriteOffDetails {
  readonly disputeId: string | null;
}
export interface RefundDetails {
  readonly bankAccountId: string;
}
export interface LimitDetails {
  readonly groupId: string | null;
  /** `null`: no limit is kept. */
  readonly limitMinor: number | null;
  readonly isBlocked: boolean;
  /** ISO date, the last day on which the limit is good; `null`: without an end. */
  readonly limitUntil: string | null;
}

const NOUNS: Readonly<Record<ApprovalKind, string>> = {
  credit_note: 'credit note',
  write_off: 'write-off',
  refund: 'refund',
  credit_limit: 'credit limit',
};

/** What people call the kind. */
export function approvalNoun(kind: ApprovalKind): string {
  return NOUNS[kind];
}

interface Amounts {
  readonly amountMinor: number;
  readonly currency: string;
  /** What the reader knows it by: an invoice's number, or a payment's source and ID. */
  readonly name: string;
  /** Of the same kind, asked for and not decided. */
  readonly pendingMinor: number;
}

/** Whether as much may be written off: at most what is open and not asked for already. Refuses `exceeds_open`. */
export function checkWriteOff(asked: Amounts & { readonly openMinor: number }): Result<object> {
  return checkOpen(asked, { verb: 'written off', leftMinor: asked.openMinor });
}

/** Whether as much may be refunded of a payment or a credit note: at most what nobody used or asked for. Refuses `exceeds_open`. */
export function checkRefund(asked: Amounts & { readonly openMinor: number }): Result<object> {
  return checkOpen(asked, { verb: 'refunded', leftMinor: asked.openMinor });
}

/**
 * Whether as much of an invoice may be credited. What was written off was never paid and is asked for no more: crediting it
 * as well would leave money over that nobody gave. Refuses `credit_exceeds_invoice`.
 */
export function checkCreditNote(
  asked: Amounts & {
    readonly originalMinor: number;
    readonly creditedMinor: number;
    readonly writtenOffMinor: number;
  },
): Result<object> {
  const { amountMinor, originalMinor, creditedMinor, writtenOffMinor, pendingMinor, currency, name } = asked;
  const leftMinor = originalMinor - creditedMinor - writtenOffMinor - pendingMinor;
  if (amountMinor <= leftMinor) return { ok: true };
  const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
  return refuse({
    kind: 'unprocessable',
    code: 'credit_exceeds_invoice',
    text: `${show(amountMinor)} of ${name} cannot be credited: it was over ${show(originalMinor)}, ${show(creditedMinor)} is credited, ${show(writtenOffMinor)} written off, and credit notes over ${show(pendingMinor)} wait for approval.`,
    hint: `Credit at most ${show(Math.max(leftMinor, 0))}.`,
    details: { leftMinor },
  });
}

/** A line of the invoice with what credit notes took of it, or will: minor units. */
interface LeftLine {
  readonly invoiceLineNo: number;
  readonly netMinor: number;
  readonly taxMinor: number;
  readonly creditedNetMinor: number;
  readonly creditedTaxMinor: number;
}

/**
 * The credit of lines that were fixed when it was asked for, such as of goods that came back.
 * Refuses `credit_exceeds_invoice` when other credit notes took so much of a line that it does not fit any more.
 */
export function fitLines(asked: {
  lines: readonly CreditedLine[];
  left: readonly LeftLine[];
  number: string;
  currency: string;
}): Result<CreditAmounts> {
  const { lines, left, number, currency } = asked;
  for (const line of lines) {
    const whole = left.find((one) => one.invoiceLineNo === line.invoiceLineNo);
    if (whole === undefined) throw new Error(`defect: ${number} has no line ${String(line.invoiceLineNo)}`);
    const netLeft = whole.netMinor - whole.creditedNetMinor;
    const taxLeft = whole.taxMinor - whole.creditedTaxMinor;
    if (line.netMinor <= netLeft && line.taxMinor <= taxLeft) continue;
    const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
    return refuse({
      kind: 'unprocessable',
      code: 'credit_exceeds_invoice',
      text: `Line ${String(line.invoiceLineNo)} of ${number}: ${show(line.netMinor + line.taxMinor)} cannot be credited, ${show(netLeft + taxLeft)} of it is not credited yet.`,
      hint: 'Withdraw or reject it, and ask for what is left.',
      details: { line: line.invoiceLineNo, leftMinor: netLeft + taxLeft },
    });
  }
  const netMinor = minorUnits(lines.reduce((sum, line) => sum + line.netMinor, 0));
  const taxMinor = minorUnits(lines.reduce((sum, line) => sum + line.taxMinor, 0));
  return { ok: true, lines, netMinor, taxMinor, grossMinor: minorUnits(netMinor + taxMinor) };
}

function checkOpen(asked: Amounts, { verb, leftMinor }: { verb: string; leftMinor: number }): Result<object> {
  const { amountMinor, pendingMinor, currency, name } = asked;
  if (amountMinor <= leftMinor - pendingMinor) return { ok: true };
  const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
  const pending = pendingMinor === 0 ? '' : `, and ${show(pendingMinor)} of it waits for approval already`;
  return refuse({
    kind: 'unprocessable',
    code: 'exceeds_open',
    text: `${show(amountMinor)} of ${name} cannot be ${verb}: ${show(leftMinor)} is open${pending}.`,
    hint: 'Look at what is open now, and ask for at most as much.',
    details: { openMinor: leftMinor, pendingMinor },
  });
}

/** Refuses what is over: a decision is made once. */
export function requireRequested(approval: {
  readonly kind: ApprovalKind;
  readonly state: ApprovalState;
}): Result<object> {
  if (approval.state === 'requested') return { ok: true };
  return refuse({
    kind: 'conflict',
    code: 'approval_decided',
    text: `This ${NOUNS[approval.kind]} is ${approval.state} already.`,
    hint: 'Nothing is left to decide; ask for a new one if it is still needed.',
    details: { state: approval.state },
  });
}

/** Whether somebody may take the request back: whoever asked. Refuses `not_the_asker`. */
export function mayWithdraw(asked: { kind: ApprovalKind; asker: string; decider: string }): Result<object> {
  if (asked.asker === asked.decider) return { ok: true };
  return refuse({
    kind: 'not_allowed',
    code: 'not_the_asker',
    text: `Only who asked for this ${NOUNS[asked.kind]} can withdraw it.`,
    hint: 'Reject it instead.',
  });
}

/**
 * Whether somebody may reject a request: a second person who may approve any amount of its kind, because a "no" moves no
 * money. Refuses `maker_is_checker` and `above_authority`.
 */
export function mayReject(asked: {
  kind: ApprovalKind;
  asker: string;
  decider: string;
  roles: readonly Role[];
  currency: string;
  rules: ApprovalRules;
}): Result<object> {
  const { kind, asker, decider, roles, currency, rules } = asked;
  if (asker === decider) return refuse(ownRequest(kind));
  if (limitOf({ power: kind, roles, currency, rules }) !== null) return { ok: true };
  return refuse({
    kind: 'not_allowed',
    code: 'above_authority',
    text: `None of your roles decides a ${NOUNS[kind]} in ${currency}.`,
    hint: 'Leave it to somebody whose role may approve one.',
  });
}

/**
 * The amount by which a limit's authority is measured. No limit at all is more than any: only a role whose own authority
 * has no limit grants it, which `mayKeepNoLimit` asks.
 */
export function limitAuthorityMinor(limitMinor: number | null): number {
  return limitMinor ?? Number.MAX_SAFE_INTEGER;
}

/** Whether the roles may let a customer go without a limit. Refuses `above_authority`. */
export function mayKeepNoLimit(asked: {
  roles: readonly Role[];
  currency: string;
  rules: ApprovalRules;
}): Result<object> {
  if (limitOf({ ...asked, power: 'credit_limit' })?.maxMinor === null) return { ok: true };
  return refuse({
    kind: 'not_allowed',
    code: 'above_authority',
    text: 'None of your roles may let a customer go without a credit limit.',
    hint: 'Let somebody decide it whose own limit has no end, or ask for a figure.',
  });
}

function ownRequest(kind: ApprovalKind): Refusal {
  return {
    kind: 'not_allowed',
    code: 'maker_is_checker',
    text: `Who asked for a ${NOUNS[kind]} cannot decide it.`,
    hint: 'Withdraw it instead.',
  };
}

/** The task of an approval that no order waits for, as far as time moves it. */
export interface CaseTask {
  readonly taskId: string;
  readonly ownerRole: string;
  readonly isTold: boolean;
  readonly tellAt: number | null;
  readonly escalation: { readonly role: string; readonly at: number } | null;
}

interface Due {
  /** Instant (epoch milliseconds) at which the step is due. */
  readonly at: number;
  readonly because: string;
}

/** The next step of a case that has a run of its own. The first two are about its task. */
export type CaseNext = Due &
  ({ readonly step: 'tellDecider' | 'escalate'; readonly taskId: string } | { readonly step: 'lapse' | 'closed' });

/** The one next step of a case that has a run of its own: somebody is told, then the next role, then it lapses. */
export function nextOfCase(
  approval: { readonly kind: ApprovalKind; readonly state: ApprovalState; readonly deadlineAt: number },
  task: CaseTask | null,
  now: number,
): CaseNext {
  const noun = NOUNS[approval.kind];
  if (approval.state !== 'requested') return { step: 'closed', at: now, because: `the ${noun} is ${approval.state}` };
  const lapse: CaseNext = {
    step: 'lapse',
    at: approval.deadlineAt,
    because: `a ${noun} waits for approval and lapses unless somebody decides before`,
  };
  const ahead = task === null ? [] : stepsOf(task, noun, now);
  return ahead.reduce((soonest, step) => (step.at < soonest.at ? step : soonest), lapse);
}

function stepsOf({ taskId, ownerRole, isTold, tellAt, escalation }: CaseTask, noun: string, now: number): CaseNext[] {
  const steps: CaseNext[] = [];
  if (!isTold) {
    steps.push({ step: 'tellDecider', at: tellAt ?? now, taskId, because: `${ownerRole} is told of the ${noun}` });
  }
  if (escalation !== null) {
    const because = `the ${noun} goes on from ${ownerRole} to ${escalation.role} unless somebody decides before`;
    steps.push({ step: 'escalate', at: escalation.at, taskId, because });
  }
  return steps;
}
