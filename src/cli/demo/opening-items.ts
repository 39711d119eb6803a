// The demo's open invoices from the time before: each with a past that makes something due today.

import { addDays, type IsoDate } from '../../domain/dates.ts';
import { DEMO_ENTITY } from './company.ts';

interface DemoOpeningItem {
  readonly number: string;
  readonly customer: string;
  readonly amount: string;
  /** Days from the demo's first day; negative is before it. */
  readonly invoicedIn: number;
  readonly dueIn: number;
  readonly level: 'none' | 'notice' | 'reminder1' | 'reminder2' | 'reminder3';
  readonly lastLetterIn: number | null;
}

/** No two letters are due to one customer: a customer gets one a day. */
const demoOpeningItems: readonly DemoOpeningItem[] = [
  // The first reminder is due: never written to.
  {
    number: 'OLD-4711',
    customer: 'C-100',
    amount: '1190.00',
    invoicedIn: -42,
    dueIn: -12,
    level: 'none',
    lastLetterIn: null,
  },
  // The first reminder is due: had the notice.
  {
    number: 'OLD-4712',
    customer: 'C-101',
    amount: '856.80',
    invoicedIn: -29,
    dueIn: -15,
    level: 'notice',
    lastLetterIn: -18,
  },
  // The second reminder is due.
  {
    number: 'OLD-4713',
    customer: 'C-106',
    amount: '2380.00',
    invoicedIn: -64,
    dueIn: -34,
    level: 'reminder1',
    lastLetterIn: -24,
  },
  // The friendly notice is due.
  {
    number: 'OLD-4714',
    customer: 'C-103',
    amount: '459.34',
    invoicedIn: -12,
    dueIn: 2,
    level: 'none',
    lastLetterIn: null,
  },
  // Its customer disputes it: blocked before the next reminder.
  {
    number: 'OLD-4715',
    customer: 'C-102',
    amount: '642.00',
    invoicedIn: -50,
    dueIn: -20,
    level: 'reminder1',
    lastLetterIn: -1,
  },
  // Every letter was sent: a collector's task.
  {
    number: 'OLD-4716',
    customer: 'C-107',
    amount: '3141.59',
    invoicedIn: -110,
    dueIn: -80,
    level: 'reminder3',
    lastLetterIn: -40,
  },
  // Disputed for so long that its second tier is asked.
  {
    number: 'OLD-4717',
    customer: 'C-107',
    amount: '980.00',
    invoicedIn: -55,
    dueIn: -25,
    level: 'reminder1',
    lastLetterIn: -1,
  },
  // Promised, and the promise was broken.
  {
    number: 'OLD-4718',
    customer: 'C-105',
    amount: '275.00',
    invoicedIn: -37,
    dueIn: -30,
    level: 'reminder2',
    lastLetterIn: -1,
  },
];

/** The one that is blocked, and why. */
export const demoBlock = {
  number: 'OLD-4715',
  reason: 'disputed',
  note: 'Two trees arrived damaged; photos are with customer service.',
};

/** What its customer wrote, eleven days ago: more than half of the ten working days to answer it have passed. */
export const demoDispute = {
  number: 'OLD-4717',
  amount: '980.00',
  reason: 'damaged',
  source: 'customer_mail',
  raisedIn: -11,
  note: 'The whole delivery stood in the rain; the customer does not pay before it is replaced.',
};

/** Told late: it was given on the telephone, and its day and its tolerance are over. */
export const demoPromise = { number: 'OLD-4718', amount: '275.00', givenIn: -20, promisedIn: -8 };

/** Bodies for POST /v1/opening-items. */
export function openingItems(firstDay: IsoDate): { number: string }[] {
  return demoOpeningItems.map(({ number, customer, amount, invoicedIn, dueIn, level, lastLetterIn }) => ({
    legalEntity: DEMO_ENTITY,
    customer,
    number,
    amount: { amount, currency: 'EUR' },
    invoicedOn: addDays(firstDay, invoicedIn),
    dueOn: addDays(firstDay, dueIn),
    dunningLevel: level,
    ...(lastLetterIn !== null && { lastLetterOn: addDays(firstDay, lastLetterIn) }),
  }));
}
