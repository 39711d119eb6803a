// Counts what a run costs: its history's events and bytes, and what Temporal Cloud would bill for it.

import proto from '@temporalio/proto';

type History = proto.temporal.api.history.v1.IHistory;
type HistoryEvent = proto.temporal.api.history.v1.IHistoryEvent;

export interface Actions {
  readonly events: number;
  /** Billable actions that a history shows: queries, heartbeats and rejected updates are not in it. */
  readonly actions: number;
  /** Size of the history as the server stores it, before compression. */
  readonly bytes: number;
}

const LOCAL_ACTIVITY = 'core_local_activity';
const PATCHES = 'TemporalChangeVersion';

/** Counts by the rules of Temporal Cloud's price list (docs: "Actions"). */
export function countActions(history: History): Actions {
  const events = history.events ?? [];
  // All local activities of one workflow task are one action.
  const tasksWithLocalActivities = new Set(
    events
      .filter((event) => event.markerRecordedEventAttributes?.markerName === LOCAL_ACTIVITY)
      .map((event) => String(event.markerRecordedEventAttributes?.workflowTaskCompletedEventId)),
  );
  const counted = events.reduce((sum, event, index) => sum + actionsOf(event, index), 0);
  return {
    events: events.length,
    actions: counted + tasksWithLocalActivities.size,
    bytes: proto.temporal.api.history.v1.History.encode(history).finish().length,
  };
}

function actionsOf(event: HistoryEvent, index: number): number {
  if (event.workflowExecutionStartedEventAttributes) return 1;
  // Start and signal in one call are one action: such a signal stands right behind the start.
  if (event.workflowExecutionSignaledEventAttributes) return index === 1 ? 0 : 1;
  if (event.workflowExecutionUpdateAcceptedEventAttributes) return 1;
  if (event.activityTaskScheduledEventAttributes) return 1;
  // The history shows only the last try of an activity, with its number.
  if (event.activityTaskStartedEventAttributes) return (event.activityTaskStartedEventAttributes.attempt ?? 1) - 1;
  if (event.timerStartedEventAttributes) return 1;
  const upserted = event.upsertWorkflowSearchAttributesEventAttributes?.searchAttributes?.indexedFields;
  if (upserted) return Object.keys(upserted).every((name) => name === PATCHES) ? 0 : 1;
  // A child is two: this, and the start in its own history.
  if (event.startChildWorkflowExecutionInitiatedEventAttributes) return 1;
  return 0;
}
