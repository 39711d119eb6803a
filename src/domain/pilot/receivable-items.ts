// Tells a file's history in the form the figures take.

import type { HistoryInvoice } from './history.ts';
import type { ReceivableItem } from './receivables-figures.ts';

/** Each invoice as an item that is settled in full on its settled date. */
export function receivableItems(invoices: readonly HistoryInvoice[]): ReceivableItem[] {
  return invoices.map((invoice) => ({
    invoicedOn: invoice.invoicedOn,
    dueOn: invoice.dueOn,
    amountMinor: invoice.amountMinor,
    settlements: invoice.settledOn === null ? [] : [{ on: invoice.settledOn, amountMinor: invoice.amountMinor }],
  }));
}
