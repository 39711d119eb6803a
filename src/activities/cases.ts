// Refunds and credit limits: asked by one, decided by another, in a run of their own, because no order waits for them.

import type { CaseNext } from '../domain/approval.ts';
import { nextOfCase } from '../domain/approval.ts';
import type { Db } from '../database/client.ts';
import { approvalById, taskOfApproval } from '../database/queries/approvals.ts';
import type { ApprovalDecisionRequest, ApprovalReport, CaseRequest } from '../workflows/messages.ts';
import { askCase } from './approvals/ask-case.ts';
import { decideCase } from './approvals/decide-case.ts';
import { lapseCase } from './approvals/lapse-case.ts';
import type { Dependencies } from './dependencies.ts';
import { escalate } from './orders/escalate-task.ts';
import { tell } from './orders/tell-owner.ts';

interface CaseStep {
  readonly approvalId: string;
  /** Business time, epoch milliseconds. */
  readonly now: number;
}

export interface CaseActivities {
  askCase(input: { request: CaseRequest; now: number }): Promise<ApprovalReport>;
  /** Decides, and tells which orders to poke: those that got room, or whose credit note was refunded. */
  decideCase(input: { request: ApprovalDecisionRequest; now: number }): Promise<ApprovalReport>;
  /** What is next for the case, read from the database. */
  planCase(input: CaseStep): Promise<CaseNext>;
  tellDecider(input: CaseStep & { taskId: string }): Promise<CaseNext>;
  escalateCase(input: CaseStep & { taskId: string }): Promise<CaseNext>;
  lapseCase(input: CaseStep): Promise<CaseNext>;
}

export function createCaseActivities(deps: Dependencies): CaseActivities {
  const { db } = deps;
  return {
    askCase: (input) => askCase(db, input),
    decideCase: (input) => decideCase(db, input),
    planCase: (input) => planOf(db, input),
    async tellDecider({ taskId, ...step }) {
      await tell(deps, taskId, step.now);
      return planOf(db, step);
    },
    async escalateCase({ taskId, ...step }) {
      await db.transaction().execute((tx) => escalate(tx, taskId, step.now));
      return planOf(db, step);
    },
    async lapseCase(step) {
      await lapseCase(db, step);
      return planOf(db, step);
    },
  };
}

async function planOf(db: Db, { approvalId, now }: CaseStep): Promise<CaseNext> {
  const approval = await approvalById(db, approvalId);
  if (approval === null) throw new Error(`No approval ${approvalId}: restore the database or terminate this run.`);
  return nextOfCase(approval, await taskOfApproval(db, approvalId), now);
}
