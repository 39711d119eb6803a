// What was measured, as text for people.

import Table from 'cli-table3';
import type { CostOfRuns } from './histories.ts';
import { totalMs, type Turn } from './measure.ts';
import type { Part } from './stand.ts';

export interface Result {
  readonly configuration: 'engine' | 'whole';
  readonly orders: number;
  readonly turns: readonly Turn[];
  readonly happyCosts: readonly CostOfRuns[];
}

/** The ratio that a configuration must reach: the twin's CPU-seconds per order by ours. */
export const RATIO_MIN: Readonly<Record<Result['configuration'], number>> = { engine: 0.7, whole: 0.5 };

/** Billable actions that an order may cost at most. */
export const ACTIONS_MAX = { happy: 17, letters: 24 } as const;

const TITLES: Record<Part, string> = {
  worker: 'worker',
  twinWorker: 'worker',
  api: 'API',
  temporal: 'Temporal server',
  postgres: 'Postgres',
  driver: 'driver',
  mail: 'mail sink',
};
const ROWS: readonly (readonly Part[])[] = [
  ['worker', 'twinWorker'],
  ['api'],
  ['temporal'],
  ['postgres'],
  ['mail'],
  ['driver'],
];

export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** @throws a defect when there are no values */
function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const [least, most] = [sorted[0], sorted[sorted.length - 1]];
  const [low, high] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[Math.ceil((sorted.length - 1) / 2)]];
  if (least === undefined || most === undefined || low === undefined || high === undefined) {
    throw new Error('defect: a spread of nothing');
  }
  return { median: (low + high) / 2, least, most };
}

/** The twin's CPU time per life by ours, round by round. */
export function ratiosOf(turns: readonly Turn[]): Spread {
  const twins = turns.filter((turn) => turn.kind === 'twin');
  const orders = turns.filter((turn) => turn.kind === 'order');
  return spreadOf(
    twins.map((twin, round) => {
      const order = orders[round];
      if (order === undefined) throw new Error('defect: a turn of the twin without one of ours');
      return totalMs(twin) / totalMs(order);
    }),
  );
}

/** CPU time by process, rates and the ratio of one configuration at one size. */
export function showResult({ configuration, orders, turns }: Result): string {
  const table = new Table({
    head: ['', 'twin', 'ours'],
    colAligns: ['left', 'right', 'right'],
    style: { head: [], border: [] },
  });
  const sides = [turns.filter((turn) => turn.kind === 'twin'), turns.filter((turn) => turn.kind === 'order')];
  const line = (title: string, value: (turn: Turn) => number | undefined, digits: number): void => {
    const cells = sides.map((side) => {
      const values = side.map(value).filter((one) => one !== undefined);
      return values.length === 0 ? '' : showSpread(spreadOf(values), digits);
    });
    if (cells.some((cell) => cell !== '')) table.push([title, ...cells]);
  };
  for (const parts of ROWS) {
    const [first] = parts;
    if (first === undefined) continue;
    line(`CPU-ms per order, ${TITLES[first]}`, (turn) => cpuMs(turn, parts), 2);
  }
  line('CPU-ms per order, all summed', totalMs, 2);
  line('orders per second', (turn) => turn.lives / turn.lived.seconds, 2);
  line('life in ms, p50', (turn) => percentile(turn, 0.5), 0);
  line('life in ms, p99', (turn) => percentile(turn, 0.99), 0);
  const ratio = ratiosOf(turns);
  const least = RATIO_MIN[configuration];
  const verdict = ratio.median >= least ? 'pass' : 'miss';
  return [
    `${configuration}, ${orders} orders in ${turns.length / 2} rounds (${configuration === 'engine' ? 'documents and mail off' : 'PDF and SMTP to a sink'})`,
    table.toString(),
    `CPU ratio, twin ÷ ours: ${showSpread(ratio, 2)}, at least ${least} wanted: ${verdict}`,
  ].join('\n');
}

/** Events, actions and bytes of the runs of one order. */
export function showCosts(title: string, costs: readonly CostOfRuns[], actionsMax: number): string {
  const table = new Table({
    head: ['run', 'histories', 'events', 'actions', 'bytes'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const { run, histories, events, actions, bytes } of costs) table.push([run, histories, events, actions, bytes]);
  const actions = costs.find((cost) => cost.run === 'order')?.actions ?? Number.POSITIVE_INFINITY;
  const verdict = actions <= actionsMax ? 'pass' : 'miss';
  return [title, table.toString(), `actions of the order: ${actions}, at most ${actionsMax} wanted: ${verdict}`].join(
    '\n',
  );
}

function cpuMs(turn: Turn, parts: readonly Part[]): number | undefined {
  const seconds = parts.map((part) => turn.cpu[part]).filter((one) => one !== undefined);
  return seconds.length === 0 ? undefined : (seconds.reduce((sum, one) => sum + one, 0) * 1000) / turn.lives;
}

function percentile({ lived }: Turn, share: number): number | undefined {
  return lived.lifeMs[Math.min(lived.lifeMs.length - 1, Math.floor(lived.lifeMs.length * share))];
}

function showSpread({ median, least, most }: Spread, digits: number): string {
  return `${median.toFixed(digits)}  (${least.toFixed(digits)} … ${most.toFixed(digits)})`;
}
