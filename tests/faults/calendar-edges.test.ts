// Days on which calendars stumble: the clocks change, February has 29 days, a month or a year ends. Due dates and letters by hand.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { addDays } from '../../src/domain/dates.ts';
import type { Calendar } from '../../src/domain/calendar.ts';
import { sendAt } from '../../src/domain/letter-day.ts';
import { dryRun } from '../../src/domain/pilot/dry-run.ts';
import { POLICY_V1 } from '../../src/domain/policy.ts';
import { assertBooksHold } from '../harness/books.ts';
import { eventually, inWorld } from '../harness/world.ts';

const WEEKEND = new Set([6, 7]);
const GERMANY = new Set([
  ...['2026-01-01', '2026-04-03', '2026-04-06', '2026-05-01', '2026-05-14', '2026-05-25', '2026-10-03'],
  ...['2026-12-25', '2026-12-26', '2027-01-01', '2027-03-26', '2027-03-29'],
]);
const berlin: Calendar = { zone: 'Europe/Berlin', weekend: WEEKEND, holidays: GERMANY };
const plain = (zone: string): Calendar => ({ zone, weekend: WEEKEND, holidays: new Set() });

interface Row {
  readonly edge: string;
  readonly calendar: Calendar;
  readonly invoicedOn: string;
  readonly dueOn: string;
  /** Notice and three reminders: 3 days before, and 3, 10 and 20 working days after the due date, 5 working days apart. */
  readonly letters: readonly string[];
}

/** All by terms of 30 days; worked out on paper. */
const table: readonly Row[] = [
  {
    ...{ edge: 'the clocks go forward on the due date, and Easter follows', calendar: berlin },
    ...{ invoicedOn: '2026-02-27', dueOn: '2026-03-29' },
    letters: ['2026-03-26', '2026-04-02', '2026-04-14', '2026-04-28'],
  },
  {
    ...{ edge: 'the clocks go back on the due date', calendar: berlin },
    ...{ invoicedOn: '2026-09-25', dueOn: '2026-10-25' },
    letters: ['2026-10-22', '2026-10-29', '2026-11-06', '2026-11-20'],
  },
  {
    ...{ edge: 'the due date is a leap day, and the notice falls on a Saturday', calendar: berlin },
    ...{ invoicedOn: '2028-01-30', dueOn: '2028-02-29' },
    letters: ['2028-02-28', '2028-03-06', '2028-03-14', '2028-03-28'],
  },
  {
    ...{ edge: 'the same day of a year without one', calendar: berlin },
    ...{ invoicedOn: '2027-01-30', dueOn: '2027-03-01' },
    letters: ['2027-02-26', '2027-03-05', '2027-03-15', '2027-03-31'],
  },
  {
    ...{ edge: 'the last of a month, over a short February', calendar: berlin },
    ...{ invoicedOn: '2026-01-31', dueOn: '2026-03-02' },
    letters: ['2026-02-27', '2026-03-06', '2026-03-16', '2026-03-30'],
  },
  {
    ...{ edge: 'the last day of a year, and New Year after it', calendar: berlin },
    ...{ invoicedOn: '2026-12-01', dueOn: '2026-12-31' },
    letters: ['2026-12-28', '2027-01-06', '2027-01-15', '2027-01-29'],
  },
  {
    ...{ edge: 'New York’s clocks go forward on the due date', calendar: plain('America/New_York') },
    ...{ invoicedOn: '2026-02-06', dueOn: '2026-03-08' },
    letters: ['2026-03-05', '2026-03-12', '2026-03-20', '2026-04-03'],
  },
  {
    ...{ edge: 'Santiago’s due date has no midnight', calendar: plain('America/Santiago') },
    ...{ invoicedOn: '2026-08-07', dueOn: '2026-09-06' },
    letters: ['2026-09-03', '2026-09-10', '2026-09-18', '2026-10-02'],
  },
];

/** Date and hour on the wall of a zone, as `YYYY-MM-DD HH`, by the system's own rules. */
function onTheWall(zone: string, instant: number): string {
  const parts = new Intl.DateTimeFormat('sv-SE', {
    ...{ timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', hourCycle: 'h23' },
  });
  return parts.format(instant).replace(/\s(\d\d).*$/, ' $1');
}

describe('R14: an invoice of thirty days', () => {
  for (const { edge, calendar, invoicedOn, dueOn, letters } of table) {
    it(`R14: is due and reminded on its days when it meets this edge: ${edge}`, () => {
      assert.equal(addDays(invoicedOn, 30), dueOn);
      const invoice = {
        ...{ line: 1, number: 'R-1', customer: 'C-1', country: null, invoicedOn, dueOn, termsDays: 30 },
        ...{ amountMinor: 11_900, settledOn: null, disputed: false },
      };
      const run = dryRun({ invoices: [invoice], policy: POLICY_V1, calendarOf: () => calendar, end: '2029-01-01' });
      assert.deepEqual(
        run.letters.map(({ on }) => on),
        letters,
      );
      for (const day of letters) {
        const now = Date.parse(`${addDays(day, -1)}T12:00:00Z`);
        const { at } = sendAt(POLICY_V1, calendar, { day, key: 'C-1', now });
        // The window opens at 8 and letters are spread over four hours.
        assert.match(onTheWall(calendar.zone, at), new RegExp(`^${day} (08|09|10|11)$`));
      }
    });
  }
});

describe('R14: an order that waits while the clocks change', () => {
  const lives: readonly [string, string, string, readonly string[]][] = [
    ['forward', '2026-02-12T08:00:00Z', '2026-04-15T17:00:00Z', ['2026-03-26', '2026-04-02', '2026-04-14']],
    ['back', '2026-09-10T08:00:00Z', '2026-11-07T17:00:00Z', ['2026-10-22', '2026-10-29', '2026-11-06']],
  ];
  for (const [where, startsAt, end, days] of lives) {
    it(`R14: ${where} has each letter go on its day, within the hours of its window on the wall`, () =>
      inWorld({ startsAt }, async ({ company, db, goTo }) => {
        const customer = await company.customer('C-1');
        const order = await company.order(customer, 'SO-1', { termsDays: 45 });
        await company.ship(order);
        await eventually(async () => {
          assert.equal(await company.stage(order), 'collection');
        });
        await goTo(end);
        await eventually(async () => {
          assert.deepEqual(
            await company.letters(customer),
            days.map((day) => `${day} sent`),
          );
        });
        const sent = await db.selectFrom('letter').select(['letter_on', 'sent_at']).orderBy('letter_on').execute();
        for (const { letter_on: day, sent_at: at } of sent)
          assert.match(onTheWall('Europe/Berlin', Number(at)), new RegExp(`^${day} (08|09|10|11|12)$`));
        await assertBooksHold(db);
      }));
  }
});
