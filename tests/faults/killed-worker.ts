// Keeps one worker process alive and kills it at seeded moments, as hard as a power cut does.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import type { World } from '../harness/world.ts';

const script = fileURLToPath(new URL('./worker-process.ts', import.meta.url));

/** Numbers in [0, 1) that a seed gives again (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export class KilledWorker {
  readonly #world: World;
  #child: ChildProcess | null = null;

  constructor(world: World) {
    this.#world = world;
  }

  /** Starts a process and waits until it works. */
  async start(): Promise<void> {
    const child = spawn(process.execPath, [script], {
      env: {
        ...process.env,
        TEMPORAL_ADDRESS: this.#world.temporalAddress,
        DATABASE_URL: this.#world.databaseUrl,
        SMTP_URL: this.#world.mail?.smtpUrl ?? '',
      },
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    this.#child = child;
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(() => {
        throw new Error('the worker ended before it worked');
      }),
    ]);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null || child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Kills and starts it so many times, each after a random time at work. */
  async killAgainAndAgain(times: number, random: () => number, longestMs: number): Promise<void> {
    for (let killed = 0; killed < times; killed += 1) {
      await pause(random() * longestMs);
      await this.kill();
      await this.start();
    }
  }
}
