// Which open items a payment settles when its reference names them exactly, and what a person may settle with it.

import { formatDecimal } from './money.ts';
import { refuse, type Result } from './refusal.ts';

/** An open item that a reference may name, by its own number or by its order's. */
export interface NamedItem {
  readonly itemId: string;
  readonly number: string;
  readonly orderNumber: string | null;
  readonly dueOn: string;
  readonly openMinor: number;
}

export interface Allocation {
  readonly itemId: string;
  readonly amountMinor: number;
}

/** Numbers looked for in one reference. */
export const REFERENCE_NUMBERS_MAX = 100;

/** The candidate numbers in a reference: the whole of it, and its parts between blanks, commas, semicolons and pluses. */
export function numbersIn(reference: string): string[] {
  const whole = reference.trim();
  const parts = whole.split(/[\s,;+]+/).filter((part) => part !== '');
  return [...new Set([whole, ...parts])].filter((part) => part !== '').slice(0, REFERENCE_NUMBERS_MAX);
}

/**
 * Allocates a payment by exact reference: items that the reference names, in the order in which it names them, then the
 * items of orders it names, earliest due first. Never more than is open or than was paid; the rest stays unapplied.
 */
export function allocateByReference(options: { amountMinor: number; reference: string; items: readonly NamedItem[] }): {
  allocations: Allocation[];
  unappliedMinor: number;
} {
  const numbers = numbersIn(options.reference);
  const byItem = numbers.flatMap((number) => oldestFirst(options.items.filter((item) => item.number === number)));
  const byOrder = numbers.flatMap((number) => oldestFirst(options.items.filter((item) => item.orderNumber === number)));
  const allocations: Allocation[] = [];
  const seen = new Set<string>();
  let leftMinor = options.amountMinor;
  for (const item of [...byItem, ...byOrder]) {
    if (leftMinor === 0) break;
    if (seen.has(item.itemId) || item.openMinor <= 0) continue;
    seen.add(item.itemId);
    const amountMinor = Math.min(leftMinor, item.openMinor);
    allocations.push({ itemId: item.itemId, amountMinor });
    leftMinor -= amountMinor;
  }
  return { allocations, unappliedMinor: leftMinor };
}

function oldestFirst(items: readonly NamedItem[]): NamedItem[] {
  return [...items].sort((a, b) => (a.dueOn === b.dueOn ? (a.itemId < b.itemId ? -1 : 1) : a.dueOn < b.dueOn ? -1 : 1));
}

/** What a person wants to use of a payment for an item; all in minor units of one currency. */
export interface AllocationAsked {
  /** `null`: as much as fits. */
  readonly askedMinor: number | null;
  readonly unappliedMinor: number;
  /** What is open of the item; nothing where it owes us nothing. */
  readonly openMinor: number;
  readonly number: string;
  readonly currency: string;
}

/** @returns the amount to allocate; refuses more than is left of the payment or open of the item. */
export function checkAllocation(asked: AllocationAsked): Result<{ readonly amountMinor: number }> {
  const { askedMinor, unappliedMinor, openMinor, number, currency } = asked;
  const show = (minor: number): string => `${formatDecimal(minor, currency)} ${currency}`;
  if (unappliedMinor <= 0) {
    return refuse({
      kind: 'unprocessable',
      code: 'payment_nothing_left',
      text: 'Nothing of the payment is left.',
      hint: 'Undo one of its allocations first, or use another payment.',
    });
  }
  if (openMinor <= 0) {
    return refuse({
      kind: 'unprocessable',
      code: 'item_not_open',
      text: `Nothing of ${number} is open.`,
      hint: "Choose an open item: the customer's account lists them.",
    });
  }
  const fitMinor = Math.min(unappliedMinor, openMinor);
  if (askedMinor === null) return { ok: true, amountMinor: fitMinor };
  if (askedMinor > 0 && askedMinor <= fitMinor) return { ok: true, amountMinor: askedMinor };
  return refuse({
    kind: 'unprocessable',
    code: 'allocation_does_not_fit',
    text: `${show(askedMinor)} does not fit: ${show(unappliedMinor)} of the payment is left, and ${show(openMinor)} of ${number} is open.`,
    hint: `Allocate up to ${show(fitMinor)}, or leave the amount out for as much as fits.`,
    details: { askedMinor, unappliedMinor, openMinor, currency },
  });
}
