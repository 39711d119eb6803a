// Who may approve how much of what, and who is too close to a case to ask for it or to decide it.

import { exponentOf, formatDecimal, minorUnits } from './money.ts';
import type { ApprovalLimits, ApprovalRules } from './policy.ts';
import { refuse, type Refusal, type Result } from './refusal.ts';
import type { Role } from './roles.ts';

/** What takes an authority by amount. The last four are the kinds of an approval. */
export const POWERS = ['credit.release', 'credit_note', 'write_off', 'refund', 'credit_limit'] as const;
export type Power = (typeof POWERS)[number];

/** Calendar days over which the cases of one kind for one customer count together, so that no case is split under a limit. */
export const WINDOW_DAYS = 30;

/** Any amount in any currency. */
export const UNLIMITED = 'unlimited';

/** The roles that may hold a power, from the lowest to the highest. Any other role approves nothing, whatever a policy says. */
const RANKS = [
  'sales',
  'customer_service',
  'collector',
  'cash_applier',
  'credit_analyst',
  'ar_manager',
  'treasurer',
  'executive',
] as const satisfies readonly Role[];
const HIGHEST = 'executive' satisfies Role;

/**
 * Units of a currency that stand for ten euros in a limit. Rough on purpose: a limit is a round figure and does not move
 * with the rates of the day. Who needs others writes them into the policy, as does who needs a currency that is missing here.
 */
const UNITS_PER_TEN_EUROS: Readonly<Record<string, number>> = {
  EUR: 10,
  USD: 10,
  GBP: 8,
  CHF: 9,
  CAD: 15,
  AUD: 15,
  NZD: 15,
  SGD: 15,
  SEK: 100,
  NOK: 100,
  DKK: 75,
  PLN: 40,
  CZK: 250,
  HUF: 4000,
  RON: 50,
  ILS: 40,
  AED: 40,
  SAR: 40,
  QAR: 40,
  BHD: 4,
  KWD: 3,
  OMR: 4,
  ZAR: 200,
  MXN: 200,
  BRL: 60,
  HKD: 80,
  CNY: 80,
  JPY: 1500,
  KRW: 15000,
  INR: 1000,
};

/** A limit of whole euros (a multiple of ten) in every currency of the table above. */
function upTo(euros: number): ApprovalLimits {
  const limits = Object.entries(UNITS_PER_TEN_EUROS).map(([currency, units]): [string, number] => [
    currency,
    minorUnits((euros / 10) * units * 10 ** exponentOf(currency)),
  ]);
  return Object.fromEntries(limits);
}

/** Power → role → the most it may approve alone, where the policy has no limits of its own. What is not listed is denied. */
export const DEFAULT_LIMITS: Readonly<
  Record<Power, Readonly<Partial<Record<Role, ApprovalLimits | typeof UNLIMITED>>>>
> = {
  'credit.release': { credit_analyst: upTo(50_000), ar_manager: upTo(500_000), executive: UNLIMITED },
  credit_note: { ar_manager: upTo(10_000), executive: UNLIMITED },
  write_off: { credit_analyst: upTo(500), ar_manager: upTo(5_000), executive: UNLIMITED },
  refund: { ar_manager: upTo(5_000), treasurer: upTo(100_000), executive: UNLIMITED },
  credit_limit: { credit_analyst: upTo(50_000), ar_manager: upTo(500_000), executive: UNLIMITED },
};

const NOUNS: Readonly<Record<Power, string>> = {
  'credit.release': 'credit release',
  credit_note: 'credit note',
  write_off: 'write-off',
  refund: 'refund',
  credit_limit: 'credit limit',
};

/** Something that somebody did and that bars the same person from a case. The caller passes those that bear on the case. */
export interface Conflict {
  readonly duty: 'created_customer' | 'applied_cash' | 'changed_bank_details' | 'asked_credit_note';
  readonly actor: string;
}

/** The pairs of duties that one person never holds. Some bar the asker as well. */
const DUTIES: Readonly<Record<Conflict['duty'], { readonly text: string; readonly isAskerBarred: boolean }>> = {
  created_customer: { text: 'Who created a customer cannot release its credit.', isAskerBarred: false },
  applied_cash: { text: 'Who applied cash to an item cannot write it off.', isAskerBarred: true },
  changed_bank_details: { text: 'Who changed bank details cannot refund to them.', isAskerBarred: true },
  asked_credit_note: { text: 'Who asked for a credit note cannot approve it.', isAskerBarred: false },
};

/** `maxMinor` `null`: no limit. */
export interface Limit {
  readonly maxMinor: number | null;
}

interface Authority {
  readonly power: Power;
  readonly currency: string;
  readonly rules: ApprovalRules;
}

/** A role's limits: the policy's stand in place of the default ones, in every currency. */
function limitsOf(power: Power, role: Role, rules: ApprovalRules | null): ApprovalLimits | typeof UNLIMITED | null {
  if (!RANKS.some((rank) => rank === role)) return null;
  return rules?.limits[power]?.[role] ?? DEFAULT_LIMITS[power][role] ?? null;
}

/** @returns the highest limit (minor units) that one of the roles has in the currency; `null`: none of them may approve it at all. */
export function limitOf(asked: Authority & { readonly roles: readonly Role[] }): Limit | null {
  const { power, roles, currency, rules } = asked;
  let best: number | null = null;
  for (const role of roles) {
    const limits = limitsOf(power, role, rules);
    if (limits === UNLIMITED) return { maxMinor: null };
    const maxMinor = limits?.[currency];
    if (maxMinor !== undefined && (best === null || maxMinor > best)) best = maxMinor;
  }
  return best === null ? null : { maxMinor: best };
}

function isCovered(limit: Limit | null, amountMinor: number): boolean {
  return limit !== null && (limit.maxMinor === null || amountMinor <= limit.maxMinor);
}

function smallestRole(asked: Authority & { readonly amountMinor: number }): Role | null {
  return RANKS.find((role) => isCovered(limitOf({ ...asked, roles: [role] }), asked.amountMinor)) ?? null;
}

/**
 * The lowest role that may approve the amount (minor units; the window's sum where one counts), who is asked first. Where the
 * policy leaves nobody who may, it is the highest role: that one can reject, and have the policy changed.
 */
export function smallestRoleFor(asked: Authority & { readonly amountMinor: number }): Role {
  return smallestRole(asked) ?? HIGHEST;
}

/** The roles above `role` that hold the power in any currency, from the lowest to the highest: to whom a case escalates. */
export function rolesAbove(role: Role, power: Power, rules: ApprovalRules | null = null): readonly Role[] {
  const rank = RANKS.findIndex((one) => one === role);
  return RANKS.filter((one, index) => index > rank && limitsOf(power, one, rules) !== null);
}

/**
 * Whether somebody may ask for a write-off, a refund or the like.
 * Refuses `duty_conflict` when the asker applied the cash, or changed the bank details, that the case is about.
 */
export function mayAsk(asked: { asker: string; conflicts: readonly Conflict[] }): Result<object> {
  const met = asked.conflicts.find(({ duty, actor }) => actor === asked.asker && DUTIES[duty].isAskerBarred);
  return met === undefined ? { ok: true } : refuse(dutyConflict(met, 'Let somebody else ask for it.'));
}

export interface Case extends Authority {
  /** The roles of the decider in the case's legal entity. */
  readonly roles: readonly Role[];
  /** `null`: nobody asked; a rule did, as with a credit hold. */
  readonly asker: string | null;
  readonly decider: string;
  readonly amountMinor: number;
  /** This case and all others of its kind for the customer that were asked in `WINDOW_DAYS` and not refused. */
  readonly windowMinor: number;
  readonly conflicts: readonly Conflict[];
}

/**
 * Whether somebody may approve a case: two people (maker ≠ checker), the sum of the window within the best limit of the
 * decider's roles, and no pair of duties in one person.
 * Refuses `maker_is_checker`, `duty_conflict` and `above_authority`. @throws a defect when the window leaves the case out.
 */
export function mayApprove(asked: Case): Result<object> {
  const { asker, decider, conflicts, amountMinor, windowMinor } = asked;
  if (amountMinor < 0 || windowMinor < amountMinor) throw new Error('defect: the window must include the case');
  if (asker === decider) return refuse(makerIsChecker(asked.power));
  const met = conflicts.find(({ actor }) => actor === decider);
  if (met !== undefined) return refuse(dutyConflict(met, 'Let somebody else decide it.'));
  const limit = limitOf(asked);
  return isCovered(limit, windowMinor) ? { ok: true } : refuse(aboveAuthority(asked, limit));
}

function makerIsChecker(power: Power): Refusal {
  return {
    kind: 'not_allowed',
    code: 'maker_is_checker',
    text: `Who asked for a ${NOUNS[power]} cannot approve it.`,
    hint: 'Let somebody else decide it, or withdraw it.',
  };
}

function dutyConflict({ duty }: Conflict, hint: string): Refusal {
  return { kind: 'not_allowed', code: 'duty_conflict', text: DUTIES[duty].text, hint, details: { duty } };
}

function aboveAuthority(asked: Case, limit: Limit | null): Refusal {
  const { power, currency, amountMinor, windowMinor } = asked;
  const limitMinor = limit?.maxMinor ?? null;
  const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
  const role = smallestRole({ ...asked, amountMinor: windowMinor });
  const what = `This ${NOUNS[power]} of ${show(amountMinor)} makes ${show(windowMinor)} for the customer in ${String(WINDOW_DAYS)} days`;
  return {
    kind: 'not_allowed',
    code: 'above_authority',
    text:
      limitMinor === null
        ? `${what}, and none of your roles may approve one in ${currency}.`
        : `${what}, above your limit of ${show(limitMinor)}.`,
    hint:
      role === null
        ? 'No role may approve as much: let an administrator raise the limits of the policy.'
        : `Let somebody with the role ${role} decide it.`,
    details: {
      amount: formatDecimal(amountMinor, currency),
      windowSum: formatDecimal(windowMinor, currency),
      limit: limitMinor === null ? null : formatDecimal(limitMinor, currency),
      currency,
      role,
    },
  };
}
