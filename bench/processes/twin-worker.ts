// The twin's worker: the options of our worker for orders, with everything on one queue.

import { bundleWorkflowCode, DefaultLogger, NativeConnection, Worker } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import { installRuntime } from '../../src/worker/install-runtime.ts';
import { twinActivities } from '../twin/activities.ts';
import { TWIN_QUEUE } from '../twin/messages.ts';
import { serveParent } from './serve-parent.ts';

/** As `src/worker/start-worker.ts` has them for orders; fixed here, like all of the twin (docs/decisions/0007). */
const CACHED_WORKFLOWS_MAX = 1_000;
const WORKFLOW_TASKS_AT_ONCE_MAX = 40;
const ACTIVITIES_AT_ONCE_MAX = 16;

let stop: () => Promise<void> = () => Promise.resolve();

serveParent({
  async start({ temporalAddress, namespace }: { temporalAddress: string; namespace: string }) {
    installRuntime({ level: 'WARN', write: (line) => console.error(line) });
    const connection = await NativeConnection.connect({ address: temporalAddress });
    const workflowsPath = fileURLToPath(new URL('../twin/workflows.ts', import.meta.url));
    const worker = await Worker.create({
      connection,
      namespace,
      taskQueue: TWIN_QUEUE,
      maxCachedWorkflows: CACHED_WORKFLOWS_MAX,
      maxConcurrentWorkflowTaskExecutions: WORKFLOW_TASKS_AT_ONCE_MAX,
      maxConcurrentActivityTaskExecutions: ACTIVITIES_AT_ONCE_MAX,
      activities: { ...twinActivities },
      workflowBundle: await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') }),
    });
    const run = worker.run();
    stop = async () => {
      worker.shutdown();
      await run;
      await connection.close();
    };
    return null;
  },
  stop: () => stop(),
});
