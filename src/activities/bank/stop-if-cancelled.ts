// Lets work in many small pieces end between two of them, when its worker is stopped or its run is over.

import { Context } from '@temporalio/activity';

/** @throws the reason when the running activity is cancelled */
export function stopIfCancelled(): void {
  Context.current().cancellationSignal.throwIfAborted();
}
