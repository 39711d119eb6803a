// A process of the benchmark's own, so that its CPU time can be told apart: started, asked, stopped.

import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Answer, Question } from './processes/serve-parent.ts';

const STOP_WITHIN_MS = 25_000;

export interface ChildOptions {
  /** File in `processes`, without its ending. */
  readonly file: 'api' | 'driver' | 'mail' | 'twin-worker' | 'worker';
  /** What it needs to start: goes over the channel, never on a command line. */
  readonly settings: unknown;
  /** Where a CPU profile is written when it ends; null: none. */
  readonly profileFolder: string | null;
}

export class Child {
  readonly #process: ChildProcess;
  readonly #file: string;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  readonly #exited: Promise<void>;
  #hasExited = false;
  #lastId = 0;

  private constructor({ file, profileFolder }: ChildOptions) {
    const profile = profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
    this.#file = file;
    this.#process = fork(fileURLToPath(new URL(`processes/${file}.ts`, import.meta.url)), {
      execArgv: profile,
      // Whatever it says goes to our standard error: standard output belongs to the report.
      stdio: ['ignore', 2, 2, 'ipc'],
      env: { ...process.env, NODE_ENV: 'production' },
      // A group of its own: Ctrl-C reaches us alone.
      detached: true,
    });
    this.#process.on('message', (answer: Answer) => {
      this.#waiting.get(answer.id)?.(answer);
      this.#waiting.delete(answer.id);
    });
    this.#exited = new Promise((resolve) => {
      this.#process.once('exit', () => {
        this.#hasExited = true;
        const error = `The process "${file}" ended before it answered.`;
        for (const [id, tell] of this.#waiting) tell({ id, ok: false, error });
        this.#waiting.clear();
        resolve();
      });
    });
  }

  /** Starts it and waits until it is ready. @returns the child, and what it told of itself */
  static async start(options: ChildOptions): Promise<{ child: Child; told: unknown }> {
    const child = new Child(options);
    try {
      return { child, told: await child.ask('start', options.settings) };
    } catch (error) {
      await child.stop();
      throw error;
    }
  }

  get pid(): number {
    return this.#process.pid ?? -1;
  }

  /** Asks and waits for the answer. @throws what the child threw, or that it ended */
  async ask<Reply>(name: string, input: unknown): Promise<Reply> {
    if (this.#hasExited) throw new Error(`The process "${this.#file}" has ended.`);
    this.#lastId += 1;
    const question: Question = { id: this.#lastId, name, input };
    const answer = await new Promise<Answer>((resolve) => {
      this.#waiting.set(question.id, resolve);
      this.#process.send(question);
    });
    if (!answer.ok) throw new Error(answer.error);
    return answer.value as Reply;
  }

  /** Lets it end in order, and ends it when that takes too long. */
  async stop(): Promise<void> {
    if (this.#hasExited) return;
    const late = setTimeout(() => this.#process.kill('SIGKILL'), STOP_WITHIN_MS);
    await this.ask('stop', null).catch(() => undefined);
    await this.#exited;
    clearTimeout(late);
  }
}
