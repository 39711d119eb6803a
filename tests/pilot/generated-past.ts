// A made-up past as a CSV: weekends, holidays, short terms, disputes, several items a customer, payments on the very day of a letter.

import { addDays, dayOfWeek } from '../../src/domain/dates.ts';

export interface MadeInvoice {
  readonly number: string;
  readonly customer: string;
  readonly country: string;
  readonly invoicedOn: string;
  readonly dueOn: string;
  readonly amount: string;
  readonly disputed: boolean;
  settledOn: string | null;
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Invoices over the turn of a year, so that holidays of several countries fall into them. */
export function makePast(count: number, seed: number): MadeInvoice[] {
  const random = seeded(seed);
  const pick = <Thing>(things: readonly [Thing, ...Thing[]]): Thing =>
    things[Math.floor(random() * things.length)] ?? things[0];
  const countries = ['DE', 'US', 'FR', 'AE', 'ZZ'] as const;
  return Array.from({ length: count }, (_, index) => {
    const customer = Math.floor(random() * 24);
    const invoicedOn = addDays('2024-11-18', Math.floor(random() * 75));
    const dueOn = addDays(invoicedOn, pick([0, 2, 7, 14, 14, 21]));
    const settles = random() < 0.9;
    return {
      number: `R-${String(1000 + index)}`,
      customer: `K${String(customer)}`,
      country: countries[customer % countries.length] ?? 'DE',
      invoicedOn,
      dueOn,
      amount: `${String(1 + Math.floor(random() * 9000))}.${String(Math.floor(random() * 100)).padStart(2, '0')}`,
      disputed: random() < 0.15,
      settledOn: settles ? addDays(invoicedOn, Math.floor(random() * 70)) : null,
    };
  });
}

/** The past as a file with other names and formats than ours. */
export function asCsv(invoices: readonly MadeInvoice[]): {
  header: string[];
  rows: { line: number; cells: string[] }[];
} {
  const german = (date: string): string => date.split('-').reverse().join('.');
  return {
    header: ['Belegnummer', 'Debitor', 'Land', 'Belegdatum', 'Fälligkeit', 'Betrag', 'Ausgleichsdatum', 'Strittig'],
    rows: invoices.map((invoice, index) => ({
      line: index + 2,
      cells: [
        invoice.number,
        invoice.customer,
        invoice.country,
        german(invoice.invoicedOn),
        german(invoice.dueOn),
        invoice.amount.replace('.', ','),
        invoice.settledOn === null ? '' : german(invoice.settledOn),
        invoice.disputed ? 'ja' : 'nein',
      ],
    })),
  };
}

export function isWeekend(date: string): boolean {
  return dayOfWeek(date) > 5;
}
