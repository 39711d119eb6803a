// Tells when a file's process goes on although all its tests have ended: a handle that outlives them, such as a killed child's pipe.

import type { TestEvent } from 'node:test/reporters';

/** So long after the last of its tests a process may still tidy up. */
const LINGERS_MS = 30_000;

export class Lingering {
  readonly #file: string;
  readonly #end: () => void;
  #begun = 0;
  #ended = 0;
  #timer: NodeJS.Timeout | null = null;
  #isOver = false;

  /** @param end ends the process of the file */
  constructor(file: string, end: () => void) {
    this.#file = file;
    this.#end = end;
  }

  /** Whether its process was ended for lingering; that it failed then says nothing about its tests. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Takes note of an event of the runner. @returns whether it counts */
  note(event: TestEvent): boolean {
    if (event.type === 'test:enqueue' && event.data.name !== this.#file) this.#begun += 1;
    if (event.type === 'test:complete' && event.data.name !== this.#file) this.#ended += 1;
    this.stop();
    if (this.#begun > 0 && this.#begun === this.#ended && !this.#isOver) {
      this.#timer = setTimeout(() => {
        this.#isOver = true;
        this.#end();
      }, LINGERS_MS);
    }
    return !(this.#isOver && event.type === 'test:fail' && event.data.name === this.#file);
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }
}
