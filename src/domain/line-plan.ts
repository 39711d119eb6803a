// What an answer for a bank line does to each item: money, reductions, credit that is used; checked against the items as they are now.

import { formatDecimal, minorUnits } from './money.ts';
import type { Allocation, ItemShare } from './matching/types.ts';
import { refuse, type Result } from './refusal.ts';

/** Items that one line may touch; a file's advice of more is put on account and laid on items by hand. */
const SHARES_PER_LINE_MAX = 10_000;

/** An item as it is now, its order locked. */
export interface PostableItem {
  readonly itemId: string;
  readonly number: string;
  readonly customerId: string;
  /** Who may pay for its customer, beside itself. */
  readonly parentId: string | null;
  readonly side: 'debit' | 'credit';
  readonly currency: string;
  readonly openMinor: number;
}

/** Money of the line laid on one item. */
export interface PlannedCash {
  readonly itemId: string;
  readonly amountMinor: number;
}

/** A credit item used for a debit item. */
export interface PlannedCredit {
  readonly creditItemId: string;
  readonly debitItemId: string;
  readonly amountMinor: number;
}

export interface LinePlan {
  /** Currency of the payment, and what it is over. */
  readonly currency: string;
  readonly amountMinor: number;
  /** Items that get money: one at most of each, each above nothing. */
  readonly cash: readonly PlannedCash[];
  readonly credits: readonly PlannedCredit[];
  /** Cash and onAccount are the payment. */
  readonly onAccountMinor: number;
}

/** The line as far as its money goes. */
export interface PlannedLine {
  readonly currency: string;
  /** What was booked, more than 0. */
  readonly amountMinor: number;
  readonly chargesMinor: number;
  readonly instructed: { readonly currency: string; readonly amountMinor: number } | null;
}

/**
 * Plans how a line is posted. Shares and what goes on account are the payment: what was booked, the same with the charges that banks
 * kept of it, or the instructed amount in the items' currency.
 *
 * Refuses `item_changed` when an item is not as the answer says: gone, of another customer, or less open than the shares take.
 * @throws a defect when the answer's own figures do not add up
 */
export function planLine(
  line: PlannedLine,
  allocation: Allocation,
  items: readonly PostableItem[],
): Result<{ plan: LinePlan }> {
  const { shares, customerId, onAccountMinor } = allocation;
  if (shares.length > SHARES_PER_LINE_MAX) throw new Error(`defect: ${String(shares.length)} shares of one line`);
  const found = new Map(items.map((item) => [item.itemId, item]));
  const changed = shares.flatMap((share) => changeOf(share, found.get(share.itemId), customerId) ?? []);
  if (changed.length > 0) return refuseChanged(changed);
  const currency = items[0]?.currency ?? line.currency;
  if (items.some((item) => item.currency !== currency)) {
    return refuseChanged(['The items are in several currencies.']);
  }
  if (new Set(shares.map(({ itemId }) => itemId)).size !== shares.length) {
    throw new Error('defect: an answer names an item twice');
  }
  const amountMinor = minorUnits(onAccountMinor + shares.reduce((sum, { paidMinor }) => sum + paidMinor, 0));
  checkSum(line, { currency, amountMinor });
  const { cash, credits } = spreadCredit(shares, found);
  return { ok: true, plan: { currency, amountMinor, cash, credits, onAccountMinor } };
}

/** What all of a share takes from its item. */
function takenOf(share: ItemShare): number {
  return minorUnits(Math.abs(share.paidMinor) + share.discountMinor + share.chargesMinor + share.toleranceMinor);
}

/** In words, how an item differs from what a share takes for granted; null when it does not. */
function changeOf(share: ItemShare, item: PostableItem | undefined, payerId: string): string | null {
  if (item === undefined) return `Item ${share.itemId} is not there.`;
  const { number, side, openMinor, currency } = item;
  const wrong = share.paidMinor === 0 || share.paidMinor > 0 !== (side === 'debit');
  if (wrong) throw new Error(`defect: ${String(share.paidMinor)} of ${number}, which is a ${side} item`);
  if (item.customerId !== payerId && item.parentId !== payerId) return `${number} is not the payer’s to settle.`;
  const takenMinor = takenOf(share);
  if (takenMinor <= openMinor) return null;
  const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
  return `Of ${number}, ${show(openMinor)} is open, and ${show(takenMinor)} was to be settled.`;
}

function refuseChanged(changes: readonly string[]): ReturnType<typeof refuse> {
  return refuse({
    kind: 'conflict',
    code: 'item_changed',
    text: changes.slice(0, CHANGES_TOLD_MAX).join(' '),
    hint: 'Look at the line again: its answer was found before the items changed.',
    details: { changes: changes.slice(0, CHANGES_TOLD_MAX) },
  });
}

/** Items named in one refusal. */
const CHANGES_TOLD_MAX = 20;

function checkSum(line: PlannedLine, payment: { currency: string; amountMinor: number }): void {
  const { currency, amountMinor } = payment;
  const { instructed } = line;
  const isBooked = currency === line.currency && amountMinor === line.amountMinor;
  const isGross = currency === line.currency && amountMinor === line.amountMinor + line.chargesMinor;
  const isInstructed =
    currency !== line.currency && instructed?.currency === currency && instructed.amountMinor === amountMinor;
  if ((isBooked || isGross || isInstructed) && amountMinor > 0) return;
  throw new Error(
    `defect: the shares and what goes on account are ${String(amountMinor)} ${currency}, the line ${String(line.amountMinor)} ${line.currency}`,
  );
}

interface Left {
  readonly itemId: string;
  readonly customerId: string;
  minor: number;
}

/**
 * Lays each credit on debit items: of the same customer first, then of others that the payer pays for; where most is to be paid first,
 * so that as few items as possible are settled by credit alone. What is left of a debit share is paid in cash.
 */
function spreadCredit(
  shares: readonly ItemShare[],
  items: ReadonlyMap<string, PostableItem>,
): { cash: PlannedCash[]; credits: PlannedCredit[] } {
  const leftOf = ({ itemId, paidMinor }: ItemShare): Left => ({
    itemId,
    customerId: items.get(itemId)?.customerId ?? '',
    minor: Math.abs(paidMinor),
  });
  const debits = shares.filter(({ paidMinor }) => paidMinor > 0).map(leftOf);
  const given = shares.filter(({ paidMinor }) => paidMinor < 0).map(leftOf);
  const credits: PlannedCredit[] = [];
  for (const isSame of [true, false]) {
    for (const credit of [...given].sort(byId)) {
      const targets = debits.filter(({ customerId }) => !isSame || customerId === credit.customerId);
      for (const debit of targets.sort((a, b) => b.minor - a.minor || byId(a, b))) {
        const amountMinor = Math.min(credit.minor, debit.minor);
        if (amountMinor === 0) continue;
        credit.minor -= amountMinor;
        debit.minor -= amountMinor;
        credits.push({ creditItemId: credit.itemId, debitItemId: debit.itemId, amountMinor });
      }
    }
  }
  if (given.some(({ minor }) => minor > 0)) throw new Error('defect: an answer uses more credit than it settles');
  const cash = debits.filter(({ minor }) => minor > 0).map(({ itemId, minor }) => ({ itemId, amountMinor: minor }));
  return { cash, credits };
}

function byId(a: Left, b: Left): number {
  return a.itemId < b.itemId ? -1 : a.itemId > b.itemId ? 1 : 0;
}
