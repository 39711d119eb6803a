// The bench's tables.

import Table from 'cli-table3';
import type { Measured, Quality } from './quality.ts';
import type { Speed } from './speed.ts';

const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** @returns a table of one run: all lines, by category, by disturbance. */
export function showQuality(title: string, measured: Measured): string {
  const table = new Table({
    head: [title, 'lines', 'F1', 'precision', 'recall', 'payments right', 'automatic', 'its precision', 'wrong/10,000'],
    style: { head: [], border: [] },
    colAligns: ['left', ...Array<'right'>(8).fill('right')],
  });
  const add = (name: string, quality: Quality): void => {
    table.push([
      name,
      quality.lines,
      quality.f1.toFixed(4),
      quality.precision.toFixed(4),
      quality.recall.toFixed(4),
      percent(quality.paymentsRight),
      percent(quality.automaticShare),
      quality.automaticPrecision.toFixed(4),
      quality.wrongPer10000,
    ]);
  };
  add('all', measured);
  for (const [name, quality] of Object.entries(measured.byCategory)) add(`category ${name}`, quality);
  for (const [name, quality] of Object.entries(measured.byDisturbance)) add(`disturbance ${name}`, quality);
  return table.toString();
}

/** @returns a table of speeds. */
export function showSpeed(speeds: readonly (readonly [string, Speed])[]): string {
  const table = new Table({
    head: ['speed', 'open items', 'lines', 'index ms', 'lines/s', 'lines/s of CPU', 'p99 ms'],
    style: { head: [], border: [] },
    colAligns: ['left', ...Array<'right'>(6).fill('right')],
  });
  for (const [name, speed] of speeds) {
    table.push([
      name,
      speed.openItems,
      speed.lines,
      speed.indexMs,
      speed.linesPerSecond,
      speed.linesPerCpuSecond,
      speed.p99Ms,
    ]);
  }
  return table.toString();
}
