// Turns a pilot's result into the object `--json` prints: amounts as decimal strings, the share as a number.

import { formatDecimal, divideHalfUp } from '../money.ts';
import type { PilotResult } from './pilot-result.ts';
import { AGEING_BUCKETS, type ReceivablesFigures } from './receivables-figures.ts';

/** @returns plain JSON; `touchless` is a share from 0 to 1 with four decimals, null when no invoice was replayed. */
export function pilotJson(result: PilotResult): Record<string, unknown> {
  const { currency } = result;
  return {
    file: result.file,
    mode: result.mode,
    currency,
    asOf: result.asOf.map((figures) => figuresJson(figures, currency)),
    differences: result.differences.map((difference) => ({
      date: difference.date,
      customer: difference.customer,
      ledger: formatDecimal(difference.ledgerMinor, currency),
      file: formatDecimal(difference.fileMinor, currency),
    })),
    comparedOn: result.comparedOn,
    letters: result.letters,
    tasks: result.tasks,
    touchless: touchlessShare(result.touchless),
    seconds: result.seconds,
    calendarFallback: result.calendarFallback,
    timings: result.timings,
    reading: result.reading,
  };
}

function figuresJson(figures: ReceivablesFigures, currency: string): Record<string, unknown> {
  const amounts = AGEING_BUCKETS.map(
    (bucket) => [bucket, formatDecimal(figures.ageing[bucket].amountMinor, currency)] as const,
  );
  const counts = AGEING_BUCKETS.map((bucket) => [bucket, figures.ageing[bucket].count] as const);
  return {
    date: figures.date,
    open: { count: figures.open.count, amount: formatDecimal(figures.open.amountMinor, currency) },
    ageing: Object.fromEntries(amounts),
    ageingCounts: Object.fromEntries(counts),
    dso: figures.dso,
    bestPossibleDso: figures.bestPossibleDso,
    add: figures.add,
    cei: figures.cei,
    countbackDso: figures.countbackDso,
    window: {
      from: figures.window.from,
      days: figures.window.days,
      sales: formatDecimal(figures.window.salesMinor, currency),
    },
  };
}

/** Rounded half up to four decimals; null when there is nothing to share. */
export function touchlessShare(touchless: { count: number; of: number }): number | null {
  if (touchless.of === 0) return null;
  return Number(divideHalfUp(BigInt(touchless.count) * 10_000n, BigInt(touchless.of))) / 10_000;
}
