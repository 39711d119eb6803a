// Where the time of a replay went, by what was being done.

export class Stopwatch {
  readonly #spentMs = new Map<string, number>();

  /** Does something and counts its time under a name. */
  async measure<T>(what: string, act: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await act();
    } finally {
      this.#spentMs.set(what, (this.#spentMs.get(what) ?? 0) + performance.now() - startedAt);
    }
  }

  /** The same for what answers at once. */
  measureNow<T>(what: string, act: () => T): T {
    const startedAt = performance.now();
    const done = act();
    this.#spentMs.set(what, (this.#spentMs.get(what) ?? 0) + performance.now() - startedAt);
    return done;
  }

  /** Seconds by name, in the order in which the names came up. */
  timings(): { what: string; seconds: number }[] {
    return [...this.#spentMs].map(([what, ms]) => ({ what, seconds: Math.round(ms / 10) / 100 }));
  }
}
