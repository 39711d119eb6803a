// Waits for orders to reach a stage: one small question to Postgres for all that wait, ten times a second.

import type pg from 'pg';

const EVERY_MS = 100;
const WITHIN_MS = 60_000;

export interface StageWatch {
  /** Resolves when the order has the stage. @throws when it takes more than a minute */
  reaches(orderId: string, stage: string): Promise<void>;
  stop(): void;
}

interface Waiting {
  readonly stage: string;
  readonly since: number;
  readonly tell: (error: Error | null) => void;
}

/** A person or another system would look at the order's page now and then; asking for all at once costs next to nothing. */
export function watchStages(client: pg.Client): StageWatch {
  const waiting = new Map<string, Waiting>();
  let isAsking = false;
  const look = async (): Promise<void> => {
    if (isAsking || waiting.size === 0) return;
    isAsking = true;
    try {
      await ask(client, waiting);
    } finally {
      isAsking = false;
    }
  };
  const fail = (error: unknown): void => {
    for (const { tell } of waiting.values()) tell(error instanceof Error ? error : new Error(String(error)));
    waiting.clear();
  };
  const timer = setInterval(() => void look().catch(fail), EVERY_MS);
  return {
    reaches: (orderId, stage) =>
      new Promise((resolve, reject) => {
        const tell = (error: Error | null): void => (error === null ? resolve() : reject(error));
        waiting.set(orderId, { stage, since: performance.now(), tell });
      }),
    stop: () => clearInterval(timer),
  };
}

async function ask(client: pg.Client, waiting: Map<string, Waiting>): Promise<void> {
  const { rows } = await client.query<{ id: string; stage: string }>({
    name: 'stages',
    text: 'select id, stage from sales_order where id = any($1::uuid[])',
    values: [[...waiting.keys()]],
  });
  for (const { id, stage } of rows) {
    const one = waiting.get(id);
    if (one === undefined) continue;
    const isLate = performance.now() - one.since > WITHIN_MS;
    if (stage !== one.stage && !isLate) continue;
    waiting.delete(id);
    one.tell(stage === one.stage ? null : new Error(`Order ${id} is still ${stage} and not ${one.stage}.`));
  }
}
