// What a hypothesis takes from its items: the shares of the money, and what else leaves them.

import { discountOf, isTrifle } from './amount-fit.ts';
import { LATE_DISCOUNT_CODE } from './remittance.ts';
import { moneyIn, openItems, type Hypothesis, type ToldShare } from './hypothesis.ts';
import type { StatementState } from './statement-state.ts';
import type { Allocation, ItemShare, MatchItem, MatchLine } from './types.ts';

/** A share of an item by its place. */
export interface Claim {
  readonly item: number;
  readonly share: ItemShare;
}

interface Draft {
  paidMinor: number;
  discountMinor: number;
  isDiscountLate: boolean;
  chargesMinor: number;
  toleranceMinor: number;
  deductionMinor: number;
  deductionCode: string | null;
}

/** @returns the shares of a hypothesis as things stand, and what remains of the money. */
export function claimsOf(
  state: StatementState,
  line: MatchLine,
  hypothesis: Hypothesis,
): { readonly claims: readonly Claim[]; readonly onAccountMinor: number } {
  const open = openItems(state, hypothesis.items);
  const money = moneyIn(line, open[0]?.item.currency ?? line.currency);
  if (money === null) return { claims: [], onAccountMinor: 0 };
  if (hypothesis.told !== null) return toldClaims(state, hypothesis.told, money.amountMinor);
  if (hypothesis.items.length === 0) return { claims: [], onAccountMinor: money.amountMinor };
  const drafts = open.map(({ item, openMinor }) => {
    const sign = item.side === 'debit' ? 1 : -1;
    return { sign, item, openMinor, draft: { ...NOTHING, paidMinor: sign * openMinor } };
  });
  const reduced = reduce(state, hypothesis, { drafts, valueOn: line.valueOn });
  let rest = money.amountMinor - reduced.reduce((sum, each) => sum + each.draft.paidMinor, 0);
  rest = takeMissing(state, { hypothesis, drafts: reduced }, rest);
  const claims = reduced.map(({ sign, openMinor, draft }, at) => {
    const gone = sign * draft.paidMinor + draft.discountMinor + draft.chargesMinor + draft.toleranceMinor;
    const share = { itemId: open[at]?.item.id ?? '', ...draft, leftMinor: openMinor - gone };
    return { item: hypothesis.items[at] ?? -1, share };
  });
  return { claims, onAccountMinor: rest };
}

function toldClaims(
  state: StatementState,
  told: readonly ToldShare[],
  amountMinor: number,
): { readonly claims: readonly Claim[]; readonly onAccountMinor: number } {
  const claims = told.map(({ item, ...share }): Claim => {
    const credit = state.index.items[item]?.side === 'credit';
    const left = (state.openMinor[item] ?? 0) - (credit ? -share.paidMinor : share.paidMinor) - share.discountMinor;
    const itemId = state.index.items[item]?.id ?? '';
    return { item, share: { itemId, ...share, chargesMinor: 0, toleranceMinor: 0, leftMinor: left } };
  });
  return { claims, onAccountMinor: amountMinor - told.reduce((sum, share) => sum + share.paidMinor, 0) };
}

const NOTHING: Draft = {
  paidMinor: 0,
  discountMinor: 0,
  isDiscountLate: false,
  chargesMinor: 0,
  toleranceMinor: 0,
  deductionMinor: 0,
  deductionCode: null,
};

interface DraftShare {
  readonly sign: number;
  readonly item: MatchItem;
  readonly openMinor: number;
  readonly draft: Draft;
}

/** Takes agreed discounts and disputed parts off what each item is paid. */
function reduce(
  state: StatementState,
  hypothesis: Hypothesis,
  given: { readonly drafts: readonly DraftShare[]; readonly valueOn: string },
): readonly DraftShare[] {
  const { kind } = hypothesis.fit;
  for (const { item, openMinor, draft } of given.drafts) {
    if (openMinor !== item.openMinor || item.side === 'credit') continue;
    if (kind === 'disputed') draft.paidMinor -= item.disputedMinor;
    if (kind !== 'discount' && kind !== 'late_discount') continue;
    const { minor, isLate } = discountOf(item, given.valueOn, state.policy.discountGraceDays);
    draft.paidMinor -= minor;
    if (!isLate || state.policy.isLateDiscountGranted) {
      draft.discountMinor = minor;
      draft.isDiscountLate = isLate && minor > 0;
    } else {
      draft.deductionMinor = minor;
      draft.deductionCode = LATE_DISCOUNT_CODE;
    }
  }
  return given.drafts;
}

/** Lays what is missing on the items, the youngest first. @returns what is too much */
function takeMissing(
  state: StatementState,
  { hypothesis, drafts }: { readonly hypothesis: Hypothesis; readonly drafts: readonly DraftShare[] },
  rest: number,
): number {
  let missing = -rest;
  for (const { sign, item, draft } of [...drafts].reverse()) {
    if (missing <= 0) break;
    if (sign < 0) continue;
    const taken = Math.min(missing, draft.paidMinor);
    draft.paidMinor -= taken;
    missing -= taken;
    const isLastPart = hypothesis.fit.kind === 'parts' && isTrifle(taken, item.openMinor, item.currency, state.policy);
    if (hypothesis.fit.kind === 'tolerance' || isLastPart) draft.toleranceMinor += taken;
    if (isCharged(hypothesis)) draft.chargesMinor += taken;
  }
  return Math.max(0, rest);
}

function isCharged(hypothesis: Hypothesis): boolean {
  const { kind } = hypothesis.fit;
  return kind === 'charges' || kind === 'discount' || kind === 'late_discount';
}

/** @returns the allocation that is told, without shares that nothing is paid on. */
export function allocationOf(state: StatementState, line: MatchLine, hypothesis: Hypothesis): Allocation {
  const { claims, onAccountMinor } = claimsOf(state, line, hypothesis);
  const shares = tellingShares(claims);
  const customerId = state.index.customers[hypothesis.customer]?.id ?? '';
  return { customerId, shares, onAccountMinor };
}

/** @returns the shares of claims but for those on which nothing is paid, taken or deducted. */
export function tellingShares(claims: readonly Claim[]): ItemShare[] {
  return claims
    .map((claim) => claim.share)
    .filter((share) => share.paidMinor !== 0 || share.discountMinor > 0 || share.deductionMinor > 0);
}
