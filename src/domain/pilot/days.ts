// What happens on each day of a history: invoices go out, disputed ones are blocked, customers pay.

import { addDays, type IsoDate } from '../dates.ts';
import type { HistoryInvoice } from './history.ts';

export interface HistoryDay {
  readonly date: IsoDate;
  readonly invoiced: readonly HistoryInvoice[];
  readonly blocked: readonly HistoryInvoice[];
  readonly settled: readonly HistoryInvoice[];
}

/**
 * The first day on which a disputed invoice is kept out of dunning: its due date, or the day before it was settled if that is
 * earlier, and never before it existed. Null for invoices that nobody disputed.
 */
export function blockedFrom(invoice: HistoryInvoice): IsoDate | null {
  if (!invoice.disputed) return null;
  const dayBefore = invoice.settledOn === null ? invoice.dueOn : addDays(invoice.settledOn, -1);
  const from = dayBefore < invoice.dueOn ? dayBefore : invoice.dueOn;
  return from < invoice.invoicedOn ? invoice.invoicedOn : from;
}

/** The last day of a replay: the last day on which anything happened, or the last as-of day if that is later. */
export function lastDay(invoices: readonly HistoryInvoice[], asOf: readonly IsoDate[]): IsoDate {
  const dates = invoices.flatMap((invoice) => [invoice.invoicedOn, invoice.settledOn ?? invoice.invoicedOn]);
  return [...dates, ...asOf].reduce((last, date) => (date > last ? date : last));
}

/** Every day with something in it, in order. */
export function daysOf(invoices: readonly HistoryInvoice[]): HistoryDay[] {
  const days = new Map<IsoDate, { invoiced: HistoryInvoice[]; blocked: HistoryInvoice[]; settled: HistoryInvoice[] }>();
  const at = (date: IsoDate): { invoiced: HistoryInvoice[]; blocked: HistoryInvoice[]; settled: HistoryInvoice[] } => {
    const day = days.get(date) ?? { invoiced: [], blocked: [], settled: [] };
    days.set(date, day);
    return day;
  };
  for (const invoice of invoices) {
    at(invoice.invoicedOn).invoiced.push(invoice);
    const from = blockedFrom(invoice);
    if (from !== null) at(from).blocked.push(invoice);
    if (invoice.settledOn !== null) at(invoice.settledOn).settled.push(invoice);
  }
  return [...days.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([date, day]) => ({ date, ...day }));
}
