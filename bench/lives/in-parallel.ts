// Lives some at a time, and how long each took.

export interface Lived {
  /** From the first start to the last end. */
  readonly seconds: number;
  /** Milliseconds of each life, ascending. */
  readonly lifeMs: readonly number[];
}

/** Lives the numbers from `first` on, `concurrency` at once. Rejects when one fails, after those under way have ended. */
export async function liveInParallel(
  lives: { first: number; count: number; concurrency: number },
  live: (number: number) => Promise<void>,
): Promise<Lived> {
  const lifeMs: number[] = [];
  const startedAt = performance.now();
  let next = lives.first;
  const end = lives.first + lives.count;
  const failures: unknown[] = [];
  const liveOn = async (): Promise<void> => {
    while (next < end && failures.length === 0) {
      const number = next;
      next += 1;
      const bornAt = performance.now();
      await live(number).catch((error: unknown) => failures.push(error));
      lifeMs.push(performance.now() - bornAt);
    }
  };
  await Promise.all(Array.from({ length: lives.concurrency }, liveOn));
  if (failures.length > 0) throw failures[0];
  return { seconds: (performance.now() - startedAt) / 1000, lifeMs: lifeMs.sort((a, b) => a - b) };
}
