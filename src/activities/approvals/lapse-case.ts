// A refund or credit limit that nobody decided by its deadline lapses.

import type { Db } from '../../database/client.ts';
import { approvalById } from '../../database/queries/approvals.ts';
import { engineActor } from '../cause.ts';
import { endApproval } from './decide.ts';
import { lockCase } from './decide-case.ts';

/** Ends the case, unless it was decided or is not due. */
export async function lapseCase(db: Db, { approvalId, now }: { approvalId: string; now: number }): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await lockCase(tx, approvalId);
    const approval = await approvalById(tx, approvalId);
    if (approval?.state !== 'requested' || approval.deadlineAt > now) return;
    await endApproval(tx, approval, { state: 'lapsed', actor: engineActor(), noteId: null, requestId: null, now });
  });
}
