// Who caused a posting or an audit entry: the workflow and the step that an activity runs for.

import { activityInfo } from '@temporalio/activity';

export interface Cause {
  readonly workflowId: string;
  readonly step: string;
}

/** @returns the workflow and step of the running activity. */
export function cause(): Cause {
  const info = activityInfo();
  return { workflowId: info.workflowExecution?.workflowId ?? 'unknown', step: info.activityType };
}

/** @returns the actor of an audit entry that the engine itself writes. */
export function engineActor(): string {
  return `workflow:${cause().workflowId}`;
}
