// CPU time of processes, as Linux counts it: user and system time of a process, its threads and its ended children.

import { execFileSync } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';

/** Positions in /proc/PID/stat, counted after the name in brackets, which may hold blanks. */
const PARENT = 1;
const TIMES = { from: 11, to: 15 };

interface Stat {
  readonly parent: number;
  readonly ticks: number;
}

let ticksPerSecond: number | null = null;

/**
 * CPU-seconds that a process and all that it started have used so far. What a child that ended has used stands in its
 * parent's account, so the sum only grows: Postgres' backends come and go.
 *
 * @throws when the machine has no /proc, or the process is gone
 */
export async function cpuSecondsOf(pid: number): Promise<number> {
  const stats = await readStats();
  if (!stats.has(pid)) throw new Error(`Process ${pid} is gone: its CPU time cannot be read.`);
  let ticks = 0;
  const tree = [pid];
  for (const member of tree) {
    ticks += stats.get(member)?.ticks ?? 0;
    for (const [child, { parent }] of stats) if (parent === member) tree.push(child);
  }
  ticksPerSecond ??= Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));
  return ticks / ticksPerSecond;
}

async function readStats(): Promise<Map<number, Stat>> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const stats = new Map<number, Stat>();
  for (const pid of pids) {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
    if (text === null) continue; // It ended while we read.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const times = fields.slice(TIMES.from, TIMES.to).map(Number);
    stats.set(Number(pid), { parent: Number(fields[PARENT]), ticks: times.reduce((sum, time) => sum + time, 0) });
  }
  return stats;
}
