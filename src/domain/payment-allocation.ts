// Which open items a payment settles when its reference names them exactly.

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
