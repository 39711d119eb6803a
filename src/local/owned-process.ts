// A server process that we started, and therefore stop: in its own process group, never outliving us on purpose.

import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { StartProblem, reasonOf } from './start-problem.ts';

export interface OwnedProcessOptions {
  readonly title: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment?: NodeJS.ProcessEnv;
  /** Runs as this user, when we are root and the server refuses to be. */
  readonly user?: { readonly uid: number; readonly gid: number };
  /** Where its output is kept; an older file is overwritten. */
  readonly logFile?: string;
  readonly onLog?: (line: string) => void;
  /** Asks it to end in order. */
  readonly endSignal: NodeJS.Signals;
  /** Ends it at once and still safely, where it knows such a signal. */
  readonly hurrySignal?: NodeJS.Signals;
}

const logLinesKept = 30;
const endWithinMs = 20_000;
const hurryWithinMs = 5_000;
const living = new Set<OwnedProcess>();

/** Ends what is still alive when this process ends without having stopped it, after a crash for example. */
process.on('exit', endOwnedProcessesNow);
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, endWithSignal);

/** A signal that nobody else listens to ends this process without an exit event, so it is looked after here. */
function endWithSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  endOwnedProcessesNow();
  process.off(signal, endWithSignal);
  process.kill(process.pid, signal);
}

/** Sends every living process we started its quickest safe end. Does not wait. */
export function endOwnedProcessesNow(): void {
  for (const owned of living) owned.hurry();
}

export class OwnedProcess {
  readonly #options: OwnedProcessOptions;
  readonly #child: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #lines: string[] = [];
  #hasExited = false;
  #stopping: Promise<void> | undefined;

  /** Starts the process. Whether it is ready is for `waitUntilReady`. */
  constructor(options: OwnedProcessOptions) {
    this.#options = options;
    // A process group of its own: Ctrl-C in the terminal reaches us alone, and we stop things in order.
    this.#child = spawn(options.command, options.args, {
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: options.environment ?? process.env,
      ...options.user,
    });
    living.add(this);
    this.#exited = new Promise((resolve) => {
      const done = () => {
        this.#hasExited = true;
        living.delete(this);
        resolve();
      };
      this.#child.once('error', (error) => {
        this.#lines.push(reasonOf(error));
        done();
      });
      this.#child.once('exit', done);
    });
    this.#keepOutput();
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  get hasExited(): boolean {
    return this.#hasExited;
  }

  /** Resolves when the process has ended, by whatever cause. */
  get exited(): Promise<void> {
    return this.#exited;
  }

  /** Its last lines of output. */
  get lastLines(): string {
    return this.#lines.join('\n');
  }

  /**
   * Calls `isReady` until it is true. Throws a StartProblem, with the process stopped, when it ends or takes too long.
   */
  async waitUntilReady(isReady: () => Promise<boolean>, withinMs: number): Promise<void> {
    const giveUpAt = Date.now() + withinMs;
    while (Date.now() < giveUpAt && !this.#hasExited) {
      if (await isReady().catch(() => false)) return;
      await Promise.race([sleep(50), this.#exited]);
    }
    const why = this.#hasExited ? 'ended while starting' : `was not ready within ${withinMs / 1000} s`;
    await this.stop();
    const log = this.#options.logFile === undefined ? '' : ` Its log: ${this.#options.logFile}.`;
    throw new StartProblem(
      `${this.#options.title} ${why}.${log}`,
      `Its last words:\n${this.lastLines || '(it said nothing)'}`,
    );
  }

  /** Stops it in order, by force when it does not obey in time. May be called again. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stop();
    return this.#stopping;
  }

  /** Sends the quickest safe signal. Does not wait. */
  hurry(): void {
    this.#signal(this.#options.hurrySignal ?? 'SIGKILL');
  }

  async #stop(): Promise<void> {
    this.#signal(this.#options.endSignal);
    if (await this.#endsWithin(endWithinMs)) return;
    this.hurry();
    if (await this.#endsWithin(hurryWithinMs)) return;
    this.#signal('SIGKILL');
    await this.#exited;
  }

  async #endsWithin(timeoutMs: number): Promise<boolean> {
    const timer = new AbortController();
    const late = sleep(timeoutMs, false, { signal: timer.signal, ref: true }).catch(() => false);
    const ended = await Promise.race([this.#exited.then(() => true), late]);
    timer.abort();
    return ended;
  }

  #signal(signal: NodeJS.Signals): void {
    if (this.#hasExited || this.#child.pid === undefined) return;
    this.#child.kill(signal);
  }

  #keepOutput(): void {
    const { logFile, onLog } = this.#options;
    const file = logFile === undefined ? undefined : createWriteStream(logFile, { mode: 0o600 });
    // A full disk must not take the server's owner down: the log is a comfort, not a record.
    file?.on('error', () => undefined);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream === null) continue;
      createInterface({ input: stream }).on('line', (line) => {
        this.#lines.push(line);
        if (this.#lines.length > logLinesKept) this.#lines.shift();
        file?.write(`${line}\n`);
        onLog?.(line);
      });
    }
    this.#child.once('close', () => file?.end());
  }
}
