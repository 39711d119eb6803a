// Rows that should have a run and have none, page by page: what `verify` tells and `repair` starts.

import type { Client } from '@temporalio/client';
import type { Db } from '../../database/client.ts';
import { waitingCases, type StartableCase } from '../../database/queries/approvals.ts';
import {
  receivedPayments,
  receivedReturns,
  stillUnclosed,
  unclosedOrders,
  unfinishedFiles,
  unsentLetters,
  type Page,
  type StartableFile,
  type StartableLetter,
  type StartableOrder,
  type StartablePayment,
  type StartableReturn,
} from '../../database/queries/leftovers.ts';
import {
  letterWorkflowId,
  orderWorkflowId,
  paymentWorkflowId,
  returnWorkflowId,
  statementWorkflowId,
} from '../../workflows/messages.ts';
import { openRuns, withoutRun } from './open-runs.ts';

const ROWS_PER_PAGE = 500;

export interface Servers {
  readonly db: Db;
  readonly temporal: Client;
  /** Whether each run is asked for itself: Temporal's list still has runs that ended a moment ago. Default: only those it lacks. */
  readonly isListDoubted?: boolean;
}

/** A page that was looked at, and the rows of it that have no run. */
export interface Looked<Row> {
  readonly looked: number;
  readonly missing: readonly Row[];
}

interface Kind<Row> {
  readonly workflowType: string;
  readonly read: (db: Db, page: Page) => Promise<Row[]>;
  readonly idOf: (row: Row) => string;
  readonly keyOf: (row: Row) => string;
}

/** Unclosed orders without a run. */
export async function* ordersWithoutRun(servers: Servers): AsyncGenerator<Looked<StartableOrder>> {
  const kind = {
    workflowType: 'orderToCash',
    read: unclosedOrders,
    idOf: orderWorkflowId,
    keyOf: (order: StartableOrder) => order.id,
  };
  for await (const { looked, missing } of pages(servers, kind)) {
    // An order may have closed, and its run ended, since the page was read.
    const unclosed =
      missing.length === 0
        ? new Set()
        : await stillUnclosed(
            servers.db,
            missing.map((order) => order.id),
          );
    yield { looked, missing: missing.filter((order) => unclosed.has(order.id)) };
  }
}

/** Payments that were received, are not posted, and that nobody is posting. */
export function paymentsWithoutRun(servers: Servers): AsyncGenerator<Looked<StartablePayment>> {
  const keyOf = (payment: StartablePayment) => payment.id;
  return pages(servers, { workflowType: 'applyPayment', read: receivedPayments, idOf: paymentWorkflowId, keyOf });
}

/** Returned payments that were received, are not posted, and that nobody is posting. */
export function returnsWithoutRun(servers: Servers): AsyncGenerator<Looked<StartableReturn>> {
  const keyOf = (one: StartableReturn) => one.id;
  const idOf = (one: StartableReturn) => returnWorkflowId({ legalEntityId: one.legalEntityId, returnId: one.id });
  return pages(servers, { workflowType: 'returnPayment', read: receivedReturns, idOf, keyOf });
}

/** Bank files that were stored and whose lines do not all have their answer, and that nobody is applying. */
export function filesWithoutRun(servers: Servers): AsyncGenerator<Looked<StartableFile>> {
  const keyOf = (file: StartableFile) => file.id;
  const idOf = (file: StartableFile) => statementWorkflowId({ legalEntityId: file.legalEntityId, fileId: file.id });
  return pages(servers, { workflowType: 'applyStatement', read: unfinishedFiles, idOf, keyOf });
}

/** Refunds and credit limits that wait for a decision, and that nobody would tell of or let lapse. */
export function casesWithoutRun(servers: Servers): AsyncGenerator<Looked<StartableCase>> {
  const keyOf = (one: StartableCase) => one.id;
  const idOf = (one: StartableCase) => one.workflowId;
  return pages(servers, { workflowType: 'approval', read: waitingCases, idOf, keyOf });
}

/** Letters that are open and that nobody will send. */
export function lettersWithoutRun(servers: Servers): AsyncGenerator<Looked<StartableLetter>> {
  const keyOf = (letter: StartableLetter) => letter.letterId;
  return pages(servers, { workflowType: 'letterOfTheDay', read: unsentLetters, idOf: letterWorkflowId, keyOf });
}

async function* pages<Row>(servers: Servers, kind: Kind<Row>): AsyncGenerator<Looked<Row>> {
  const { db, temporal, isListDoubted } = servers;
  const listed = isListDoubted === true ? new Set<string>() : await openRuns(temporal, kind.workflowType);
  let after: string | null = null;
  for (;;) {
    const page: Row[] = await kind.read(db, { after, limit: ROWS_PER_PAGE });
    const last = page.at(-1);
    if (last === undefined) return;
    yield { looked: page.length, missing: await withoutRun(temporal, page, { listed, idOf: kind.idOf }) };
    after = kind.keyOf(last);
  }
}
