// The schedule that starts, once a minute, what was stored and never started.

import { ScheduleAlreadyRunning, ScheduleOverlapPolicy, type Client, type ScheduleOptions } from '@temporalio/client';
import { ORDERS_QUEUE } from '../workflows/messages.ts';

const SWEEP_SCHEDULE_ID = 'sweep';

const definition = {
  spec: { intervals: [{ every: '1 minute' }] },
  action: { type: 'startWorkflow', workflowType: 'sweep', workflowId: 'sweep', taskQueue: ORDERS_QUEUE, args: [] },
  policies: {
    overlap: ScheduleOverlapPolicy.SKIP,
    // The next sweep finds whatever a missed one would have found.
    catchupWindow: '1 minute',
  },
} satisfies Omit<ScheduleOptions, 'scheduleId'>;

/** Makes the schedule, or brings the one that is there to the present definition. @returns whether it was made now */
export async function ensureSweepSchedule(client: Client): Promise<boolean> {
  try {
    await client.schedule.create({ scheduleId: SWEEP_SCHEDULE_ID, ...definition });
    return true;
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    await client.schedule.getHandle(SWEEP_SCHEDULE_ID).update((found) => ({ ...found, ...definition }));
    return false;
  }
}
