// The driver in a process of its own: lives orders over HTTP, or twins with a plain client.

import { Client, Connection } from '@temporalio/client';
import pg from 'pg';
import { createCompany } from '../lives/company.ts';
import { apiClient, type ApiClient } from '../lives/http.ts';
import { liveInParallel, type Lived } from '../lives/in-parallel.ts';
import { liveOrder, pay, untilDelivered, type LifeTools } from '../lives/order-life.ts';
import { watchStages } from '../lives/stage-watch.ts';
import { liveTwin } from '../lives/twin-life.ts';
import { serveParent } from './serve-parent.ts';

export interface DriverSettings {
  readonly api: { readonly url: string; readonly key: string };
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly namespace: string;
  readonly seed: number;
  readonly concurrency: number;
}

export interface LivesAsked {
  readonly kind: 'order' | 'twin';
  readonly first: number;
  readonly count: number;
}

interface Running extends LifeTools {
  readonly api: ApiClient;
  readonly concurrency: number;
  readonly close: () => Promise<void>;
}

let running: Running | null = null;

function tools(): Running {
  if (running === null) throw new Error('defect: the driver was not started');
  return running;
}

serveParent({
  async start(settings: DriverSettings) {
    const { seed, concurrency } = settings;
    const connection = await Connection.connect({ address: settings.temporalAddress });
    const database = new pg.Client({ connectionString: settings.databaseUrl });
    await database.connect();
    const api = apiClient({ ...settings.api, connectionsMax: concurrency });
    const watch = watchStages(database);
    running = {
      api,
      watch,
      seed,
      concurrency,
      temporal: new Client({ connection, namespace: settings.namespace }),
      close: async () => {
        watch.stop();
        api.close();
        await database.end();
        await connection.close();
      },
    };
    return null;
  },
  async company() {
    await createCompany(tools().api);
    return null;
  },
  live({ kind, first, count }: LivesAsked): Promise<Lived> {
    const { concurrency, temporal } = tools();
    const live = (number: number): Promise<void> =>
      kind === 'order' ? liveOrder(tools(), number) : liveTwin(temporal, 'twin', number);
    return liveInParallel({ first, count, concurrency }, live);
  },
  untilDelivered: ({ number }: { number: number }) => untilDelivered(tools(), number),
  async pay(payment: Parameters<typeof pay>[1]) {
    await pay(tools().api, payment);
    return null;
  },
  async settled({ orderId }: { orderId: string }) {
    await tools().watch.reaches(orderId, 'settled');
    return null;
  },
  stop: async () => running?.close(),
});
