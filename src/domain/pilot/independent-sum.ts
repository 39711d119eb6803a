// Adds up a file's open amounts by itself, sharing no code with the ledger's figures, so that each can prove the other wrong.

interface SummedInvoice {
  readonly customer: string;
  readonly invoicedOn: string;
  readonly settledOn: string | null;
  readonly amountMinor: number;
}

/** Open minor units by customer at the end of a day: invoiced on it or before, and not settled on it or before. */
export function independentSum(invoices: readonly SummedInvoice[], date: string): Map<string, number> {
  const open = new Map<string, number>();
  for (const invoice of invoices) {
    const isOpen = invoice.invoicedOn <= date && (invoice.settledOn === null || invoice.settledOn > date);
    if (isOpen) open.set(invoice.customer, (open.get(invoice.customer) ?? 0) + invoice.amountMinor);
  }
  return open;
}

/** A history is never longer than two hundred years. */
const monthsMax = 2400;

/** The last days of all months that end between two dates, both included. */
export function monthEnds(from: string, to: string): string[] {
  const ends: string[] = [];
  let year = Number(from.slice(0, 4));
  let month = Number(from.slice(5, 7));
  while (ends.length < monthsMax) {
    const end = new Date(Date.UTC(year, month, 0)).toISOString().slice(0, 10);
    if (end > to) return ends;
    ends.push(end);
    year += month === 12 ? 1 : 0;
    month = (month % 12) + 1;
  }
  throw new Error(`defect: more than ${String(monthsMax)} month ends from ${from} to ${to}`);
}
