// How fast lines are matched, and what one line costs at most, at a given number of open items.

import { buildIndex, matchLines, type MatchIndex } from '../../src/domain/matching/match.ts';
import { DEFAULT_MATCHING_POLICY } from '../../src/domain/matching/policy.ts';
import type { MatchLine } from '../../src/domain/matching/types.ts';
import type { Past } from './folder.ts';

export interface Speed {
  readonly openItems: number;
  readonly lines: number;
  readonly indexMs: number;
  readonly linesPerSecond: number;
  /** Lines per second of processor time: what a machine gives that does nothing else. */
  readonly linesPerCpuSecond: number;
  /** Milliseconds that 99 of 100 lines need at most when each is matched as a statement of its own. */
  readonly p99Ms: number;
}

/** Lines that are matched one by one for the p99. */
const SINGLE_LINES_MAX = 2_000;
/** Lines that are matched before anything is timed. */
const WARM_UP_LINES = 3_000;

/** Measures one past. @param lines - those that are matched */
export function measureSpeed(past: Past, lines: readonly MatchLine[]): Speed {
  const started = performance.now();
  const index = buildIndex(past.items, past.payers);
  const indexMs = performance.now() - started;
  matchLines(index, lines.slice(0, WARM_UP_LINES), DEFAULT_MATCHING_POLICY);
  const cpu = process.cpuUsage();
  const from = performance.now();
  matchLines(index, lines, DEFAULT_MATCHING_POLICY);
  const ms = performance.now() - from;
  const cpuMs = process.cpuUsage(cpu).user / 1000;
  return {
    openItems: past.items.length,
    lines: lines.length,
    indexMs: Math.round(indexMs),
    linesPerSecond: Math.round((lines.length / ms) * 1000),
    linesPerCpuSecond: Math.round((lines.length / cpuMs) * 1000),
    p99Ms: p99Of(index, lines),
  };
}

function p99Of(index: MatchIndex, lines: readonly MatchLine[]): number {
  const step = Math.max(1, Math.floor(lines.length / SINGLE_LINES_MAX));
  const times: number[] = [];
  for (let at = 0; at < lines.length && times.length < SINGLE_LINES_MAX; at += step) {
    const line = lines[at];
    if (line === undefined) break;
    const from = performance.now();
    matchLines(index, [line], DEFAULT_MATCHING_POLICY);
    times.push(performance.now() - from);
  }
  times.sort((a, b) => a - b);
  return Math.round((times[Math.floor(times.length * 0.99)] ?? 0) * 1000) / 1000;
}

/** @returns lines which nothing disturbed: each reference stands in them as it was printed. */
export function intactLines(past: Past): MatchLine[] {
  return past.lines.filter((line) => past.truth.get(line.id)?.disturbances.length === 0);
}
