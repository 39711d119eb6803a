// What a replay is made of before it starts: customers with their countries, numbers our doors accept, days and dates.

import type { IsoDate } from '../../domain/dates.ts';
import { monthEnds } from '../../domain/pilot/independent-sum.ts';
import { lastDay } from '../../domain/pilot/days.ts';
import type { History, HistoryInvoice } from '../../domain/pilot/history.ts';
import type { Policy } from '../../domain/policy.ts';
import { hasHolidays } from '../../database/calendars.ts';

export interface PilotOptions {
  readonly policy: Policy;
  /** Country (ISO 3166 alpha-2) and zone of the legal entity. */
  readonly country: string;
  readonly zone: string;
  readonly asOf: readonly IsoDate[];
}

export interface PilotPlan extends PilotOptions {
  readonly history: History;
  readonly end: IsoDate;
  /** Days on which the ledger is held against the file: month ends, as-of days and the last day. */
  readonly comparedOn: readonly IsoDate[];
  /** The country whose holidays count for the customer of an invoice. */
  readonly countryOf: (invoice: HistoryInvoice) => string;
  readonly calendarFallback: readonly { readonly country: string; readonly invoices: number }[];
  /** Order and customer numbers as our doors accept them. */
  readonly orderNumber: (invoice: HistoryInvoice) => string;
  readonly customerNumber: (invoice: HistoryInvoice) => string;
}

const ACCEPTED_NUMBER = /^[A-Za-z0-9][A-Za-z0-9._/#:-]{0,63}$/;

export function planPilot(history: History, options: PilotOptions): PilotPlan {
  const first = history.invoices[0]?.invoicedOn;
  if (first === undefined) throw new Error('defect: a pilot without an invoice');
  const last = history.invoices[history.invoices.length - 1]?.invoicedOn ?? first;
  const asOf = options.asOf.length > 0 ? options.asOf : [last];
  const end = lastDay(history.invoices, asOf);
  const countries = countriesOf(history, options.country);
  return {
    ...options,
    asOf,
    history,
    end,
    comparedOn: [...new Set([...monthEnds(first, end), ...asOf, end])].sort(),
    countryOf: (invoice) => countries.known.get(invoice.customer) ?? options.country,
    calendarFallback: [...countries.unknown].map(([country, invoices]) => ({ country, invoices })),
    orderNumber: numbers(
      history.invoices.map((invoice) => invoice.number),
      (invoice) => invoice.number,
      'I',
    ),
    customerNumber: numbers(
      history.invoices.map((invoice) => invoice.customer),
      (invoice) => invoice.customer,
      'C',
    ),
  };
}

/** A customer's country is the first one of its invoices that has a calendar; the rest is counted for the report. */
function countriesOf(history: History, own: string): { known: Map<string, string>; unknown: Map<string, number> } {
  const known = new Map<string, string>();
  const unknown = new Map<string, number>();
  for (const { customer, country } of history.invoices) {
    if (country === null) continue;
    const code = country.toUpperCase();
    if (/^[A-Z]{2}$/.test(code) && (code === own || hasHolidays(code))) {
      if (!known.has(customer)) known.set(customer, code);
    } else {
      unknown.set(country, (unknown.get(country) ?? 0) + 1);
    }
  }
  return { known, unknown };
}

/** Keeps numbers that our doors accept and gives the others one by their place in the file. */
function numbers(
  all: readonly string[],
  numberOf: (invoice: HistoryInvoice) => string,
  prefix: string,
): (invoice: HistoryInvoice) => string {
  const places = new Map([...new Set(all)].map((number, index) => [number, index + 1]));
  return (invoice) => {
    const number = numberOf(invoice);
    return ACCEPTED_NUMBER.test(number) ? number : `${prefix}#${String(places.get(number) ?? 0)}`;
  };
}
