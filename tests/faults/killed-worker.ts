// Keeps one worker process alive and kills it at seeded moments, as hard as a power cut does.

import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';

const script = fileURLToPath(new URL('./worker-process.ts', import.meta.url));
const LAST_WORDS_CHARS = 2_000;

/** Where the worker works. */
export interface WorkerPlace {
  readonly temporalAddress: string;
  readonly databaseUrl: string;
  readonly mail: { readonly smtpUrl: string } | null;
  /** A module that is loaded before everything else. */
  readonly preload?: string;
}

export class KilledWorker {
  readonly #place: WorkerPlace;
  #child: ChildProcess | null = null;

  constructor(place: WorkerPlace) {
    this.#place = place;
  }

  /** Starts a process and waits until it works. @throws with its last words when it ends before */
  async start(): Promise<void> {
    const { preload, ...place } = this.#place;
    const child = spawn(process.execPath, [...(preload === undefined ? [] : ['--import', preload]), script], {
      env: {
        ...process.env,
        TEMPORAL_ADDRESS: place.temporalAddress,
        DATABASE_URL: place.databaseUrl,
        SMTP_URL: place.mail?.smtpUrl ?? '',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-LAST_WORDS_CHARS);
    });
    await Promise.race([
      once(child.stdout, 'data'),
      once(child, 'exit').then(() => {
        throw new Error(`the worker ended before it worked:\n${said}`);
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
