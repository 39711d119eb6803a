// A worker for the queue of orders alone, so that whatever leaves through the queue of mail stays where it is.

import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createLetterActivities } from '../../src/activities/letters/index.ts';
import { createOrderActivities } from '../../src/activities/orders/index.ts';
import { createPokeActivities } from '../../src/activities/poke-orders.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { inBusinessTime } from '../../src/worker/business-time.ts';
import { ORDERS_QUEUE } from '../../src/workflows/messages.ts';
import type { World } from './world.ts';

/** Runs while `act` does. The world's own worker must be stopped. */
export async function withOrdersOnlyWorker(world: World, act: () => Promise<void>): Promise<void> {
  const connection = await NativeConnection.connect({ address: world.temporalAddress });
  const deps = { db: world.db, temporal: new Client({ connection }), delivery: { kind: 'record' } } as const;
  const activities = { ...createOrderActivities(deps), ...createLetterActivities(deps), ...createPokeActivities(deps) };
  const worker = await Worker.create({
    connection,
    taskQueue: ORDERS_QUEUE,
    workflowBundle: await workflowBundle(),
    activities: inBusinessTime(activities, world.businessOffsetMs),
  });
  try {
    await worker.runUntil(act);
  } finally {
    await connection.close();
  }
}
