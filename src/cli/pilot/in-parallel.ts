// Does the same to many things, a named number of them at once.

const AT_ONCE_MAX = 16;

export async function inParallel<Thing>(things: readonly Thing[], act: (thing: Thing) => Promise<void>): Promise<void> {
  const queue = things.values();
  const workers = Array.from({ length: Math.min(AT_ONCE_MAX, things.length) }, async () => {
    for (const thing of queue) await act(thing);
  });
  await Promise.all(workers);
}
