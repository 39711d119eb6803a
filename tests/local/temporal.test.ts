// Temporal's servers start on free ports, keep what they should, and are gone after a stop.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Client, Connection } from '@temporalio/client';
import { defineSearchAttributeKey } from '@temporalio/common';
import { identifyProcess } from '../../src/local/process-identity.ts';
import { freePort } from '../../src/local/ports.ts';
import { StartProblem } from '../../src/local/start-problem.ts';
import { startTemporalDevServer, startTimeSkippingServer } from '../../src/local/temporal.ts';

const secondsPerDay = 86_400;

describe('the Temporal development server', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'quittance-dev-server-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('has its workflows again after a restart, keeps closed ones for 30 days, and shows them in its UI', async () => {
    const searchAttributes = [defineSearchAttributeKey('Customer', 'KEYWORD')];
    const start = async () =>
      startTemporalDevServer({ folder, namespace: 'books', searchAttributes, uiPort: await freePort() });
    const first = await start();
    await withClient(first.address, 'books', async (client) => {
      const typedSearchAttributes = searchAttributes.map((key) => ({ key, value: 'C-1' }));
      await client.workflow.start('waits', { workflowId: 'order/X/1', taskQueue: 'none', typedSearchAttributes });
    });
    await first.stop();
    assert.equal(await identifyProcess(first.pid), undefined);

    const second = await start();
    assert.ok(second.uiUrl !== undefined);
    assert.equal((await fetch(second.uiUrl)).status, 200);
    await withClient(second.address, 'books', async (client) => {
      assert.equal((await client.workflow.getHandle('order/X/1').describe()).status.name, 'RUNNING');
      const { config } = await client.workflowService.describeNamespace({ namespace: 'books' });
      assert.equal(Number(config?.workflowExecutionRetentionTtl?.seconds), 30 * secondsPerDay);
    });
    await assert.rejects(start(), StartProblem);
    await second.stop();
    assert.ok(!(await readdir(folder)).includes('instance.lock'));
  });

  it('refuses a taken port, and says which', async () => {
    const server = await startTemporalDevServer();
    const port = Number(server.address.split(':')[1]);
    await assert.rejects(startTemporalDevServer({ port }), new RegExp(`Port ${port} for Temporal is taken`));
    await assert.rejects(startTemporalDevServer({ uiPort: port }), StartProblem);
    await server.stop();
  });
});

describe('the time-skipping test server', () => {
  it('answers, and is gone after a stop', async () => {
    const server = await startTimeSkippingServer();
    const connection = await Connection.connect({ address: server.address });
    await connection.close();
    await server.stop();
    assert.equal(await identifyProcess(server.pid), undefined);
  });
});

async function withClient(address: string, namespace: string, act: (client: Client) => Promise<void>): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    await act(new Client({ connection, namespace }));
  } finally {
    await connection.close();
  }
}
