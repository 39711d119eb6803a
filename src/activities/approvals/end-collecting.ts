// An item that is settled needs nobody to press for it any more.

import { sql } from 'kysely';
import type { Tx } from '../../database/client.ts';

/** Ends the tasks of whoever presses for an item, if nothing of the item is open. */
export async function endCollecting(tx: Tx, itemId: string, doneBy: string): Promise<void> {
  await sql`update task set state = 'done', done_by = ${doneBy}, done_at = clock_timestamp()
    where state = 'open' and kind in ('collect', 'promise_broken', 'plan_broken') and item_id = ${itemId}
      and exists (select from open_item where id = ${itemId} and open_minor = 0)`.execute(tx);
}
