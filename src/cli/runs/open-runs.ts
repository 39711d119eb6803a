// Which runs Temporal has open: its list first, which lags behind, then a look at each one that is in doubt.

import { isGrpcServiceError, WorkflowNotFoundError, type Client } from '@temporalio/client';

/** Runs that one listing holds in memory; a larger installation is compared by its own tools. */
const RUNS_LISTED_MAX = 1_000_000;
const LIST_WITHIN_MS = 10 * 60_000;
const DESCRIBE_WITHIN_MS = 10_000;
const DESCRIBED_AT_ONCE_MAX = 16;

/** The workflow IDs of all open runs of a type. The list is eventually consistent: absence proves nothing. */
export async function openRuns(temporal: Client, workflowType: string): Promise<Set<string>> {
  const ids = new Set<string>();
  await temporal.connection.withDeadline(Date.now() + LIST_WITHIN_MS, async () => {
    const query = `ExecutionStatus = 'Running' AND WorkflowType = '${workflowType}'`;
    for await (const run of temporal.workflow.list({ query })) {
      ids.add(run.workflowId);
      if (ids.size > RUNS_LISTED_MAX)
        throw new Error(`more than ${String(RUNS_LISTED_MAX)} open runs of ${workflowType}`);
    }
  });
  return ids;
}

/** Whether the workflow has an open run, asked of the workflow itself. */
export async function isRunning(temporal: Client, workflowId: string): Promise<boolean> {
  try {
    const found = await temporal.connection.withDeadline(Date.now() + DESCRIBE_WITHIN_MS, () =>
      temporal.workflow.getHandle(workflowId).describe(),
    );
    return found.status.name === 'RUNNING';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Those of the candidates that are not in the list and have no open run. */
export async function withoutRun<Candidate>(
  temporal: Client,
  candidates: readonly Candidate[],
  options: { listed: ReadonlySet<string>; idOf: (candidate: Candidate) => string },
): Promise<Candidate[]> {
  const doubtful = candidates.filter((candidate) => !options.listed.has(options.idOf(candidate)));
  const missing: Candidate[] = [];
  for (let index = 0; index < doubtful.length; index += DESCRIBED_AT_ONCE_MAX) {
    const some = doubtful.slice(index, index + DESCRIBED_AT_ONCE_MAX);
    const running = await Promise.all(some.map((candidate) => isRunning(temporal, options.idOf(candidate))));
    missing.push(...some.filter((_, position) => running[position] !== true));
  }
  return missing;
}

/** Whether the error says that the server is away, rather than that something is wrong with us. */
export function isUnavailable(error: unknown): boolean {
  const cause = isGrpcServiceError(error) ? error : error instanceof Error ? error.cause : undefined;
  // gRPC's deadline exceeded, unavailable, and cancelled by a connection that closed.
  return isGrpcServiceError(cause) && [1, 4, 14].includes(cause.code);
}
