// Lives twins and orders in turns and tells what each turn cost.

import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSecondsOf } from './cpu.ts';
import type { Lived } from './lives/in-parallel.ts';
import type { LivesAsked } from './processes/driver.ts';
import type { Part, Stand } from './stand.ts';

/** Turns of each side at least: twin, ours, twin, ours, … */
export const ROUNDS_MIN = 4;
/** Short turns, so that what else the machine does falls on both sides alike. */
const LIVES_PER_TURN_MAX = 125;
/** Lives before the first counted one, of each side. */
const WARM_UP = 100;
/** Work that a life leaves behind, such as visibility records, belongs to its turn. */
const TAIL_MS = 500;

const PARTS: Record<LivesAsked['kind'], readonly Part[]> = {
  order: ['worker', 'api', 'temporal', 'postgres', 'driver', 'mail'],
  twin: ['twinWorker', 'temporal', 'driver'],
};

export interface Turn {
  readonly kind: LivesAsked['kind'];
  readonly lives: number;
  readonly lived: Lived;
  /** CPU-seconds of each process in this turn. */
  readonly cpu: Readonly<Partial<Record<Part, number>>>;
}

export interface Measured {
  readonly turns: readonly Turn[];
  /** Orders lived in all, with those of the warm-up. */
  readonly orders: number;
}

/** @param orders how many lives of each side are counted; rounded up to the same number in each turn */
export async function measure(stand: Stand, orders: number, tell: (text: string) => void): Promise<Measured> {
  await stand.driver.ask('company', null);
  for (const kind of ['twin', 'order'] as const) await live(stand, { kind, first: 1, count: WARM_UP });
  const rounds = Math.max(ROUNDS_MIN, Math.ceil(orders / LIVES_PER_TURN_MAX));
  const lives = Math.ceil(orders / rounds);
  const turns: Turn[] = [];
  for (let round = 0; round < rounds; round += 1) {
    for (const kind of ['twin', 'order'] as const) {
      const turn = await takeTurn(stand, { kind, first: 1 + WARM_UP + round * lives, count: lives });
      turns.push(turn);
      const rate = (turn.lives / turn.lived.seconds).toFixed(1);
      tell(
        `round ${round + 1} of ${rounds}, ${kind}: ${turn.lives} lives, ${rate}/s, ${totalMs(turn).toFixed(1)} CPU-ms each`,
      );
    }
  }
  return { turns, orders: WARM_UP + rounds * lives };
}

/** CPU-milliseconds of one life in this turn, all processes summed. */
export function totalMs(turn: Turn): number {
  return (Object.values(turn.cpu).reduce((sum, seconds) => sum + seconds, 0) * 1000) / turn.lives;
}

async function takeTurn(stand: Stand, asked: LivesAsked): Promise<Turn> {
  const before = await readCpu(stand, asked.kind);
  const lived = await live(stand, asked);
  await sleep(TAIL_MS);
  const after = await readCpu(stand, asked.kind);
  const cpu = Object.fromEntries([...after].map(([part, seconds]) => [part, seconds - (before.get(part) ?? 0)]));
  return { kind: asked.kind, lives: asked.count, lived, cpu };
}

function live(stand: Stand, asked: LivesAsked): Promise<Lived> {
  return stand.driver.ask<Lived>('live', asked);
}

async function readCpu(stand: Stand, kind: LivesAsked['kind']): Promise<Map<Part, number>> {
  const read = new Map<Part, number>();
  for (const part of PARTS[kind]) {
    const pid = stand.pids.get(part);
    if (pid !== undefined) read.set(part, await cpuSecondsOf(pid));
  }
  return read;
}
