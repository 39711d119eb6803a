// What a person lays on items by hand: checked against the line's money, the items, and what a cash applier may let off.

import { addDays, type IsoDate } from './dates.ts';
import type { Allocation, DiscountTier, InstructedAmount, ItemShare, MatchingPolicy } from './matching/types.ts';
import { formatDecimal } from './money.ts';
import { toleranceMinor } from './pre-validation.ts';
import { refuse, type Refusal, type Result } from './refusal.ts';

/** The most items that one request lays money on. */
export const HAND_SHARES_MAX = 200;

export interface HandLine {
  readonly amountMinor: number;
  readonly currency: string;
  readonly valueOn: IsoDate;
  readonly instructed: InstructedAmount | null;
  readonly chargesMinor: number;
}

/** An item of the customer, or of one that it pays for. */
export interface HandItem {
  readonly id: string;
  readonly number: string;
  readonly side: 'debit' | 'credit';
  readonly currency: string;
  readonly openMinor: number;
  readonly discounts: readonly DiscountTier[];
}

/** As asked: see `LineDecision` of `allocate`. */
export interface HandShare {
  readonly itemId: string;
  readonly paidMinor: number;
  readonly discountMinor: number;
  readonly chargesMinor: number;
  readonly toleranceMinor: number;
  readonly deductionMinor: number;
  readonly deductionCode: string | null;
}

interface Hand {
  readonly customerId: string;
  readonly line: HandLine;
  readonly items: readonly HandItem[];
  readonly shares: readonly HandShare[];
  readonly policy: MatchingPolicy;
}

/**
 * The allocation that was asked for; what the shares leave of the money goes on the customer's account.
 * Refuses an item that is not the payer's or comes twice, amounts that do not fit what is open or what came in, and letting off more
 * than was agreed or than the policy tolerates: that takes a credit note or a write-off, which another person approves.
 */
export function handAllocation(hand: Hand): Result<{ allocation: Allocation }> {
  const { customerId, line, items, shares } = hand;
  const byId = new Map(items.map((item) => [item.id, item]));
  const twice = shares.find(({ itemId }, index) => shares.findIndex((one) => one.itemId === itemId) !== index);
  if (twice !== undefined) return refuse(itemTwice(byId.get(twice.itemId)?.number ?? twice.itemId));
  const made: ItemShare[] = [];
  let currency: string | null = null;
  for (const share of shares) {
    const item = byId.get(share.itemId);
    if (item === undefined) return refuse(itemUnknown(share.itemId));
    currency ??= item.currency;
    const refusal = currencyRefusal(line, { item, currency }) ?? shareRefusal(item, share, hand);
    if (refusal !== null) return refuse(refusal);
    made.push(shareOf(item, share, hand));
  }
  // Money that the payer sent in the items' currency is laid on them in that currency.
  const isInstructed = currency !== null && currency !== line.currency;
  const totalMinor = isInstructed ? (line.instructed?.amountMinor ?? 0) : line.amountMinor;
  const paidMinor = made.reduce((sum, share) => sum + share.paidMinor, 0);
  const credit = made.find((share) => share.paidMinor < 0);
  const usedMinor = made.reduce((sum, share) => sum - Math.min(0, share.paidMinor), 0);
  if (credit !== undefined && usedMinor > paidMinor + usedMinor) {
    const item = byId.get(credit.itemId);
    if (item !== undefined) return refuse(notFitting(item, 'More credit is used than the other shares pay.'));
  }
  if (paidMinor > totalMinor) return refuse(tooMuch({ paidMinor, totalMinor, currency: currency ?? line.currency }));
  return { ok: true, allocation: { customerId, shares: made, onAccountMinor: totalMinor - paidMinor } };
}

function shareOf(item: HandItem, share: HandShare, { line, policy }: Hand): ItemShare {
  const { itemId, paidMinor, discountMinor, chargesMinor, deductionMinor, deductionCode } = share;
  const until = (tier: DiscountTier): IsoDate => addDays(tier.until, policy.discountGraceDays);
  const isInTime = item.discounts.some((tier) => tier.amountMinor >= discountMinor && line.valueOn <= until(tier));
  const gone = Math.abs(paidMinor) + discountMinor + chargesMinor + share.toleranceMinor;
  return {
    ...{ itemId, paidMinor, discountMinor, chargesMinor, toleranceMinor: share.toleranceMinor },
    ...{ deductionMinor, deductionCode, isDiscountLate: discountMinor > 0 && !isInTime },
    leftMinor: item.openMinor - gone,
  };
}

function currencyRefusal(line: HandLine, { item, currency }: { item: HandItem; currency: string }): Refusal | null {
  const isKnown = item.currency === line.currency || item.currency === line.instructed?.currency;
  if (isKnown && item.currency === currency) return null;
  return {
    kind: 'unprocessable',
    code: 'currency_differs',
    text: `The money came in ${line.currency}, and ${item.number} is in ${item.currency}.`,
    hint: 'Name items of one currency: that of the line, or that in which the payer sent it.',
  };
}

function shareRefusal(item: HandItem, share: HandShare, hand: Hand): Refusal | null {
  const beside = share.discountMinor + share.chargesMinor + share.toleranceMinor;
  if (item.side === 'credit') return creditRefusal(item, share, beside);
  const goneMinor = share.paidMinor + beside;
  if (share.paidMinor <= 0 || goneMinor > item.openMinor) {
    return notFitting(item, `${show(goneMinor, item)} cannot be taken off it.`);
  }
  if (share.deductionMinor > item.openMinor - goneMinor) {
    return notFitting(item, `A deduction of ${show(share.deductionMinor, item)} is more than what would stay open.`);
  }
  return letOffRefusal(item, share, hand);
}

function creditRefusal(item: HandItem, share: HandShare, besideMinor: number): Refusal | null {
  if (share.paidMinor < 0 && -share.paidMinor <= item.openMinor && besideMinor + share.deductionMinor === 0)
    return null;
  return notFitting(item, 'Of a credit, a negative amount is used, and nothing beside it.');
}

/** What a cash applier may let off: agreed discounts, told or tolerated charges, small differences. */
function letOffRefusal(item: HandItem, share: HandShare, { line, policy }: Hand): Refusal | null {
  const { currency, openMinor } = item;
  const agreedMinor = item.discounts[0]?.amountMinor ?? 0;
  const chargesMinor = Math.max(
    policy.chargesMinorByCurrency[currency] ?? policy.chargesMinor,
    line.currency === currency ? line.chargesMinor : 0,
  );
  const most = [
    { what: 'discount', askedMinor: share.discountMinor, mostMinor: agreedMinor },
    { what: 'bank charge', askedMinor: share.chargesMinor, mostMinor: chargesMinor },
    {
      what: 'small difference',
      askedMinor: share.toleranceMinor,
      mostMinor: toleranceMinor(policy, { currency, openMinor }),
    },
  ];
  const above = most.find(({ askedMinor, mostMinor }) => askedMinor > mostMinor);
  if (above === undefined) return null;
  const { what, askedMinor, mostMinor } = above;
  return {
    kind: 'not_allowed',
    code: 'above_authority',
    text: `A ${what} of ${show(askedMinor, item)} on ${item.number} is more than the ${show(mostMinor, item)} that the agreement and the policy allow.`,
    hint: 'Leave it open, name it as a deduction, or ask for a credit note or a write-off, which another person approves.',
  };
}

function show(minor: number, { currency }: { currency: string }): string {
  return `${formatDecimal(minor, currency)} ${currency}`;
}

function notFitting(item: HandItem, what: string): Refusal {
  return {
    kind: 'unprocessable',
    code: 'allocation_does_not_fit',
    text: `${show(item.openMinor, item)} of ${item.number} is open (${item.side}). ${what}`,
    hint: "Read the customer's account, and send amounts that fit.",
  };
}

function tooMuch(sum: { paidMinor: number; totalMinor: number; currency: string }): Refusal {
  return {
    kind: 'unprocessable',
    code: 'amount_exceeds_line',
    text: `The shares sum to ${show(sum.paidMinor, sum)}, and ${show(sum.totalMinor, sum)} came in.`,
    hint: 'Lower the shares; what they leave goes on the account of the customer.',
  };
}

function itemTwice(number: string): Refusal {
  return {
    kind: 'unprocessable',
    code: 'item_twice',
    text: `${number} is named twice.`,
    hint: 'Name each item once, with its whole share.',
  };
}

function itemUnknown(itemId: string): Refusal {
  return {
    kind: 'unprocessable',
    code: 'item_unknown',
    text: `${itemId} is no open item of the customer, nor of one that it pays for.`,
    hint: "Name items of the paying customer's account, or of customers that have it as their parent.",
  };
}
