// A worker that remembers nothing between two tasks, because the time-skipping server never gives the tasks of a worker that
// left to the next one. For tests in which workers come and go.

import { Client } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { createLetterActivities } from '../../src/activities/letters/index.ts';
import { createOrderActivities } from '../../src/activities/orders/index.ts';
import { createPokeActivities } from '../../src/activities/poke-orders.ts';
import { workflowBundle } from '../../src/worker/bundle.ts';
import { inBusinessTime } from '../../src/worker/business-time.ts';
import { MAIL_QUEUE, ORDERS_QUEUE } from '../../src/workflows/messages.ts';
import type { World } from './world.ts';

/** Works on the queues while `act` runs. The world must have no worker of its own. */
export async function withWorkerOn(
  queues: 'orders' | 'orders and mail',
  world: World,
  act: () => Promise<void>,
): Promise<void> {
  const connection = await NativeConnection.connect({ address: world.temporalAddress });
  const deps = { db: world.db, temporal: new Client({ connection }), delivery: { kind: 'record' } } as const;
  const activities = inBusinessTime(
    { ...createOrderActivities(deps), ...createLetterActivities(deps), ...createPokeActivities(deps) },
    world.businessOffsetMs(),
  );
  const orders = await Worker.create({
    ...{ connection, activities, taskQueue: ORDERS_QUEUE },
    workflowBundle: await workflowBundle(),
    maxCachedWorkflows: 0,
  });
  const mail = queues === 'orders' ? null : await Worker.create({ connection, activities, taskQueue: MAIL_QUEUE });
  try {
    await orders.runUntil(mail === null ? act : mail.runUntil(act));
  } finally {
    await connection.close();
  }
}
