// Which remittance advice belongs to which money: by trace, else by amount and payer; what fits more than one is a person's.

import { daysBetween, type IsoDate } from './dates.ts';
import { accountKey } from './matching/normalise.ts';
import { nameKey } from './pre-validation.ts';

/** An advice that looks for its money. */
export interface SeekingAdvice {
  readonly id: string;
  readonly senderName: string | null;
  readonly senderAccount: string | null;
  readonly trace: string | null;
  readonly paidOn: IsoDate | null;
  readonly currency: string;
  readonly amountMinor: number;
  /** Customers that its sender may be, as names and accounts are known. */
  readonly customerIds: readonly string[];
}

/** Money that came in and that no advice belongs to yet. */
export interface SoughtMoney {
  readonly id: string;
  readonly bookedOn: IsoDate;
  readonly currency: string;
  readonly amountMinor: number;
  readonly payerName: string | null;
  readonly payerAccount: string | null;
  /** Trace, end-to-end ID and the bank's reference. */
  readonly references: readonly string[];
  readonly customerIds: readonly string[];
}

export interface Joining {
  readonly joined: readonly { readonly adviceId: string; readonly moneyId: string }[];
  /** Advice that fits more than one, or money that more than one advice fits: a person joins them. */
  readonly tied: readonly { readonly adviceId: string; readonly moneyIds: readonly string[] }[];
}

/** Days that an advice and its money may lie apart when no trace joins them. */
const ADVICE_DAYS_APART_MAX = 30;
/** Days after which an advice without its money is looked at: the list shows it as overdue. */
export const ADVICE_PARKED_DAYS_MAX = 30;

/** The key of the task about an advice that fits more than one line. */
export const adviceTaskKey = (adviceId: string): string => `advice_open/${adviceId}`;

interface Fit {
  readonly advice: SeekingAdvice;
  readonly money: readonly SoughtMoney[];
  readonly isSure: boolean;
}

/** Joins each advice to the one money that fits it, where it is the one advice that fits that money; traces first. */
export function joinAdvices(advices: readonly SeekingAdvice[], money: readonly SoughtMoney[]): Joining {
  const byReference = new Map<string, SoughtMoney[]>();
  for (const one of money) {
    for (const reference of new Set(one.references.map(accountKey))) addTo(byReference, reference, one);
  }
  const traced = advices.map((advice) => tracedMoney(advice, byReference));
  const first = settle(traced.filter((fit) => fit.money.length > 0));
  const taken = new Set(first.joined.map(({ moneyId }) => moneyId));
  const byAmount = new Map<string, SoughtMoney[]>();
  for (const one of money) if (!taken.has(one.id)) addTo(byAmount, amountKey(one), one);
  const alike = traced
    .filter((fit) => fit.money.length === 0)
    .map(({ advice }): Fit => {
      const found = byAmount.get(amountKey(advice)) ?? [];
      const same = found.filter((one) => isSamePayer(advice, one) && isNear(advice, one));
      return { advice, money: same, isSure: same.length === 1 };
    });
  const second = settle(alike);
  return { joined: [...first.joined, ...second.joined], tied: [...first.tied, ...second.tied] };
}

/** A trace that names money of another amount is a contradiction, which a person looks at. */
function tracedMoney(advice: SeekingAdvice, byReference: ReadonlyMap<string, readonly SoughtMoney[]>): Fit {
  const found = advice.trace === null ? [] : (byReference.get(accountKey(advice.trace)) ?? []);
  const exact = found.filter((one) => amountKey(advice) === amountKey(one));
  return { advice, money: exact.length > 0 ? exact : found, isSure: exact.length === 1 };
}

function settle(fits: readonly Fit[]): Joining {
  const claims = new Map<string, number>();
  for (const { money } of fits) for (const { id } of money) claims.set(id, (claims.get(id) ?? 0) + 1);
  const joined: { adviceId: string; moneyId: string }[] = [];
  const tied: { adviceId: string; moneyIds: string[] }[] = [];
  for (const { advice, money, isSure } of fits) {
    const [one] = money;
    if (one === undefined) continue;
    if (isSure && claims.get(one.id) === 1) joined.push({ adviceId: advice.id, moneyId: one.id });
    else tied.push({ adviceId: advice.id, moneyIds: money.map(({ id }) => id) });
  }
  return { joined, tied };
}

function amountKey(one: { currency: string; amountMinor: number }): string {
  return `${one.currency} ${String(one.amountMinor)}`;
}

function isNear(advice: SeekingAdvice, one: SoughtMoney): boolean {
  return advice.paidOn === null || Math.abs(daysBetween(advice.paidOn, one.bookedOn)) <= ADVICE_DAYS_APART_MAX;
}

function isSamePayer(advice: SeekingAdvice, one: SoughtMoney): boolean {
  if (advice.senderAccount !== null && one.payerAccount !== null) {
    if (accountKey(advice.senderAccount) === accountKey(one.payerAccount)) return true;
  }
  if (advice.senderName !== null && one.payerName !== null && nameKey(advice.senderName) === nameKey(one.payerName)) {
    return true;
  }
  return advice.customerIds.some((id) => one.customerIds.includes(id));
}

function addTo<Row>(groups: Map<string, Row[]>, key: string, row: Row): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [row]);
  else group.push(row);
}
