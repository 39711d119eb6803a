// The activities of cash application, by the names that workflows and Temporal's UI show.

import type {
  AdviceInput,
  AdviceReport,
  LineDecisionInput,
  LineDecisionReport,
  PayoutInput,
  PayoutReport,
  StatementInput,
} from '../../workflows/messages.ts';
import type { Dependencies } from '../dependencies.ts';
import { clearPayout } from './clear-payout.ts';
import { decideLine } from './decide-line.ts';
import { finishStatement } from './finish-statement.ts';
import { joinAdvice } from './join-advice.ts';
import { matchStatement } from './match-statement.ts';
import { postLines, type PostedLines } from './post-lines.ts';
import { readStatement, type ReadStatement } from './read-statement.ts';

/** An answer with the orders that are to be told of it. */
export interface WithOrders {
  readonly orderIds: readonly string[];
}

export interface BankActivities {
  /** Reads and checks a file; its lines become visible when its totals hold, or are accepted. */
  readStatement(input: Pick<StatementInput, 'fileId' | 'acceptance'> & { now: number }): Promise<ReadStatement>;
  /** Gives every stored line of the file its answer. */
  matchStatement(input: { fileId: string; now: number }): Promise<{ lines: number }>;
  /** Acts on the answers of the next lines of the file. */
  postLines(input: { fileId: string; afterPosition: number; now: number }): Promise<PostedLines>;
  /** Ends the file, and asks people to look at what waits. */
  finishStatement(input: { fileId: string; now: number }): Promise<{ linesNew: number; linesOpen: number }>;
  decideLine(input: LineDecisionInput & { now: number }): Promise<LineDecisionReport & WithOrders>;
  joinAdvice(input: AdviceInput & { now: number }): Promise<AdviceReport & WithOrders>;
  clearPayout(input: PayoutInput & { now: number }): Promise<PayoutReport & WithOrders>;
}

export function createBankActivities(deps: Dependencies): BankActivities {
  return {
    readStatement: (input) => readStatement(deps, input),
    matchStatement: (input) => matchStatement(deps, input),
    postLines: (input) => postLines(deps, input),
    finishStatement: (input) => finishStatement(deps, input),
    decideLine: (input) => decideLine(deps, input),
    joinAdvice: (input) => joinAdvice(deps, input),
    clearPayout: (input) => clearPayout(deps, input),
  };
}
