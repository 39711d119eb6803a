// A child's side of the talk with the benchmark: answers one kind of question after another until it is told to stop.

/** Questions by their names; `stop` is asked last. */
export type Handlers = Readonly<Record<string, (input: never) => Promise<unknown>>>;

export interface Question {
  readonly id: number;
  readonly name: string;
  readonly input: unknown;
}
export type Answer =
  | { readonly id: number; readonly ok: true; readonly value: unknown }
  | { readonly id: number; readonly ok: false; readonly error: string };

/** Serves the parent. Without a parent there is nothing to do, so the process ends with it. */
export function serveParent(handlers: Handlers): void {
  // Ctrl-C is the parent's affair: it stops us in order.
  process.on('SIGINT', () => undefined);
  process.on('disconnect', () => process.exit(0));
  process.on('message', (question: Question) => {
    void answer(handlers, question).then((reply) => {
      if (!process.connected) return;
      process.send?.(reply, () => {
        if (question.name === 'stop') process.exit(0);
      });
    });
  });
}

async function answer(handlers: Handlers, { id, name, input }: Question): Promise<Answer> {
  try {
    const handler = handlers[name];
    if (handler === undefined) throw new Error(`defect: nobody answers "${name}"`);
    return { id, ok: true, value: await handler(input as never) };
  } catch (error) {
    return { id, ok: false, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
