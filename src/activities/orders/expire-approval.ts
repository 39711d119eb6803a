// What somebody asked of an order and nobody decided by its deadline lapses.

import { approvalById } from '../../database/queries/approvals.ts';
import { endApproval, type Ending } from '../approvals/decide.ts';
import { engineActor } from '../cause.ts';
import type { Dependencies } from '../dependencies.ts';
import { settleDisputeOf } from './decide-approval.ts';
import { runStep, type StepInput, type StepOutput } from './step.ts';

export async function expireApproval(deps: Dependencies, input: StepInput): Promise<StepOutput> {
  return runStep(deps, input, 'expireApproval', async (tx, _context, now) => {
    const approval = await approvalById(tx, input.subject ?? '');
    if (approval === null) throw new Error('defect: a step about an approval that does not exist');
    const ending: Ending = { state: 'lapsed', actor: engineActor(), noteId: null, requestId: null, now };
    await endApproval(tx, approval, ending);
    await settleDisputeOf(tx, approval, { ending, creditedMinor: 0 });
    return undefined;
  });
}
