// Replays a history by asking `nextStep` alone: which letters would have gone on which day, and which tasks arisen.

import { nextStep } from '../agenda.ts';
import { localInstant, type Calendar } from '../calendar.ts';
import type { IsoDate } from '../dates.ts';
import type { StepTaken } from '../dunning.ts';
import { letterDay } from '../letter-day.ts';
import { newItemFacts, newOrderFacts, type OrderFacts } from '../order-facts.ts';
import type { LetterLevel, Policy } from '../policy.ts';
import { blockedFrom } from './days.ts';
import type { HistoryInvoice } from './history.ts';

export interface PilotLetter {
  readonly invoice: string;
  readonly level: LetterLevel;
  readonly on: IsoDate;
}

export interface DryRun {
  readonly letters: readonly PilotLetter[];
  /** Invoices that ended with a collector. */
  readonly tasks: readonly string[];
}

/** Local time at which a day of the replay begins: what the file knows of the day is true from here on. */
export const DAY_BEGINS_AT = '00:00';
/** Local time at which a day's letters have gone. */
const DAY_IS_OVER_AT = '24:00';
/** Steps of one invoice: the ladder, and some to spare for waiting. */
const STEPS_MAX = 20;

/** Runs every invoice through the policy until `end` (that day included). */
export function dryRun(options: {
  invoices: readonly HistoryInvoice[];
  policy: Policy;
  calendarOf: (invoice: HistoryInvoice) => Calendar;
  end: IsoDate;
}): DryRun {
  const letters: PilotLetter[] = [];
  const tasks: string[] = [];
  for (const invoice of options.invoices) {
    const steps = stepsOf(invoice, options.policy, options.calendarOf(invoice), options.end);
    for (const step of steps) {
      if (step.level === 'collector') tasks.push(invoice.number);
      else letters.push({ invoice: invoice.number, level: step.level, on: step.on });
    }
  }
  return { letters, tasks };
}

function stepsOf(invoice: HistoryInvoice, policy: Policy, calendar: Calendar, end: IsoDate): StepTaken[] {
  const steps: StepTaken[] = [];
  let now = localInstant(calendar.zone, invoice.invoicedOn, DAY_BEGINS_AT);
  for (let count = 0; count < STEPS_MAX; count += 1) {
    const next = nextStep(factsOf(invoice, steps), policy, calendar, now);
    if ((next.step !== 'remind' && next.step !== 'askCollector') || next.level === null || next.at === null)
      return steps;
    const at = Math.max(next.at, now);
    const on = letterDay(policy, calendar, at);
    // What was paid on the very day of a letter was posted before letters went.
    if (on > end || (invoice.settledOn !== null && invoice.settledOn <= on)) return steps;
    steps.push({ level: next.level, on, state: 'sent' });
    now = localInstant(calendar.zone, on, DAY_IS_OVER_AT);
  }
  throw new Error(`defect: invoice ${invoice.number} takes more than ${String(STEPS_MAX)} steps`);
}

function factsOf(invoice: HistoryInvoice, steps: readonly StepTaken[]): OrderFacts {
  const from = blockedFrom(invoice);
  const order = newOrderFacts('order', invoice.number);
  const item = newItemFacts({
    itemId: invoice.number,
    number: invoice.number,
    dueOn: invoice.dueOn,
    openMinor: invoice.amountMinor,
  });
  const blocks = from === null ? [] : [{ from, until: null, endedOn: null }];
  return { ...order, credit: { ...order.credit, state: 'approved' }, items: [{ ...item, steps, blocks }] };
}
