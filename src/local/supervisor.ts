// Starts things one after another with a line for each, and stops them in reverse order, once, however it ends.

import { endOwnedProcessesNow } from './owned-process.ts';
import { StartProblem, reasonOf } from './start-problem.ts';

export interface Started<T> {
  readonly value: T;
  /** What came up, for the progress line: `Postgres 18.4 on 127.0.0.1:5433`. */
  readonly told: string;
  readonly stop?: () => Promise<void>;
}

export interface SupervisorOptions {
  /** Default: standard output. */
  readonly out?: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly environment?: NodeJS.ProcessEnv;
}

/** Thrown by `step` when a stop was asked for meanwhile: not a failure, the caller just ends. */
export class StopAsked extends Error {
  constructor() {
    super('A stop was asked for.');
    this.name = 'StopAsked';
  }
}

interface Part {
  readonly name: string;
  readonly stop: () => Promise<void>;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const signalNumbers = { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 } as const;
const stopPartWithinMs = 30_000;

export class Supervisor {
  readonly #out: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly #hasColour: boolean;
  readonly #parts: Part[] = [];
  #starting: Promise<unknown> | undefined;
  #stopping: Promise<void> | undefined;
  #signalsGot = 0;
  #tellEnded: (exitCode: number) => void = () => undefined;
  /** Resolves with the exit code when a signal has come and everything is stopped. */
  readonly ended: Promise<number>;

  constructor(options: SupervisorOptions = {}) {
    this.#out = options.out ?? process.stdout;
    const noColour = (options.environment ?? process.env).NO_COLOR;
    this.#hasColour = this.#out.isTTY === true && (noColour === undefined || noColour === '');
    this.ended = new Promise((resolve) => {
      this.#tellEnded = resolve;
    });
  }

  /** From now on SIGINT, SIGTERM and SIGHUP stop everything; a third one does so by force. */
  listenToSignals(): void {
    for (const signal of signals) process.on(signal, this.#onSignal);
  }

  /** Starts one thing. When it fails, everything started before is stopped and the error is thrown on. */
  async step<T>(name: string, start: () => Promise<Started<T>>): Promise<T> {
    if (this.#stopping !== undefined) throw new StopAsked();
    const startedAt = performance.now();
    if (this.#out.isTTY === true) this.#out.write(`  ${name} …`);
    const starting = start();
    this.#starting = starting;
    try {
      const { value, told, stop } = await starting;
      // Even when a stop was asked for meanwhile: what has come up must be stopped too.
      if (stop !== undefined) this.#parts.push({ name, stop });
      this.#line(`${this.#paint('32', '✓')} ${told} ${this.#paint('2', `(${seconds(startedAt)} s)`)}`);
      this.#starting = undefined;
      if (this.#signalsGot > 0) throw new StopAsked();
      return value;
    } catch (error) {
      this.#starting = undefined;
      if (!(error instanceof StopAsked)) {
        this.#line(`${this.#paint('31', '✗')} ${name}: ${reasonOf(error)}`);
        if (error instanceof StartProblem) this.#out.write(`  ${error.hint.replaceAll('\n', '\n  ')}\n`);
      }
      await this.stop();
      throw error;
    }
  }

  /** Stops everything in reverse order. May be called again; it happens once. */
  stop(): Promise<void> {
    this.#stopping ??= this.#stopAll();
    return this.#stopping;
  }

  readonly #onSignal = (signal: (typeof signals)[number]): void => {
    this.#signalsGot += 1;
    if (this.#signalsGot === 1) {
      this.#line(`Stopping (${signal}) …`);
      const started = this.#starting?.catch(() => undefined) ?? Promise.resolve();
      void started
        .then(() => this.stop())
        .then(() => {
          this.#tellEnded(signal === 'SIGINT' ? 0 : 128 + signalNumbers[signal]);
        });
    } else if (this.#signalsGot === 2) {
      this.#line('Still stopping. Once more ends everything by force.');
    } else {
      endOwnedProcessesNow();
      process.exit(130);
    }
  };

  async #stopAll(): Promise<void> {
    for (let part = this.#parts.pop(); part !== undefined; part = this.#parts.pop()) {
      try {
        await within(part.stop(), stopPartWithinMs);
      } catch (error) {
        this.#line(`${this.#paint('31', '✗')} ${part.name} did not stop in order: ${reasonOf(error)}`);
      }
    }
    // Nothing of ours is left to protect: the default of the signals is right again.
    for (const signal of signals) process.off(signal, this.#onSignal);
  }

  #line(text: string): void {
    this.#out.write(this.#out.isTTY === true ? `\r\u001b[2K${text}\n` : `${text}\n`);
  }

  #paint(code: string, text: string): string {
    return this.#hasColour ? `\u001b[${code}m${text}\u001b[0m` : text;
  }
}

function seconds(since: number): string {
  return ((performance.now() - since) / 1000).toFixed(1);
}

async function within(work: Promise<void>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`it took more than ${limitMs / 1000} s`));
    }, limitMs);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
