// Whether runs replay on the workflow code as it is: one that does not would stand still after the next restart of a worker.

import assert from 'node:assert/strict';
import type { Client } from '@temporalio/client';
import type { History } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { workflowBundle } from '../../src/worker/bundle.ts';

/** @throws AssertionError naming those that do not replay, by what they are called here */
export async function assertReplay(histories: readonly { name: string; history: History }[]): Promise<void> {
  assert.ok(histories.length > 0);
  const given = histories.map(({ name, history }) => ({ workflowId: name, history }));
  const bundle = { workflowBundle: await workflowBundle() };
  const wrong: string[] = [];
  for await (const { workflowId, error } of Worker.runReplayHistories(bundle, given)) {
    if (error) wrong.push(`${workflowId}: ${error.message}`);
  }
  assert.deepEqual(wrong, []);
}

/** Replays every run that the server knows. */
export async function assertAllReplay(client: Client): Promise<void> {
  const histories: { name: string; history: History }[] = [];
  for await (const { workflowId, runId } of client.workflow.list()) {
    const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
    histories.push({ name: `${workflowId} ${runId}`, history });
  }
  await assertReplay(histories);
}
