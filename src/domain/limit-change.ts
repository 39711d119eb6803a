// Who may raise a credit limit by themselves, and where a second person is needed.

import { limitOf } from './authority.ts';
import type { IsoDate } from './dates.ts';
import { formatDecimal } from './money.ts';
import type { ApprovalRules } from './policy.ts';
import { refuse, type Refusal, type Result } from './refusal.ts';
import type { Role } from './roles.ts';

/** How far a customer or a group may go, and until when. */
export interface LimitTerms {
  /** Minor units; `null`: no limit is kept. */
  readonly limitMinor: number | null;
  /** Last day on which it is good; `null`: without an end. */
  readonly limitUntil: IsoDate | null;
}

export interface LimitChange {
  readonly before: LimitTerms;
  readonly after: LimitTerms;
  readonly currency: string;
  readonly actor: string;
  /** The caller's roles in the legal entity; `null`: the amount was decided elsewhere. */
  readonly roles: readonly Role[] | null;
  /** Who created the customers that the limit is for. */
  readonly createdBy: readonly string[];
  readonly rules: ApprovalRules;
}

/** Whether the new terms let more pass than the old ones, or for longer. */
export function isRaised(before: LimitTerms, after: LimitTerms): boolean {
  return isMore(before.limitMinor, after.limitMinor) || isMore(before.limitUntil, after.limitUntil);
}

/**
 * Whether somebody may change a limit alone. Lowering is free. Who created a customer does not raise its limit (segregation of
 * duties), and nobody raises one above what their roles may approve of limits.
 * Refuses `duty_conflict` and `above_authority`.
 */
export function mayChangeLimit(change: LimitChange): Result<object> {
  const { before, after, actor, roles, createdBy, currency, rules } = change;
  if (!isRaised(before, after)) return { ok: true };
  if (createdBy.includes(actor)) return refuse(dutyConflict());
  if (roles === null) return { ok: true };
  const own = limitOf({ power: 'credit_limit', roles, currency, rules });
  if (own !== null && (own.maxMinor === null || (after.limitMinor !== null && after.limitMinor <= own.maxMinor)))
    return { ok: true };
  return refuse(aboveAuthority(change, own?.maxMinor ?? null));
}

/** `null` is more than any value. */
function isMore<Value extends number | string>(before: Value | null, after: Value | null): boolean {
  if (before === null) return false;
  return after === null || after > before;
}

function dutyConflict(): Refusal {
  return {
    kind: 'not_allowed',
    code: 'duty_conflict',
    text: 'Who created a customer cannot raise its credit limit.',
    hint: 'Let somebody else change it.',
    details: { duty: 'created_customer' },
  };
}

function aboveAuthority({ after, currency }: LimitChange, ownMinor: number | null): Refusal {
  const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
  const asked = after.limitMinor === null ? 'No limit at all' : `A limit of ${show(after.limitMinor)}`;
  const own = ownMinor === null ? `none of your roles sets one in ${currency}` : `yours end at ${show(ownMinor)}`;
  return {
    kind: 'not_allowed',
    code: 'above_authority',
    text: `${asked} is more than you may grant alone: ${own}.`,
    hint: 'Ask for its approval with POST /v1/credit-limit-requests.',
    details: {
      asked: after.limitMinor === null ? null : formatDecimal(after.limitMinor, currency),
      limit: ownMinor === null ? null : formatDecimal(ownMinor, currency),
      currency,
    },
  };
}
