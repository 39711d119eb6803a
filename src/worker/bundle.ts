// Bundles the workflow code once for a process; every worker in it runs the same bundle.

import { bundleWorkflowCode, DefaultLogger, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';

let bundle: Promise<WorkflowBundleWithSourceMap> | null = null;

/** @returns the bundle of `src/workflows`, made at the first call. */
export function workflowBundle(): Promise<WorkflowBundleWithSourceMap> {
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
    logger: new DefaultLogger('WARN'),
  });
  return bundle;
}
