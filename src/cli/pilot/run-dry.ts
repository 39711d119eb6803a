// The dry run: the same decisions without servers, in seconds, and the figures from the file itself.

import { libraryCalendar } from '../../database/calendars.ts';
import type { Calendar } from '../../domain/calendar.ts';
import { dryRun } from '../../domain/pilot/dry-run.ts';
import { receivableItems } from '../../domain/pilot/receivable-items.ts';
import { figuresAsOf } from '../../domain/pilot/receivables-figures.ts';
import type { PilotPlan } from './plan.ts';
import type { ReplayOutcome } from './run-replay.ts';
import { Stopwatch } from './stopwatch.ts';

export function runDry(plan: PilotPlan): ReplayOutcome {
  const watch = new Stopwatch();
  const { invoices } = plan.history;
  const run = watch.measureNow('asking nextStep', () =>
    dryRun({ invoices, policy: plan.policy, calendarOf: calendars(plan), end: plan.end }),
  );
  const items = receivableItems(invoices);
  const asOf = watch.measureNow('figures', () => plan.asOf.map((date) => figuresAsOf({ asOf: date, items })));
  const touched = new Set([
    ...run.tasks,
    ...invoices.filter((invoice) => invoice.disputed).map(({ number }) => number),
  ]);
  return {
    asOf,
    letters: run.letters,
    tasks: run.tasks.length,
    touchless: { count: invoices.length - touched.size, of: invoices.length },
    differences: [],
    timings: watch.timings(),
  };
}

/** One calendar for each country, over all years of the history and a year on either side. */
function calendars(plan: PilotPlan): (invoice: PilotPlan['history']['invoices'][number]) => Calendar {
  const years = plan.history.invoices.flatMap(({ invoicedOn, dueOn }) =>
    [invoicedOn, dueOn].map((date) => Number(date.slice(0, 4))),
  );
  const firstYear = years.reduce((first, year) => Math.min(first, year)) - 1;
  const lastYear =
    Math.max(
      years.reduce((last, year) => Math.max(last, year)),
      Number(plan.end.slice(0, 4)),
    ) + 2;
  const made = new Map<string, Calendar>();
  return (invoice) => {
    const country = plan.countryOf(invoice);
    const calendar = made.get(country) ?? libraryCalendar({ country, zone: plan.zone, firstYear, lastYear });
    made.set(country, calendar);
    return calendar;
  };
}
